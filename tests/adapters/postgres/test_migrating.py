"""The schema: made once by its owner, and held against the version of a server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flightrules.adapters.postgres.migrating import migrate
from flightrules.adapters.postgres.sql import migrations
from flightrules.adapters.postgres.store import PostgresStore
from flightrules.cli import main
from flightrules.errors import Refused, Unavailable
from sandbox.postgres import Cluster

pytestmark = pytest.mark.anyio


@pytest.fixture
def empty(server: Cluster) -> Iterator[str]:
    """The address of a database without the schema."""
    server.psql("CREATE DATABASE fresh STRATEGY wal_log")
    yield server.url("fresh")
    server.psql("DROP DATABASE fresh WITH (FORCE)")


async def asked(url: str) -> list[str]:
    """Ask a log for its streams."""
    store = PostgresStore(url)
    try:
        return await store.streams()
    finally:
        await store.close()


async def test_a_database_without_the_schema_names_the_command_that_makes_it(empty: str) -> None:
    with pytest.raises(Unavailable, match="flightrules store migrate"):
        await asked(empty)


async def test_of_several_that_migrate_at_once_each_migration_is_applied_once(empty: str) -> None:
    with ThreadPoolExecutor(4) as several:
        done = list(several.map(migrate, [empty] * 4))
    assert sorted(done)[:3] == [[], [], []]
    assert max(done) == list(migrations())
    assert await asked(empty) == []


async def test_a_newer_schema_is_used_if_it_only_adds_and_refused_if_it_takes_away(empty: str, server: Cluster) -> None:
    migrate(empty)
    server.psql("INSERT INTO flightrules.migrations (name) VALUES ('9998_pre_more')", "fresh")
    assert await asked(empty) == []
    server.psql("INSERT INTO flightrules.migrations (name) VALUES ('9999_post_less')", "fresh")
    with pytest.raises(Unavailable, match=r"9999_post_less.*Upgrade flightrules"):
        await asked(empty)


def test_the_command_migrates_and_gives_a_role_its_rights(
    empty: str, server: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "migrate", "--url", empty, "--role", "flightrules_server"]) == 0
    assert capsys.readouterr().out == "applied: 0001_pre_log\nflightrules_server may read and insert events\n"
    assert main(["store", "migrate", "--url", empty]) == 0
    assert capsys.readouterr().out == "nothing to apply\n"
    assert (
        server.psql("SELECT has_table_privilege('flightrules_server', 'flightrules.events', 'DELETE')", "fresh") == "f"
    )


def test_a_file_has_no_schema_to_migrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.resources import files

    (tmp_path / "flightrules.toml").write_text(files("flightrules").joinpath("templates/flightrules.toml").read_text())
    monkeypatch.chdir(tmp_path)
    assert main(["store", "migrate"]) == 1


async def test_a_password_in_the_address_is_refused() -> None:
    with pytest.raises(Refused, match="password"):
        await asked("postgresql://somebody:secret@db.example/log")
