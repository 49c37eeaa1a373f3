"""Records that a person makes beside rollback and fix, and what an agent may only claim of them.

Knows: which command a call becomes and how its outcome is said. Must not know: any rule behind it.
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
from flightrules.state.rules.otherwise import HOW
from flightrules.state.words import moment


async def claim(incidents: IncidentService, call: Call, command: c.ClaimMitigation) -> a.Answer[a.FixResult]:
    """Keep what an agent says; a person confirms it."""

    def say(incident: Incident, _events: Sequence[e.Event]) -> tuple[str, a.FixResult]:
        how = f"flightrules mitigated {incident.id} {HOW[command.how]}"
        return f"On record, and waits for a person. Tell your user to run: {how}", a.FixResult(
            state="claimed", branch=""
        )

    return await settle(incidents, call, command, say)


async def mitigate(incidents: IncidentService, call: Call, command: c.Mitigate) -> a.Answer[None]:
    """Record what was done by hand, or that it is over by itself."""

    def say(_incident: Incident, events: Sequence[e.Event]) -> tuple[str, None]:
        event = the(e.MitigatedOtherwise, events)
        what = "Mended by hand" if event.how == "by_hand" else "Over by itself"
        return f"{what} at {moment(event.at)}, on record. The agent calls `verify` next.", None

    return await settle(incidents, call, command, say)


async def pace(incidents: IncidentService, call: Call, command: c.SetPace) -> a.Answer[None]:
    """Set how long the fix may take, and how often people are told."""

    def say(_incident: Incident, events: Sequence[e.Event]) -> tuple[str, None]:
        return f"Pace set; it holds until {moment(the(e.PaceSet, events).until)}, and is asked for again then.", None

    return await settle(incidents, call, command, say)


async def correct(incidents: IncidentService, call: Call, command: c.CorrectTimes) -> a.Answer[None]:
    """Put times right."""
    return await settle(incidents, call, command, lambda _incident, _events: ("Times put right.", None))


async def acknowledge(incidents: IncidentService, call: Call, command: c.Acknowledge) -> a.Answer[None]:
    """Take what was paged."""
    say = "Acknowledged: nobody is paged again for the same."
    return await settle(incidents, call, command, lambda _incident, _events: (say, None))
