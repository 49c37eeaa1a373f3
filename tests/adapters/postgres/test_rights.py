"""Rights of the server's role, and of an owner by accident: nobody changes the log by its table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import LiteralString

import psycopg
import pytest

from flightrules.adapters.postgres.store import PostgresStore
from flightrules.ports import Write
from tests.adapters.postgres.conftest import Database
from tests.adapters.store_contract import draft

EVENT: LiteralString = (
    "INSERT INTO flightrules.events (stream, version, kind, at, actor, call, data, previous, hash) "
    "VALUES ('a', {}, 'k', '', '', '', '', {}, 'made up')"
)


@pytest.fixture
async def role(database: Database) -> AsyncIterator[psycopg.Connection]:
    """A connection as the server's role, to a log with one event."""
    store = PostgresStore(database.url)
    await store.append(Write("a", 0, [draft()]))
    await store.close()
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield connection


@pytest.mark.anyio
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE flightrules.events SET data = '{}'",
        "DELETE FROM flightrules.events",
        "TRUNCATE flightrules.events",
        "DROP TABLE flightrules.events",
        "ALTER TABLE flightrules.events DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE TABLE flightrules.mine (a int)",
        "INSERT INTO flightrules.migrations (name) VALUES ('9999_post_mine')",
    ],
)
async def test_the_servers_role_only_reads_and_inserts(role: psycopg.Connection, statement: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute(statement)


@pytest.mark.anyio
@pytest.mark.parametrize(("version", "previous"), [("2", "repeat('0', 64)"), ("3", "'made up'"), ("1", "'made up'")])
async def test_an_event_that_does_not_follow_the_one_before_it_is_refused(
    role: psycopg.Connection, version: LiteralString, previous: LiteralString
) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="does not follow"):
        role.execute(EVENT.format(version, previous))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "statement",
    ["UPDATE flightrules.events SET data = ''", "DELETE FROM flightrules.events", "TRUNCATE flightrules.events"],
)
async def test_the_owner_changes_no_event_by_accident(database: Database, statement: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changed"):
        database.sql(statement)
