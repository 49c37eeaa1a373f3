"""Replaying one session: as often as it takes, and what comes of it.

Knows: how a replay ends. Must not know: how it is made.
"""

from __future__ import annotations

from functools import partial

from flightrules.errors import Defect
from flightrules.service.replaying.overtaken import Attempt, Starts, explained
from flightrules.service.replaying.track import (
    Diverged,
    Missing,
    Track,
)
from flightrules.service.replaying.under_way import Replaying
from flightrules.state.archive.replays import Difference, Verdict, verdict_of
from flightrules.state.archive.sessions import Session


async def replay(session: Session) -> Verdict:
    """Replay a session, and say what came of it."""
    return (await replayed(session)).verdict


async def replayed(session: Session) -> Attempt:
    """Replay a session as often as it takes to find where its calls began that others overtook."""
    if session.head.flightrules.startswith(OLDER_RULES):
        return Attempt(_not_replayable(session, 0, _OLDER.format(session.head.flightrules)), 0, {})
    first = await _attempt(session, {})
    if first.verdict.word == "identical" or session.unsealed or not first.place:
        return first
    return await explained(Track(session), first, partial(_attempt, session))


OLDER_RULES = "0.1."
"""Versions whose rules differ in ways that a replay cannot take back: severity, channels, plans and public words."""

_OLDER = (
    "version {} recorded it, whose rules differ from those of today; it can be read, checked and reported as before, "
    "and replayed by that version"
)

UNLIKE = (KeyError, TypeError, AttributeError, ValueError)
"""What comes of a record that no version wrote: somebody changed the file, and its seals too."""


async def _attempt(session: Session, starts: Starts) -> Attempt:
    """Replay a session once, with some of its calls begun where that says."""
    try:
        replaying = Replaying(Track(session), starts)
    except (Defect, *UNLIKE) as wrong:
        return Attempt(_not_replayable(session, 0, _unlike(wrong)), 0, starts)
    track, found = replaying.track, list[Difference]()
    try:
        await replaying.run()
    except Diverged as other:
        found.append(other.difference)
    except (Missing, Defect, *UNLIKE) as wrong:
        return Attempt(_not_replayable(session, track.place, _unlike(wrong)), track.place, starts)
    finally:
        await replaying.stop()
    verdict = verdict_of(session, [*found, *track.free])
    return Attempt(verdict.model_copy(update={"taken": tuple(track.taken)}), track.place, starts)


def _not_replayable(session: Session, events: int, reason: str) -> Verdict:
    return Verdict(word="not_replayable", incident=session.head.incident, events=events, reason=reason)


def _unlike(wrong: Exception) -> str:
    return str(wrong) if isinstance(wrong, Missing | Defect) else f"it holds what no version wrote: {wrong!r}"[:400]
