"""Everything that an agent can call, done by a person: one function a call, for commands and for `respond`.

Knows: how a person's words become a call of the service. Must not know: rules; they are the same for everybody.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic_core import to_jsonable_python

from flightrules.cli.approving import answered_for
from flightrules.cli.confirming import at_terminal
from flightrules.cli.session import call_of
from flightrules.cli.showing import in_progress, tell
from flightrules.service import analysing, fixing, observing, opening, reporting
from flightrules.service.answers import Answer, RollbackResult
from flightrules.service.application import Application
from flightrules.service.approval.typed import would_count
from flightrules.service.invocation import Call, Invocation
from flightrules.service.rollback.planning import Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.analysis import Analysis
from flightrules.state.events import PlannerBrief, ReportInput
from flightrules.state.fix import FixCheck

UserReports = Literal["decreased", "unchanged", "unknown"]


def called(tool: str, incident: str, given: Mapping[str, object]) -> Call:
    """A person's call with what they gave, without what says nothing."""
    plain = to_jsonable_python(dict(given))
    return call_of(tool, incident, {name: value for name, value in plain.items() if value not in (None, "", [], ())})


async def open_incident(
    app: Application, target: str, title: str, *, duplicate_of: str = "", **more: str | datetime | None
) -> Answer[Any]:
    """Open an incident, or join an open one."""
    if duplicate_of:
        joining = {name: value for name, value in more.items() if name != "onset_at"}
        same = c.Join.model_validate({"target": target, "title": title, **joining})
        given = {**same.model_dump(mode="json"), "duplicate_of": duplicate_of}
        return await opening.join(app.incidents, called("open_incident", duplicate_of, given), same)
    command = c.Open.model_validate({"incident": "", "target": target, "title": title, **more})
    return await opening.open_incident(
        app.incidents, called("open_incident", "", command.model_dump(mode="json")), command
    )


async def assess(app: Application, incident: str) -> Answer[Any]:
    """Read production."""
    work = observing.assess(app.incidents, called("assess", incident, {}))
    return await in_progress("Reading services, logs, resources, deployments, health and checks", work)


async def classify(app: Application, incident: str, **given: object) -> Answer[Any]:
    """Find the severity by the rules."""
    return await opening.classify(app.incidents, called("classify", incident, given), c.Classify.model_validate(given))


async def decide(app: Application, incident: str, **given: object) -> Answer[Any]:
    """Walk the decision tree."""
    return await opening.decide(app.incidents, called("decide", incident, given), c.Decide.model_validate(given))


async def verify(app: Application, incident: str, user_reports: UserReports) -> Answer[Any]:
    """Look whether production is restored."""
    call = called("verify", incident, {"user_reports": user_reports})
    work = observing.verify(app.incidents, call, user_reports)
    return await in_progress("Looking whether production is restored", work)


async def fix(
    app: Application, incident: str, action: str, *, checks: tuple[FixCheck, ...], **given: str
) -> Answer[Any]:
    """Take a fix from its beginning to its end."""
    call = called("fix", incident, {"action": action, "checks": checks, **given})
    if action == "test":
        return await in_progress("Running the tests", app.suite_runs.test(call, checks))
    if action == "branch":
        return await fixing.branch(app.incidents, call, checks)
    if action == "begin":
        return await fixing.fix(app.incidents, call, c.BeginFix(says=given.get("says", ""), checks=checks))
    return await fixing.fix(
        app.incidents, call, c.EndFix.model_validate({"outcome": action, "checks": checks, **given})
    )


async def analyze(app: Application, incident: str, given: Analysis) -> Answer[Any]:
    """Add to the analysis."""
    call = called("analyze", incident, given.model_dump(mode="json", exclude_defaults=True))
    return await in_progress("Recording the analysis", analysing.analyze(app.incidents, call, given))


async def report(app: Application, incident: str, given: ReportInput, root_cause: str) -> Answer[Any]:
    """Write the incident report."""
    command = c.PrepareReport(given=given, root_cause=root_cause)
    arguments = {"root_cause": root_cause, **given.model_dump(mode="json")}
    return await reporting.write_report(app.incidents, called("write_report", incident, arguments), command)


async def brief(app: Application, incident: str, given: PlannerBrief) -> Answer[Any]:
    """Brief the planner."""
    call = called("report_to_planner", incident, given.model_dump(mode="json"))
    return await reporting.report_to_planner(app.incidents, call, c.PreparePlannerBrief(brief=given))


async def rollback(app: Application, arguments: argparse.Namespace) -> Answer[Any]:
    """Plan, have the person answer for the plan where they sit at a terminal that counts, and follow it to its end."""
    call = called("rollback", arguments.incident, {})
    invocation = app.incidents.invocation(call)
    work = prepare(app.incidents, invocation)
    question = await in_progress("Reading the hosts for a plan", work)
    if isinstance(question, Stop):
        return question.answer
    answer = await _followed(app, call, invocation)
    if _state(answer) == "awaiting_approval" and await _may_answer(app, arguments):
        if await answered_for(app, arguments):
            return await app.rollbacks.rollback(call, PersonSaid(), report=tell)
        answer = await _followed(app, call, app.incidents.invocation(call))
    return answer


async def _followed(app: Application, call: Call, begun: Invocation) -> Answer[Any]:
    """Start or attach, and stay until it ended or waits for somebody."""
    answer: Answer[Any] = await app.rollbacks.rollback(begun, PersonSaid(), report=tell)
    while _state(answer) == "rolling_back":
        answer = await app.rollbacks.rollback(call, PersonSaid(), report=tell)
    return answer


def _state(answer: Answer[Any]) -> str:
    return answer.result.state if isinstance(answer.result, RollbackResult) else ""


async def _may_answer(app: Application, arguments: argparse.Namespace) -> bool:
    """Return True if a yes that is given here could count."""
    if arguments.key or arguments.agent:
        return True
    call = call_of("approve", arguments.incident, {})
    return at_terminal() and await would_count(app.incidents, call, approver=call.account, acknowledged=True)
