"""Wording of facts: moments, durations, sizes, releases, and statements with their sources.

Knows: the one wording of each, so that timeline, report and review read alike. Must not know: the time now.
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flightrules.state.log import Actor
from flightrules.state.policy import Through

CHANNEL_PROVES: dict[Through, str] = {
    "elicitation": "the client program says that its user agreed; a client can answer by itself",
    "cli": "somebody at a terminal on the server's machine typed the plan's digest; a program there can do that too",
    "signed": "a key listed in allowed_signers signed exactly this plan; as much as that key is guarded",
    "standing": "a key listed in allowed_signers signed in advance, without seeing this plan",
}
"""Text that says what an approval through each channel proves, and no more."""

_PLAIN = re.compile(r"[ -~]*")

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_DAYS_FROM = 2 * 86_400
"""So many seconds are told in days; less is told in hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement and what it stands on: event numbers (`#12`) and evidence ids (`E3`)."""

    text: str
    sources: tuple[str, ...] = ()
    known: bool = True
    """False where nobody supplied it; the text then says so, and why."""


def not_known(why: str, *sources: str) -> Said:
    """A statement that could not be made, with the reason."""
    return Said(text=f"not known: {why}", sources=sources, known=False)


def stated(text: str, *sources: str, else_why: str = "nobody stated it") -> Said:
    """Return what somebody stated; if that is nothing, that it is not known."""
    return Said(text=text.strip(), sources=sources) if text.strip() else not_known(else_why)


def moment(at: datetime) -> str:
    """A moment to the second, in UTC."""
    return f"{at.astimezone(UTC).isoformat(' ', 'seconds')[:-6]} UTC"


def day(at: datetime) -> str:
    """The day of a moment, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def span(length: timedelta | float) -> str:
    """A duration in its two largest units (`1 h 4 min`, `12 min 30 s`); under a second it is `0 s`.

    Hours count up to two days, so that a day and eleven minutes are `24 h 11 min`.
    """
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    if seconds < 0:
        return f"minus {span(-seconds)}"
    parts: list[str] = []
    for unit, size in _UNITS if seconds >= _DAYS_FROM else _UNITS[1:]:
        count, seconds = divmod(seconds, size)
        parts.append(f"{count} {unit}")
    first = next((i for i, part in enumerate(parts) if not part.startswith("0 ")), len(parts) - 1)
    return " ".join(part for i, part in enumerate(parts[first : first + 2]) if i == 0 or not part.startswith("0 "))


def from_to(start: datetime, end: datetime | None, *, open_end: str) -> str:
    """A stretch of time with its length; `open_end` says why an end is missing."""
    if end is None:
        return f"{moment(start)} to not known ({open_end})"
    return f"{moment(start)} to {moment(end)} ({length(start, end)})"


def length(start: datetime, end: datetime) -> str:
    """Return the time from one moment to another, in words; not known if the clock went back in between."""
    return span(end - start) if end >= start else "length not known: the clock went back"


def size(count: int) -> str:
    """A number of bytes in the largest unit that leaves a whole number before the point."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} bytes"


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names in a row, the first few of many."""
    head = ", ".join(names[:most])
    return head if len(names) <= most else f"{head} and {len(names) - most} more"


def short(release: str) -> str:
    """A release as people read it: its first twelve characters."""
    return release[:12]


def who(actor: Actor) -> str:
    """Return the actor in words, with the face through which they acted."""
    face = f" via {actor.face}" if actor.face and actor.face != "server" else ""
    return f"{actor.kind} {actor.name}{face}"


def command_line(argv: Iterable[str], env: Iterable[tuple[str, str]] = ()) -> str:
    """A command as a line that a POSIX shell reads back as exactly these words; no character of it is hidden."""
    settings = [f"{name}={_shell_word(value)}" for name, value in env]
    return " ".join([*settings, *(_shell_word(word) for word in argv)])


def _shell_word(word: str) -> str:
    """Anything beyond printable ASCII is written as its bytes, so that it can be seen and cannot steer a terminal."""
    if _PLAIN.fullmatch(word):
        return shlex.quote(word)
    return f"$'{''.join(_shell_character(chr(byte)) for byte in word.encode('utf-8', 'replace'))}'"


def _shell_character(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    return char if _PLAIN.fullmatch(char) else f"\\x{ord(char):02x}"


def ranges(ids: Sequence[str]) -> tuple[str, ...]:
    """Ids in a row, consecutive ones drawn together: `#2`, `E1-E4`."""
    runs: list[list[str]] = []
    for one in ids:
        if runs and _follows(runs[-1][-1], one):
            runs[-1].append(one)
        else:
            runs.append([one])
    drawn = ([f"{run[0]}-{run[-1]}"] if run[2:] else run for run in runs)
    return tuple(itertools.chain.from_iterable(drawn))


def _follows(one: str, other: str) -> bool:
    numbers = one[1:], other[1:]
    return one[:1] == other[:1] and all(n.isdecimal() for n in numbers) and int(numbers[0]) + 1 == int(numbers[1])
