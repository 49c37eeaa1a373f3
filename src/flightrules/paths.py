"""Paths as people write them, where `~` stands for a home folder.

Knows: what can be no path. Must not know: what lies there.
"""

from __future__ import annotations

from pathlib import Path

from flightrules.errors import Refused


def expanded(text: str) -> Path:
    """The path that is meant. Raises `Refused` for a home folder that nobody knows, and for what can be no path."""
    if "\0" in text:
        raise Refused("bad_path", f"{text!r} is not a valid path.", "Write one without a NUL character.")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        why = f"It is not known which home folder {text!r} means."
        raise Refused("bad_path", why, "Write the absolute path.") from error
