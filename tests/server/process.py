"""The server as the process that a client starts: its pipes, spoken to line by line."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0
META = "io.modelcontextprotocol"
MODERN: dict[str, Any] = {
    "_meta": {f"{META}/protocolVersion": "2026-07-28", f"{META}/clientCapabilities": {}},
}
"""Metadata that each request of the 2026-07-28 protocol carries."""


def environment(**more: str) -> dict[str, str]:
    """The environment of a child: this checkout's package, and nothing of this machine's settings."""
    path = os.pathsep.join(filter(None, [more.pop("PYTHONPATH", ""), str(ROOT), str(ROOT / "src")]))
    return {**os.environ, "PYTHONPATH": path, **more}


class Wire:
    """A server over stdio."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[bytes] = []
        self._rest = b""
        self._number = 0

    def request(self, method: str, **params: object) -> dict[str, Any]:
        """Send one request of the 2026-07-28 protocol and wait for its answer."""
        self._number += 1
        self.send_request(self._number, method, **params, **MODERN)
        return self.answer(self._number)

    def answer(self, number: int) -> dict[str, Any]:
        """Wait for the answer to a request."""
        while True:
            answer = json.loads(self.line())
            if answer.get("id") == number and "method" not in answer:
                return dict(answer)

    def initialize(self, **capabilities: object) -> None:
        """Begin a session of the 2025-11-25 protocol."""
        about = {"name": "wire", "version": "1"}
        self.send_request(0, "initialize", protocolVersion="2025-11-25", capabilities=capabilities, clientInfo=about)
        assert "result" in self.answer(0)
        self.send(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')

    def send_request(self, number: int, method: str, **params: object) -> None:
        """Send one request as it is given."""
        self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())

    def send(self, line: bytes) -> None:
        """Send a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """One tool call; gives its structured answer."""
        result = self.request("tools/call", name=tool, arguments=arguments)["result"]
        return dict(result["structuredContent"])

    def line(self) -> bytes:
        """The next line of stdout, within the limit."""
        assert self.process.stdout is not None
        until = monotonic() + LIMIT_S
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, until - monotonic()))
            assert ready, "the server does not answer"
            read = os.read(self.process.stdout.fileno(), 65536)
            assert read, "the server went away"
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        self.lines.append(line)
        return line

    def end(self) -> tuple[int, bytes, bytes]:
        """Go away as a client does; gives the exit status, what stdout still had, and stderr."""
        out, error = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, self._rest + out, error


@contextmanager
def serving(folder: Path, *words: str, **more: str) -> Iterator[Wire]:
    """`flightrules serve` in a folder with settings."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flightrules.cli", "serve", *words],
        cwd=folder,
        env=environment(**more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Wire(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()
