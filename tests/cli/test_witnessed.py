"""Witnesses of the settings, in sight of every command: the log that tells listeners must not hide them."""

from __future__ import annotations

import asyncio

import pytest

from flightrules.bootstrap import wire
from flightrules.cli import main
from flightrules.cli.acting import open_incident
from flightrules.config import load
from flightrules.service.witnessing import WitnessedStore
from flightrules.state.log import Recorded
from tests.cli.stage import Stage

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def witnessed(at: Stage) -> Stage:
    """A folder whose settings name a witness."""
    at.set('[witness]\nfile = "heads.jsonl"')
    return at


def test_what_a_command_writes_is_told_to_the_witness_and_verified_against_it(
    witnessed: Stage, capsys: Capture
) -> None:
    assert main(["open", "shop", "Everything answers 500"]) == 0
    told = (witnessed.folder / "heads.jsonl").read_text().splitlines()
    assert told
    capsys.readouterr()
    assert main(["log", "verify"]) == 0
    assert f"witness file heads.jsonl: {len(told)} heads" in capsys.readouterr().out.replace(f"{witnessed.folder}/", "")


def test_the_doctor_tells_the_witness_of_the_log(witnessed: Stage, capsys: Capture) -> None:
    main(["doctor"])
    assert "was told the newest event" in " ".join(capsys.readouterr().out.split())
    assert (witnessed.folder / "heads.jsonl").read_text()


def test_the_store_of_the_server_tells_listeners_and_witnesses(witnessed: Stage) -> None:
    heard: list[Recorded] = []

    async def work() -> str:
        app = wire(load(witnessed.config))
        try:
            app.listen(heard.append)
            assert isinstance(app.incidents.store, WitnessedStore)
            return (await open_incident(app, "shop", "Everything answers 500")).incident
        finally:
            await app.close()

    incident = asyncio.run(work())
    assert incident in {record.stream for record in heard}
    assert incident in (witnessed.folder / "heads.jsonl").read_text()
