"""Each call as a face made it, built again from what the log says was called.

Knows: which service function a tool or a command of a person leads to. Must not know: what it does.
A tool that is missing here makes sessions that nobody can replay; a test holds this table against the catalogue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import JsonValue

from flightrules.errors import Refused
from flightrules.replay.cursor import LogCursor, Missing
from flightrules.replay.ended import refused_as
from flightrules.replay.rolling_back import roll_back
from flightrules.service import analysing, fixing, observing, opening, otherwise, reporting, telling
from flightrules.service.application import Application
from flightrules.service.approval import signed as signed_approvals
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.invocation import Call
from flightrules.service.messages import updating
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Analysis
from flightrules.state.events import PlannerBrief, ReportInput
from flightrules.state.signing.statements import hoped_for
from flightrules.state.vocabulary import ActorKind

Made = Callable[[Application, Call], Awaitable[Any]]


def _given(call: Call) -> dict[str, JsonValue]:
    """Return what was asked.

    How a person's yes was given is left out: it is on record, and nobody judges it.
    """
    return {name: value for name, value in call.arguments.items() if name != "given"}


LEFT_OUT = {"incident": "", "target": "", "title": "", "detected_via": "", "text": ""}
"""Arguments that were empty if they are not kept, although they may not be left out or have another default."""


def _open(app: Application, call: Call) -> Awaitable[Any]:
    if "duplicate_of" in call.arguments:
        given = {name: value for name, value in call.arguments.items() if name in c.Join.model_fields}
        return opening.join(app.incidents, call, c.Join.model_validate(given))
    return opening.open_incident(app.incidents, call, c.Open.model_validate(_whole(call, c.Open)))


def _whole(call: Call, command: type[c.Command]) -> dict[str, JsonValue]:
    """Return what was asked, with what was empty."""
    empty = {name: value for name, value in LEFT_OUT.items() if name in command.model_fields}
    return {**empty, **call.arguments}


def _own(call: Call, command: type[c.Command]) -> dict[str, JsonValue]:
    """Return what was asked, without what only the face keeps."""
    return {name: value for name, value in call.arguments.items() if name in command.model_fields}


def _post_update(app: Application, call: Call) -> Awaitable[Any]:
    return updating.post_update(app.incidents, call, c.PostUpdate.model_validate(_whole(call, c.PostUpdate)))


def _decide(app: Application, call: Call) -> Awaitable[Any]:
    given = _given(call)
    if call.actor.kind is ActorKind.PERSON:
        given["release"] = given.pop("to", None)
        return opening.decide(app.incidents, call, c.DecideByPerson.model_validate(given))
    return opening.decide(app.incidents, call, c.Decide.model_validate(given))


def _fix(app: Application, call: Call) -> Awaitable[Any]:
    given = dict(call.arguments)
    action, checks = given.pop("action"), given.get("checks", ())
    if action in ("by_hand", "none"):
        return _claim(app, call)
    if action in ("branch", "test"):
        read = c.BeginFix.model_validate({"says": "", "checks": checks}).checks
        return app.suite_runs.test(call, read) if action == "test" else fixing.branch(app.incidents, call, read)
    if action == "begin":
        command = c.BeginFix.model_validate({"says": given.get("says", ""), "checks": checks})
        return fixing.fix(app.incidents, call, command)
    late = given.pop("at", None)
    given.pop("who", None)
    return fixing.fix(app.incidents, call, c.EndFix.model_validate({"outcome": action, **given, "deployed_at": late}))


def _claim(app: Application, call: Call) -> Awaitable[Any]:
    checks = c.BeginFix.model_validate({"says": "", "checks": call.arguments.get("checks", ())}).checks
    how, evidence = call.arguments["action"], [check.evidence for check in checks]
    given = {"says": "", **_own(call, c.ClaimMitigation), "how": how, "evidence": evidence}
    return otherwise.claim(app.incidents, call, c.ClaimMitigation.model_validate(given))


def _write_report(app: Application, call: Call) -> Awaitable[Any]:
    given = dict(call.arguments)
    root_cause = given.pop("root_cause", "")
    command = {"given": ReportInput.model_validate(given), "root_cause": root_cause}
    return reporting.write_report(app.incidents, call, c.PrepareReport.model_validate(command))


def _report_to_planner(app: Application, call: Call) -> Awaitable[Any]:
    command = c.PreparePlannerBrief(brief=PlannerBrief.model_validate(dict(call.arguments)))
    return reporting.report_to_planner(app.incidents, call, command)


async def _approve(app: Application, call: Call) -> None:
    given, incidents = call.arguments, app.incidents
    acknowledged = bool(given.get("acknowledged"))
    if "signature" in given:
        message, signature = str(given.get("message", "")), str(given["signature"])
        await signed_approvals.approve(incidents, call, message=message, signature=signature)
    elif "name" in given:
        hoped = hoped_for(str(given["name"]), str(given.get("kind", "")), str(given.get("key", "")))
        await signed_approvals.refused_unsigned(incidents, call, hoped, acknowledged=acknowledged)
    else:
        digest = str(given.get("digest", ""))
        await typed_approvals.approve(incidents, call, approver=call.account, digest=digest, acknowledged=acknowledged)


def _reject(app: Application, call: Call) -> Awaitable[Any]:
    reason = str(call.arguments.get("reason", ""))
    return typed_approvals.reject(app.incidents, call, approver=call.account, reason=reason)


def _update(app: Application, call: Call) -> Awaitable[Any]:
    """An update that a person posts, or their word on one for the public."""
    if "update" not in call.arguments:
        posted = {name: value for name, value in call.arguments.items() if name in c.PostUpdate.model_fields}
        return updating.post_update(app.incidents, call, c.PostUpdate.model_validate(posted))
    given = {"update": call.arguments.get("update"), "approver": call.account}
    if call.arguments.get("action") == "approve":
        return updating.approve_update(app.incidents, call, c.ApproveUpdate.model_validate(given))
    no = c.RejectUpdate.model_validate({**given, "reason": call.arguments.get("reason", "")})
    return updating.reject_update(app.incidents, call, no)


CALLS: Mapping[str, Made] = {
    "open_incident": _open,
    "assess": lambda app, call: observing.assess(app.incidents, call),
    "classify": lambda app, call: opening.classify(app.incidents, call, c.Classify.model_validate(_given(call))),
    "decide": _decide,
    "fix": _fix,
    "verify": lambda app, call: observing.verify(
        app.incidents, call, str(call.arguments.get("user_reports", "unknown"))
    ),
    "analyze": lambda app, call: analysing.analyze(app.incidents, call, Analysis.model_validate(dict(call.arguments))),
    "post_update": _post_update,
    "update": _update,
    "write_report": _write_report,
    "report_to_planner": _report_to_planner,
    "incident_status": lambda app, call: telling.status(app.incidents, call),
    "status": lambda app, call: telling.status(app.incidents, call),
    "approve": _approve,
    "reject": _reject,
    "accept": lambda app, call: observing.accept(app.incidents, call, c.AcceptByPerson.model_validate(_given(call))),
    "mitigated": lambda app, call: otherwise.mitigate(
        app.incidents, call, c.Mitigate.model_validate(_own(call, c.Mitigate))
    ),
    "pace": lambda app, call: otherwise.pace(app.incidents, call, c.SetPace.model_validate(_own(call, c.SetPace))),
    "correct": lambda app, call: otherwise.correct(
        app.incidents, call, c.CorrectTimes.model_validate(_own(call, c.CorrectTimes))
    ),
    "ack": lambda app, call: otherwise.acknowledge(
        app.incidents, call, c.Acknowledge.model_validate(_own(call, c.Acknowledge))
    ),
    "close": lambda app, call: opening.close(app.incidents, call, c.Close.model_validate(_given(call))),
}
"""Functions to which each call leads.
`rollback` has a module of its own (rolling_back.py): a person may answer in between."""

NOT_TAKEN = "bad_arguments"
"""The code with which a face refuses arguments; no rule of the protocol gives it."""

PROMPT = "prompt "
"""Begins the name under which a prompt that was asked for is on record; each tells where the incident stands."""


def made_by(tool: str) -> Made | None:
    """Return what a call of that name leads to; None for one that this version does not know."""
    return CALLS.get("incident_status" if tool.startswith(PROMPT) else tool)


async def make(app: Application, cursor: LogCursor, call: Call) -> None:
    """Make a call. Raises `Missing` for one that this version does not know."""
    if call.tool == "rollback":
        await roll_back(app, cursor, call)
    elif (made := made_by(call.tool)) is None:
        raise Missing(f"#{cursor.place + 1}: nothing is known of the call {call.tool}")
    else:
        await made(app, call)


def turned_away(cursor: LogCursor) -> Refused | None:
    """Return the refusal of the face, which did not take the arguments of the call; None if it let the call through.

    The log shows what was sent in a few words that nobody could call a tool with again, so the refusal is replayed.
    """
    refused = cursor.ahead_record(e.CallRefused.kind)
    return refused_as(refused) if refused is not None and refused.data["code"] == NOT_TAKEN else None
