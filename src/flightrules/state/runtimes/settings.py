"""Base of the settings of a runtime, and the place of releases that lie side by side.

Knows: where releases lie. Must not know: any particular runtime.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from flightrules.state.value import Value


class SideBySide(Value):
    """Location of releases that lie side by side, each in a folder of its own."""

    folder: str
    """Path of the folder that holds the releases."""
    link: str
    """Path of the link that says which release is current."""


class RuntimeSettings(Value):
    """Settings of one runtime."""

    def side_by_side(self, app_dir: str) -> SideBySide | None:
        """Return the location of releases that lie side by side; None if the service runs out of `app_dir`."""
        del app_dir
        return None


def beside(app_dir: str, releases_dir: str | None, current_link: str | None) -> SideBySide:
    """The location of releases that lie side by side: beside `app_dir`, unless the settings say another."""
    parent = PurePosixPath(app_dir).parent
    return SideBySide(folder=releases_dir or str(parent / "releases"), link=current_link or str(parent / "current"))
