"""A person is asked through their client: by a form or by an address, in both protocol eras.

Knows: what goes over the wire, and what an answer says. Must not know: what approval needs to count, nor how long is
waited for one. A client can answer by itself; policy says whether that counts, and the log says that it was used.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import anyio
from mcp.server.elicitation import render_elicitation_schema
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
)
from pydantic import BaseModel, Field, ValidationError

from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.rollback.planning import Question
from flightrules.service.rollback.rollbacks import Report
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.service.rollback.waiting import put_form, wait_for_a_word
from flightrules.state.untrusted import clean
from flightrules.tools.callers import account_behind, vouched_for
from flightrules.tools.context import Ctx, app_of, client_name

REASON_LIMIT = 2000

KEY = "approval"
"""The name of the question on the wire, the same in every version and on every instance."""

FIRST_WITHOUT_REQUESTS = "2026-07-28"
"""The first protocol in which a question is part of an answer, and not a request of the server's."""

Way = Literal["form", "url", "none"]


class Approval(BaseModel):
    """Form that a person fills in."""

    approve: bool = Field(strict=True, description="Yes: carry out exactly this rollback. No: withdraw it")
    reason: str = Field(
        default="", description="Why not, if you say no: the agent gets the reason, and the report has it"
    )


class AcknowledgedApproval(Approval):
    """Form that a person fills in if the plan has points that must be acknowledged."""

    acknowledge: bool = Field(
        default=False, strict=True, description="I have read and accept the points to acknowledge"
    )


HOW_TO_SAY_NO = (
    "To say no, submit with `approve` off and the reason. To decline or close the form says nothing: the plan stays."
)
"""Said under each question: a client can decline by itself, so only a form that was filled in is a person's word."""


async def ask(ctx: Ctx, invocation: Invocation, question: Question, report: Report) -> PersonSaid | InputRequiredResult:
    """Ask where policy lets the answer count and the client can; gives what was said, or the question itself."""
    if (ctx.protocol_version or "") >= FIRST_WITHOUT_REQUESTS:
        return await _in_the_answer(ctx, invocation, question, report)
    call = invocation.call
    if question.asks and (way := _way(ctx, question, call)) != "none" and ctx.session.can_send_request:
        return await _within_the_call(ctx, call, question, way, report)
    return PersonSaid()


def _way(ctx: Ctx, question: Question, call: Call) -> Way:
    """Return the way in which this client can be asked; anything unclear counts as not at all."""
    can = ctx.client_capabilities.elicitation if ctx.client_capabilities else None
    if can is None:
        return "none"
    form = can.form is not None or can.url is None
    if form and question.elicitation_counts and vouched_for(ctx):
        return "form"
    return "url" if can.url is not None and app_of(ctx).incidents.page_of(call.incident) else "none"


async def _in_the_answer(
    ctx: Ctx, invocation: Invocation, question: Question, report: Report
) -> PersonSaid | InputRequiredResult:
    """The newer protocol: the question is the answer to the call, and the client calls again with what was said."""
    call = invocation.call
    answer, way = (ctx.input_responses or {}).get(KEY), _asked_before(ctx, question)
    if answer is not None and way != "none":
        if way == "form" and question.elicitation_counts and vouched_for(ctx):
            return _filled_in(ctx, question, answer)
        if way == "url":
            return await _opened(ctx, call, question, answer, report)
    if question.asks and question.overdue:
        return PersonSaid(verdict="unanswered", question=question)
    way = _way(ctx, question, call) if question.asks else "none"
    if way == "none":
        return PersonSaid()
    await put_form(app_of(ctx).incidents, invocation, question)
    params = _form(question) if way == "form" else _address(ctx, question, call)
    state = json.dumps([*_asked(question), way, invocation.identity])
    return InputRequiredResult(input_requests={KEY: ElicitRequest(params=params)}, request_state=state)


def _asked(question: Question) -> list[str]:
    """The question as it comes back with the answer, sealed, beside how it was asked and in which call."""
    return [question.plan, question.intent, question.review]


def _state(ctx: Ctx) -> tuple[list[str], str, str]:
    """Return the state that came back with an answer: the question, the way it was asked, and the id of the call."""
    try:
        *asked, way, identity = json.loads(ctx.request_state or "")
    except ValueError:
        return [], "none", ""
    return asked, way, identity


def _asked_before(ctx: Ctx, question: Question) -> Way:
    """Return the way in which exactly this question was asked before.

    An answer to another plan's question is not an answer to this one.
    """
    asked, way, _ = _state(ctx)
    ways: tuple[Way, ...] = ("form", "url")
    return next((one for one in ways if one == way and asked == _asked(question)), "none")


async def gone_on_with(ctx: Ctx, incidents: IncidentService, call: Call) -> Invocation:
    """The call that the client goes on with, or a new one."""
    _, _, identity = _state(ctx)
    return await incidents.continued(call, identity) if identity else incidents.invocation(call)


async def _opened(ctx: Ctx, call: Call, question: Question, answer: object, report: Report) -> PersonSaid:
    """An address that was accepted is opened, and no approval: that comes by the page, and is waited for."""
    if not isinstance(answer, ElicitResult):
        return PersonSaid(verdict="not_shown", question=question)
    if answer.action != "accept":
        return PersonSaid(verdict="declined", question=question)
    await wait_for_a_word(app_of(ctx).rollbacks, call, question, report)
    return PersonSaid()


async def _within_the_call(ctx: Ctx, call: Call, question: Question, way: Way, report: Report) -> PersonSaid:
    """The earlier protocol: a request of the server's, against all other channels and against time."""
    rollbacks, came = app_of(ctx).rollbacks, list[PersonSaid]()
    began = rollbacks.incidents.clock.now()
    async with anyio.create_task_group() as group:

        async def asked() -> None:
            said = await (_by_form(ctx, question) if way == "form" else _by_address(ctx, question, call))
            if said is not None:
                came.append(said)
                group.cancel_scope.cancel()

        group.start_soon(asked)
        how = await wait_for_a_word(rollbacks, call, question, report)
        group.cancel_scope.cancel()  # the form is withdrawn: the SDK tells the client
    if came:
        return replace(came[0], seconds=(rollbacks.incidents.clock.now() - began).total_seconds())
    if way == "url":
        await ctx.session.send_elicit_complete(question.plan, ctx.request_id)
    if how == "elsewhere" or way == "url":
        return PersonSaid()
    return PersonSaid(verdict="unanswered", question=question)


async def _by_form(ctx: Ctx, question: Question) -> PersonSaid:
    form = _form(question)
    try:
        answer = await ctx.session.elicit_form(form.message, form.requested_schema, ctx.request_id)
    except MCPError as no:
        gone = no.error.code == CONNECTION_CLOSED
        return PersonSaid() if gone else PersonSaid(verdict="not_shown", question=question)
    except ValidationError:
        return PersonSaid(verdict="not_shown", question=question)
    return _filled_in(ctx, question, answer)


async def _by_address(ctx: Ctx, question: Question, call: Call) -> PersonSaid | None:
    """None where the address was accepted: what is said there comes another way."""
    url = _address(ctx, question, call)
    try:
        answer = await ctx.session.elicit_url(url.message, url.url, question.plan, ctx.request_id)
    except (MCPError, ValidationError):
        return PersonSaid(verdict="not_shown", question=question)
    return None if answer.action == "accept" else PersonSaid(verdict="declined", question=question)


def _form(question: Question) -> ElicitRequestFormParams:
    fields = AcknowledgedApproval if question.acknowledge else Approval
    text = f"{question.text}\n\n{HOW_TO_SAY_NO}"
    return ElicitRequestFormParams(message=text, requested_schema=render_elicitation_schema(fields))


def _address(ctx: Ctx, question: Question, call: Call) -> ElicitRequestURLParams:
    text = f"Approve or reject plan {question.plan} on this page. To open it approves nothing."
    url = app_of(ctx).incidents.page_of(call.incident)
    return ElicitRequestURLParams(message=text, url=url, elicitation_id=question.plan)


def _filled_in(ctx: Ctx, question: Question, answer: object) -> PersonSaid:
    """Return what a person said in a form; a form that does not fit counts as shown to nobody."""
    if not isinstance(answer, ElicitResult):
        return PersonSaid(verdict="not_shown", question=question)
    if answer.action != "accept":
        return PersonSaid(verdict="declined", question=question)
    try:
        fields = AcknowledgedApproval if question.acknowledge else Approval
        filled = fields.model_validate(answer.content)
    except ValidationError:
        return PersonSaid(verdict="not_shown", question=question)
    return PersonSaid(
        verdict="yes" if filled.approve else "no",
        question=question,
        approver=f"{account_behind(ctx)} (as {client_name(ctx)} says)",
        reason=clean(filled.reason, REASON_LIMIT),
        acknowledged=isinstance(filled, AcknowledgedApproval) and filled.acknowledge,
    )
