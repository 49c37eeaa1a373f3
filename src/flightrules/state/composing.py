"""The words of a target's compose commands: the same in every survey, step, proof and gate.

Knows: the settings that a deployment by compose has. Must not know: what a command is for.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection

from flightrules.state.runtimes.compose.settings import ComposeRuntime
from flightrules.state.target import Target

RELEASE, SHORT = "{release}", "{short}"
"""Placeholders in the value of a variable: the full commit of the release, and its first seven characters."""


def path_of(target: Target, path: str) -> str:
    """A path of the settings, made absolute."""
    return posixpath.normpath(posixpath.join(target.app_dir, path))


def compose_command(target: Target, runtime: ComposeRuntime) -> tuple[str, ...]:
    """The words every compose command of a target begins with."""
    files = (word for name in runtime.files for word in ("-f", path_of(target, name)))
    env_files = (word for name in runtime.env_files for word in ("--env-file", path_of(target, name)))
    profiles = (word for name in runtime.profiles for word in ("--profile", name))
    project = ("-p", runtime.project, "--project-directory", path_of(target, runtime.folder))
    return ("docker", "compose", *project, *files, *env_files, *profiles)


def up_words(runtime: ComposeRuntime, only: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the additional arguments that `up` needs; `only` are the services that it names, None if it names none.

    Compose refuses a number for a service that it was not asked for: "no such service: worker: disabled".
    """
    scale = {name: count for name, count in sorted(runtime.scale.items()) if only is None or name in only}
    return tuple(word for name, count in scale.items() for word in ("--scale", f"{name}={count}"))


def templates(runtime: ComposeRuntime) -> dict[str, str]:
    """The variables that every compose command gets, with what stands for the release in their values."""
    return runtime.variables | ({runtime.release_variable: RELEASE} if runtime.release_variable else {})


def compose_variables(runtime: ComposeRuntime, release: str) -> tuple[tuple[str, str], ...]:
    """The same at a release."""
    return tuple(
        (name, value.replace(RELEASE, release).replace(SHORT, release[:7]))
        for name, value in templates(runtime).items()
    )
