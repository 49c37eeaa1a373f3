"""Bearer tokens of the settings: made here, kept as hashes, compared without telling how close a guess was.

Knows: randomness and hashes. Must not know: what a caller may do with a scope.
A token holds 256 random bits, so a plain hash suffices: there is nothing to guess that a slow hash would slow down.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from flightrules.config.access import TokenTable
from flightrules.state.caller import Caller

PREFIX = "frt_"
"""Lets a scanner for secrets recognise one."""


def fresh() -> str:
    """A new token."""
    return PREFIX + secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return the hash of a token, which is what the settings keep of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


class StaticTokens:
    """Keeps ports.Callers with the tokens of the settings."""

    def __init__(self, tables: Sequence[TokenTable], *, granted: Sequence[str] = ()) -> None:
        self._tables = tuple(tables)
        self._granted = tuple(granted)

    async def whose(self, token: str) -> Caller | None:
        """Return the caller to whom a token belongs.

        All tokens are compared, each in constant time.
        """
        given = hashed(token)
        found = [table for table in self._tables if hmac.compare_digest(table.sha256, given)]
        return self._caller(found[0]) if found else None

    def _caller(self, table: TokenTable) -> Caller:
        return Caller(subject=table.name, client=table.name, scopes=frozenset(table.scopes), granted=self._granted)
