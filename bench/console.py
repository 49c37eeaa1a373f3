"""Server time of each page of the console for an incident of 10,000 events, with one new event before each page.

The console runs in this process on a log in memory, and is asked as an ASGI application: no network and no browser is
measured. The first page after a start reads the whole log, as every call does; it is told beside the others.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.measuring import Goal, Outcome, Row
from flightrules.ports import Write
from flightrules.state import events as e
from flightrules.state.log import Actor, Draft
from flightrules.state.vocabulary import ActorKind
from tests.console.room import Browser, Room, room

EVENTS = 10_000
ROUNDS = 20
LIMIT_S = 0.1
SERVER = Actor(kind=ActorKind.SYSTEM, name="flightrules", face="server")


def bench() -> list[Outcome]:
    """Ask for each page over and over."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        first, taken = asyncio.run(_measured(Path(folder)))
    rows = [Row(name=name, seconds=seconds) for name, seconds in taken.items()]
    goals = [
        Goal(name=f"{name}, median in ms", value=1000 * median(seconds), limit=1000 * LIMIT_S, unit="ms")
        for name, seconds in taken.items()
    ]
    note = f"The first page after a start, which reads all {EVENTS} events: {first:.1f} s."
    return [Outcome(title=f"Pages of the console, {EVENTS} events", rows=rows, goals=goals, notes=[note])]


async def _measured(folder: Path) -> tuple[float, dict[str, list[float]]]:
    async with room(folder) as made:
        incident = await made.planned()
        await _grown(made, incident)
        browser = await made.visitor()
        made.house.incidents.forget(incident)
        first = await _asked(browser, f"/incidents/{incident}")
        here = f"/incidents/{incident}"
        pages = {
            "board": "/",
            "incident": here,
            "incident, an older page": f"{here}?until=500",
            "incident, decisions only": f"{here}?decisions",
            "evidence": f"{here}/evidence/E1",
            "event": f"{here}/events/5000",
            "history": "/history",
            "status": "/status",
        }
        taken: dict[str, list[float]] = {name: [] for name in pages}
        for number in range(ROUNDS):
            for name, path in pages.items():
                await made.house.store.append(Write(incident, None, [_draft(made, number)]))
                taken[name].append(await _asked(browser, path))
        return first, taken


async def _grown(made: Room, incident: str) -> None:
    """Let the log grow to its length, by what a long incident has most of: evidence, looks and messages."""
    records = await made.house.store.load(incident)
    found = [record for record in records if record.kind == e.EvidenceRecorded.kind]
    while len(await made.house.store.load(incident)) < EVENTS:
        evidence = [
            e.event_as(e.EvidenceRecorded, record).draft(at=made.house.clock.now(), actor=SERVER, call="")
            for record in found
        ]
        more = [draft for _ in range(50) for draft in (*evidence, _draft(made, 0))]
        await made.house.store.append(Write(incident, None, more))


def _draft(made: Room, number: int) -> Draft:
    said = e.Acknowledged(by="ada", says=f"looking, {number}")
    return said.draft(at=made.house.clock.now(), actor=SERVER, call="")


async def _asked(browser: Browser, path: str) -> float:
    start = perf_counter()
    answer = await browser.get(path)
    taken = perf_counter() - start
    assert answer.is_success, path
    return taken
