"""Work that is left after an incident: action items with their ids, the review, and related incidents.

Knows: how an item keeps its id from report to report, and when a review is due. Must not know: how either is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flightrules.state import events as e
from flightrules.state.events.finishing import DAY, ActionType
from flightrules.state.incident import Incident
from flightrules.state.policy import Policy
from flightrules.state.report.numbered import Log
from flightrules.state.report.sections import Given
from flightrules.state.vocabulary import Severity
from flightrules.state.words import Said, day, stated

REVIEW = "Hold the post-incident review with everyone concerned"
REVIEW_ID = "-REVIEW"
REVIEW_BEGINS = time(10, tzinfo=UTC)
REVIEW_TAKES = timedelta(hours=1)
SATURDAY = 5
UNASSIGNED = "not assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do afterwards."""

    id: str
    """`INC-7K2QMX-A1`; the review is `INC-7K2QMX-REVIEW`. An item keeps it from report to report."""
    action: str
    assignee: str
    due: str
    """ISO date, or in words that there is none."""
    type: ActionType = ""
    link: str = ""
    """Link to the place where the item is tracked."""
    sources: tuple[str, ...] = ()

    @property
    def due_on(self) -> date | None:
        """The day it is due, where that is a day."""
        return date.fromisoformat(self.due) if DAY.fullmatch(self.due) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Action item for the review of a critical or high incident (REP-review-item)."""

    action: Action
    deadline: datetime
    begins: datetime
    """A proposal, to be moved, but not past the deadline."""
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Something related: the protocol's three kinds by their labels, anything else without one."""

    label: str
    what: Said


def actions(log: Log, given: Given, incident: Incident) -> tuple[Action, ...]:
    """Action items as given."""
    reports = [event.given.actions for _, event in log.every(e.ReportWritten)]
    ids = _ids(incident.id, [*reports, given.parts.actions])
    return tuple(
        Action(
            id=ids[key],
            action=item.action,
            assignee=item.assignee.strip() or UNASSIGNED,
            due=item.due,
            type=item.type,
            link=item.link.strip(),
            sources=given.of("actions"),
        )
        for key, item in _keyed(given.parts.actions)
    )


Key = tuple[str, int]
"""The words of an item, and how often they stood in the same list before."""


def _keyed(items: Sequence[e.ActionItem]) -> list[tuple[Key, e.ActionItem]]:
    words = [item.action for item in items]
    return [((item.action, words[:n].count(item.action)), item) for n, item in enumerate(items)]


def _ids(incident: str, lists: Iterable[Sequence[e.ActionItem]]) -> dict[Key, str]:
    """Numbers in the order in which items first appeared in any report, so that a number is never given twice."""
    known = dict.fromkeys(key for items in lists for key, _ in _keyed(items))
    return {key: f"{incident}-A{number}" for number, key in enumerate(known, start=1)}


def review_item(log: Log, planned: Sequence[Action], incident: Incident, policy: Policy) -> Action | None:
    """The review of a critical or high incident; an action item that plans it already stands for it."""
    if incident.severity not in (Severity.P1, Severity.P2):
        return None
    deadline, days = _deadline(incident, policy), policy.budgets.review_days
    own = Action(
        id=f"{incident.id}{REVIEW_ID}",
        action=REVIEW,
        assignee=UNASSIGNED,
        due=day(deadline) if deadline else f"{days} days after restoration",
        sources=_why(log, incident),
    )
    return next((item for item in planned if "post-incident review" in item.action), own)


def review(item: Action | None, incident: Incident, policy: Policy) -> Review | None:
    """Return the time for the review; None before the service is restored."""
    deadline = _deadline(incident, policy)
    if item is None or deadline is None or incident.restored_at is None:
        return None
    begins = _proposed(incident.restored_at, deadline)
    return Review(action=item, deadline=deadline, begins=begins, ends=begins + REVIEW_TAKES)


def _deadline(incident: Incident, policy: Policy) -> datetime | None:
    restored = incident.restored_at
    return restored + timedelta(days=policy.budgets.review_days) if restored else None


def _why(log: Log, incident: Incident) -> tuple[str, ...]:
    """The classification that asks for a review, and the verification from which its time counts."""
    classified = [number for number, event in log.every(e.SeverityClassified) if event.severity is incident.severity]
    restored = [number for number, _ in log.every(e.VerificationRecorded) if log.when(number) == incident.restored_at]
    return (*classified[-1:], *restored[:1])


def _proposed(restored: datetime, deadline: datetime) -> datetime:
    """The last working day's morning before the deadline; where there is none, the hour before it."""
    last = deadline.astimezone(UTC).date()
    for back in range((deadline - restored).days + 1):
        begins = datetime.combine(last - timedelta(days=back), REVIEW_BEGINS)
        if begins.weekday() < SATURDAY and restored <= begins and begins + REVIEW_TAKES <= deadline:
            return begins
    return deadline - REVIEW_TAKES


_LABELS = (
    ("Feature Spec", re.compile(r"feature spec: *|(?=FEATURE-)", re.IGNORECASE)),
    ("ADR", re.compile(r"adr: *|(?=ADR[- ]?\d)", re.IGNORECASE)),
    ("Follow-up Issue", re.compile(r"(follow-up )?issue: *|(?=(issue )?#\d)", re.IGNORECASE)),
)


def related(given: Given) -> tuple[Link, ...]:
    """The protocol's three kinds, each named even where it is not known, then whatever else was given."""
    source = given.of("related")
    left = [text.strip() for text in given.parts.related if text.strip()]
    links: list[Link] = []
    for label, begins in _LABELS:
        mine = [text for text in left if begins.match(text)]
        left = [text for text in left if text not in mine]
        values = ", ".join(begins.sub("", text, count=1) for text in mine)
        links.append(Link(label=label, what=stated(values, *source)))
    return (*links, *(Link(label="", what=stated(text, *source)) for text in left))
