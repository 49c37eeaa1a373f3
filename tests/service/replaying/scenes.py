"""Calls as the faces make them, in any order, so that whatever comes of it can be replayed. Not collected as tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from flightrules.replay.recording import recorded
from flightrules.replay.replay import replay
from flightrules.service import analysing, fixing, observing, opening, telling
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.invocation import Call
from flightrules.service.messages import updating
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.analysis import Analysis
from flightrules.state.archive.replays import ReplayVerdict
from flightrules.state.archive.sessions import Session, read_session
from flightrules.state.vocabulary import Path, Severity
from tests.service import pilot
from tests.service.house import House, build

AGENT = pilot.AGENT
PERSON = pilot.PERSON


def by(person: bool, tool: str, incident: str, **arguments: Any) -> Call:  # noqa: ANN401, FBT001 - who calls, with what
    """A call of an agent, or of a person at a terminal."""
    actor, account = (PERSON, "ada") if person else (AGENT, "bot")
    return Call(tool=tool, arguments=arguments, actor=actor, incident=incident, account=account)


async def raise_severity(house: House, incident: str) -> Any:  # noqa: ANN401
    command = c.Classify(severity=Severity.P1, reason="users say so")
    call = by(False, "classify", incident, severity="P1", reason="users say so")  # noqa: FBT003
    return await opening.classify(house.incidents, call, command)


async def classify_as_seen(house: House, incident: str) -> Any:  # noqa: ANN401
    return await opening.classify(house.incidents, by(False, "classify", incident), c.Classify())  # noqa: FBT003


async def lower_severity(house: House, incident: str) -> Any:  # noqa: ANN401
    command = c.Classify(severity=Severity.P3, reason="only the avatar")
    call = by(True, "classify", incident, severity="P3", reason="only the avatar")  # noqa: FBT003
    return await opening.classify(house.incidents, call, command)


def person_decides(path: str, **more: Any) -> Callable[[House, str], Awaitable[Any]]:  # noqa: ANN401
    async def act(house: House, incident: str) -> Any:  # noqa: ANN401
        given = {"path": path, "reason": "I know better", "to": None, "without": [], **more}
        command = c.DecideByPerson.model_validate(
            {"path": Path(path), "reason": given["reason"], "release": given["to"], "without": given["without"]}
        )
        return await opening.decide(house.incidents, by(True, "decide", incident, **given), command)  # noqa: FBT003

    return act


async def look(house: House, incident: str) -> Any:  # noqa: ANN401
    return await telling.status(house.incidents, by(False, "incident_status", incident))  # noqa: FBT003


async def plan_only(house: House, incident: str) -> Any:  # noqa: ANN401
    """A client that cannot ask: the plan waits for a person at a terminal."""
    call = house.incidents.invocation(by(False, "rollback", incident))  # noqa: FBT003
    question = await prepare(house.incidents, call)
    if isinstance(question, Stop):
        return question.answer
    return await house.app.rollbacks.rollback(call, PersonSaid())


async def refuse_in_client(house: House, incident: str) -> Any:  # noqa: ANN401
    call = house.incidents.invocation(by(False, "rollback", incident))  # noqa: FBT003
    question = await prepare(house.incidents, call)
    if isinstance(question, Stop):
        return question.answer
    if not isinstance(question, Question):
        return await house.app.rollbacks.rollback(call, PersonSaid())
    said = PersonSaid(verdict="no", question=question, approver="ada", reason="not now")
    return await house.app.rollbacks.rollback(call, said)


async def approve_typed(house: House, incident: str) -> Any:  # noqa: ANN401
    plan = (await house.incidents.incident(incident)).plan
    digest = plan.short if plan else ""
    call = by(True, "approve", incident, digest=digest, acknowledged=True)  # noqa: FBT003
    return await typed_approvals.approve(house.incidents, call, approver="ada", digest=digest, acknowledged=True)


async def approve_wrong(house: House, incident: str) -> Any:  # noqa: ANN401
    call = by(True, "approve", incident, digest="deadbeef", acknowledged=False)  # noqa: FBT003
    return await typed_approvals.approve(house.incidents, call, approver="ada", digest="deadbeef", acknowledged=False)


async def reject(house: House, incident: str) -> Any:  # noqa: ANN401
    call = by(True, "reject", incident, reason="look at the data first")  # noqa: FBT003
    return await typed_approvals.reject(house.incidents, call, approver="ada", reason="look at the data first")


def fix(action: str, **more: Any) -> Callable[[House, str], Awaitable[Any]]:  # noqa: ANN401
    async def act(house: House, incident: str) -> Any:  # noqa: ANN401
        call = by(False, "fix", incident, action=action, **more)  # noqa: FBT003
        if action == "begin":
            return await fixing.fix(house.incidents, call, c.BeginFix(says=more.get("says", "")))
        if action == "branch":
            return await fixing.branch(house.incidents, call, ())
        if action == "test":
            return await house.app.suite_runs.test(call, ())
        return await fixing.fix(house.incidents, call, c.EndFix.model_validate({"outcome": action, **more}))

    return act


async def accept(house: House, incident: str) -> Any:  # noqa: ANN401
    call = by(True, "accept", incident, reason="I saw it work")  # noqa: FBT003
    return await observing.accept(house.incidents, call, c.AcceptByPerson(reason="I saw it work"))


async def stand_down(house: House, incident: str) -> Any:  # noqa: ANN401
    call = by(True, "close", incident, reason="false alarm")  # noqa: FBT003
    return await opening.close(house.incidents, call, c.Close(reason="false alarm"))


async def keyed(house: House, incident: str) -> Any:  # noqa: ANN401
    """The same call twice under one key: the second leaves no trace."""
    call = replace(by(False, "assess", incident), key="k-1")  # noqa: FBT003
    await observing.assess(house.incidents, call)
    return await observing.assess(house.incidents, call)


async def post_update(house: House, incident: str) -> Any:  # noqa: ANN401
    given = {"text": "We roll back.", "external": True}
    call = by(False, "post_update", incident, **given)  # noqa: FBT003
    return await updating.post_update(house.incidents, call, c.PostUpdate.model_validate(given))


def said_of_updates(action: str) -> Callable[[House, str], Awaitable[Any]]:
    async def act(house: House, incident: str) -> Any:  # noqa: ANN401
        held = (await house.incidents.incident(incident)).held
        name = held[0].id if held else "U1"
        call = by(True, "update", incident, action=action, update=name, reason="not yet")  # noqa: FBT003
        if action == "approve":
            yes = c.ApproveUpdate(update=name, approver="ada")
            return await updating.approve_update(house.incidents, call, yes)
        no = c.RejectUpdate(update=name, approver="ada", reason="not yet")
        return await updating.reject_update(house.incidents, call, no)

    return act


async def analyse(house: House, incident: str) -> Any:  # noqa: ANN401
    given = {"compare": True, "whys": [{"says": "v5 divides by zero", "evidence": ["E1"]}]}
    read = Analysis.model_validate(given)
    return await analysing.analyze(house.incidents, by(False, "analyze", incident, **given), read)  # noqa: FBT003


async def watch(house: House, incident: str) -> Any:  # noqa: ANN401
    """Ten minutes later, one round of the watch."""
    del incident
    house.clock.advance(600)
    return await house.app.watching.once()


ACTS: dict[str, Callable[[House, str], Awaitable[Any]]] = {
    "assess": pilot.assess,
    "assess, twice under one key": keyed,
    "classify": pilot.classify,
    "raise": raise_severity,
    "classify as seen": classify_as_seen,
    "lower": lower_severity,
    "decide": pilot.decide,
    "person: rollback": person_decides("rollback"),
    "person: rollback further": person_decides("rollback", to="3" * 40),
    "person: fix": person_decides("fix"),
    "person: investigate": person_decides("investigate"),
    "plan": plan_only,
    "roll back, yes": pilot.rollback,
    "roll back, no": refuse_in_client,
    "approve": approve_typed,
    "approve another plan": approve_wrong,
    "reject": reject,
    "verify": pilot.verify,
    "begin a fix": fix("begin", says="null check"),
    "branch": fix("branch"),
    "run tests": fix("test"),
    "deployed": fix("deployed", reference="#512"),
    "fix failed": fix("failed", says="no"),
    "accept": accept,
    "report": pilot.report,
    "brief": pilot.brief,
    "close": pilot.close,
    "stand down": stand_down,
    "look": look,
    "update": post_update,
    "approve an update": said_of_updates("approve"),
    "keep an update back": said_of_updates("reject"),
    "analyse": analyse,
    "watch": watch,
}
"""Acts that may be called; most of them are refused at most times."""


async def session_of(house: House, incident: str) -> Session:
    """The incident as a session that went through its file."""
    return read_session(await recorded(house.incidents, incident))


async def replayed(house: House, incident: str) -> ReplayVerdict:
    """Return the verdict of the replay of an incident."""
    return await replay(await session_of(house, incident))


async def whole_session() -> str:
    """A whole incident, from detection to its closing, as the text of its file."""
    house = build()
    incident = await pilot.opened(house)
    await pilot.fly(house, incident)
    text = await recorded(house.incidents, incident)
    await house.app.close()
    return text
