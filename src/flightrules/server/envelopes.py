"""Lines that hold no message of JSON-RPC, and what is answered so that nobody waits for them.

Knows: JSON-RPC 2.0, sections 4 to 6. Must not know: transports, nor what any method means.
The SDK drops such lines, and who sent one would wait without end.
"""

from __future__ import annotations

from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCNotification
from pydantic import JsonValue
from pydantic_core import from_json

NO_JSON = "Parse error: the line is not JSON."
NO_REQUEST = (
    'Invalid Request: an object with "jsonrpc": "2.0", a "method", an "id" that is a string or an integer, and, '
    'if present, "params" that are an object. Batches are not accepted.'
)
NO_ANSWER = "The answer could not be read: it has neither a result nor an error of the form they have."
NOTICE = "notifications/"
"""Prefix of the name of every message that wants no answer."""


def answers(line: str) -> tuple[JSONRPCError, ...]:
    """Return the answers to a line that does not hold a message.

    An answer is never answered: two sides that do not understand each other would go on without end.
    """
    if not line.strip():
        return ()
    try:
        value = from_json(line)
    except ValueError:
        return (_error(None, PARSE_ERROR, NO_JSON),)
    parts = value if isinstance(value, list) else [value]
    asked = [_id(part) for part in parts if not _is_answer(part)]
    named = tuple(_error(one, INVALID_REQUEST, NO_REQUEST) for one in asked if one is not None)
    return named or ((_error(None, INVALID_REQUEST, NO_REQUEST),) if asked or not parts else ())


def spoilt(line: str) -> JSONRPCError | None:
    """An answer that cannot be read, as an error to who waits for it; None where the line is nothing of the kind."""
    try:
        value = from_json(line)
    except ValueError:
        return None
    number = _id(value)
    return _error(number, INVALID_REQUEST, NO_ANSWER) if _is_answer(value) and number is not None else None


def wants_an_answer(line: str, notification: JSONRPCNotification) -> bool:
    """Return True if a notification is not really one.

    Its id is not of a kind that an id may have, so it was taken for a message without an id.
    """
    if notification.method.startswith(NOTICE) or '"id"' not in line:
        return False
    return "id" in from_json(line)


def _is_answer(value: JsonValue) -> bool:
    return isinstance(value, dict) and "method" not in value and ("result" in value or "error" in value)


def _id(value: JsonValue) -> str | int | None:
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _error(number: str | int | None, code: int, message: str) -> JSONRPCError:
    return JSONRPCError(jsonrpc="2.0", id=number, error=ErrorData(code=code, message=message))
