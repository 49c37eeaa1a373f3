"""Makes the schema and brings it to this version, as the role that owns it.

Knows: migrations and rights. Must not know: what is stored.
"""

from __future__ import annotations

import psycopg
from psycopg.sql import SQL, Identifier

from flightrules.adapters.postgres import address
from flightrules.adapters.postgres.failures import explain
from flightrules.adapters.postgres.link import Connection
from flightrules.adapters.postgres.sql import migrations, queries

RIGHTS = (
    "GRANT USAGE ON SCHEMA flightrules TO {role}",
    "GRANT SELECT ON flightrules.migrations TO {role}",
    "GRANT SELECT, INSERT ON flightrules.events TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON flightrules.words, flightrules.leases TO {role}",
)
"""The rights of the server's role: it reads and inserts events, and never changes or removes one."""


def migrate(url: str, password: str = "", *, role: str = "", post: bool = False) -> list[str]:
    """Apply the migrations that are missing, in one transaction, and return their names.

    With `role` that role gets the server's rights. Migrations that older versions cannot live with are applied only
    with `post`, once no server of an older version runs. Raises `Unavailable`; nothing was changed then.
    """
    try:
        with psycopg.connect(address.completed(url, password), prepare_threshold=None) as connection:
            # Several that begin at once would make the same schema twice.
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('flightrules.migrations', 0))")
            applied = _applied(connection)
            fresh = [name for name in migrations() if name not in applied and (post or "_post_" not in name)]
            for name in fresh:
                connection.execute(migrations()[name])
                connection.execute("INSERT INTO flightrules.migrations (name) VALUES (%s)", [name])
            if role:
                for right in RIGHTS:
                    connection.execute(SQL(right).format(role=Identifier(role)))
            return fresh
    except psycopg.Error as error:
        raise explain(error, address.shown(url)) from error


def _applied(connection: Connection) -> set[str]:
    connection.execute("CREATE SCHEMA IF NOT EXISTS flightrules")
    if connection.execute("SELECT to_regclass('flightrules.migrations')").fetchone() == (None,):
        return set()
    return {str(name) for (name,) in connection.execute(queries()["migrated"])}
