"""Halves of characters in JSON: an escape may stand for one, and no text can hold it.

Knows: JSON's escapes. Must not know: what a line says.
The SDK reads no message with a half in it, and over stdio it answers none: its client would wait without end.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # both halves, in their order
    r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)"
)


def without_halves(line: str) -> str:
    """The line with the replacement character for each half that stands alone, as for bytes that are no UTF-8."""
    if "\\ud" not in line and "\\uD" not in line:
        return line
    return _ESCAPE.sub(lambda found: r"\ufffd" if found["half"] else found[0], line)
