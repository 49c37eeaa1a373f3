"""Takes an incident to any phase of the protocol, the way an agent and a person do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from flightrules.service import opening
from flightrules.service.invocation import Call
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Path, Phase
from tests.server.conftest import Agent
from tests.service.house import House

PERSON = Actor(kind=ActorKind.PERSON, name="ada", face="cli")


def by_person(tool: str, incident: str) -> Call:
    """A person's call."""
    return Call(tool=tool, arguments={}, actor=PERSON, incident=incident)


async def _assess(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("assess", incident=incident)


async def _classify(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("classify", incident=incident, impacts=["complete_outage"])


async def _decide(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("decide", incident=incident)


def _person_decides(path: Path) -> Stage:
    async def decided(house: House, agent: Agent, incident: str) -> None:
        del agent
        command = c.DecideByPerson.model_validate({"path": path, "reason": "I know better"})
        await opening.decide(house.incidents, by_person("decide", incident), command)

    return decided


async def _slow_rollback(house: House, agent: Agent, incident: str) -> None:
    house.production.looks_to_finish = 10**9
    await agent.call("rollback", incident=incident)


async def _rollback(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("rollback", incident=incident)


async def _fix(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("fix", incident=incident, action="begin")


async def _verify(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("verify", incident=incident)


async def _report_without_disk(house: House, agent: Agent, incident: str) -> None:
    house.documents.failing = "the disk is full."
    await agent.call("write_report", incident=incident, root_cause="v5 broke the health answer")
    house.documents.failing = ""


async def _report(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("write_report", incident=incident, root_cause="v5 broke the health answer")


async def _brief(house: House, agent: Agent, incident: str) -> None:
    del house
    await agent.call("report_to_planner", incident=incident, technical_debt=["no canary"])


async def _close(house: House, agent: Agent, incident: str) -> None:
    del agent
    await opening.close(house.incidents, by_person("close", incident), c.Close())


Stage = Callable[[House, Agent, str], Awaitable[None]]

_TO_CLASSIFIED: tuple[Stage, ...] = (_assess, _classify)
_TO_DECIDED = (*_TO_CLASSIFIED, _decide)
_TO_MONITORING = (*_TO_DECIDED, _rollback, _verify)

STAGES: dict[Phase, tuple[Stage, ...]] = {
    Phase.DETECTED: (),
    Phase.ASSESSED: (_assess,),
    Phase.CLASSIFIED: _TO_CLASSIFIED,
    Phase.DECIDED: _TO_DECIDED,
    Phase.INVESTIGATING: (*_TO_CLASSIFIED, _person_decides(Path.INVESTIGATE)),
    Phase.FIXING: (*_TO_CLASSIFIED, _person_decides(Path.FIX), _fix),
    Phase.ROLLING_BACK: (*_TO_DECIDED, _slow_rollback),
    Phase.VERIFYING: (*_TO_DECIDED, _rollback),
    Phase.MONITORING: _TO_MONITORING,
    Phase.ANALYSED: (*_TO_MONITORING, _report_without_disk),
    Phase.DOCUMENTED: (*_TO_MONITORING, _report),
    Phase.REPORTED: (*_TO_MONITORING, _report, _brief),
    Phase.CLOSED: (*_TO_MONITORING, _report, _brief, _close),
}


async def to_phase(house: House, agent: Agent, phase: Phase) -> str:
    """Open an incident and take it to a phase; gives its id."""
    opened = await agent.call("open_incident", target="shop", title="Everything answers 500")
    incident = str(opened["incident"])
    for stage in STAGES[phase]:
        await stage(house, agent, incident)
    now = await agent.call("incident_status", incident=incident)
    assert now["phase"] == phase, now
    return incident
