"""One byte form for one value, and digests over it (canonical JSON after RFC 8785 for what we store).

Knows: that keys are sorted, separators are bare and text is UTF-8. Must not know: whose value it is.
Floats are avoided in everything that is digested, so RFC 8785's number rules are met by Python's own.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue


# Unchecked for circles: a value that holds itself is no JSON, and ends the recursion all the same.
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def canonical(value: JsonValue) -> bytes:
    """The canonical JSON bytes of a value."""
    return _encode(value).encode()


def digest(value: JsonValue) -> str:
    """SHA-256 over the canonical JSON of a value, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
