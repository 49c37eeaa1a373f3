"""Witnesses of the log: told after each event, never waited for, and their silence is on record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from flightrules.errors import Unavailable
from flightrules.service import telling
from flightrules.service.checkup.trying import witness_rows
from flightrules.service.witnessing import WitnessedStore
from flightrules.state.archive.witness import Witnessed, missing
from flightrules.state.vocabulary import Phase
from flightrules.testing import ManualClock
from tests.service.house import House, build
from tests.service.pilot import call, fly, opened, whole

pytestmark = pytest.mark.anyio


class Heard:
    """A witness in memory that can be made deaf or slow."""

    name = "memory"

    def __init__(self) -> None:
        self.heads: list[Witnessed] = []
        self.deaf = ""
        self.stuck = False
        self.closed = False

    async def tell(self, heads: Sequence[Witnessed]) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        if self.deaf:
            raise Unavailable(self.name, self.deaf, "Mend it.")
        self.heads += heads

    async def lines(self) -> str | None:
        return "".join(head.line for head in self.heads)

    async def close(self) -> None:
        self.closed = True


def witnessed(heard: Heard, clock: ManualClock | None = None) -> House:
    house = build()
    return house.restarted(WitnessedStore(house.store, [heard], clock or house.clock))


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.requirement("LOG-witness")
async def test_every_stream_s_newest_event_is_told_and_the_log_has_what_was_told() -> None:
    heard = Heard()
    house = witnessed(heard)
    incident = await opened(house)
    await fly(house, incident)
    await settled()
    for stream in await house.store.streams():
        records = await house.store.load(stream)
        mine = [head for head in heard.heads if head.stream == stream]
        assert mine[-1].hash == records[-1].hash
        assert missing(records, mine) is None


@pytest.mark.requirement("LOG-witness-never-blocks")
@pytest.mark.parametrize("trouble", ["deaf", "stuck"])
async def test_a_witness_that_fails_or_hangs_stops_no_incident(trouble: str) -> None:
    heard = Heard()
    heard.deaf, heard.stuck = ("the disk is full", False) if trouble == "deaf" else ("", True)
    house = witnessed(heard, ManualClock())
    incident = await opened(house)
    await fly(house, incident)
    await whole(house, incident)


@pytest.mark.requirement("LOG-witness-never-blocks")
async def test_its_silence_is_recorded_once_shown_and_made_good_when_it_hears_again() -> None:
    heard, clock = Heard(), ManualClock()
    heard.deaf = "the disk is full"
    house = witnessed(heard, clock)
    incident = await opened(house)
    await fly(house, incident, until=Phase.CLASSIFIED)
    await settled()
    kinds = [record.kind for record in await house.store.load("server")]
    assert kinds.count("witness_failed") == 1
    told = (await telling.status(house.incidents, call("incident_status"))).says
    assert "The witness memory got nothing since 2026-01-05 09:00 UTC: memory: the disk is full" in told
    heard.deaf = ""
    clock.advance(60)
    await settled()
    assert [record.kind for record in await house.store.load("server")].count("witness_restored") == 1
    newest = (await house.store.load(incident))[-1].hash
    assert newest in {head.hash for head in heard.heads}
    assert "witness" not in (await telling.status(house.incidents, call("incident_status"))).says
    await house.app.close()


async def test_another_process_knows_that_a_witness_failed_and_records_that_it_hears_again() -> None:
    heard = Heard()
    heard.deaf = "the disk is full"
    first = witnessed(heard, ManualClock())
    await opened(first)
    await settled()
    heard.deaf = ""
    second = WitnessedStore(first.store, [heard], ManualClock())
    await fly(first.restarted(second), (await first.store.streams("INC-"))[0], until=Phase.ASSESSED)
    await settled()
    assert [record.kind for record in await first.store.load("server")][-1] == "witness_restored"


async def test_what_was_not_told_is_told_when_the_log_is_closed() -> None:
    heard = Heard()
    heard.deaf = "away"
    house = witnessed(heard, ManualClock())
    await opened(house)
    await settled()
    heard.deaf = ""
    await house.app.close()
    assert heard.heads
    assert heard.closed


@pytest.mark.requirement("LOG-witness-never-blocks")
async def test_the_doctor_tries_every_witness() -> None:
    heard = Heard()
    house = witnessed(heard, ManualClock())
    (good,) = await witness_rows(house.incidents, lambda _name: False)
    (near,) = await witness_rows(house.incidents, lambda _name: True)
    heard.deaf = "the disk is full"
    (bad,) = await witness_rows(house.incidents, lambda _name: False)
    assert (good.state, near.state, bad.state) == ("ok", "warn", "FAIL")
    assert "on the log's own disk" in near.saw
    assert "the disk is full" in bad.saw
    assert await witness_rows(build().incidents, lambda _name: False) == []
