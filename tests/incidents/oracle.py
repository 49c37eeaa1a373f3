"""Rules for what each audience may read of a modelled incident, as the protocol and common sense have them.

It imports nothing of the product: sentences are known by their words, and what is so by what the model did and saw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Level = Literal["up", "minor", "major", "down"]

PRESENT: dict[str, Level] = {
    "\n**Impact**: It is not available.": "down",
    "\n**Impact**: An important part of it does not work as it should.": "major",
    "\n**Impact**: A part of it does not work as it should.": "minor",
    "At the moment we see no problem.": "up",
}
"""Sentences that say how users have it now."""

WORKED_ON = ("We are working on a remedy.", "We are still working on a remedy.")
IN_PLACE = "A remedy is in place."
WORKS_AGAIN = "The service works again."
SOLVED = ("The problem is solved.", "Resolved")
BACK = "The problem is back."
FALSE_ALARM = "This was a false alarm."
WATCH = timedelta(minutes=30)
"""Time for which a restored service is watched before it may be called solved."""

NEGATIVE = re.compile(r"\bminus \d|(?<![\w.:+-])-\d+(?:\.\d+)? ?(?:s|sec|seconds|min|minutes|h|hours|d|days)\b")
"""A span that is below nothing."""

OWN = re.compile(r"As far as we see, it is (up|minor|major|down)\.")
"""Pattern of the sentences that the model writes in its own words for the public."""


@dataclass
class Model:
    """One incident and its world, as far as what is told of it hangs on it."""

    level: Level = "up"
    """Level at which users have the service."""
    seen: list[Level] = field(default_factory=list)
    """Levels that the server saw, in order."""
    failed: set[str] = field(default_factory=set)
    """Checks that an assessment saw fail."""
    work: bool = False
    """True if a remedy is being worked on."""
    remedied: bool = False
    """True if anything was done, or was said by a person to be over, and nobody has verified it since."""
    restored_at: datetime | None = None
    """Time at which verification last said restored; None once the failure came back."""
    latest: datetime | None = None
    """The latest time since then."""
    was_restored: bool = False
    closed: str = ""
    """Reason that it was closed; empty while it is open."""
    severities: list[str] = field(default_factory=list)

    def looked(self) -> None:
        """The server looks at production."""
        self.seen.append(self.level)

    def time(self, now: datetime) -> None:
        """It is so late now."""
        if self.restored_at is not None:
            self.latest = max(self.latest or now, now)

    def restored(self, now: datetime) -> None:
        """A verification says that production is restored."""
        self.restored_at = self.latest = now
        self.was_restored, self.work, self.remedied = True, False, False

    def unrestored(self) -> None:
        """It came back, or somebody began anew."""
        self.restored_at = self.latest = None

    @property
    def watched(self) -> bool:
        """Return True if the continuous watch may be over."""
        began, latest = self.restored_at, self.latest
        return began is not None and latest is not None and latest - began >= WATCH


def untrue(model: Model, text: str) -> Iterator[str]:
    """Sentences for the public that are not so when they are read."""
    last = model.seen[-1] if model.seen else None
    for words, level in PRESENT.items():
        if words in text and last != level:
            yield f"{words.strip()!r}, and what was last seen is {last}"
    for own in OWN.findall(text):
        if last != own and not (model.remedied or model.was_restored):
            yield f"own words say {own}, and what was last seen is {last}"
    failed = set(model.seen) - {"up"} or model.closed != "false alarm"
    told = (
        (WORKED_ON, not model.work, "work is told, and none is under way"),
        ((IN_PLACE,), not model.remedied, "a remedy is told, and none is in place"),
        ((WORKS_AGAIN,), model.restored_at is None, "it is told to work again, and nobody verified it"),
        (SOLVED, not model.watched, "it is told to be solved before the watch has passed"),
        ((BACK,), not model.was_restored, "it is told to be back, and was never away"),
        ((FALSE_ALARM,), bool(failed), "a false alarm is told, and something was seen to fail"),
    )
    yield from (said for words, wrong, said in told if wrong and any(one in text for one in words))


def solved_too_early(model: Model, text: str) -> bool:
    """Return True if anybody, not the public alone, reads that it is solved before the watch has passed."""
    return bool(re.search(r"\b(?:solved|resolved)\b", text, re.IGNORECASE)) and not model.watched
