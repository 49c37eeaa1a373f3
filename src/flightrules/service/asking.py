"""Before a person is asked for a yes: whether what they would say yes to is refused whatever they say.

Knows: that a rule may be asked without anything being recorded. Must not know: how a person is asked.
"""

from __future__ import annotations

from typing import Any

from flightrules.errors import Refused
from flightrules.service.answers import Answer
from flightrules.service.desk import Desk
from flightrules.service.turn import Call
from flightrules.state import commands as c
from flightrules.state.decide import decide


async def objection(desk: Desk, call: Call, command: c.Command) -> Refused | None:
    """Why a command would be refused now; nothing is recorded. Raises `Refused` for an unknown incident."""
    incident = await desk.incident(call.incident)
    try:
        decide(incident, command, desk.ground(incident, call.actor, desk.clock.now()))
    except Refused as no:
        return no
    return None


async def refused_unasked(desk: Desk, call: Call, command: c.Command) -> Answer[Any] | None:
    """The refusal of a command, on record, before anybody is asked; None where a yes is worth asking for."""
    no = await objection(desk, call, command)
    return await desk.refuse(call, no) if no else None
