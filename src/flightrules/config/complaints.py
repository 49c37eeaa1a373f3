"""Words what is wrong with the settings: where, what was found, what is allowed.

Knows: pydantic's errors. Must not know: any particular setting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flightrules.config.schema import Schema, allowed, join, locate, values

LONGEST = 60
"""So much of a found value is repeated."""

_TOKEN = re.compile(r"\bfrt_[A-Za-z0-9_-]{20,}")
"""A bearer token where its hash belongs."""
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


def complaints(error: ValidationError, root: Schema, prefix: str = "") -> list[str]:
    """One line for each thing that is wrong; `prefix` is the path of the checked value within the file."""
    found = error.errors(include_url=False)
    return [_line(details, root, prefix) for details in found if not _follows(details, found)]


def _follows(details: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """Return True if the error only follows from others.

    pydantic does not count wrong items, and then finds a list too short.
    """
    length = len(details["loc"])
    inner = (item["loc"] for item in found if len(item["loc"]) > length)
    return details["type"] == "too_short" and any(loc[:length] == details["loc"] for loc in inner)


def _line(details: ErrorDetails, root: Schema, prefix: str) -> str:
    place = locate(root, details["loc"])
    where = join_paths(prefix, place.path)
    match details["type"]:
        case "extra_forbidden":
            known = locate(root, details["loc"][:-1]).schema.get("properties", {})
            return f"{where}: unknown key.{_near(str(details['loc'][-1]), known)} Allowed: {', '.join(known)}."
        case "missing":
            return f"{where}: missing. Allowed: {allowed(root, place.schema)}."
        case "union_tag_not_found" | "union_tag_invalid" if isinstance(details["input"], dict):
            tag = place.schema["discriminator"]["propertyName"]
            choices = {"enum": list(place.schema["discriminator"]["mapping"])}
            return f"{join(where, tag)}: {_found(details['input'].get(tag), choices)}"
        case "value_error":
            return f"{where}: {details['ctx']['error']}"
        case _ if place.schema.get("format") == "password" or where.startswith("notify."):
            return f"{where}: found something else (not repeated here). Allowed: {allowed(root, place.schema)}."
        case _:
            return f"{where}: {_found(details['input'], place.schema, root)}"


def _found(value: object, schema: Schema, root: Schema | None = None) -> str:
    near = _near(value, values(schema)) if isinstance(value, str) else ""
    found = "missing" if value is None else f"found {shown(value)}"
    return f"{found}.{near} Allowed: {allowed(root or schema, schema)}."


def _near(word: str, known: Iterable[object]) -> str:
    spelled = {str(item).lower(): item for item in known}
    match = get_close_matches(word.lower(), spelled, n=1)
    return f" Did you mean {json.dumps(spelled[match[0]])}?" if match else ""


def join_paths(prefix: str, path: str) -> str:
    """One path behind another."""
    return f"{prefix}.{path}" if prefix and path else prefix or path


def shown(value: object) -> str:
    """A found value as far as it may be repeated: short, and without anything secret."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    if "PRIVATE KEY" in text:
        return "a private key (not repeated here)"
    if _TOKEN.search(text):
        return "a token (not repeated here)"
    text = _CREDENTIALS.sub("//***@", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
