"""Keeps ports.Sessions in a small SQLite file of its own: who is signed in at the console, and by which link.

Knows: randomness, hashes and SQLite. Must not know: what a session may do.
The file holds hashes of cookies and of links, never these themselves.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from flightrules.errors import Unavailable
from flightrules.ports import Role, Session, SignedInBy

T = TypeVar("T")

SEEN_EVERY = timedelta(minutes=1)
"""Time between two notes of when a session was used last."""
MOST = 10
"""Sessions of one person; one more ends the oldest."""
PENDING = 1000
"""Challenges that wait for an answer at most; one more forgets the oldest."""
LONGEST_AGENT = 200

_TABLES = """
create table if not exists links (hash text primary key, name text not null, role text not null, until text not null);
create table if not exists sessions (
  hash text primary key, id text not null, name text not null, role text not null, by text not null,
  agent text not null, made text not null, until text not null, seen text not null);
create table if not exists people (name text primary key, handle blob not null);
"""


class SessionFile:
    """The sessions of the console, shared by the server and the command line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._challenges: dict[bytes, datetime] = {}

    async def link(self, name: str, role: Role, *, until: datetime) -> str:
        """Return a fresh one-time word that signs a person in."""
        token = secrets.token_urlsafe(32)
        values = (_hash(token), name, role, _text(until))
        await self._do(lambda db: db.execute("insert into links values (?, ?, ?, ?)", values))
        return token

    async def redeem(self, token: str, *, now: datetime) -> tuple[str, Role] | None:
        """Return the person and role of a one-time word, which is used up by it; None if it does not count."""

        def used(db: sqlite3.Connection) -> tuple[str, str, str] | None:
            db.execute("delete from links where until <= ?", (_text(now),))
            found: tuple[str, str, str] | None = db.execute(
                "delete from links where hash = ? returning name, role, until", (_hash(token),)
            ).fetchone()
            return found

        found = await self._do(used)
        return (found[0], Role(found[1])) if found else None

    async def begin(  # noqa: PLR0913 - what a session is, by name
        self, name: str, role: Role, by: SignedInBy, *, agent: str, now: datetime, until: datetime
    ) -> str:
        """Begin a session; returns the secret that its cookie holds."""
        secret = secrets.token_urlsafe(32)
        row = (_hash(secret), secrets.token_hex(4), name, role, by, agent[:LONGEST_AGENT])
        times = (_text(now), _text(until), _text(now))

        def begun(db: sqlite3.Connection) -> None:
            db.execute("delete from sessions where until <= ?", (_text(now),))
            db.execute("insert into sessions values (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *times))
            db.execute(
                "delete from sessions where name = ? and hash not in "
                "(select hash from sessions where name = ? order by made desc, rowid desc limit ?)",
                (name, name, MOST),
            )

        await self._do(begun)
        return secret

    async def find(self, secret: str, *, now: datetime) -> Session | None:
        """Return the session that a cookie's secret belongs to; None if it ended."""

        def found(db: sqlite3.Connection) -> Session | None:
            row = db.execute("select * from sessions where hash = ?", (_hash(secret),)).fetchone()
            session = _session(row) if row else None
            if session is None or session.until <= now:
                return None
            if now - session.seen >= SEEN_EVERY:
                db.execute("update sessions set seen = ? where hash = ?", (_text(now), _hash(secret)))
            return session

        return await self._do(found)

    async def all(self, *, now: datetime) -> tuple[Session, ...]:
        """Return all sessions that have not ended, newest first."""
        query = "select * from sessions where until > ? order by made desc, rowid desc"
        rows = await self._do(lambda db: db.execute(query, (_text(now),)).fetchall())
        return tuple(map(_session, rows))

    async def end(self, session: str) -> bool:
        """End a session by its id; False if there is none."""
        return await self._do(lambda db: db.execute("delete from sessions where id = ?", (session,)).rowcount > 0)

    async def handle(self, name: str) -> bytes:
        """Return the random user handle of a person, always the same: a new passkey takes the place of the old one."""

        def kept(db: sqlite3.Connection) -> bytes:
            db.execute("insert or ignore into people values (?, ?)", (name, secrets.token_bytes(32)))
            return bytes(db.execute("select handle from people where name = ?", (name,)).fetchone()[0])

        return await self._do(kept)

    def challenge(self, *, now: datetime, until: datetime) -> bytes:
        """Return a fresh random challenge, which counts once and until then."""
        self._challenges = {word: end for word, end in self._challenges.items() if end > now}
        while len(self._challenges) >= PENDING:
            del self._challenges[next(iter(self._challenges))]
        word = secrets.token_bytes(32)
        self._challenges[word] = until
        return word

    def spend(self, challenge: bytes, *, now: datetime) -> bool:
        """Return True if this challenge was given out and counts; it does not count again."""
        until = self._challenges.pop(challenge, None)
        return until is not None and until > now

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.to_thread(self._once, work)
        except (OSError, sqlite3.Error) as error:
            what, why = f"file of console sessions {self._path}", f"it cannot be used ({error})."
            raise Unavailable(what, why, "Let the server's account write it and its folder.") from error

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        with closing(sqlite3.connect(self._path, timeout=5.0)) as db, db:
            db.executescript(_TABLES)
            return work(db)


def _session(row: tuple[str, ...]) -> Session:
    _, session, name, role, by, agent, made, until, seen = row
    at = datetime.fromisoformat
    return Session.model_validate(
        {
            "id": session,
            "name": name,
            "role": Role(role),
            "by": by,
            "agent": agent,
            "made": at(made),
            "until": at(until),
            "seen": at(seen),
        }
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
