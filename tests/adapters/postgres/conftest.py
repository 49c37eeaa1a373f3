"""A PostgreSQL server of one's own for the tests of a worker, and a fresh schema for each test.

POSTGRES=required makes the tests fail, not skip, where there is none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import pytest

from flightrules.adapters.postgres.migrating import migrate
from sandbox.postgres import Cluster, cluster, obstacle

ROLE = "flightrules_server"
TABLES: LiteralString = "flightrules.events, flightrules.words, flightrules.leases"


@dataclass(frozen=True)
class Database:
    """A database with an empty log."""

    server: Cluster
    name: str
    superuser: psycopg.Connection

    @property
    def owner(self) -> str:
        """The address for the role that owns the tables."""
        return self.server.url(self.name)

    @property
    def url(self) -> str:
        """The address for the server's role."""
        return self.server.url(self.name, ROLE)

    def sql(self, statement: LiteralString) -> list[tuple[Any, ...]]:
        """Run a statement as the owner, and return its rows."""
        done = self.superuser.execute(statement)
        return done.fetchall() if done.description else []


def needs_postgres() -> None:
    """Skip a test where there is no PostgreSQL, or fail it where one is required."""
    if why_not := obstacle():
        (pytest.fail if os.environ.get("POSTGRES") == "required" else pytest.skip)(why_not)


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """The server, which loses nothing by a kill but may by a power cut: nobody waits for this machine's disk."""
    needs_postgres()
    with cluster({"fsync": "off"}) as server:
        server.psql(f"CREATE ROLE {ROLE} LOGIN")
        yield server


@pytest.fixture(scope="session")
def migrated(server: Cluster) -> Iterator[Database]:
    """A database with the schema."""
    server.psql("CREATE DATABASE incidents")
    migrate(server.url("incidents"), role=ROLE)
    with psycopg.connect(server.url("incidents"), autocommit=True) as superuser:
        yield Database(server, "incidents", superuser)


@pytest.fixture
def database(migrated: Database) -> Database:
    """The same with an empty log."""
    migrated.sql("SET session_replication_role = replica")  # the trigger that keeps events would refuse it
    migrated.sql(f"TRUNCATE {TABLES} RESTART IDENTITY")
    migrated.sql("RESET session_replication_role")
    return migrated
