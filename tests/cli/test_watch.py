"""`flightrules watch`, as cron and a service manager run it; the hosts of these settings cannot be reached."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.cli import main
from flightrules.state import events as e
from flightrules.state.vocabulary import Phase
from tests.cli.stage import SETTINGS, Stage
from tests.server.process import environment
from tests.service.house import House
from tests.service.pilot import fly, opened

Capture = pytest.CaptureFixture[str]


def monitored(at: Stage, *, ago: timedelta) -> str:
    """An incident that was found restored so long ago, by the clock of the machine."""

    async def flown(house: House) -> str:
        house.clock._now = datetime.now(UTC) - ago - timedelta(seconds=60)
        incident = await opened(house)
        await fly(house, incident, until=Phase.VERIFYING)
        house.clock._now = datetime.now(UTC) - ago
        await fly(house, incident, until=Phase.MONITORING)
        return incident

    return at.run(flown)


def kinds(at: Stage, incident: str) -> list[str]:
    return [r.kind for r in at.records(incident) if r.kind.startswith(("monitoring", "recurrence"))]


def test_without_an_incident_there_is_nothing_to_watch(at: Stage, capsys: Capture) -> None:
    assert at.log.parent.exists()
    assert main(["watch", "--once"]) == 0
    assert capsys.readouterr().out == "no incident is open\n"


@pytest.mark.requirement("MON-inconclusive")
def test_a_round_records_a_check_that_could_not_see_and_says_so(at: Stage, capsys: Capture) -> None:
    incident = monitored(at, ago=timedelta(seconds=70))
    assert main(["watch", "--once"]) == 0
    said = capsys.readouterr()
    assert f"{incident} shop: monitoring; 0 ok, 1 inconclusive, 0 missed" in said.out
    assert kinds(at, incident) == ["monitoring_checked"]
    assert main(["watch", "--once"]) == 0
    assert kinds(at, incident) == ["monitoring_checked"], "the next check is not due yet"


@pytest.mark.requirement("MON-missed")
def test_a_watch_that_nobody_kept_is_one_event_of_misses(at: Stage, capsys: Capture) -> None:
    incident = monitored(at, ago=timedelta(hours=30))
    assert main(["watch", "--once"]) == 0
    assert "0 ok, 0 inconclusive, 108 missed; no check yet; over" in capsys.readouterr().out
    assert kinds(at, incident) == ["monitoring_missed"]
    assert main(["status", incident]) == 0
    assert "monitoring: 0 ok, 0 inconclusive, 108 missed" in capsys.readouterr().out


@pytest.mark.requirement("MON-once")
def test_while_another_process_watches_a_round_does_nothing(at: Stage, capsys: Capture) -> None:
    incident = monitored(at, ago=timedelta(hours=30))

    async def held() -> None:
        store = SqliteStore(at.log)
        assert await store.take("watch", "another", for_s=300)
        await store.close()

    asyncio.run(held())
    assert main(["watch", "--once"]) == 0
    assert capsys.readouterr().out == "another process watches\n"
    assert kinds(at, incident) == []


@pytest.mark.requirement("MON-for-all")
def test_an_incident_of_a_target_that_is_gone_from_the_settings_fails_the_round_and_is_named(
    at: Stage, capsys: Capture
) -> None:
    incident = monitored(at, ago=timedelta(minutes=2))
    (at.folder / "flightrules.toml").write_text(SETTINGS.replace('name = "shop"', 'name = "blog"'))
    assert main(["watch", "--once"]) == 1
    assert f"failed: {incident}: There is no target 'shop'." in capsys.readouterr().err


@pytest.mark.requirement("MON-closed-early")
def test_who_closes_early_reads_what_was_not_watched(at: Stage, capsys: Capture) -> None:
    incident = monitored(at, ago=timedelta(minutes=2))
    at.let_scripts()
    assert main(["close", incident, "--reason", "the service is switched off", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "not watched: 30 logs checks until" in said
    assert "48 recurrence checks until" in said


def watcher(at: Stage, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flightrules.cli", "watch", *words],
        cwd=at.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def holders(log: Path) -> list[str]:
    """Return the holders of all leases."""
    return [holder for _, holder in leases(log)]


def leases(log: Path) -> list[tuple[str, str]]:
    """Each lease and its holder, of a log that may not be there yet."""
    connection = sqlite3.connect(log)
    try:
        made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'leases'").fetchall()
        return connection.execute("SELECT name, holder FROM leases").fetchall() if made else []
    finally:
        connection.close()


@pytest.mark.requirement("MON-once")
def test_processes_that_watch_at_once_record_each_check_once(at: Stage) -> None:
    incident = monitored(at, ago=timedelta(hours=3, seconds=30))
    processes = [watcher(at, "--once") for _ in range(3)]
    try:
        ended = [process.communicate(timeout=60) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0, 0], ended
    assert kinds(at, incident) == ["monitoring_missed", "monitoring_checked"]
    assert holders(at.log) == []


def followers(log: Path) -> list[str]:
    """Return the names of all that follow a rollback, as the leases have it."""
    return [holder for name, holder in leases(log) if name.startswith("rollback:")]


@pytest.mark.requirement("PEER-crash-between", "MON-survives")
def test_a_watch_takes_up_a_rollback_whose_server_went_away_and_after_a_kill_another_goes_on_at_once(
    at: Stage,
) -> None:
    at.incident(Phase.ROLLING_BACK)
    found: list[str] = []
    for last in (False, True):
        with watcher(at) as process:
            try:
                while followers(at.log) in ([], found):
                    assert process.poll() is None
                found = followers(at.log)
                process.send_signal(signal.SIGTERM if last else signal.SIGKILL)
                _, said = process.communicate(timeout=30)
            finally:
                process.kill()
        assert process.returncode == (0 if last else -signal.SIGKILL)
        assert "Traceback" not in said
    assert leases(at.log) == []


@pytest.mark.requirement("MON-once", "MON-survives")
def test_a_watcher_that_is_stopped_lets_go_and_one_that_is_killed_does_not(at: Stage) -> None:
    incident = monitored(at, ago=timedelta(minutes=3))
    for number, kind in enumerate((signal.SIGTERM, signal.SIGKILL)):
        process = watcher(at)
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == "flightrules: watching shop\n"
            # The check is recorded a while after the lease was taken: hosts are asked in between.
            first = process.stderr.readline() if number == 0 else ""
            assert "missed" in first or number
            if number:
                while not holders(at.log):
                    assert process.poll() is None
            process.send_signal(kind)
            process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == (0 if kind is signal.SIGTERM else -signal.SIGKILL)
        assert len(holders(at.log)) == number
    missed = [e.event_of(r.kind, r.data) for r in at.records(incident) if r.kind == "monitoring_missed"]
    assert len(missed) == 1
