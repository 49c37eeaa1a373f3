"""Turns events into rows and back.

Knows: the columns of the events table. Must not know: transactions.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import to_json

from flightrules.state.log import Actor, Recorded
from flightrules.state.value import IS_JSON, keep

Row = tuple[str, int, str, str, str, str, str, str, str]


def to_row(event: Recorded) -> Row:
    """The row of an event, in the order of the columns."""
    at, actor = event.at.isoformat(), keep(event.actor, "text", Actor.model_dump_json)
    data = to_json(event.data).decode()  # its seal was made before, which refuses what is no JSON
    return event.stream, event.version, event.kind, at, actor, event.call, data, event.previous, event.hash


def from_row(row: tuple[Any, ...]) -> Recorded:
    """The event of a row. Raises `ValueError` when the row is not what `to_row` made."""
    stream, version, kind, at, actor, call, data, previous, sealed = row
    return Recorded.model_validate(
        {
            "stream": stream,
            "version": version,
            "kind": kind,
            "at": at,
            "actor": json.loads(actor),
            "call": call,
            "data": json.loads(data),
            "previous": previous,
            "hash": sealed,
        },
        context=IS_JSON,
    )
