"""Spans of time as people type them.

Knows: `90m`, `18h`, `2d`. Must not know: what they are for.
"""

from __future__ import annotations

import re

from flightrules.errors import Refused

_SPAN = re.compile(r"(\d{1,5})(m|min|h|d)?")
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 24 * 60}


def minutes_of(name: str, text: str) -> int | None:
    """A span as people type it, in minutes; None where nothing was given."""
    if not text:
        return None
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise Refused("bad_span", f"{name} {text!r} is not a span.", "Write it like 90m, 18h or 2d.")
    return int(found[1]) * _MINUTES[found[2] or "m"]
