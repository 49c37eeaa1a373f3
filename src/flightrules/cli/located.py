"""Finds the settings a command works with.

Knows: where a person may say which file it is. Must not know: what is done with them; `serve` waits for this import.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from flightrules.config import Settings, find, load
from flightrules.errors import Unavailable


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings this command works with."""
    return load(find(here(), arguments.config, os.environ.get("FLIGHTRULES_CONFIG")))


def here() -> Path:
    """The folder this was started in. Raises `Unavailable` where somebody took it away."""
    try:
        return Path.cwd()
    except OSError as error:
        raise Unavailable(
            "the current folder", f"{error.strerror}.", "It may be gone: cd to one that is there."
        ) from error
