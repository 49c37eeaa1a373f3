"""Where a call began that others overtook before it left its first event: no event tells, so earlier places are tried.

Knows: which part of a call a replay got stuck at, and where that may have begun. Must not know: what any call does.
Nothing is tried while the usual course goes on: that a call begins where its first event stands. What is found that way
still made each recorded event again; it only says in which order the service was asked.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from flightrules import __version__
from flightrules.service.replaying.rolling_back import account_told, accounts_in, is_part
from flightrules.service.replaying.track import ENDS, Track, together
from flightrules.state.archive.replays import Verdict
from flightrules.state.events import CallRefused


class Start(NamedTuple):
    """Where a part of a call begins, which is told by the place of its first event."""

    place: int
    goes_on: int
    """Where a rollback goes on that knows what to ask, and any other call is decided."""
    reads_at_once: bool = False
    """Whether a rollback knew what hosts show before others wrote; else it read that when its turn came."""
    account: str | None = None
    """For whom a rollback was called, where its events do not tell and another's answer comes first."""


Starts = Mapping[int, Start]


class Attempt(NamedTuple):
    """One replay, and how far it came."""

    verdict: Verdict
    place: int
    starts: Starts


FURTHEST = 30
"""Turns before its first event at which a call is looked for: what others wrote while it read hosts, at the most."""
NEAR = 8
"""Turns among which a rollback is looked for that was overtaken twice, or that another took an event of."""
ATTEMPTS = 400
"""Replays of one session, after which it is told as it is."""


async def explained(track: Track, first: Attempt, attempt: Callable[[Starts], Awaitable[Attempt]]) -> Attempt:
    """The attempt that comes furthest, each by letting one more call begin elsewhere."""
    best, left = first, ATTEMPTS
    while (place := _odd(track, best)) is not None:
        for number, start in _ways(track, place, best.starts):
            left -= 1
            tried = await attempt({**best.starts, number: start})
            if _reached(tried) > _reached(best):
                best = tried
                break
            if not left:
                return best
        else:
            return best
    return best


def _reached(attempt: Attempt) -> tuple[bool, int, int]:
    """How far an attempt came, and in how few words it differs."""
    return attempt.verdict.good, attempt.place, -len(attempt.verdict.free)


def _odd(track: Track, attempt: Attempt) -> int | None:
    """Where an attempt shows that a call read something else: it ends there, or a refusal has another reason."""
    if not attempt.verdict.good:
        return attempt.place if attempt.place < len(track.records) else None
    if track.session.head.flightrules != __version__:
        return None  # another version may word it better
    refused = (REFUSED.match(place) for place in attempt.verdict.free)
    return next((int(found[1]) - 1 for found in refused if found), None)


REFUSED = re.compile(rf"#(\d+) {CallRefused.kind} answer\.problem\.(reason|remedy)")


def _first_of_part(track: Track, place: int) -> int:
    """Where that part of a call begins of which an event is there; one key may have belonged to several calls."""
    numbers = track.of_call[track.records[place].call] if track.records[place].call else [place]
    first = place
    for number in reversed(numbers[: numbers.index(place)]):
        if track.records[number].kind in ENDS:
            break
        first = number
    return first


def _ways(track: Track, place: int, starts: Starts) -> Iterator[tuple[int, Start]]:
    """Other beginnings of the part that it got stuck at, then of parts before, which another call may have taken."""
    number = _first_of_part(track, place)
    yield from ((number, start) for start in _elsewhere(track, number))
    turns = [number, *_turns(track, number)[:NEAR]]
    parts = [n for n in turns if is_part(track, track.records[n])]
    yield from ((n, Start(n, n)) for n in parts if n != number and n not in starts)
    accounts = accounts_in(track)
    if len(accounts) > 1:
        untold = [n for n in parts if account_told(track, track.records[n]) is None]
        begun = [(n, starts.get(n, Start(n, n))) for n in untold]
        yield from ((n, start._replace(account=account)) for n, start in begun for account in accounts)


def _turns(track: Track, number: int) -> list[int]:
    """Where the turns begin in front of an event, the nearest first."""
    return [n for n in range(number - 1, 0, -1) if not together(track.records[n], track.records[n - 1])][:FURTHEST]


def _elsewhere(track: Track, number: int) -> Iterator[Start]:
    """Other ways to begin: anew where the event stands, then at each turn before, the nearest first.

    It may have been overtaken before it was decided too. A rollback may have been while it read hosts, and between
    question and start.
    """
    yield Start(number, number)
    turns = _turns(track, number)
    yield from (Start(place, place) for place in turns)
    yield from (Start(place, number) for place in turns)
    if is_part(track, track.records[number]):
        yield from (Start(place, place, reads_at_once=True) for place in turns)
        yield from (Start(place, later) for later, place in combinations(turns[:NEAR], 2))
