"""An agent and its person as a loop: do what the phase asks for until the incident is closed, whatever happens between.

Each round knows nothing but the log, like an agent that lost its memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import JsonValue

from flightrules.service import observing, opening, reporting
from flightrules.service.answers import Answer
from flightrules.service.invocation import Call
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.events import PlannerBrief, ReportInput
from flightrules.state.log import Actor, broken
from flightrules.state.vocabulary import ActorKind, Impact, Phase
from tests.service.house import House

AGENT = Actor(kind=ActorKind.AGENT, name="pilot", face="mcp")
PERSON = Actor(kind=ActorKind.PERSON, name="ada", face="cli")
ROUNDS = 200
"""More rounds than any incident here takes."""

MILESTONES = (
    "incident_opened",
    "assessment_recorded",
    "severity_classified",
    "path_decided",
    "rollback_started",
    "rollback_finished",
    "verification_recorded",
    "report_written",
    "planner_reported",
    "incident_closed",
)
"""Events of an incident that is rolled back, each once; a root cause may be stated any number of times."""


def call(tool: str, incident: str = "", *, actor: Actor = AGENT, key: str = "", **arguments: JsonValue) -> Call:
    """A call as a face would hand it on."""
    return Call(tool=tool, arguments=arguments, actor=actor, incident=incident, key=key, account="pilot")


async def opened(house: House, key: str = "") -> str:
    """Open the incident."""
    command = c.Open(incident="", target="shop", title="Everything answers 500")
    given = {name: said for name, said in command.model_dump(mode="json").items() if said}
    said = replace(call("open_incident", key=key), arguments=given)
    return (await opening.open_incident(house.incidents, said, command)).incident


async def assess(house: House, incident: str) -> Answer[Any]:
    return await observing.assess(house.incidents, call("assess", incident))


async def classify(house: House, incident: str) -> Answer[Any]:
    command = c.Classify(impacts=(Impact.COMPLETE_OUTAGE,))
    return await opening.classify(house.incidents, call("classify", incident, impacts=["complete_outage"]), command)


async def decide(house: House, incident: str) -> Answer[Any]:
    return await opening.decide(house.incidents, call("decide", incident), c.Decide())


async def rollback(house: House, incident: str) -> Answer[Any]:
    """Roll back, with a person who says yes to whatever they are asked."""
    invocation = house.incidents.invocation(call("rollback", incident))
    question = await prepare(house.incidents, invocation)
    if isinstance(question, Stop):
        return question.answer
    asked = isinstance(question, Question)
    said = PersonSaid(verdict="yes", question=question, approver="ada") if asked else PersonSaid()  # type: ignore[arg-type]
    return await house.app.rollbacks.rollback(invocation, said)


async def verify(house: House, incident: str) -> Answer[Any]:
    return await observing.verify(house.incidents, call("verify", incident), "unknown")


async def report(house: House, incident: str) -> Answer[Any]:
    command = c.PrepareReport(given=ReportInput(), root_cause="v5 broke the health answer")
    said = call("write_report", incident, root_cause="v5 broke the health answer")
    return await reporting.write_report(house.incidents, said, command)


async def brief(house: House, incident: str) -> Answer[Any]:
    command = c.PreparePlannerBrief(brief=PlannerBrief(technical_debt=("no canary",)))
    said = call("report_to_planner", incident, technical_debt=["no canary"])
    return await reporting.report_to_planner(house.incidents, said, command)


async def close(house: House, incident: str) -> Answer[Any]:
    return await opening.close(house.incidents, call("close", incident, actor=PERSON), c.Close())


Act = Callable[[House, str], Awaitable[Answer[Any]]]

ACTS: dict[Phase, Act] = {
    Phase.DETECTED: assess,
    Phase.ASSESSED: classify,
    Phase.CLASSIFIED: decide,
    Phase.DECIDED: rollback,
    Phase.ROLLING_BACK: rollback,
    Phase.VERIFYING: verify,
    Phase.MONITORING: report,
    Phase.ANALYSED: report,
    Phase.DOCUMENTED: brief,
    Phase.REPORTED: close,
}
"""Acts that the protocol asks for in each phase of an incident that is rolled back."""


async def fly(house: House, incident: str, *, until: Phase = Phase.CLOSED) -> None:
    """Go on from wherever the incident stands."""
    for _ in range(ROUNDS):
        phase = (await house.incidents.incident(incident)).phase
        if phase is until:
            return
        await ACTS[phase](house, incident)
    pytest.fail(f"{incident} does not reach {until}")


async def whole(house: House, incident: str) -> None:
    """The incident ended as it should: each milestone once, production rolled back once, every chain holds."""
    kinds = [record.kind for record in await house.incidents.records(incident)]
    assert [kinds.count(kind) for kind in MILESTONES] == [1] * len(MILESTONES), kinds
    assert [kind for kind in kinds if kind in MILESTONES] == list(MILESTONES)
    steps = house.executed()
    assert steps == list(dict.fromkeys(steps)), steps
    assert "up" in steps
    for stream in await house.incidents.store.streams():
        assert broken(await house.incidents.records(stream)) is None
