"""The frame around every call that reads or changes the world: intent on record, then the work, then the answer.

Knows: that one key has one answer, that a refusal is an answer, and that a world that failed is told as such.
Must not know: what the work is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from flightrules.errors import Refused, Unavailable
from flightrules.service.answers import Answer
from flightrules.service.desk import Desk
from flightrules.service.turn import Call, Errand
from flightrules.state import commands as c

Work = Callable[[Errand], Awaitable[Answer[Any]]]


async def perform(desk: Desk, call: Call, intent: c.Command, work: Work) -> Answer[Any]:
    """Record what is about to be done, do it, and answer; the same key gives the same answer."""
    if earlier := await desk.earlier_answer(call):
        return earlier
    try:
        errand = await desk.begin(call, intent)
    except Refused as no:
        return await desk.refuse(call, no)
    try:
        return await work(errand)
    except Refused as no:
        return await desk.refuse(errand, no)
    except Unavailable as failed:
        return await desk.fail(errand, failed)
