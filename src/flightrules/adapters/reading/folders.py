"""Free space, and releases that lie side by side, out of the records of host/survey.sh.

Knows: the records that runtimes without containers share. Must not know: which runtime it is.
"""

from __future__ import annotations

import re
from typing import Any

from flightrules.adapters.reading import system
from flightrules.adapters.reading.records import Records
from flightrules.state.target import Target
from flightrules.state.untrusted import lines_of

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def free(records: Records) -> tuple[int | None, int | None]:
    """Free bytes and inodes; None where only what an approval is held against was read."""
    return system.free(records.text("space")) if "space" in records.frames else (None, None)


def folders(target: Target, records: Records) -> dict[str, Any]:
    """Return which folder is current and which holds the release, if releases lie side by side."""
    if target.side_by_side is None:
        return {}
    lines = [line.partition(" ") for line in lines_of(records.text("folders"))]
    names = {word: name for word, _, name in lines if _FOLDER.fullmatch(name) or word == "taken"}
    return {
        "current_folder": names.get("current", ""),
        "release_folder": names.get("release", ""),
        "release_folder_taken": "taken" in names and "release" not in names,
    }
