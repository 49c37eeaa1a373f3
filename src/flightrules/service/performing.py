"""The frame around every call: one id, the answer to an earlier call of the same key, and an end in any case.

Knows: that one key has one answer, that a refusal is an answer, and that a world that failed is told as such.
Must not know: what the work is.
The call is recorded first, in the same append as the first of its other events: before any effect, and at no cost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from flightrules.errors import Refused, Unavailable
from flightrules.service.answers import Answer
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.state import commands as c

Given = TypeVar("Given")

Work = Callable[[Invocation], Awaitable[Given]]


async def framed(incidents: IncidentService, call: Call | Invocation, work: Work[Given]) -> Given | Answer[Any]:
    """Do the work of a call under its one id, and answer it if the work does not."""
    invocation = incidents.invocation(call)
    if not invocation.recorded and (earlier := await incidents.earlier_answer(invocation.call)):
        return earlier
    try:
        return await work(invocation)
    except Refused as no:
        return await incidents.refuse(invocation, no)
    except Unavailable as failed:
        return await incidents.fail(invocation, failed)


async def perform(incidents: IncidentService, call: Call, intent: c.Command, work: Work[Answer[Any]]) -> Answer[Any]:
    """Record what is about to be done, do it, and answer; the same key gives the same answer."""

    async def intended(invocation: Invocation) -> Answer[Any]:
        await incidents.apply(invocation, intent)
        return await work(invocation)

    return await framed(incidents, call, intended)
