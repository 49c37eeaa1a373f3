"""`flightrules client add`: the configuration with which an MCP client starts this server.

Knows: the file and the shape that each client reads. Must not know: what the server does.
Sources: docs/clients.md names the documentation of each client.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flightrules.adapters.files import write_new
from flightrules.cli.located import here
from flightrules.config import find
from flightrules.errors import Refused, Unavailable
from flightrules.paths import expanded

NAME = "flightrules"
TOOL_TIMEOUT_S = 300
"""Seconds that a client waits for a call: a person reads a plan meanwhile."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The configuration file of one client."""

    file: str
    """Its usual path: in the project, or under the home folder."""
    table: str
    """Key of the table of servers."""
    more: tuple[tuple[str, Any], ...] = ()
    """Further keys of this server's entry."""
    command: tuple[str, ...] = ()
    """The client's own command that adds a server, if it has one."""


SHAPES = {
    "claude": Shape(".mcp.json", "mcpServers", command=("claude", "mcp", "add", NAME, "--")),
    "claude-desktop": Shape("~/.config/Claude/claude_desktop_config.json", "mcpServers"),
    "codex": Shape(
        "~/.codex/config.toml",
        "mcp_servers",
        (("tool_timeout_sec", TOOL_TIMEOUT_S),),
        ("codex", "mcp", "add", NAME, "--"),
    ),
    "cursor": Shape(".cursor/mcp.json", "mcpServers"),
    "gemini": Shape("~/.gemini/settings.json", "mcpServers", (("timeout", TOOL_TIMEOUT_S * 1000),)),
    "vscode": Shape(".vscode/mcp.json", "servers", (("type", "stdio"),)),
    "zed": Shape("~/.config/zed/settings.json", "context_servers"),
}
"""The clients that can be set up, by name."""


def add(arguments: argparse.Namespace) -> int:
    """Print the configuration, or write it into the client's file; other servers in it stay as they are."""
    shape, entry, path = SHAPES[arguments.client], entry_of(arguments), file_of(arguments)
    argv = [entry["command"], *entry["args"]]
    if not arguments.write:
        if shape.command:
            print(f"Type: {shlex.join([*shape.command, *argv])}\n\nor", end=" ")
        print(f"add to {path}:\n\n{_snippet(path, shape, entry)}")
        return 0
    _write(path, shape, entry)
    print(f"Wrote the server {NAME} into {path}. Restart the client, or reload its servers.")
    return 0


def entry_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the entry that belongs into the client's file."""
    argv = [*_program(), "--config", str(_settings(arguments)), "serve"]
    return {"command": argv[0], "args": argv[1:], **dict(SHAPES[arguments.client].more)}


def file_of(arguments: argparse.Namespace) -> Path:
    """The client's file: the one that was named, or its usual one."""
    return here() / expanded(arguments.file or SHAPES[arguments.client].file)


def _program() -> list[str]:
    """The program by an absolute path: clients start servers with a PATH of their own."""
    found = shutil.which(NAME)
    return [str(Path(found).absolute())] if found else [sys.executable, "-m", "flightrules.cli"]


def _settings(arguments: argparse.Namespace) -> Path:
    """The settings file by an absolute path. A file that is named need not be there yet: `serve` waits for it."""
    named = arguments.config or os.environ.get("FLIGHTRULES_CONFIG")
    return here() / expanded(named) if named else find(here(), None, None).absolute()


def _snippet(path: Path, shape: Shape, entry: dict[str, Any]) -> str:
    if path.suffix == ".toml":
        return _table(shape, entry)
    return json.dumps({shape.table: {NAME: entry}}, indent=2)


def _table(shape: Shape, entry: dict[str, Any]) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
    return "\n".join([f"[{shape.table}.{NAME}]", *lines])


def _write(path: Path, shape: Shape, entry: dict[str, Any]) -> None:
    snippet = _snippet(path, shape, entry)
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_new(path, snippet + "\n")
            return
        old = path.read_text(encoding="utf-8")
        fresh = _added(old, path, shape, entry, snippet)
        part = path.with_name(f"{path.name}.new")
        part.write_text(fresh, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise Unavailable(f"file {path}", f"{error.strerror or error}.", "Name another with --file.") from error


def _added(old: str, path: Path, shape: Shape, entry: dict[str, Any], snippet: str) -> str:
    """The file's text with this server in it."""
    toml = path.suffix == ".toml"
    try:
        whole = tomllib.loads(old) if toml else json.loads(old or "{}")
        servers = whole.get(shape.table, {})
        there = NAME in servers
    except (ValueError, AttributeError) as wrong:
        # Some clients allow comments, which a parser of JSON does not keep.
        remedy = f"Nothing was changed. Add this by hand:\n{snippet}"
        raise Refused("not_parsed", f"{path} cannot be read as plain {'TOML' if toml else 'JSON'}.", remedy) from wrong
    if toml:
        if there:
            raise Refused("exists", f"{path} already has a server {NAME}.", f"Edit it by hand:\n{snippet}")
        return f"{old.rstrip()}\n\n{snippet}\n".lstrip()
    return json.dumps(whole | {shape.table: servers | {NAME: entry}}, indent=2, ensure_ascii=False) + "\n"
