"""Result of a replay: each event and answer beside the recorded one, and the verdict.

Knows: which fields are free to differ between versions, and why. Must not know: how the events were made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import JsonValue

from flightrules.errors import Defect
from flightrules.state.archive.sessions import Session
from flightrules.state.events import event_in
from flightrules.state.log import Draft, Recorded
from flightrules.state.value import Value

_ANSWER = (
    "answer.says",
    "answer.budgets[+]",
    "answer.problem.reason",
    "answer.problem.remedy",
    "answer.next[].why",
    "answer.result.summary",
)

FREE: dict[str, tuple[str, ...]] = {
    "call_answered": (*_ANSWER, "answer.result.tell_user", "answer.result.review"),
    "call_refused": _ANSWER,
    "call_failed": _ANSWER,
    "report_written": ("sha256",),
    "settings_read": ("digest",),
    "plan_proposed": ("policy",),
}
"""Fields that may differ: sentences for people and the layout of documents, which each version may word better; digests
of settings, which change with each option that is added; clocks that run beside those of then (`[+]`). Codes, numbers,
times and ids are never free."""


KEPT_SINCE: dict[str, tuple[str, ...]] = {"monitoring_checked": ("logs_since", "first", "again")}
"""Observations that older versions did not keep: a record without them says nothing of them."""


class ReplayDifference(Value):
    """One place at which a replay differs."""

    place: str
    """Event and field: `#12 call_answered answer.phase`."""
    expected: str
    got: str
    free: bool = False


Word = Literal["identical", "equivalent", "diverged", "not_replayable"]


class ReplayVerdict(Value):
    """Result of one replay."""

    word: Word
    incident: str = ""
    events: int = 0
    first: ReplayDifference | None = None
    """Difference at which it diverged."""
    free: tuple[str, ...] = ()
    """Places that differ and may."""
    taken: tuple[str, ...] = ()
    """Events of the background that were not made again, since what they rest on left no event."""
    reason: str = ""
    """Reason that it cannot be replayed."""

    @property
    def good(self) -> bool:
        """Return True if nothing differs that must not."""
        return self.word in ("identical", "equivalent")

    def __str__(self) -> str:
        """The verdict with what it rests on, in lines for a terminal."""
        lines = [self.word + (f", {self.events} events" if self.good else "")]
        if self.first:
            lines += [f"  at {self.first.place}"]
            lines += [f"    expected  {self.first.expected}", f"    got       {self.first.got}"]
        if self.reason:
            lines.append(f"  {self.reason}")
        if self.free:
            lines.append(f"  differs only where it may: {', '.join(self.free)}")
        if self.taken:
            lines.append(f"  taken as recorded, not made again: {', '.join(self.taken)}")
        return "\n".join(lines)


def differences(expected: Recorded, got: Draft) -> list[ReplayDifference]:
    """Return what differs between a recorded event and the one that a replay made."""
    same = expected.kind == got.kind and expected.at == got.at and expected.call == got.call
    if same and expected.actor == got.actor and _says_the_same(expected, got):
        return []
    place = f"#{expected.version} {expected.kind}"
    if expected.kind != got.kind:
        return [
            ReplayDifference(place=place, expected=_shown(expected.data, expected.kind), got=_shown(got.data, got.kind))
        ]
    around = [
        ReplayDifference(place=f"{place} {name}", expected=str(was), got=str(now))
        for name, was, now in (
            ("at", expected.at, got.at),
            ("actor", expected.actor, got.actor),
            ("call", expected.call, got.call),
        )
        if was != now
    ]
    # Read and written again, an old event has the defaults of fields that were added since.
    was, now = _as_read_now(expected), got.data
    unkept = [name for name in KEPT_SINCE.get(expected.kind, ()) if name not in expected.data]
    if unkept:
        was, now = ({name: value for name, value in data.items() if name not in unkept} for data in (was, now))
    free = FREE.get(expected.kind, ())
    return around + [
        ReplayDifference(place=f"{place} {path}", expected=_shown(a), got=_shown(b), free=pattern in free)
        for path, pattern, a, b in _within(was, now, "", "")
    ]


def _says_the_same(expected: Recorded, got: Draft) -> bool:
    """Return True if both events are the same.

    If that cannot be seen at once, they are compared field by field.
    """
    try:
        return event_in(expected) == got.content
    except Defect:
        return False


def _as_read_now(expected: Recorded) -> dict[str, JsonValue]:
    try:
        return event_in(expected).as_json()
    except Defect:
        return expected.data


Place = tuple[str, str, JsonValue, JsonValue]
"""Path, its pattern (`next[].why`), and both values."""


def _within(was: JsonValue, now: JsonValue, path: str, pattern: str) -> Iterator[Place]:
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        dot = "." if path else ""
        for name in dict.fromkeys((*was, *now)):
            yield from _within(was.get(name), now.get(name), f"{path}{dot}{name}", f"{pattern}{dot}{name}")
    elif isinstance(was, list) and isinstance(now, list) and was and len(was) < len(now) and all(o in now for o in was):
        yield path, f"{pattern}[+]", was, now
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for number, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _within(one, other, f"{path}[{number}]", f"{pattern}[]")
    else:
        yield path, pattern, was, now


LONGEST = 400
"""Characters of a value that are shown."""


def _shown(value: JsonValue, name: str = "") -> str:
    text = f"{name} {value!r}".strip() if value is not None else "nothing"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} [...]"


def verdict_of(session: Session, found: Sequence[ReplayDifference]) -> ReplayVerdict:
    """The verdict over what differs; content that is not what was sealed is a difference too."""
    first = next((one for one in found if not one.free), None) or _changed(session)
    free = tuple(one.place for one in found if one.free)
    word: Word = "diverged" if first else ("equivalent" if free else "identical")
    return ReplayVerdict(word=word, incident=session.head.incident, events=len(session.records), first=first, free=free)


def _changed(session: Session) -> ReplayDifference | None:
    """Return what shows that a file was changed although nothing follows from it.

    It is a seal, or what the first line of the file says.
    """
    if session.unsealed:
        changed = "other content: it was changed"
        return ReplayDifference(place=session.unsealed[0], expected="what its seal says", got=changed)
    if session.ends_as_told:
        return None
    says = f"{session.head.events} events of {session.head.incident}, the last {session.head.head}"
    holds = f"{len(session.records)} events of {session.head.incident}, the last {session.last}"
    return ReplayDifference(place="the first line", expected=says, got=holds)
