"""The rollback tool: ask a person where the client can, tell the agent what to tell its user where it cannot.

Knows: how a person is asked through MCP, in both protocol eras. Must not know: what approval needs to count.
A client can answer an elicitation by itself; policy says whether that channel counts, and the log says it was used.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from flightrules.service import answers as a
from flightrules.service.rollback.planning import Nothing, Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state.untrusted import clean
from flightrules.tools.arguments import Incident
from flightrules.tools.callers import account_behind, vouched_for
from flightrules.tools.context import Ctx, app_of, call_of, client_name
from flightrules.tools.results import tool_result

REASON_LIMIT = 2000

Prepared = Question | Nothing | Stop


class Approval(BaseModel):
    """What a person fills in."""

    approve: bool = Field(strict=True, description="Yes: carry out exactly this rollback. No: withdraw it")
    reason: str = Field(default="", description="Why not, where you say no: the agent is told, and the report has it")


class AcknowledgedApproval(Approval):
    """What a person fills in where the plan has points that must be acknowledged."""

    acknowledge: bool = Field(
        default=False, strict=True, description="I have read and accept the points to acknowledge"
    )


HOW_TO_SAY_NO = (
    "To say no, submit with `approve` off and the reason. To decline or close the form says nothing: the plan stays."
)
"""Said under each question: a client can decline by itself, so only a form that was filled in is a person's word."""


class NotAsked(BaseModel):
    """Nobody was asked: nothing to ask, or a client that cannot. No client can send this."""


async def prepared(incident: Incident, ctx: Ctx) -> Prepared:
    """Find or make the plan; the same plan gives the same question in each round."""
    return await prepare(app_of(ctx).desk, call_of(ctx, "rollback", incident=incident))


def can_ask(ctx: Ctx) -> bool:
    """Whether this client can put a form before a person now; anything unclear counts as no."""
    asked = ctx.client_capabilities.elicitation if ctx.client_capabilities else None
    form = asked is not None and (asked.form is not None or asked.url is None)
    return form and ((ctx.protocol_version or "") >= "2026-07-28" or ctx.session.can_send_request)


async def asked(question: Annotated[Prepared, Resolve(prepared)], ctx: Ctx) -> NotAsked | Elicit[Approval]:
    """Ask where there is something to ask, policy lets the answer count, and a client that is known can."""
    if isinstance(question, Question) and question.elicitation_counts and can_ask(ctx) and vouched_for(ctx):
        text = f"{question.text}\n\n{HOW_TO_SAY_NO}"
        return Elicit(text, AcknowledgedApproval if question.acknowledge else Approval)
    return NotAsked()


def _said(question: Prepared, answer: ElicitationResult[Approval], ctx: Ctx) -> PersonSaid:
    if not isinstance(question, Question):
        return PersonSaid()
    approver = f"{account_behind(ctx)} (as {client_name(ctx)} says)"
    if isinstance(answer, AcceptedElicitation):
        if isinstance(answer.data, NotAsked):
            return PersonSaid()
        reason = clean(answer.data.reason, REASON_LIMIT)
        acknowledged = isinstance(answer.data, AcknowledgedApproval) and answer.data.acknowledge
        said = PersonSaid(question=question, approver=approver, reason=reason, acknowledged=acknowledged)
        return replace(said, verdict="yes" if answer.data.approve else "no")
    # Some clients decline every form unseen, so a decline is nobody's no: the plan stays.
    return PersonSaid()


async def rollback(
    incident: Incident,
    question: Annotated[Prepared, Resolve(prepared)],
    answer: Annotated[ElicitationResult[Approval], Resolve(asked)],
    ctx: Ctx,
) -> Annotated[CallToolResult, a.Answer[a.RollbackSeen]]:
    """Plan, ask, start or follow the rollback."""
    if isinstance(question, Stop):
        return tool_result(question.answer)
    told = 0

    async def report(text: str) -> None:
        nonlocal told
        told += 1
        await ctx.report_progress(told, message=text)

    call = call_of(ctx, "rollback", incident=incident)
    return tool_result(await app_of(ctx).rollbacks.rollback(call, _said(question, answer, ctx), report=report))
