"""Opening an incident, and the calls that need nothing but the log: classify, decide, close.

Knows: which command a call becomes and how its outcome is said. Must not know: any rule behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from flightrules.errors import Conflict, Defect, Unavailable
from flightrules.ports import Write
from flightrules.service import answers as a
from flightrules.service.incident_service import SERVER_STREAM, TRIES, IncidentService, answered
from flightrules.service.invocation import Call, Invocation, Presenter
from flightrules.service.performing import framed
from flightrules.service.reading import read_again
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.channels import raised_words
from flightrules.state.confirmed import only_stated, to_confirm
from flightrules.state.decide import open_incident as decide_open
from flightrules.state.finding_again import words_of
from flightrules.state.fold import step
from flightrules.state.incident import Incident
from flightrules.state.log import Draft
from flightrules.state.rules.context import RuleContext, require_order
from flightrules.state.sentences.finishing import unwatched_words
from flightrules.state.words import listed

Found = TypeVar("Found", bound=e.Event)


async def open_incident(incidents: IncidentService, call: Call, command: c.Open) -> a.Answer[a.Opened]:
    """Open an incident: detection. The clock of every budget starts here."""
    return await framed(incidents, call, lambda invocation: _opened(incidents, invocation, command))


async def join(incidents: IncidentService, call: Call, command: c.Join) -> a.Answer[a.Opened]:
    """Join the open incident that the call names: what was noticed is a line of its timeline."""

    def present(incident: Incident, _events: Sequence[e.Event]) -> tuple[str, a.Opened]:
        return f"Joined {incident.id}; it goes on as one incident.", _opening(incident)

    return await settle(incidents, call, command, present)


async def _opened(incidents: IncidentService, invocation: Invocation, command: c.Open) -> a.Answer[a.Opened]:
    """Record a new incident in a stream of its own, and that it exists in the server's stream."""
    call, target = invocation.call, incidents.managed(command.target).target.name
    for _ in range(TRIES):
        try:
            # Only a key makes the server's stream something that a decision rests on.
            seen = len(await incidents.records(SERVER_STREAM)) if call.key else None
            if earlier := await incidents.earlier_answer(call):
                return earlier
            return await _recorded(incidents, invocation, command, target, seen)
        except Conflict:
            continue
    raise Unavailable("the log", "other processes keep writing", "Call again in a moment.")


async def _recorded(
    incidents: IncidentService, invocation: Invocation, command: c.Open, target: str, seen: int | None
) -> a.Answer[a.Opened]:
    managed, call, now = incidents.managed(target), invocation.call, incidents.clock.now()
    beside = await incidents.open_beside(target)
    named = command.model_copy(update={"incident": incidents.ids.new("INC"), "beside": beside})
    context = RuleContext(target=managed.target, policy=managed.policy, now=now, actor=call.actor)
    received = call.received(read=0)
    events = [received, *decide_open(named, context), incidents.settings(target)]
    incident = _incident(events, now)
    answer = incidents.answer(incident, now, says=_says_open(incident.id, target, beside), result=_opening(incident))
    told = answered(answer)
    registered = e.IncidentRegistered(incident=incident.id)
    there = [received, registered, told] if call.key else [registered]

    def drafts(items: Sequence[e.Event]) -> list[Draft]:
        return [item.draft(at=now, actor=call.actor, call=invocation.identity) for item in items]

    await incidents.store.append(
        Write(incident.id, 0, drafts([*events, told]), words=words_of(incident)),
        Write(SERVER_STREAM, seen, drafts(there)),
    )
    return answer


def _says_open(incident: str, target: str, beside: Sequence[str]) -> str:
    """Name what is open on the target already: two incidents of one thing tell people twice."""
    if not beside:
        return f"Incident {incident} is open."
    there = f"{listed(beside)} {'is' if len(beside) == 1 else 'are'} open on {target} already"
    way = f"ask your user: flightrules close {incident} --reason 'duplicate of {beside[-1]}'"
    join = f"what is noticed again joins it by `duplicate_of` {beside[-1]}"
    return f"Incident {incident} is open. {there}: if it is the same, go on there and {way}; {join}"


def _incident(events: Sequence[e.Event], now: datetime) -> Incident:
    incident: Incident | None = None
    for version, event in enumerate(events, start=1):
        incident = step(incident, event, at=now, version=version)
    if incident is None:
        raise Defect("opening made no incident")
    return incident


def _opening(incident: Incident) -> a.Opened:
    return a.Opened(target=incident.target, detected_at=incident.detected_at, onset_at=incident.onset_at)


async def classify(incidents: IncidentService, call: Call, command: c.Classify) -> a.Answer[a.Classified]:
    """Give the incident its severity."""
    return await settle(incidents, call, command, _say_classified)


def _say_classified(incident: Incident, events: Sequence[e.Event]) -> tuple[str, a.Classified]:
    event = the(e.SeverityClassified, events)
    why = "; ".join(hit.why for hit in event.rules[:3])
    said = f"Severity {event.severity} (floor {event.floor}: {why}).{_unconfirmed(incident, event)}"
    return said, a.Classified(severity=event.severity, floor=event.floor, rules=event.rules)


def _unconfirmed(incident: Incident, event: e.SeverityClassified) -> str:
    """Return what confirms a severity that only a statement gives; empty if something else shows it."""
    if not only_stated(incident):
        return ""
    name = "" if event.reported_by else " Say in `reported_by` who reported it, or which evidence shows it."
    return f" Not confirmed: nothing that was read shows it.{name} Ask your user to run: {to_confirm(incident)}"


async def decide(incidents: IncidentService, call: Call, command: c.Decide | c.DecideByPerson) -> a.Answer[a.Decided]:
    """Rollback, fix, investigate, or a person; the rules decide on what production shows now."""
    if isinstance(command, c.DecideByPerson):
        return await settle(incidents, call, command, _say_decided)

    async def on_what_shows(invocation: Invocation) -> a.Answer[a.Decided]:
        incident = await incidents.read(invocation)
        require_order(incident, "decide", incidents.context(incident, call.actor, incidents.clock.now()))
        findings = await read_again(incidents, incident.target)
        await incidents.apply(invocation, c.RecordReading(findings=findings))
        return await incidents.finish(invocation, command, _say_decided)

    return await framed(incidents, call, on_what_shows)


def _say_decided(incident: Incident, events: Sequence[e.Event]) -> tuple[str, a.Decided]:
    event = the(e.PathDecided, events)
    said = f"Decision: {event.path}, because {event.reason}.{raised_words(incident)}"
    if event.path.value == "person":
        said += f" Tell your user to run: flightrules decide {incident.id} rollback|fix|investigate --reason TEXT"
    release = a.GoodReleaseSummary(release=event.release.release, why=event.release.why) if event.release else None
    result = a.Decided(
        path=event.path,
        by=event.by,
        reason=event.reason,
        release=release,
        warnings=event.warnings,
        trace=event.trace,
    )
    return said, result


async def close(incidents: IncidentService, call: Call, command: c.Close) -> a.Answer[None]:
    """End the incident; a person's act."""
    return await settle(incidents, call, command, _say_closed)


def _say_closed(incident: Incident, events: Sequence[e.Event]) -> tuple[str, None]:
    gaps = next(event.unwatched for event in events if isinstance(event, e.IncidentClosed | e.StoodDown))
    return f"Incident {incident.id} is closed{unwatched_words(gaps)}.", None


async def settle(incidents: IncidentService, call: Call, command: c.Command, present: Presenter) -> a.Answer[Any]:
    """Judge a command that needs nothing but the log, and answer; the same key gives the same answer."""
    return await framed(incidents, call, lambda invocation: incidents.finish(invocation, command, present))


def the(kind: type[Found], events: Sequence[e.Event]) -> Found:
    """The event of a kind among new ones; a rule that forgot it is a defect."""
    return next(event for event in events if isinstance(event, kind))
