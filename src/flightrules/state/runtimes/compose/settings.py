"""Settings of services that Docker Compose runs: how the deployment calls it.

Knows: the keys of `[targets.runtime]` with `kind = "compose"`. Must not know: which commands are made of them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.runtimes.settings import RuntimeSettings
from flightrules.state.setting_types import FilePath, ServiceName, VariableName


class ComposeRuntime(RuntimeSettings):
    """Services run by Docker Compose v2."""

    kind: Literal["compose"] = "compose"
    """Docker Compose v2."""
    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    """The compose project name; always passed, never derived from a folder."""
    folder: FilePath = "."
    """The project directory, relative to `app_dir`: where relative paths of the compose files begin."""
    files: tuple[FilePath, ...] = ()
    """Compose files (`-f`), relative to `app_dir` or absolute; unset, those that compose takes by itself, override
    included. Files that are not in git count too."""
    env_files: tuple[FilePath, ...] = ()
    """Files of variables for the compose files (`--env-file`), relative to `app_dir` or absolute; unset, compose takes
    `.env`. Secrets that the deployment exports belong in such a file on the host."""
    profiles: tuple[Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]*|\*)$")], ...] = ()
    """Profiles that the deployment enables (`--profile`)."""
    scale: dict[ServiceName, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    """Number of containers of a service (`--scale`), where the compose files do not say it."""
    variables: dict[VariableName, Annotated[str, Field(pattern=r"^[^\x00-\x1f]*$")]] = Field(default_factory=dict)
    """Variables that the deployment exports, with their values; `{release}` stands for the full commit of the release,
    `{short}` for its first seven characters. They are shown in plans: no secret belongs here."""
    release_variable: Annotated[str, Field(pattern=r"^([A-Z_][A-Z0-9_]*)?$")] | None = "GIT_SHA"
    """Environment variable that compose files use for the release's commit; set for every compose command. Empty:
    there is none."""
    kept_releases: Annotated[int, Field(ge=0, le=50)] = 5
    """Of so many releases seen healthy last the images are held on the host by containers that are never started, so
    that `docker image prune --all` leaves them. With 0 they are only tagged."""
