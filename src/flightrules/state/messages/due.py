"""Messages that must be sent for one incident: a projection of its log, each with an id that never changes.

Knows: letters, updates and briefs, and which of them no longer matter. Must not know: destinations and attempts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from flightrules.state import events as e
from flightrules.state.approvers import people
from flightrules.state.changes.communicating import SAME_WITHIN
from flightrules.state.fold import QUIET, apply, step
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.messages.notifications import NOTIFICATIONS, Transition
from flightrules.state.messages.update import PublicUpdate, UpdateData, as_public, update_data
from flightrules.state.paging import takes
from flightrules.state.value import Value
from flightrules.state.vocabulary import Audience, Path, Phase


class Message(Value):
    """One thing that one audience must hear. What it says is a letter, an update, or a brief."""

    id: str
    """Incident, number of the event, audience: `INC-7K2QMX:12:internal`. A receiver can tell by it what it has."""
    incident: str
    version: int
    at: datetime
    audience: Audience
    title: str
    text: str = ""
    update: UpdateData | None = None
    public: PublicUpdate | None = None
    brief: e.PlannerBrief | None = None
    data: tuple[tuple[str, str], ...] = ()
    """The same for programs, where a letter has it."""
    sinks: tuple[str, ...] = ()
    """The planner's: where the brief was to go when it was queued."""
    moot: bool = False
    """True if nobody needs the message any more: the plan it asks about is gone, or was answered."""

    def says_the_same(self, other: Message) -> bool:
        """Return True if this message says exactly the same as the other."""
        mine = (self.title, self.text, self.update, self.public, self.brief)
        return mine == (other.title, other.text, other.update, other.public, other.brief)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Messages that must be sent according to a log, as far as it was read; a reader can continue from here."""

    incident: Incident | None = None
    approvers: int = 1
    """Number of people who must approve, by the settings that are on record last.

    Logs older than this setting ask for one.
    """
    found: tuple[tuple[Message, e.Event], ...] = ()
    """Messages and the events they come from."""

    @property
    def version(self) -> int:
        """The last event that was read."""
        return self.incident.version if self.incident else 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """Everything that must be sent, in the order of the log."""
        decided = max((message.version for message, event in self.found if isinstance(event, e.PathDecided)), default=0)
        return tuple(
            message.model_copy(update={"moot": self._moot(message, event, decided)}) for message, event in self.found
        )

    def on(self, records: Sequence[Recorded]) -> Told:
        """The same with the events that follow."""
        incident, approvers, found = self.incident, self.approvers, list(self.found)
        for record in records:
            before = incident
            if record.kind in QUIET:
                incident = apply(before, record)
                continue
            event = e.event_in(record)
            incident = step(before, event, at=record.at, version=record.version)
            if incident is not None:
                news = _messages(Transition(before or incident, incident), event, record)
                found += [(message, event) for message in news if not _told_just_now(message, found)]
            if isinstance(event, e.SettingsRead):
                approvers = event.policy.approval.approvers
        return Told(incident=incident, approvers=approvers, found=tuple(found))

    def _moot(self, message: Message, event: e.Event, decided: int) -> bool:
        """A question matters as long as it can be answered; a decision, until there is a newer one."""
        incident = self.incident
        if message.audience is not Audience.APPROVERS or incident is None:
            return False
        if isinstance(event, e.UpdatePosted):
            return event.id not in {held.id for held in incident.held}
        if isinstance(event, e.MitigationClaimed):
            return incident.claimed is None or incident.claimed != event
        if isinstance(event, e.PathDecided) or (isinstance(event, e.Reminded) and event.about == "decision"):
            older = message.version < decided
            return older or incident.phase is not Phase.DECIDED or incident.path is not Path.PERSON
        if isinstance(event, e.Reminded):
            return not _still_wanted(incident, event, message.at) or incident.phase is Phase.CLOSED
        answered = bool(incident.approvals) and people(incident.approvals) >= self.approvers
        waits = incident.phase is Phase.DECIDED and not answered and incident.plan is not None
        return not (waits and isinstance(event, e.PlanProposed) and incident.plan and incident.plan.id == event.plan.id)


def _still_wanted(incident: Incident, event: e.Reminded, at: datetime) -> bool:
    """Return True if the matter of a reminder still waits."""
    if event.about == "public_update":
        return bool(incident.held)
    renewed = any(approval.until > at for approval in incident.approvals)
    return event.about != "approval" or (incident.plan is not None and not renewed)


def messages(records: Sequence[Recorded]) -> tuple[Message, ...]:
    """Everything that must be sent, in the order of the log."""
    return Told().on(records).messages


def public_updates(records: Sequence[Recorded]) -> tuple[PublicUpdate, ...]:
    """Return the updates of an incident that the public may read, oldest first."""
    return tuple(message.public for message in messages(records) if message.public)


def _messages(transition: Transition, event: e.Event, record: Recorded) -> Iterator[Message]:
    notifications, action = NOTIFICATIONS.get(type(event)), _answered(transition, event)
    for letter in notifications(transition, event) if notifications else ():
        title = f"[{transition.after.severity or 'P?'}] {record.stream} {transition.after.target}: {letter.title}"
        for audience in letter.to:
            yield _message(record, audience, title, text="\n".join(letter.lines), data=letter.data)
        if Audience.ESCALATION in letter.to and not action:
            yield _to_pager(transition, record, "trigger", title, "\n".join(letter.lines))
    if action:
        title = f"[{transition.after.severity or 'P?'}] {record.stream} {transition.after.target}: {action}d"
        yield _to_pager(transition, record, action, title, "")
    if isinstance(event, e.UpdatePosted) and not event.held:
        yield _update(event, record)
    if isinstance(event, e.UpdateApproved):
        yield _update(next(held for held in transition.before.held if held.id == event.update), record)
    if isinstance(event, e.PlannerReported) and event.sinks:
        title = f"Incident {record.stream}: brief for the planner"
        yield _message(record, Audience.PLANNER, title, brief=event.brief, sinks=event.sinks)


def _answered(transition: Transition, event: e.Event) -> str:
    """The action that ends or quiets the alarm of an incident; empty for an event that does neither."""
    if transition.before.paged_at is None:
        return ""
    if isinstance(event, e.IncidentClosed | e.StoodDown):
        return "resolve"
    return "acknowledge" if takes(event) and transition.before.pages else ""


def _to_pager(transition: Transition, record: Recorded, action: str, title: str, text: str) -> Message:
    data = (("action", action), ("severity", str(transition.after.severity or "")), ("target", transition.after.target))
    return _message(record, Audience.PAGER, title, text=text, data=data)


def _told_just_now(message: Message, found: Sequence[tuple[Message, e.Event]]) -> bool:
    """Return True if the audience was told the same less than a minute ago: a call in a loop is told once.

    Approvers' questions stand until they are answered, so any of the last minute counts. All other audiences must have
    the current state as their last message, so only the last message they got counts.
    """
    if message.update or message.public or message.brief:
        return False
    told = (one for one, _ in reversed(found) if one.audience is message.audience)
    recent = takewhile(lambda one: abs(message.at - one.at) < SAME_WITHIN, told)
    if message.audience is Audience.APPROVERS:
        return any(one.says_the_same(message) for one in recent)
    last = next(recent, None)
    return last is not None and last.says_the_same(message)


def _message(record: Recorded, audience: Audience, title: str, **content: object) -> Message:
    fields = {
        "id": f"{record.stream}:{record.version}:{audience}",
        "incident": record.stream,
        "version": record.version,
        "at": record.at,
        "audience": audience,
        "title": title,
    }
    return Message.model_validate(fields | content)


def _update(event: e.UpdatePosted, record: Recorded) -> Message:
    if event.external:
        public = as_public(record.stream, event, record.at)
        return _message(record, Audience.EXTERNAL, f"{event.component}: {event.status}", public=public)
    title = f"Incident update {record.stream}: {event.status}"
    return _message(record, Audience.INTERNAL, title, update=update_data(record.stream, event, record.at))
