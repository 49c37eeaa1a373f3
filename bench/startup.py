"""From the start of the process to its first answer, over stdio: flightrules beside a bare server of the same SDK.

Knows: JSON-RPC as bytes, so that no client's own work is measured. Must not know: what the answer says.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.measuring import Goal, Outcome, Row
from bench.settings import write_settings

ROUNDS = 15
LATER_ROUNDS = 3
THINKING_S = 2.0
"""So long a model takes at least between the handshake and its first call."""
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
META = {"_meta": MODERN["params"]["_meta"]}  # type: ignore[index]
LIST: Mapping[str, object] = {"method": "tools/list", "params": META}
CALL: Mapping[str, object] = {"method": "tools/call", "params": {"name": "incident_status", "arguments": {}, **META}}
PING: Mapping[str, object] = {"method": "tools/call", "params": {"name": "ping", "arguments": {"text": "x"}, **META}}

Command = Sequence[str]


def bench() -> list[Outcome]:
    """Start both servers in turns, so that the machine's moods meet both."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        settings = write_settings(Path(folder))
        ours = (sys.executable, "-m", "flightrules.cli", "--config", str(settings), "serve")
        bare = (sys.executable, str(Path(__file__).with_name("bare.py")))
        for command in (bare, ours):
            # The first start of each writes byte code and fills the page cache.
            answers(command, MODERN)
        return [
            _first("initialize", LEGACY, bare, ours),
            _first("server/discover", MODERN, bare, ours),
            _after(bare, ours),
        ]


def _first(name: str, question: Mapping[str, object], bare: Command, ours: Command) -> Outcome:
    floor, taken = [], []
    for _ in range(ROUNDS):
        floor += answers(bare, question)
        taken += answers(ours, question)
    return Outcome(
        title=f"Process start to the answer to `{name}`",
        rows=[Row(name="bare server, one tool", seconds=floor), Row(name="flightrules serve", seconds=taken)],
        goals=[
            Goal(name="flightrules / bare, median", value=median(taken) / median(floor), limit=LIMIT),
            Goal(name="flightrules / bare, minimum", value=min(taken) / min(floor), limit=LIMIT),
        ],
    )


def _after(bare: Command, ours: Command) -> Outcome:
    """Measure what was put off until the first answer had left, and whether anybody waits for it then."""
    rows: dict[str, list[float]] = {}
    for _ in range(LATER_ROUNDS):
        for name, command, first_call in (("bare server", bare, PING), ("flightrules serve", ours, CALL)):
            rows.setdefault(f"tools/list right after it, {name}", []).append(answers(command, MODERN, LIST)[1])
            later = answers(command, MODERN, LIST, first_call, pause_s=THINKING_S)[2]
            rows.setdefault(f"first call {THINKING_S:g} s later, {name}", []).append(later)
    return Outcome(
        title="What comes after the first answer",
        rows=[Row(name=name, seconds=seconds) for name, seconds in rows.items()],
        notes=["The tools are listed from a file and come in with the first call, everything else behind the answers."],
    )


def answers(command: Command, *questions: Mapping[str, object], pause_s: float = 0.0) -> list[float]:
    """Seconds until a fresh process has answered each question: since its start, then since each was asked.

    The last one is asked after a pause.
    """
    taken = []
    start = perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number, question in enumerate(questions):
            process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, **question}).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            taken.append(perf_counter() - start)
            assert json.loads(answer)["id"] == number, answer
            assert not json.loads(answer)["result"].get("isError"), answer
            if number == len(questions) - 2:
                time.sleep(pause_s)
            start = perf_counter()
        process.stdin.close()
        process.wait(timeout=30)
    return taken
