"""Status updates: posting one, and a person's word on those for the public.

Knows: which command a call becomes and how its outcome is said. Must not know: any rule behind it, nor how it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.service import answers as a
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call
from flightrules.service.opening import settle, the
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.rules.communicating import names_in


async def post_update(incidents: IncidentService, call: Call, command: c.PostUpdate) -> a.Answer[a.Updated]:
    """Tell those who work on the incident, or the public."""
    return await settle(
        incidents, call, command, lambda incident, events: _posted(incidents, incident, events, command)
    )


def _posted(
    incidents: IncidentService, incident: Incident, events: Sequence[e.Event], command: c.PostUpdate
) -> tuple[str, a.Updated]:
    if same := _told_before(incident, events, command):
        result = a.Updated(update=same.id, status=same.status, next_at=same.next_at)
        return f"Update {same.id} says the same and is less than a minute old; it is not sent again.", result
    event = the(e.UpdatePosted, events)
    result = a.Updated(update=event.id, status=event.status, next_at=event.next_at)
    if event.held:
        how = f"flightrules update approve {incident.id} {event.id}"
        also = meaning_names(incidents, incident, event.text)
        return f"Update {event.id} for the public waits for a person.{also} Tell your user to run: {how}", result
    whom = "external" if event.external else "internal"
    if any(to.startswith(f"{whom}/") for to in incidents.senders):
        return f"Update {event.id} is on its way ({event.status}).", result
    return f"Update {event.id} is on record ({event.status}); no {whom} destination is set: tell them yourself.", result


def _told_before(incident: Incident, events: Sequence[e.Event], command: c.PostUpdate) -> e.UpdatePosted | None:
    """The update that was taken for this one, where no new one was written."""
    if any(isinstance(event, e.UpdatePosted) and event.text == command.text.strip() for event in events):
        return None
    said = (command.text.strip(), command.external)
    return next((one for _, one in reversed(incident.recent) if (one.text, one.external) == said), None)


def meaning_names(incidents: IncidentService, incident: Incident, text: str) -> str:
    """Return what a person should know of a text for the public before they let it out; empty if it is nothing."""
    managed = incidents.managed(incident.target)
    found = names_in(text, incident, managed.target, managed.policy)
    if not found:
        return ""
    return f" Inside, {', '.join(found)} {'is a name' if len(found) == 1 else 'are names'} too."


async def approve_update(incidents: IncidentService, call: Call, command: c.ApproveUpdate) -> a.Answer[None]:
    """Let an update out to the public; a person's act."""
    return await settle(
        incidents, call, command, lambda _i, _e: (f"Update {command.update} goes out to the public.", None)
    )


async def reject_update(incidents: IncidentService, call: Call, command: c.RejectUpdate) -> a.Answer[None]:
    """Keep an update back; a person's act."""
    return await settle(incidents, call, command, lambda _i, _e: (f"Update {command.update} is kept back.", None))
