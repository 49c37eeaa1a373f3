"""Whole incidents replayed on one core, and what each event costs as incidents grow.

The incidents are made by the real service on a scripted target: full ones from detection to the closing, no two alike,
and a short and a long one to compare. An incident's events are those of its own stream. Reading the file, its seals and
the replay count together. They are replayed in a process of their own, as `flightrules replay` does: making the archive
leaves a heap behind that would slow them. The processor time of its one thread is taken; a busy machine still slows it,
since programs share caches and the two halves of a core. So the archive is replayed several times, and what the goal is
held against is the time that was least disturbed; the others are told beside it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from statistics import median
from time import process_time

from bench.measuring import Goal, Outcome, Row
from flightrules.replay.recording import recorded
from flightrules.replay.replay import replay
from flightrules.state.archive.sessions import read_session
from tests.service.house import build
from tests.service.pilot import fly, opened
from tests.service.replaying.scenes import ACTS

INCIDENTS = 200
GOAL_A_SECOND = 200
EVENTS = 60
"""Number of events that the goal counts as one incident."""
SHORT, LONG = 2, 40
"""Rounds of assessing and classifying again in incidents that are to be compared."""
PASSES = 5
"""Number of times that the archive is replayed."""
LINEAR = 1.5
"""So much more an event of the long incident may cost than one of the short."""


def bench() -> list[Outcome]:
    """Replay an archive, and incidents of two lengths."""
    archive, short, long = asyncio.run(_made())
    passes, each = _measured([*archive, short, long])
    events = median(read_session(text).head.events for text in archive)
    taken = min(passes, key=sum)
    rates = [len(one) / sum(one) for one in passes]
    told = f"{PASSES} passes over the archive: {', '.join(f'{rate:.0f}' for rate in rates)}"
    names = [f"incident of {events:.0f} events", f"{short.count(chr(10))} lines", f"{long.count(chr(10))} lines"]
    return [
        Outcome(
            title="Replay of recorded incidents on one core",
            rows=[Row(name=names[0], seconds=taken)],
            goals=[
                Goal(
                    name=f"incidents of {EVENTS} events a second",
                    value=max(rates) * events / EVENTS,
                    limit=GOAL_A_SECOND,
                    at_most=False,
                    unit="a second",
                ),
                Goal(name=f"an event: {names[2]} / {names[1]}", value=each[long] / each[short], limit=LINEAR),
            ],
            notes=[f"{told} incidents of {events:.0f} events a second; the fastest took {1000 * min(taken):.2f} ms."],
        )
    ]


async def _incident(number: int, *, rounds: int = 0) -> str:
    """One incident from detection to its closing, unlike the others in errors, times and a detour; as its file."""
    house = build()
    house.production.errors_per_service = 3 + number % 40
    house.clock.advance(number)
    incident = await opened(house)
    await ACTS["assess"](house, incident)
    house.production.errors_per_service = 0
    for _ in range(rounds):
        await ACTS["assess"](house, incident)
        await ACTS["raise"](house, incident)
    if number % 3 == 0:
        await ACTS["verify"](house, incident)  # refused: too early
    await fly(house, incident)
    text = await recorded(house.incidents, incident)
    await house.app.close()
    return text


async def _made() -> tuple[list[str], str, str]:
    archive = [await _incident(number) for number in range(INCIDENTS)]
    return archive, await _incident(0, rounds=SHORT), await _incident(0, rounds=LONG)


def _measured(texts: list[str]) -> tuple[list[list[float]], dict[str, float]]:
    """Seconds of each of the archive in each pass, and seconds an event of the last two."""
    command = [sys.executable, "-m", "bench.replay"]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    passes, least = json.loads(done.stdout)
    return passes, {text: best / text.count("\n") for text, best in zip(texts[-2:], least, strict=True)}


async def _replayed(texts: list[str]) -> tuple[list[list[float]], list[float]]:
    """Each of the archive once in each pass, the last two often."""
    *archive, short, long = texts
    await _timed(archive[0])  # imports and templates are paid once a process, not once an incident
    gc.freeze()  # as the command does
    passes = [[await _timed(text) for text in archive] for _ in range(PASSES)]
    return passes, [min([await _timed(text) for _ in range(15)]) for text in (short, long)]


async def _timed(text: str) -> float:
    start = process_time()
    verdict = await replay(read_session(text))
    assert verdict.word == "identical", verdict
    return process_time() - start


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_replayed(json.load(sys.stdin)))))
