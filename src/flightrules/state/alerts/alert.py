"""One alert, whichever system sent it, and the bounds of its texts.

Knows: the shape, and that every text in it comes from outside. Must not know: any system that sends alerts.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from flightrules.state.untrusted import one_line
from flightrules.state.value import Value

AlertState = Literal["firing", "resolved"]

LONGEST_TITLE = 200
LONGEST_TEXT = 1_000
LONGEST_LABEL = 200
MOST_LABELS = 32
LONGEST_FINGERPRINT = 100

LATE = timedelta(minutes=15)
"""An alert that began longer ago than this is detected when it is heard: its budgets would else be over at once."""
ONSET = timedelta(hours=24)
"""A beginning longer ago than this does not stand for the onset of an incident."""
AHEAD_S = 5
"""Seconds by which the clock of a source may be ahead before that is told."""

TEST_LABEL = "flightrules_test"
"""An alert with this label is a test: it is understood and matched, and neither recorded nor followed."""


class Alert(Value):
    """An alert as one delivery states it."""

    fingerprint: str
    """Key of what the alert is about: the same for each repeat, and after it was resolved."""
    state: AlertState
    title: str
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    starts_at: datetime | None = None
    """Time at which it began, by the clock of the source."""
    ends_at: datetime | None = None
    url: str = ""
    unnamed: int = 0
    """Number of alerts of the same group that the source counted and did not name."""

    @property
    def is_test(self) -> bool:
        """Return True for an alert that only tries the way here."""
        return any(name == TEST_LABEL for name, _ in self.labels)

    def cleaned(self) -> Alert:
        """The alert with every text bounded, without secrets and without what cannot be seen."""
        labels = [(one_line(name, LONGEST_LABEL), one_line(value, LONGEST_LABEL)) for name, value in self.labels]
        return self.model_copy(
            update={
                "fingerprint": bounded_key(self.fingerprint),
                "title": one_line(self.title, LONGEST_TITLE) or "(no title)",
                "description": one_line(self.description, LONGEST_TEXT),
                "labels": tuple(labels[:MOST_LABELS]),
                "url": one_line(self.url, LONGEST_TEXT),
            }
        )


def bounded_key(text: str) -> str:
    """The fingerprint as it is where it is short and plain, else a digest of it."""
    if text and len(text) <= LONGEST_FINGERPRINT and text.isascii() and text.isprintable():
        return text
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def detected(starts_at: datetime | None, heard_at: datetime) -> datetime:
    """Time at which an incident counts as detected: when the alert began if that is recent, else when it was heard."""
    if starts_at is None or not heard_at - LATE <= starts_at <= heard_at:
        return heard_at
    return starts_at


def onset(starts_at: datetime | None, heard_at: datetime) -> datetime | None:
    """Time that stands for the onset; None if the source states none that can be meant."""
    if starts_at is None or not heard_at - ONSET <= starts_at <= heard_at:
        return None
    return starts_at


def ahead_s(starts_at: datetime | None, heard_at: datetime) -> int:
    """Seconds by which the source's clock is ahead of ours, as far as that shows."""
    return max(int((starts_at - heard_at).total_seconds()), 0) if starts_at is not None else 0
