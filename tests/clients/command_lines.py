"""Command-line clients, as far as they run without an account: each connects, and says so.

Knows: how each is set up, and what it prints. Must not know: what is expected (seen.json has that).
What a client announces is read off what it sent to the server.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from threading import Timer
from typing import Any

from tests.clients.installing import claude, codex, installed, node
from tests.clients.playing import HEARD, LIMIT_S, Row, ended, overheard_program, surroundings, version_in

TRIES = 3
"""Some of them wait five seconds for a server, and a busy machine may take longer to start it."""
META = "io.modelcontextprotocol/"


def claude_code(folder: Path) -> Row:
    """Claude Code, which connects to each server that it lists."""
    ended(str(claude()), "mcp", "add", "flightrules", "--", str(overheard_program(folder)), cwd=folder)
    connected = _connects(str(claude()), "mcp", "list", cwd=folder)
    return _row("Claude Code", version_in(claude().parent), f"`claude mcp list`: {connected}", folder)


def gemini(folder: Path) -> Row:
    """Gemini CLI, which connects to each server that it lists, in folders that are trusted."""
    settings = {
        "mcpServers": {"flightrules": {"command": str(overheard_program(folder)), "args": []}},
        "security": {"folderTrust": {"enabled": False}},
        "privacy": {"usageStatisticsEnabled": False},
    }
    _written(folder, ".gemini/settings.json", json.dumps(settings))
    package = installed() / "@google" / "gemini-cli"
    connected = _connects(str(node()), str(package / "bundle" / "gemini.js"), "mcp", "list", cwd=folder)
    return _row("Gemini CLI", version_in(package), f"`gemini mcp list`: {connected}", folder)


def codex_cli(folder: Path) -> Row:
    """Codex, by the program that its editors speak to: `codex mcp list` asks no server."""
    _written(folder, ".codex/config.toml", f'[mcp_servers.flightrules]\ncommand = "{overheard_program(folder)}"\n')
    found = [one for one in _status(folder).get("data", ()) if one["name"] == "flightrules"]
    listed = f"lists {len(found[0]['tools'])} tools" if found else "failed"
    version = version_in(installed() / codex().parents[3].name).partition("-")[0]
    return _row("Codex CLI", version, f"`codex app-server`: {listed}", folder)


def _written(folder: Path, name: str, text: str) -> None:
    path = Path(surroundings(folder)["HOME"]) / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")


def _connects(*words: str, cwd: Path) -> str:
    for _ in range(TRIES):
        (cwd / HEARD).unlink(missing_ok=True)
        done = ended(*words, cwd=cwd)
        if re.search(r"^\W*flightrules\b.*Connected$", done.stdout + done.stderr, re.MULTILINE):
            return "connected"
    return "not connected"


def _status(folder: Path) -> dict[str, Any]:
    """Return what Codex has found out about its servers."""
    here = surroundings(folder)
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    words = [str(codex()), "app-server"]
    with subprocess.Popen(words, cwd=folder, env=here, stdin=pipe, stdout=pipe, stderr=none, text=True) as process:
        limit = Timer(LIMIT_S, process.kill)
        limit.start()
        try:
            _asked(process, 1, "initialize", {"clientInfo": {"name": "flightrules", "version": "1"}})
            return _asked(process, 2, "mcpServerStatus/list", {})
        finally:
            limit.cancel()
            process.kill()


def _asked(process: subprocess.Popen[str], number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"id": number, "method": method, "params": params}) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        answer = json.loads(line)
        if answer.get("id") == number:
            return dict(answer.get("result", {}))
    return {}


def _row(client: str, version: str, result: str, folder: Path) -> Row:
    """The row, with the protocol that the client came to speak and what it announced."""
    heard = folder / HEARD
    sent = [json.loads(line) for line in heard.read_text("utf-8").splitlines()] if heard.exists() else []
    protocol, can = "none", dict[str, Any]()
    for params in (message.get("params") or {} for message in sent):
        meta = params.get("_meta", {})
        if "protocolVersion" in params:
            protocol, can = params["protocolVersion"], params["capabilities"]
        elif f"{META}protocolVersion" in meta:
            protocol, can = meta[f"{META}protocolVersion"], meta[f"{META}clientCapabilities"]
    asks = " and ".join(can.get("elicitation", {})) or "no questions"
    return Row(client, version, protocol, f"{result}, announces {asks}")
