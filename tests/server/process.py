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
        meta = {f"{META}/protocolVersion": "2026-07-28", f"{META}/clientCapabilities": {}}
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": {**params, "_meta": meta}}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        while True:
            answer = json.loads(self.line())
            if answer.get("id") == self._number:
                return dict(answer)

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
