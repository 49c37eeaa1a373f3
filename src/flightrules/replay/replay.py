"""Replaying one session, and what comes of it.

Knows: how a replay ends. Must not know: how it is made.
"""

from __future__ import annotations

from flightrules.errors import Defect
from flightrules.replay.cursor import (
    Diverged,
    LogCursor,
    Missing,
)
from flightrules.replay.under_way import Replaying
from flightrules.state import events as e
from flightrules.state.archive.replays import ReplayDifference, ReplayVerdict, verdict_of
from flightrules.state.archive.sessions import Session


async def replay(session: Session) -> ReplayVerdict:
    """Replay a session, and say what came of it."""
    if session.head.flightrules.startswith(OLDER_RULES):
        return _not_replayable(session, 0, _OLDER.format(session.head.flightrules))
    if any(record.kind == e.CallReceived.kind and record.data.get("read") is None for record in session.records):
        return _not_replayable(session, 0, _UNREAD)
    return await _replayed(session)


OLDER_RULES = "0.1."
"""Versions whose rules differ in ways that a replay cannot take back: severity, channels, plans and public words."""

_OLDER = (
    "version {} recorded it, whose rules differ from those of today; it can be read, checked and reported as before, "
    "and replayed by that version"
)

_UNREAD = (
    "a version before 0.2.0 was released recorded some of its calls, without what they had read of the log; it can be "
    "read, checked and reported as before"
)

UNLIKE = (KeyError, TypeError, AttributeError, ValueError)
"""Errors that come of a record that no version wrote: somebody changed the file, and its seals too."""


async def _replayed(session: Session) -> ReplayVerdict:
    try:
        replaying = Replaying(LogCursor(session))
    except (Defect, *UNLIKE) as wrong:
        return _not_replayable(session, 0, _unlike(wrong))
    cursor, found = replaying.cursor, list[ReplayDifference]()
    try:
        await replaying.run()
    except Diverged as other:
        found.append(other.difference)
    except (Missing, Defect, *UNLIKE) as wrong:
        return _not_replayable(session, cursor.place, _unlike(wrong))
    finally:
        await replaying.stop()
    verdict = verdict_of(session, [*found, *cursor.free])
    return verdict.model_copy(update={"taken": tuple(cursor.taken)})


def _not_replayable(session: Session, events: int, reason: str) -> ReplayVerdict:
    return ReplayVerdict(word="not_replayable", incident=session.head.incident, events=events, reason=reason)


def _unlike(wrong: Exception) -> str:
    return str(wrong) if isinstance(wrong, Missing | Defect) else f"it holds what no version wrote: {wrong!r}"[:400]
