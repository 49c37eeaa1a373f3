"""Replay of what was done in the background: each observation is handed in at its time, for the rules to judge.

Knows: which command each background event came from. Must not know: what the command leads to.
What monitoring saw is read elsewhere (looking.py): which of its checks were due is a matter of the incident and policy.
How often a host was looked at in between left no event, so polling is not repeated; what was seen is.
"""

from __future__ import annotations

from collections.abc import Callable

from flightrules.replay.cursor import LogCursor, Missing
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.log import Draft, Recorded

_BY_THE_CLOCK = frozenset(
    {e.LogRead.kind, e.BudgetBreached.kind, e.SettingsRead.kind, e.Reminded.kind, e.PaceEnded.kind, e.SpokenFor.kind}
)


def comes_along(event: Recorded | Draft) -> bool:
    """An event that any command may bring with it: the clock's, and the public words that follow from facts."""
    return event.kind in _BY_THE_CLOCK or (event.kind == e.UpdatePosted.kind and bool(event.data.get("by_rules")))


def command_of(cursor: LogCursor) -> c.Command | None:
    """The command behind the next event; None where the event alone does not tell."""
    for record in cursor.turn_ahead():
        if record.kind == e.Reminded.kind:
            return c.Tick()  # nothing else reminds; what stands behind it at the same moment is another command's
        if not comes_along(record):
            made = COMMANDS.get(record.kind)
            return made(cursor, record) if made else None
    return c.Tick()


def _launch(_cursor: LogCursor, record: Recorded) -> c.Command:
    return c.Launch(operation=str(record.data["operation"]))


def _launch_as_read(cursor: LogCursor, record: Recorded) -> c.Command:
    survey = e.event_as(e.SurveyRead, record).survey
    return c.Launch(operation=_operation(cursor, survey.host), survey=survey)


def _see(_cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.OperationSeen, record)
    return c.RecordStatus(operation=event.operation, look=event.look)


def _await_proof(_cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.ProofAwaited, record)
    return c.AwaitProof(operation=event.operation, holds=event.holds, of=event.of, lacks=event.lacks)


def _prove(cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.ProofTaken, record)
    if event.health is None or event.settled is None:
        raise Missing(f"#{record.version}: which health answer the proof of {event.host} rests on was not recorded")
    operation = _operation(cursor, event.host)
    return c.RecordProof(operation=operation, running=event.running, health=event.health, settled=event.settled)


def _operation(cursor: LogCursor, host: str) -> str:
    """The operation of a host in the rollback that runs."""
    started = cursor.earlier(e.RollbackStarted.kind)
    operations = e.event_as(e.RollbackStarted, started).operations if started else ()
    return next((operation for operation, there in operations if there == host), host)


def _give_up(cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.HostFinished, record)
    before = cursor.records[: cursor.place]
    if not any(one.kind == e.OperationLaunching.kind and one.data["operation"] == event.operation for one in before):
        return c.Launch(operation=event.operation)  # it was too late to begin
    return c.Abandon.model_validate({"operation": event.operation, "outcome": event.outcome, "says": event.says})


def _noticed(_cursor: LogCursor, _record: Recorded) -> c.Command:
    """That a fix is out of time, or the public has to hear of something: whoever looks first records it."""
    return c.Tick()


def _tested(_cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.FixTested, record)
    return c.RecordTests(run=event.run, result=event.result)


def _glance(_cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.Glanced, record)
    return c.RecordGlance(facts=event.facts, looked_at=event.looked_at)


def _note_clock(_cursor: LogCursor, record: Recorded) -> c.Command:
    return c.NoteClock(by_s=e.event_as(e.ClockMoved, record).by_s)


def _join_alerts(_cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.AlertsJoined, record)
    return c.JoinAlerts(
        alerts=event.alerts,
        firing=event.firing,
        resolved=event.resolved,
        through=event.through,
        severity=event.severity,
    )


def _call_people(_cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.PeopleCalled, record)
    return c.CallPeople(title=event.title, source=event.source, seen=event.seen, page=event.page)


def _tell_waiting(_cursor: LogCursor, record: Recorded) -> c.Command:
    event = e.event_as(e.AlertsWaiting, record)
    return c.TellWaiting(targets=event.targets, most=event.most, minutes=event.minutes)


COMMANDS: dict[str, Callable[[LogCursor, Recorded], c.Command]] = {
    e.OperationLaunching.kind: _launch,
    e.SurveyRead.kind: _launch_as_read,
    e.OperationSeen.kind: _see,
    e.ProofAwaited.kind: _await_proof,
    e.ProofTaken.kind: _prove,
    e.HostFinished.kind: _give_up,
    e.FixTested.kind: _tested,
    e.ClockMoved.kind: _note_clock,
    e.AlertsJoined.kind: _join_alerts,
    e.PeopleCalled.kind: _call_people,
    e.AlertsWaiting.kind: _tell_waiting,
    e.Glanced.kind: _glance,
    e.FixEnded.kind: _noticed,
    e.UpdatePosted.kind: _noticed,
}
"""The command behind each event of the background."""
