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
from flightrules.service.desk import Desk
from flightrules.service.turn import Call, Errand
from flightrules.state import commands as c

Given = TypeVar("Given")

Work = Callable[[Errand], Awaitable[Given]]


async def framed(desk: Desk, call: Call | Errand, work: Work[Given]) -> Given | Answer[Any]:
    """Do the work of a call under its one id, and answer it if the work does not."""
    errand = desk.errand(call)
    if not errand.recorded and (earlier := await desk.earlier_answer(errand.call)):
        return earlier
    try:
        return await work(errand)
    except Refused as no:
        return await desk.refuse(errand, no)
    except Unavailable as failed:
        return await desk.fail(errand, failed)


async def perform(desk: Desk, call: Call, intent: c.Command, work: Work[Answer[Any]]) -> Answer[Any]:
    """Record what is about to be done, do it, and answer; the same key gives the same answer."""

    async def intended(errand: Errand) -> Answer[Any]:
        await desk.apply(errand, intent)
        return await work(errand)

    return await framed(desk, call, intended)
