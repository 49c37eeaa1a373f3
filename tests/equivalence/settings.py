"""Settings that the team writes into flightrules.toml about its deployment, as docs/configuration.md has it."""

from __future__ import annotations

from typing import Any

from tests.equivalence.commands_team import CommandsTeam
from tests.equivalence.team import Team
from tests.realhost.cases import Case


def write_settings(case: Case, team: Team) -> None:
    """Write the settings file of this team's server."""
    case.runtime = _commands(team) if isinstance(team, CommandsTeam) else _compose(team)
    case.write_compose_settings()


def _commands(team: CommandsTeam) -> dict[str, Any]:
    words = {verb: [str(team.ctl), verb] for verb in ("status", "logs", "restart", "release")}
    layout = {"layout": "releases"} if team.side_by_side else {}
    return {"kind": "commands", "service": "web", "project": None, **words, **layout}


def _compose(team: Team) -> dict[str, Any]:
    said = team.words
    runtime: dict[str, Any] = {"project": team.name}
    if not team.project.told:
        return runtime
    named = {
        "files": list(said.files),
        "env_files": list(said.env_files),
        "profiles": list(said.profiles),
        "scale": said.scale,
        "variables": {name: value for name, value in said.variables.items() if name != "TAG"},
    }
    return runtime | {key: value for key, value in named.items() if value}
