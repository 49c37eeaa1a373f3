"""From the start of the process to its first answer, over stdio: flightrules beside a bare server of the same SDK.

Knows: JSON-RPC as bytes, so that no client's own work is measured. Must not know: what the answer says.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.measuring import Goal, Outcome, Row
from bench.settings import write_settings

ROUNDS = 21
LIMIT = 1.15

LEGACY: Mapping[str, object] = {
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}
MODERN: Mapping[str, object] = {
    "method": "server/discover",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}
QUESTIONS = {"initialize": LEGACY, "server/discover": MODERN}


def bench() -> list[Outcome]:
    """Start both servers in turns, so that the machine's moods meet both."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        settings = write_settings(Path(folder))
        ours = (sys.executable, "-m", "flightrules.cli", "--config", str(settings), "serve")
        bare = (sys.executable, str(Path(__file__).with_name("bare.py")))
        return [_compared(name, question, bare, ours) for name, question in QUESTIONS.items()]


def _compared(name: str, question: Mapping[str, object], bare: Sequence[str], ours: Sequence[str]) -> Outcome:
    for command in (bare, ours):
        # The first start of each writes byte code and fills the page cache.
        first_answer(command, question)
    floor, taken = [], []
    for _ in range(ROUNDS):
        floor.append(first_answer(bare, question))
        taken.append(first_answer(ours, question))
    return Outcome(
        title=f"Process start to the answer to `{name}`",
        rows=[Row(name="bare server, one tool", seconds=floor), Row(name="flightrules serve", seconds=taken)],
        goals=[
            Goal(name="flightrules / bare, median", value=median(taken) / median(floor), limit=LIMIT),
            Goal(name="flightrules / bare, minimum", value=min(taken) / min(floor), limit=LIMIT),
        ],
    )


def first_answer(command: Sequence[str], question: Mapping[str, object]) -> float:
    """Seconds until a fresh process has answered its first request."""
    text = json.dumps({"jsonrpc": "2.0", "id": 1, **question}).encode() + b"\n"
    start = perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text)
        process.stdin.flush()
        answer = process.stdout.readline()
        taken = perf_counter() - start
        process.stdin.close()
        process.wait(timeout=30)
    assert json.loads(answer)["id"] == 1, answer
    assert "result" in json.loads(answer), answer
    return taken
