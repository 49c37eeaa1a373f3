"""Completes the address of a database: TLS verified, the primary wanted, a dead connection noticed.

Knows: libpq's parameters. Must not know: what is stored.
"""

from __future__ import annotations

from typing import Any

from psycopg import ProgrammingError, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from flightrules.errors import Refused

SYSTEM_ROOTS = 160000
"""The version of libpq from which on it knows the machine's own certificate authorities."""

DEFAULTS: dict[str, str | int] = {
    "application_name": "flightrules",
    "client_encoding": "UTF8",
    "connect_timeout": 5,
    "target_session_attrs": "read-write",
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}


def completed(url: str, password: str = "") -> str:
    """Return the connection string of an address. Raises `Refused` if it is not an address that libpq reads."""
    told = _parsed(url)
    wanted: dict[str, Any] = DEFAULTS | told
    if password:
        wanted["password"] = password
    if not on_this_machine(told):
        wanted.setdefault("sslmode", "verify-full")
    if wanted.get("sslmode") == "verify-full" and "sslrootcert" not in told and pq.version() >= SYSTEM_ROOTS:
        wanted["sslrootcert"] = "system"
    return make_conninfo(**wanted)


def on_this_machine(told: dict[str, str | int]) -> bool:
    """Return True if every host is a folder with a socket, over which there is no TLS."""
    hosts = str(told.get("host", "")).split(",")
    return all(host.startswith(("/", "@")) for host in hosts)


def shown(url: str) -> str:
    """Return hosts and database of an address, without user and password."""
    told = _parsed(url)
    return f"{told.get('host', 'local')}/{told.get('dbname', '')}"


def _parsed(url: str) -> dict[str, str | int]:
    try:
        told = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError as wrong:
        raise Refused(
            "store_url", "[store] url is not an address of PostgreSQL.", "Such as postgresql://HOST/DATABASE"
        ) from wrong
    if "password" in told:
        raise Refused(
            "store_password", "A password stands in the address of the log.", "Name its place: [store] password."
        )
    return told
