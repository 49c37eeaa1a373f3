"""Order of messages at each destination: the news of one incident in order, with overtaken messages folded.

Knows: where every message stands at one destination. Must not know: how anything is sent, or what a message says.
The invariant: what was told last at a destination is never older than anything told there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from flightrules.state.messages.entry import Entry
from flightrules.state.vocabulary import Audience

LATE = timedelta(minutes=10)
"""News for those who work on it that is older than this is folded into what is newer."""

LIVE = ("waiting", "under_way")


def in_order(entries: Iterable[Entry], now: datetime) -> tuple[Entry, ...]:
    """The same entries: at each destination one at most is due, and what it overtook is folded into it."""
    found: list[Entry] = []
    for to, own in groupby(sorted(entries, key=lambda entry: entry.to), key=lambda entry: entry.to):
        queue = sorted(own, key=lambda entry: entry.message.version)
        planner = to.startswith(f"{Audience.PLANNER}/")
        found += queue if planner else _queue(queue, now)
    return tuple(sorted(found, key=lambda entry: (entry.message.version, entry.to)))


def _queue(queue: Sequence[Entry], now: datetime) -> list[Entry]:
    """One destination's entries, oldest first."""
    told = max((entry.message.version for entry in queue if entry.state == "sent"), default=0)
    newest = max((entry.message.version for entry in queue if not entry.message.moot), default=0)
    placed = _said_once([_overtaken(entry, told, newest) for entry in queue])
    live = [entry for entry in placed if entry.state in LIVE]
    if not live:
        return placed
    head, carried = _next(live, now)
    return [_placed(entry, head, carried, queue, now) for entry in placed]


def _overtaken(entry: Entry, told: int, newest: int) -> Entry:
    """The public reads the newest state alone; nobody reads what is older than what they read last."""
    version, audience = entry.message.version, entry.message.audience
    if entry.state == "given_up" and version < told:
        lost = "overtaken" if audience is Audience.EXTERNAL else "given_up"
        return entry.model_copy(update={"state": lost, "late": True})
    if entry.state not in LIVE or audience is Audience.APPROVERS:
        return entry
    if version < told or (audience is Audience.EXTERNAL and version < newest and entry.state == "waiting"):
        return entry.model_copy(update={"state": "overtaken"})
    return entry


def _said_once(queue: Sequence[Entry]) -> list[Entry]:
    """Mark a waiting message as overtaken if a newer waiting message says the same."""
    kept: list[Entry] = []
    newer: list[Entry] = []
    for entry in reversed(queue):
        again = entry.state == "waiting" and any(one.message.says_the_same(entry.message) for one in newer)
        kept.append(entry.model_copy(update={"state": "overtaken"}) if again else entry)
        newer += [entry] if entry.state in LIVE and not again else []
    return kept[::-1]


def _next(live: Sequence[Entry], now: datetime) -> tuple[Entry, tuple[Entry, ...]]:
    """The entry that goes out next, and those that are folded into it."""
    first = live[0]
    # What was folded once stays so, also after the clock went back: the newer one may have arrived unheard.
    old = now - first.message.at >= LATE or any(entry.attempts for entry in live[1:])
    old = old or first.message.audience is Audience.EXTERNAL
    if len(live) > 1 and old and first.message.audience is not Audience.APPROVERS:
        return live[-1], tuple(live[:-1])
    return first, ()


def _placed(entry: Entry, head: Entry, carried: Sequence[Entry], queue: Sequence[Entry], now: datetime) -> Entry:
    """The entry with its place: it goes out next, is folded into what does, or waits behind it."""
    if entry.state not in LIVE:
        return entry
    if entry.message.id == head.message.id:
        messages = tuple(one.message for one in carried)
        return entry.model_copy(update={"next_at": _when(head, queue, now), "carries": messages})
    return entry.model_copy(update={"behind": True})


def _when(head: Entry, queue: Sequence[Entry], now: datetime) -> datetime:
    """Return the time at which the first message of the queue is tried.

    It is not tried while another attempt may still arrive, nor before a time that the receiver asked for. A failed
    attempt is made again as soon as there is newer news, whatever pause it was given.
    """
    on_the_way = [one.next_at for one in queue if one.state == "under_way" and one.next_at > now]
    asked = [one.not_before for one in queue if one.not_before is not None]
    tried = max((one.tried_at for one in queue if one.tried_at is not None), default=None)
    newer = any(tried is not None and one.state in LIVE and one.message.at > tried for one in queue)
    own = now if newer and head.state == "waiting" else head.next_at
    return max([own, *on_the_way, *asked])
