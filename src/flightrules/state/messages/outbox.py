"""Delivery state of each message at each destination, and the time of its next attempt.

Knows: attempts as the outbox of an incident has them, and the pauses between. Must not know: what a message says.
At least once is what is promised: an attempt without an end on record may have arrived, and is made again with the same
id. A receiver that keeps ids tells the two apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from flightrules.state import events as e
from flightrules.state.log import Recorded
from flightrules.state.messages.due import Message
from flightrules.state.messages.entry import Entry, State
from flightrules.state.messages.order import in_order
from flightrules.state.value import Value
from flightrules.state.vocabulary import Audience
from flightrules.state.words import counted, span

TRIES = 180
"""Pauses are an hour in the end, so these last for a week: a receiver that is away for a day loses nothing."""
LOST_TRIES = 10
"""So many attempts in a row without an end on record: whoever makes them does not live to see one."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_DOUBLED = 10
"""Attempts after which the pause surely is the longest."""
LOST_AFTER = timedelta(minutes=2)
"""An attempt without an end is taken for lost after this; no sender takes that long."""
STALE_AFTER = timedelta(hours=48)
"""News as old as this is not sent any more, as where a destination is new. A brief never is too old."""


class _Tried(Value):
    attempts: int
    at: datetime
    lost: int = 0
    """Number of the most recent attempts that have no end on record."""
    reached: tuple[str, ...] = ()
    ended: e.SendEnded | None = None


def ledger(
    messages: Sequence[Message], outbox: Sequence[Recorded], destinations: Sequence[str], now: datetime
) -> tuple[Entry, ...]:
    """Every message at every destination of its audience; `outbox` holds the attempts of the same incident."""
    tried = _tried(outbox)
    entries = (
        _entry(message, to, tried.get((message.id, to)), destinations, now)
        for message in messages
        for to in _destinations(message, destinations)
    )
    return in_order(entries, now)


def _destinations(message: Message, destinations: Sequence[str]) -> Iterator[str]:
    if message.audience is Audience.PLANNER:
        yield from (f"{message.audience}/{sink}" for sink in message.sinks)
    else:
        yield from (to for to in destinations if to.startswith(f"{message.audience}/"))


def _tried(outbox: Sequence[Recorded]) -> dict[tuple[str, str], _Tried]:
    found: dict[tuple[str, str], _Tried] = {}
    for record in outbox:
        event = e.event_in(record)
        if isinstance(event, e.SendBegan):
            before = found.get((event.message, event.to))
            lost, reached = (before.lost + 1, before.reached) if before else (1, ())
            found[event.message, event.to] = _Tried(attempts=event.attempt, at=record.at, lost=lost, reached=reached)
        if isinstance(event, e.SendEnded):
            before = found.get((event.message, event.to))
            attempts = before.attempts if before else 1
            reached = tuple(dict.fromkeys([*(before.reached if before else ()), *event.reached]))
            found[event.message, event.to] = _Tried(attempts=attempts, at=record.at, reached=reached, ended=event)
    return found


def _entry(message: Message, to: str, tried: _Tried | None, destinations: Sequence[str], now: datetime) -> Entry:
    entry = Entry(message=message, to=to, state="waiting", next_at=message.at)
    if tried is not None:
        entry = entry.model_copy(update=_after(tried))
    if entry.state != "waiting":
        return entry
    return entry.model_copy(update={"state": _waiting(entry, destinations, now)})


def _after(tried: _Tried) -> dict[str, object]:
    """Return the fields of an entry after its last attempt."""
    so_far: dict[str, object] = {"attempts": tried.attempts, "reached": tried.reached, "tried_at": tried.at}
    if tried.ended is None and tried.lost >= LOST_TRIES:
        return {**so_far, "state": "given_up", "says": "it is not known whether it arrived"}
    if tried.ended is None:
        return {**so_far, "state": "under_way", "next_at": tried.at + LOST_AFTER}
    end = tried.ended
    told = {**so_far, "says": end.reference or end.says}
    if end.outcome != "failed":
        return {**told, "state": end.outcome}
    asked = tried.at + timedelta(seconds=end.wait_s)
    own = tried.at + pause(tried.attempts)
    return {**told, "next_at": max(own, asked), "not_before": asked if end.wait_s else None}


def _waiting(entry: Entry, destinations: Sequence[str], now: datetime) -> State:
    message = entry.message
    if message.moot:
        return "moot"
    if message.audience is not Audience.PLANNER and now - message.at > STALE_AFTER:
        return "stale"
    return "waiting" if entry.to in destinations else "nowhere"


def pause(attempts: int) -> timedelta:
    """Return the wait after that number of failed attempts: twice as long each time, up to an hour."""
    doubled: timedelta = FIRST_PAUSE * 2 ** (min(max(attempts, 1), MOST_DOUBLED) - 1)
    return min(doubled, LONGEST_PAUSE)


def began(entry: Entry) -> e.SendBegan:
    """The intent of the next attempt; where all were made, of the first of as many again."""
    return e.SendBegan(message=entry.message.id, to=entry.to, attempt=1 if entry.lost else entry.attempts + 1)


def ended(intent: e.SendBegan, *, reference: str) -> e.SendEnded:
    """The end of an attempt that arrived."""
    return e.SendEnded(message=intent.message, to=intent.to, outcome="sent", reference=reference)


def failed(intent: e.SendBegan, *, why: str, again: bool, wait_s: int, reached: tuple[str, ...] = ()) -> e.SendEnded:
    """The end of an attempt that did not: given up where it was the last, or another would fail as well."""
    over = not again or intent.attempt >= TRIES
    outcome: Literal["failed", "given_up"] = "given_up" if over else "failed"
    return e.SendEnded(message=intent.message, to=intent.to, outcome=outcome, says=why, wait_s=wait_s, reached=reached)


def troubles(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return one line for each message that was tried and not sent, and for each that has no destination."""
    return tuple(line for entry in entries if (line := _trouble(entry)))


def never_tried(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return a line for each destination to which nobody tried to send messages while they were news.

    Either nothing was delivered at that time, or the destination is new.
    """
    late = Counter(entry.to for entry in entries if entry.state == "stale" and not entry.attempts)
    return tuple(
        f"{to}: {counted(count, 'message')} never sent, and older than {span(STALE_AFTER)}"
        for to, count in late.items()
    )


def _trouble(entry: Entry) -> str:
    tries = counted(entry.attempts, "time")
    why = {
        "given_up": f"given up, tried {tries}",
        "nowhere": "no such destination is configured",
        "stale": f"too old now, tried {tries}" if entry.attempts else "",
        "waiting": f"failed {tries}, next try {entry.next_at:%H:%M:%S} UTC" if entry.attempts else "",
    }.get(entry.state, "")
    return f"{entry.to}: {entry.message.id} {why}" + (f": {entry.says}" if entry.says else "") if why else ""
