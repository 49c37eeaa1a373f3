"""The settings: what a person writes in `flightrules.toml`, read, checked and frozen.

Knows: the file's shape and where it is looked for. Must not know: who uses a setting, nor the environment.
"""

from __future__ import annotations

from flightrules.config.reading import FILE_NAME, find, load, load_policy
from flightrules.config.settings import OutboxSettings, Settings, StoreSettings

__all__ = ["FILE_NAME", "OutboxSettings", "Settings", "StoreSettings", "find", "load", "load_policy"]
