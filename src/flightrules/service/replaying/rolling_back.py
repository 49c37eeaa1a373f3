"""A rollback call made again: plan, what the person said, start, and the wait for the end.

Knows: which events show what a person said through a client, and where a call waited. Must not know: what it leads to.
The parts of one call are tied together by their kind and caller: between them a person may think for minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from flightrules.service.application import Application
from flightrules.service.replaying.track import Caller, Track, is_follower
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rollbacks import WAIT_S, Report, Rollbacks, silent
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.service.rollback.waiting import put_form
from flightrules.service.turn import Call
from flightrules.state import events as e
from flightrules.state.following import ENDS, state_told
from flightrules.state.log import Actor, Recorded
from flightrules.state.vocabulary import ActorKind

UNHEARD = frozenset(
    {
        *("already_approved", "approver_missing", "channel", "not_acknowledged"),
        *("other_plan", "policy_changed", "requester", "same_approver"),
    }
)
"""Refusals that only a person's yes can meet."""

FOLLOWED = ENDS | {"rolling_back"}
"""States that a call tells which waited for a rollback."""


SAID = frozenset({e.ApprovalGranted.kind, e.ApprovalRejected.kind})
"""What a person says through a client, which is a part of the call of its own."""


@dataclass(slots=True)
class RecordedRollbacks(Rollbacks):
    """Waits as long as the call waited then; what happened meanwhile is in the log (following.py)."""

    track: Track | None = None

    async def attend(self, incident_id: str, *, report: Report = silent, wait_s: float = WAIT_S) -> None:
        """Go on at once: what another incident did is in another session."""

    async def wait(self, incident_id: str, *, report: Report = silent, wait_s: float = WAIT_S) -> None:
        """Return when the next event is the answer to this call."""
        del incident_id, report, wait_s
        track = self.track
        if track is not None and track.current is not None:
            caller, first = track.current.caller, track.current.first
            await track.turn(
                mine=lambda record: (
                    tells(track, record)
                    and not track.belongs_elsewhere(record, first)
                    and caller_of(track, record) == caller
                )
            )


def tells(track: Track, record: Recorded) -> bool:
    """Whether an event begins the answer of a call that waited for a rollback."""
    if record.kind != e.CallReceived.kind or track.tools.get(record.call) != "rollback":
        return False
    answered = track.ahead_record(e.CallAnswered.kind, record.call)
    return answered is not None and state_told(answered) in FOLLOWED


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


def caller_of(track: Track, record: Recorded) -> Caller:
    """Who made the rollback call that writes that event, as far as its part tells or else the next that does."""
    account = account_told(track, record)
    actor = record.actor if record.actor.kind is ActorKind.AGENT else None
    if actor is None:
        agent = _next(track, record, lambda one: one.actor.kind is ActorKind.AGENT, account)
        actor = agent.actor if agent else Actor(kind=ActorKind.AGENT, name="unnamed client", face="mcp")
    if account is None:
        received = _next(track, record, lambda one: one.kind == e.CallReceived.kind and one.actor == actor, None)
        account = str(received.data.get("account", "")) if received else ""
    return Caller(actor, account)


def _next(track: Track, record: Recorded, holds: Callable[[Recorded], bool], account: str | None) -> Recorded | None:
    """The first event of a rollback from that one on of which that holds, else the last before it."""
    records, place = track.records, record.version - 1

    def there(one: Recorded) -> bool:
        return holds(one) and is_part(track, one) and (account is None or account_told(track, one) in (None, account))

    numbers = chain(range(place, len(records)), range(place - 1, -1, -1))
    return next((records[number] for number in numbers if there(records[number])), None)


def account_told(track: Track, record: Recorded) -> str | None:
    """Whose call an event belongs to, where its part tells, or where it is known otherwise."""
    if record.call in track.accounts:
        return track.accounts[record.call]
    for number in track.of_call.get(record.call, ()):
        told = track.records[number]
        if told.kind in ACCOUNTS and (told.kind not in SAID or is_said(told)):
            return str(told.data.get(ACCOUNTS[told.kind], ""))
    return None


def accounts_in(track: Track) -> list[str]:
    """All for whom a rollback was ever called."""
    told = (account_told(track, record) for record in track.records if is_part(track, record))
    return sorted({account for account in told if account is not None})


ACCOUNTS = {
    e.CallReceived.kind: "account",
    e.PlanProposed.kind: "requester",
    e.ApprovalGranted.kind: "account",
    e.FormPut.kind: "account",
    e.FormClosed.kind: "account",
}
"""Where a part of a rollback call says whose it is; an approval in advance is nobody's answer."""


async def wait_for_the_end(app: Application, track: Track, caller: Caller) -> None:
    """Make the rollback call that comes to wait now, and is answered there."""
    await app.rollbacks.rollback(_call(track, caller), PersonSaid())


def _call(track: Track, caller: Caller) -> Call:
    return Call(tool="rollback", arguments={}, actor=caller.actor, incident=track.incident, account=caller.account)


async def roll_back(
    app: Application, track: Track, asked: Asked, caller: Caller, *, goes_on: int | None = None
) -> None:
    """Make the rollback call that writes the next event, or that event of which it begins before others."""
    call, own = _call(track, caller), track.own
    if own is None or not is_said(own):
        prepared = await prepare(app.desk, call)
        if isinstance(prepared, Stop):
            return
        question = prepared if isinstance(prepared, Question) else None
        asked.question = question or asked.question
        _expect_no_plan(track, own, question)
        if question is not None and (putting := track.own) is not None and putting.kind == e.FormPut.kind:
            await put_form(app.desk, call, question)
        await _paused(track, goes_on)
    else:
        question = await _question_of(app, track, asked, str(own.data["plan"]))
    await app.rollbacks.rollback(call, _said(track, caller, question))


async def _question_of(app: Application, track: Track, asked: Asked, plan: str) -> Question | None:
    """What a person was asked who answers on that plan."""
    there = (await app.desk.incident(track.incident, fresh=False)).plan
    if there is None or there.id != plan or (asked.question is not None and asked.question.plan == plan):
        return asked.question
    return Question(
        plan=plan, intent=there.intent, review=there.review, text="", acknowledge=(), elicitation_counts=True
    )


async def _paused(track: Track, goes_on: int | None) -> None:
    """Let others write before the call goes on, as it is known to, or until it writes the next event."""
    if goes_on is None:
        await track.turn()
    elif goes_on > track.place:
        await track.turn(mine=lambda _record: track.place >= goes_on)


def is_said(record: Recorded) -> bool:
    """Whether an event is what a person said through a client."""
    return record.kind in SAID and record.data["channel"] == "elicitation"


def _expect_no_plan(track: Track, own: Recorded | None, question: Question | None) -> None:
    """Let this call, once it waits, go on with what it can write now: another plan is another call's.

    A client that left has calls that wait for ever, and what a later call does is not theirs. Where nothing came of
    what it began for, it still goes on there.
    """
    activity = track.current
    if activity is None:
        return
    usual = activity.mine

    def mine(record: Recorded) -> bool:
        if record is own:
            return True
        if not usual(record) or track.ahead_record(e.PlanProposed.kind, record.call):
            return False
        if record.kind in SAID:
            return is_said(record) and question is not None and record.data["plan"] == question.plan
        return True

    activity.mine = mine


def part_of(track: Track, first: Recorded, caller: Caller) -> Callable[[Recorded], bool]:
    """Whether an event belongs to the call that begins with that one."""

    def mine(record: Recorded) -> bool:
        if record.version < first.version or track.belongs_elsewhere(record, first) or not is_part(track, record):
            return False
        if record.actor.kind is ActorKind.AGENT and record.actor != caller.actor:
            return False
        told = account_told(track, record)
        return (caller_of(track, record).account if told is None else told) == caller.account

    return mine


def _said(track: Track, caller: Caller, question: Question | None) -> PersonSaid:
    """What the person said through the client, as far as the call's next events show."""
    granted, rejected = track.ahead(e.ApprovalGranted), track.ahead(e.ApprovalRejected)
    if granted is not None and granted.channel == "elicitation":
        return PersonSaid(
            verdict="yes", question=question, approver=granted.approver, acknowledged=granted.acknowledged
        )
    if rejected is not None and rejected.channel == "elicitation":
        return PersonSaid(verdict="no", question=question, approver=rejected.approver, reason=rejected.reason)
    closed = track.ahead(e.FormClosed)
    if closed is not None and closed.how != "answered":
        return PersonSaid(verdict=closed.how, question=question, seconds=closed.seconds)
    refused = _refused(track, closed)
    if refused is not None and refused.code in UNHEARD and question is not None:
        client = caller.actor.name.removesuffix(f" ({caller.account})")
        return PersonSaid(verdict="yes", question=question, approver=f"{caller.account} (as {client} says)")
    return PersonSaid()


def _refused(track: Track, closed: e.FormClosed | None) -> e.CallRefused | None:
    """How the call was refused; behind a form that was answered that is a part of its own."""
    if closed is None or track.current is None:
        return track.ahead(e.CallRefused)
    mine = track.current.mine
    record = track.later(lambda one: one.kind == e.CallRefused.kind and mine(one))
    return e.event_as(e.CallRefused, record) if record else None
