"""One incident on one page: everything that people look for, in the order in which they need it.

Knows: which parts there are. Must not know: rules; legality, clocks and what waits come from the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flightrules.console.pages import evidence, happened
from flightrules.console.pages.clocks import Clock, clocks_of
from flightrules.console.pages.course import Course
from flightrules.console.pages.measured import Measured, measured
from flightrules.console.pages.phases import Stop, phase_line
from flightrules.console.pages.rolling import Rolling, rolling
from flightrules.console.pages.strip import Strip, strip
from flightrules.service.overview import Overview
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.messages.update import PublicUpdate
from flightrules.state.verification import Item
from flightrules.state.vocabulary import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The part of the log and of the evidence that a reader asked for."""

    until: int | None = None
    decisions: bool = False
    at: int = 0
    evidence_until: int | None = None


NOTHING_ASKED = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """The whole page."""

    strip: Strip
    incident: Incident
    hosts: tuple[str, ...]
    stops: tuple[Stop, ...]
    clocks: tuple[Clock, ...]
    overview: Overview
    rolling: Rolling | None
    checklist: tuple[Item, ...]
    measured: Measured
    lines: happened.Lines
    pieces: evidence.Pieces
    choice: tuple[int, e.PathDecided] | None
    """Number of the newest decision, and the decision with the questions of the tree."""
    public: PublicUpdate | None
    held: tuple[e.UpdatePosted, ...]
    spoken: str
    """Phase and verdict in one sentence, for those who hear the page."""
    head: tuple[int, str]
    read_at: datetime

    @property
    def title(self) -> str:
        """Return the title of the tab."""
        waits = "(1) " if self.strip.waits else ""
        return f"{waits}{self.strip.severity or '?'} {self.strip.phase}: {self.strip.title}"

    @property
    def icon(self) -> str:
        """Return the icon of the tab."""
        if self.strip.waits:
            return "icon-waits.svg"
        return "icon.svg" if self.incident.phase is Phase.CLOSED else "icon-busy.svg"


def incident_view(  # noqa: PLR0913 - what the service answers, and what a reader asked for
    course: Course,
    overview: Overview,
    *,
    public: tuple[PublicUpdate, ...],
    hosts: tuple[str, ...],
    now: datetime,
    asked: Asked = NOTHING_ASKED,
) -> IncidentView:
    """Return the page of an incident."""
    incident, log = course.incident, course.log
    answer, verified = overview.answer, log.last(e.VerificationRecorded)
    newest = course.records[-1]
    lines = happened.page(course.entries, until=asked.until, decisions=asked.decisions, at=asked.at)
    return IncidentView(
        strip=strip(incident, overview, now),
        incident=incident,
        hosts=hosts,
        stops=phase_line(incident),
        clocks=clocks_of(answer.budgets, incident, now),
        overview=overview,
        rolling=rolling(incident, overview.steps),
        checklist=verified[1].items if verified else (),
        measured=measured(log, incident),
        lines=lines,
        pieces=evidence.pieces(log, until=asked.evidence_until),
        choice=_choice(course),
        public=public[-1] if public else None,
        held=incident.held,
        spoken=_spoken(incident),
        head=(newest.version, newest.hash),
        read_at=now,
    )


def _choice(course: Course) -> tuple[int, e.PathDecided] | None:
    found = course.log.last(e.PathDecided)
    return (int(found[0][1:]), found[1]) if found else None


def _spoken(incident: Incident) -> str:
    verdict = f" Verification: {incident.verdict}." if incident.verdict else ""
    return f"{incident.id} is {incident.phase}.{verdict}".replace("_", " ")
