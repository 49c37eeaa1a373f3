"""Leases between real processes on one file; the time is what each is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TAKE = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.testing.clock import START

async def main(path, holder, at):
    store = SqliteStore(Path(path), busy_s=30, now=lambda: START + timedelta(seconds=at))
    await store.streams()
    print("ready", flush=True)
    sys.stdin.readline()
    print(await store.take("watch", holder, for_s=60), flush=True)
    sys.stdin.readline()

asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
"""


class Taker:
    """A process that takes the lease when it is let go, and stays alive."""

    def __init__(self, path: Path, holder: str, at: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE, str(path), holder, str(at)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.requirement("MON-once")
def test_of_processes_that_take_at_once_one_gets_it(tmp_path: Path) -> None:
    takers = [Taker(tmp_path / "log.db", f"holder-{n}", 0) for n in range(4)]
    try:
        assert [taker.says() for taker in takers] == ["ready"] * 4
        for taker in takers:
            taker.go()
        assert sorted(taker.says() for taker in takers) == ["False", "False", "False", "True"]
    finally:
        for taker in takers:
            taker.end()


@pytest.mark.requirement("MON-once")
@pytest.mark.parametrize(("seconds", "gets"), [(59, "False"), (60, "True")])
def test_a_process_that_was_killed_is_succeeded_once_its_time_is_over(
    tmp_path: Path, seconds: float, gets: str
) -> None:
    for holder, at, wanted in (("killed", 0.0, "True"), ("heir", seconds, gets)):
        taker = Taker(tmp_path / "log.db", holder, at)
        try:
            assert taker.says() == "ready"
            taker.go()
            assert taker.says() == wanted
        finally:
            taker.end()
