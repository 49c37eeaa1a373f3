"""Before a person is asked for a yes: whether what they would say yes to is refused whatever they say.

Knows: that a rule may be asked without anything being recorded. Must not know: how a person is asked.
"""

from __future__ import annotations

from typing import Any

from flightrules.errors import Refused
from flightrules.service.answers import Answer
from flightrules.service.desk import Desk
from flightrules.service.turn import Call, Errand
from flightrules.state import commands as c
from flightrules.state.decide import decide


def objection(desk: Desk, errand: Errand, command: c.Command) -> Refused | None:
    """Return the refusal of a command on what a call has read, if any; nothing is recorded."""
    try:
        decide(errand.incident, command, desk.ground(errand.incident, errand.call.actor, desk.clock.now()))
    except Refused as no:
        return no
    return None


async def refused_unasked(desk: Desk, call: Call, command: c.Command) -> Answer[Any] | None:
    """The refusal of a command, on record, before anybody is asked; None where a yes is worth asking for.

    Raises `Refused` for an unknown incident.
    """
    errand = desk.errand(call)
    await desk.read(errand)
    no = objection(desk, errand, command)
    return await desk.refuse(errand, no) if no else None
