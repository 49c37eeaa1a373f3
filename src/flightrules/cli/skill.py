"""`flightrules skill`: the prompts as a folder for agents that read skills, also where there is no checkout.

Knows: where the folder is put. Must not know: what stands in it.
"""

from __future__ import annotations

import argparse

from flightrules.cli.located import here
from flightrules.errors import Unavailable
from flightrules.paths import expanded
from flightrules.prompts.skill import NAME, skill_files


def run(arguments: argparse.Namespace) -> int:
    """Write the skill into a folder of skills; an older one is written over."""
    folder = here() / expanded(arguments.folder) / NAME
    try:
        for name, text in skill_files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"skill {folder}", f"{error.strerror or error}.", "Name another folder.") from error
    print(f"Wrote {folder}. After an upgrade write it again.")
    return 0
