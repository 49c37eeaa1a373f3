"""Base of the settings of a runtime, and the place of releases that lie side by side.

Knows: where releases lie. Must not know: any particular runtime.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Protocol, TypeVar

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


class _Prepared(Protocol):
    @property
    def layout(self) -> str: ...

    @property
    def prepare(self) -> tuple[str, ...] | None: ...


P = TypeVar("P", bound=_Prepared)


def prepared_in_a_folder(settings: P) -> P:
    """Return the settings. Raises `ValueError` if `prepare` has no new folder to run in."""
    if settings.prepare and settings.layout != "releases":
        msg = "`prepare` is run in a release's new folder, so it needs the layout `releases`"
        raise ValueError(msg)
    return settings
