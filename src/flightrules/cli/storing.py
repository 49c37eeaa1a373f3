"""`flightrules store`: the schema of a log on PostgreSQL.

Knows: the settings' address and that of the schema's owner. Must not know: any table.
"""

from __future__ import annotations

import argparse

from flightrules.adapters.secrets import secret_of
from flightrules.cli.located import settings_of
from flightrules.errors import Refused, Unavailable
from flightrules.state.words import listed


def run(arguments: argparse.Namespace) -> int:
    """Run the asked action."""
    return {"migrate": _migrate}[arguments.action](arguments)


def _migrate(arguments: argparse.Namespace) -> int:
    """Apply the migrations that are missing, and say which."""
    try:
        from flightrules.adapters.postgres.migrating import migrate
    except ImportError as missing:
        raise Unavailable("PostgreSQL", "psycopg is not installed.", "pip install 'flightrules[postgres]'") from missing
    url, password = _owner(arguments)
    done = migrate(url, password, role=arguments.role, post=arguments.post)
    print(f"applied: {listed(done)}" if done else "nothing to apply")
    if arguments.role:
        print(f"{arguments.role} may read and insert events")
    return 0


def _owner(arguments: argparse.Namespace) -> tuple[str, str]:
    """Return address and password of the owner; where none is named, those of the settings."""
    if arguments.url:
        return arguments.url, secret_of(arguments.password) if arguments.password else ""
    store = settings_of(arguments).store
    if store.url is None:
        raise Refused("no_database", "The log is an SQLite file, which migrates itself.", "Name a database with --url.")
    place = arguments.password or store.password
    return store.url, secret_of(place) if place else ""
