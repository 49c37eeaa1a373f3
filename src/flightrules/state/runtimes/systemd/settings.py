"""Settings of services that systemd runs.

Knows: the keys of `[targets.runtime]` with `kind = "systemd"`. Must not know: how a unit is read or restarted.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from flightrules.state.runtimes.settings import RuntimeSettings, SideBySide, beside, prepared_in_a_folder
from flightrules.state.setting_types import AbsolutePath, Argv

SERVICE = ".service"

UnitName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}\.service$")]
"""A service unit of systemd, with its suffix."""


class SystemdRuntime(RuntimeSettings):
    """Services run by systemd, as units of the system manager."""

    kind: Literal["systemd"] = "systemd"
    """Units of systemd."""
    units: Annotated[tuple[UnitName, ...], Field(min_length=1, max_length=50)]
    """The service units of the target, as `["web.service", "worker.service"]`. All are restarted together."""
    sudo: bool = True
    """Restart through `sudo -n systemctl`; false if the login user may restart the units by itself, as root may."""
    release: Argv | None = None
    """Prints the commit that the running process was started from, where the service can tell."""
    layout: Literal["checkout", "releases"] = "checkout"
    """`checkout`: the units run out of `app_dir`. `releases`: each release has a folder of its own and a link says
    which one is current, as Capistrano does it; `app_dir` is then a clone, kept for its objects."""
    releases_dir: AbsolutePath | None = None
    """Folder that holds one folder for each release (layout `releases`); `releases` beside `app_dir` unless set."""
    current_link: AbsolutePath | None = None
    """Link to the folder of the current release (layout `releases`); `current` beside `app_dir` unless set."""
    prepare: Argv | None = None
    """Command that is run in a release's folder that a rollback made, before the link leads to it (layout `releases`):
    `npm ci`, `bundle install`. If it fails, the folder is removed and nothing else has changed."""

    @model_validator(mode="after")
    def _prepared_in_a_folder(self) -> Self:
        return prepared_in_a_folder(self)

    @property
    def restart(self) -> tuple[str, ...]:
        """The command that restarts all units."""
        return (*(("sudo", "-n") if self.sudo else ()), "systemctl", "restart", *self.units)

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the units without their suffix."""
        return tuple(unit.removesuffix(SERVICE) for unit in self.units)

    def side_by_side(self, app_dir: str) -> SideBySide | None:
        """Return the location of releases that lie side by side; None if the units run out of `app_dir`."""
        if self.layout != "releases":
            return None
        return beside(app_dir, self.releases_dir, self.current_link)
