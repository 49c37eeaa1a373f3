"""A rollback call made again: plan, what the person said, start, and the wait for the end.

Knows: which events show what a person said through a client, and where a call waited. Must not know: what it leads to.
The parts of one call are tied together by their kind and caller: between them a person may think for minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.service.application import Application
from flightrules.service.replaying.track import Track, is_follower
from flightrules.service.rollbacks import WAIT_S, Report, Rollbacks, silent
from flightrules.service.rolling_back import PersonSaid, Question, Stop, prepare
from flightrules.service.turn import Call, Errand
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.log import Actor, Recorded
from flightrules.state.standing import objection
from flightrules.state.vocabulary import ActorKind, Phase

UNHEARD = frozenset(
    {"not_acknowledged", "other_plan", "same_approver", "requester", "channel", "already_approved", "approver_missing"}
)
"""Refusals that only a person's yes can meet."""

FOLLOWED = frozenset({"rolling_back", "succeeded", "failed", "indeterminate"})
"""States that a call tells which waited for a rollback."""


SAID = frozenset({e.ApprovalGranted.kind, e.ApprovalRejected.kind})
"""What a person says begins a part of a call of its own."""


@dataclass(slots=True)
class RecordedRollbacks(Rollbacks):
    """Waits as long as the call waited then; what happened meanwhile is in the log (following.py)."""

    track: Track | None = None

    async def wait(self, incident_id: str, *, report: Report = silent, wait_s: float = WAIT_S) -> None:
        """Return when the next event is the answer to this call."""
        del incident_id, report, wait_s
        track = self.track
        if track is not None and track.current is not None:
            actor = track.current.actor
            await track.turn(mine=lambda record: record.actor == actor and tells(track, record))


def tells(track: Track, record: Recorded) -> bool:
    """Whether an event begins the answer of a call that waited for a rollback."""
    if record.kind != e.CallReceived.kind or track.tools.get(record.call) != "rollback":
        return False
    answered = track.ahead_record(e.CallAnswered.kind, record.call)
    answer = answered.data["answer"] if answered else None
    result = answer.get("result") if isinstance(answer, dict) else None
    return isinstance(result, dict) and result.get("state") in FOLLOWED


def waited(track: Track) -> list[Recorded]:
    """The answers of all calls that waited for the rollback that has just begun.

    A call that came to wait left no event when it came, so it must be there before the rollback ends.
    """
    later = next((start for start in track.starts if start >= track.place), len(track.records))
    return [record for record in track.records[track.place : later] if tells(track, record)]


def is_part(track: Track, record: Recorded) -> bool:
    """Whether an event is part of a rollback call."""
    tool = track.tools.get(record.call)
    return not is_follower(record.actor) and tool in (None, "rollback")


@dataclass(slots=True)
class Asked:
    """The question that is before a person, and stays there between two calls."""

    question: Question | None = None


async def wait_for_the_end(app: Application, track: Track, answer: Recorded) -> None:
    """Make the rollback call that comes to wait now, and is answered there."""
    account = str(answer.data.get("account", ""))
    call = Call(tool="rollback", arguments={}, actor=answer.actor, incident=track.incident, account=account)
    await app.rollbacks.rollback(call, PersonSaid())


async def roll_back(app: Application, track: Track, asked: Asked) -> None:
    """Make the rollback call that writes the next event."""
    call = call_ahead(track)
    if surveys := await _overtaken(app, track):
        errand = Errand(call=call, identity=surveys[0].call, recorded=True)
        read = tuple(e.event_as(e.SurveyRead, record).survey for record in surveys)
        await app.desk.apply(errand, c.NoteSurveys(surveys=read))
        return
    question = asked.question if _answers(track, asked.question) else None
    if question is None:
        before = track.place
        _expect(track, call, e.RollbackStarted.kind)
        prepared = await prepare(app.desk, call)
        if isinstance(prepared, Stop):
            return
        question = asked.question = prepared if isinstance(prepared, Question) else None
        upcoming = track.next
        if track.place > before and (upcoming is None or not is_part(track, upcoming)):
            return  # the person was asked, and others went on meanwhile
    _expect(track, call, e.PlanProposed.kind)
    await app.rollbacks.rollback(call, _said(track, question))


def _expect(track: Track, call: Call, other: str) -> None:
    """Let this call, once it waits, go on with what it can write: one that plans starts nothing yet, and vice versa.

    A client that left has calls that wait for ever, and what a later call does is not theirs.
    """
    since = track.place

    def mine(record: Recorded) -> bool:
        if not is_part(track, record) or record.kind in SAID:
            return False
        if record.kind == e.CallReceived.kind and record.data.get("account", "") != call.account:
            return False
        if other == e.PlanProposed.kind and _planned(track, since):
            return _fails(track, record)  # it was about to start a plan that is replaced now
        return track.ahead_record(other, record.call) is None

    if track.current is not None:
        track.current.mine = mine


def _planned(track: Track, since: int) -> bool:
    return any(track.records[number].kind == e.PlanProposed.kind for number in range(since, track.place))


def _fails(track: Track, record: Recorded) -> bool:
    """Whether an event begins a call that comes to nothing."""
    kinds = {one.kind for one in track.group(record.call)}
    return e.CallReceived.kind in kinds and bool(kinds & {e.CallRefused.kind, e.CallFailed.kind})


async def _overtaken(app: Application, track: Track) -> list[Recorded]:
    """The surveys noted by a call that may not plan any more: it began when it could, and left no event then."""
    upcoming = track.next
    if upcoming is None or upcoming.kind != e.SurveyRead.kind:
        return []
    incident = await app.desk.incident(track.incident, fresh=False)
    policy = app.desk.site(incident.target).policy
    if incident.phase is Phase.DECIDED and not objection(incident, "rollback", policy, upcoming.at):
        return []
    return [record for record in track.group(upcoming.call) if record.kind == upcoming.kind]


def _answers(track: Track, question: Question | None) -> bool:
    """Whether the next event is what a person said to that question."""
    said = track.ahead(e.ApprovalGranted) or track.ahead(e.ApprovalRejected)
    return question is not None and said is not None and said.channel == "elicitation" and said.plan == question.plan


def _said(track: Track, question: Question | None) -> PersonSaid:
    """What the person said through the client, as far as the next events show."""
    granted, rejected = track.ahead(e.ApprovalGranted), track.ahead(e.ApprovalRejected)
    if granted is not None and granted.channel == "elicitation":
        return PersonSaid(
            verdict="yes", question=question, approver=granted.approver, acknowledged=granted.acknowledged
        )
    if rejected is not None and rejected.channel == "elicitation":
        return PersonSaid(verdict="no", question=question, approver=rejected.approver, reason=rejected.reason)
    refused = track.ahead(e.CallRefused)
    if refused is not None and refused.code in UNHEARD and question is not None:
        call = call_ahead(track)
        client = call.actor.name.removesuffix(f" ({call.account})")
        return PersonSaid(verdict="yes", question=question, approver=f"{call.account} (as {client} says)")
    return PersonSaid()


def call_ahead(track: Track) -> Call:
    """Who called, and for whom: the agent of the next event, or of the answer that follows what a person said."""

    def told(record: Recorded) -> bool:
        return record.kind == e.CallReceived.kind and record.data["tool"] == "rollback"

    received = track.later(told) or track.earlier(told)
    account = str(received.data.get("account", "")) if received else ""
    if proposed := track.ahead(e.PlanProposed):
        account = proposed.requester
    elif (granted := track.ahead(e.ApprovalGranted)) and granted.channel == "elicitation":
        account = granted.account
    return Call(tool="rollback", arguments={}, actor=_agent(track), incident=track.incident, account=account)


def _agent(track: Track) -> Actor:
    def acted(record: Recorded) -> bool:
        return record.actor.kind is ActorKind.AGENT and is_part(track, record)

    record = track.later(acted) or track.earlier(acted)
    return record.actor if record else Actor(kind=ActorKind.AGENT, name="unnamed client", face="mcp")
