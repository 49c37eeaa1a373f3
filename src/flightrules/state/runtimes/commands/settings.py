"""Settings of services that the user's own commands run.

Knows: the keys of `[targets.runtime]` with `kind = "commands"`. Must not know: when a command is run.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from flightrules.state.runtimes.settings import RuntimeSettings, SideBySide, beside, prepared_in_a_folder
from flightrules.state.setting_types import AbsolutePath, Argv, Name


class CommandsRuntime(RuntimeSettings):
    """Services run by anything else (systemd, pm2 ...), through the user's own commands."""

    kind: Literal["commands"] = "commands"
    """The user's own commands."""
    service: Name = "app"
    """Name of the one service that these commands are about."""
    status: Argv
    """Exits with 0 when the service runs. 3 means down, and so do 1 and 2 unless the command complains of something
    else than a service that does not run. Anything else tells nothing: the state is unknown, in the command's words."""
    down_statuses: tuple[Annotated[int, Field(ge=1, le=255)], ...] = ()
    """Exit statuses of `status` that mean down, whatever it says; no others do then. For commands of your own."""
    logs: Argv
    """Prints recent log lines to stdout, best with an ISO time and zone before each: without, old errors look new."""
    restart: Argv
    """Restarts the service on the code in `app_dir`, or behind `current_link` with the layout `releases`."""
    release: Argv | None = None
    """Prints the commit that the running process was started from, where the service can tell."""
    layout: Literal["checkout", "releases"] = "checkout"
    """`checkout`: the service runs out of `app_dir`. `releases`: each release has a folder of its own and a link says
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

    def side_by_side(self, app_dir: str) -> SideBySide | None:
        """Return the location of releases that lie side by side; None if the service runs out of `app_dir`."""
        if self.layout != "releases":
            return None
        return beside(app_dir, self.releases_dir, self.current_link)
