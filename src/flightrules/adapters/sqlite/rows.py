"""Turns events into rows and back.

Knows: the columns of the events table. Must not know: transactions.
"""

from __future__ import annotations

import json
from typing import Any

from flightrules.state.log import Recorded
from flightrules.state.value import IS_JSON

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

Row = tuple[str, int, str, str, str, str, str, str, str]


def to_row(event: Recorded) -> Row:
    """The row of an event, in the order of the columns."""
    at, actor, data = event.at.isoformat(), event.actor.model_dump_json(), _encode(event.data)
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
