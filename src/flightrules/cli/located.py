"""Finds the settings a command works with.

Knows: where a person may say which file it is. Must not know: what is done with them; `serve` waits for this import.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from flightrules.config import Settings, find, load


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings this command works with."""
    return load(find(Path.cwd(), arguments.config, os.environ.get("FLIGHTRULES_CONFIG")))
