"""Results of playing each client against this server: the rows of the first table of docs/clients.md.

Knows: how each client is started, and what it prints. Must not know: what is expected (seen.json has that).
Every client plays against a real `serve` on a production in memory.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
from mcp import Client, StdioServerParameters
from mcp.client.context import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

from tests.clients.command_lines import claude_code, codex_cli, gemini
from tests.clients.installing import HERE, installed, node, python_of_fastmcp
from tests.clients.playing import LIMIT_S, Row, ended, program, version_in

PLAYED = ("open_incident", "assess", "classify", "decide", "rollback", "verify", "write_report")
WHOLE = "whole incident, asked by form"


def python_sdk(folder: Path, mode: str, protocol: str) -> Row:
    """The Python SDK's client."""
    return Row("Python SDK", version("mcp"), protocol, asyncio.run(_python(program(folder), mode)))


async def _python(server_program: Path, mode: str) -> str:
    async def yes(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context, params
        return ElicitResult(action="accept", content={"approve": True})

    server = StdioServerParameters(command=str(server_program), args=[])
    async with Client(server, mode=mode, elicitation_callback=yes) as client:
        incident = ""
        seen: list[list[str]] = []
        for name in PLAYED:
            given = {"incident": incident} if incident else {"target": "shop", "title": "Everything answers 500"}
            more = {"root_cause": "v5 broke the health answer"} if name == "write_report" else {}
            while True:
                told = await client.call_tool(name, {**given, **more})
                assert isinstance(told, CallToolResult)
                answer: dict[str, Any] = told.structured_content or {}
                incident = answer["incident"]
                result = answer.get("result") or {}
                if result.get("state") != "rolling_back":
                    break
            seen.append([name, result.get("state") or result.get("verdict") or answer["phase"]])
    return _judged(seen)


def fastmcp(folder: Path, mode: str, protocol: str) -> Row:
    """The client of fastmcp."""
    python = python_of_fastmcp()
    done = ended(str(python), str(HERE / "play_fastmcp.py"), mode, str(program(folder)), cwd=folder)
    number = ended(str(python), "-c", "import fastmcp; print(fastmcp.__version__)", cwd=folder).stdout.strip()
    return Row("fastmcp", number, protocol, _played(done))


def typescript(folder: Path, kind: str, package: str, protocol: str) -> Row:
    """A client of one of the TypeScript SDKs."""
    words = (str(node()), str(HERE / "play.mjs"), str(installed()), kind, str(program(folder)))
    done = ended(*words, cwd=folder)
    return Row("TypeScript SDK", version_in(installed() / package), protocol, _played(done))


ENDS = {"open_incident": "detected", "rollback": "succeeded", "verify": "restored", "write_report": "documented"}


def _played(done: subprocess.CompletedProcess[str]) -> str:
    """Return the verdict on the output of a client that played an incident."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return _judged(json.loads(lines[-1])["seen"]) if lines else f"failed: {done.stderr[-300:]}"


def _judged(seen: list[list[str]]) -> str:
    wrong = [f"{name} {state}" for name, state in seen if name in ENDS and state != ENDS[name]]
    return f"stopped: {', '.join(wrong)}" if wrong or len(seen) != len(PLAYED) else WHOLE


def inspector(folder: Path, era: str, protocol: str) -> Row:
    """The Inspector's command line: it announces no forms, so it lists and calls."""
    script = str(installed() / ".bin" / "mcp-inspector")
    words = (script, "--cli", str(program(folder)), "--protocol-era", era, "--method")
    tools = ended(*words, "tools/list", cwd=folder)
    call = ended(*words, "tools/call", "--tool-name", "incident_status", cwd=folder)
    listed = len(re.findall(r'"inputSchema"', tools.stdout))
    result = f"lists {listed} tools, calls one" if call.returncode == 0 and '"ok": true' in call.stdout else "failed"
    return Row(
        "Inspector, command line", version_in(installed() / "@modelcontextprotocol" / "inspector"), protocol, result
    )


def conformance(folder: Path, protocol: str) -> Row:
    """The official suite, all scenarios, with what is expected to fail; beside the bare SDK's result."""
    port = _free()
    ours = (str(program(folder)), "--http", f"127.0.0.1:{port}")
    expected = ("--expected-failures", str(HERE / f"conformance-{protocol}.yml"))
    with _listening(ours, port):
        code, here = _suite(folder, port, protocol, *expected)
    port = _free()
    with _listening((sys.executable, str(HERE / "bare.py"), str(port)), port):
        _, bare = _suite(folder, port, protocol)
    said = "as the baseline says" if code == 0 else "NOT as the baseline says"
    result = f"{here}, {said}; the bare SDK: {bare}"
    return Row("Conformance suite", version_in(installed() / "@modelcontextprotocol" / "conformance"), protocol, result)


def _suite(folder: Path, port: int, protocol: str, *more: str) -> tuple[int, str]:
    program = str(installed() / "@modelcontextprotocol" / "conformance" / "dist" / "index.js")
    at = ("--url", f"http://127.0.0.1:{port}/mcp", "--spec-version", protocol, "--suite", "all", "-o", "out")
    done = ended(str(node()), program, "server", *at, *more, cwd=folder)
    total = re.search(r"^Total: (\d+) passed, (\d+) failed", done.stdout, re.MULTILINE)
    return done.returncode, f"{total[1]} checks pass, {total[2]} fail" if total else f"failed: {done.stderr[-300:]}"


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def _listening(words: tuple[str, ...], port: int) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until = monotonic() + LIMIT_S
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/none", trust_env=False)
                break
            except httpx.TransportError:
                assert process.poll() is None, "the server ended"
                assert monotonic() < until
                sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


ROWS: dict[str, Callable[[Path], Row]] = {
    "python-2026": lambda folder: python_sdk(folder, "auto", "2026-07-28"),
    "python-handshake": lambda folder: python_sdk(folder, "legacy", "2025-11-25"),
    "typescript-2": lambda folder: typescript(folder, "client", "@modelcontextprotocol/client", "2026-07-28"),
    "typescript-1": lambda folder: typescript(folder, "sdk", "@modelcontextprotocol/sdk", "2025-11-25"),
    "fastmcp-2026": lambda folder: fastmcp(folder, "auto", "2026-07-28"),
    "fastmcp-handshake": lambda folder: fastmcp(folder, "legacy", "2025-11-25"),
    "claude-code": claude_code,
    "gemini": gemini,
    "codex": codex_cli,
    "inspector-2026": lambda folder: inspector(folder, "modern", "2026-07-28"),
    "inspector-handshake": lambda folder: inspector(folder, "legacy", "2025-11-25"),
    "conformance-2026": lambda folder: conformance(folder, "2026-07-28"),
    "conformance-handshake": lambda folder: conformance(folder, "2025-11-25"),
}
"""Every client that is played, in the order of the table."""
