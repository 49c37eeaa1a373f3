"""The means to play a client: the server as one program, and a program that is run to its end.

Knows: processes. Must not know: any client.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.clients.installing import HERE, node
from tests.server.process import ROOT, environment

LIMIT_S = 300.0
SETTINGS = (HERE / "flightrules.toml").read_text("utf-8")
HEARD = "heard"
QUIET = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "MCP_TIMEOUT": "120000"}
"""No word to a maker, and patience for a server that starts on a busy machine."""


class Row(NamedTuple):
    """Result of one client."""

    client: str
    version: str
    protocol: str
    result: str


def program(folder: Path) -> Path:
    """The server as one file that any client can start, whatever it hands on of its environment."""
    return _written(folder, "serve", "exec ")


def overheard_program(folder: Path) -> Path:
    """The same, which keeps what the client sends in a file of the folder."""
    return _written(folder, "overheard", f"tee -a {folder / HEARD} | ")


def _written(folder: Path, name: str, before: str) -> Path:
    (folder / "flightrules.toml").write_text(SETTINGS)
    path = environment()["PYTHONPATH"]
    words = f"{sys.executable} -m tests.server.scripted_serve 40 --config {folder}/flightrules.toml serve"
    found = folder / name
    found.write_text(f'#!/bin/sh\nexport PYTHONPATH={path}\ncd {ROOT} && {before}{words} "$@"\n')
    found.chmod(0o755)
    return found


def version_in(package: Path) -> str:
    """The version of a package of npm."""
    found: dict[str, str] = json.loads((package / "package.json").read_text("utf-8"))
    return found["version"]


def surroundings(folder: Path) -> dict[str, str]:
    """An environment with our Node in front of the machine's, and a home of its own that no account is in."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    own = {name: str(home / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")} | QUIET
    path = f"{node().parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **own, "HOME": str(home), "PATH": path, "MCP_CATALOG_PATH": str(folder / "catalog.json")}


def ended(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A program, run to its end."""
    return subprocess.run(
        words,
        check=False,
        cwd=cwd,
        env=surroundings(cwd),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
