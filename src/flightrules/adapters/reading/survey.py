"""A survey out of the records of host/survey.sh.

Knows: which records make up which field. Must not know: how they were collected or what a plan makes of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flightrules.adapters.programs import SENT
from flightrules.adapters.reading import git, system
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.rehearsal import patch, rehearsal
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.adapters.runtimes.known import on_host
from flightrules.state.migrations import MigrationPlaces, places_of
from flightrules.state.operation import ReleaseTold, Survey
from flightrules.state.target import Target
from flightrules.state.untrusted import clean, one_line

MOST_PATCH = 65_536
MOST_WHY = 500


def survey(target: Target, host: str, release: str, records: Records, *, sent_at: datetime) -> Survey:
    """Return what the host showed.

    Raises `Unreadable` if something that every plan needs is not there.
    """
    head, branch = git.head(records.text("head"))
    known = records.frames.get("release")
    if known is None:
        raise Unreadable(records.missing)
    present = known.status == 0
    fields: dict[str, Any] = {
        "host": host,
        "head": head,
        "branch": branch,
        "dirty": git.dirty(records.text("dirty")),
        "release_present": present,
        "fetched": present and known.text.strip() == "fetched",
        "changed_paths": git.paths(records.text("paths")) if present else (),
        "told": _told(records) if present else (),
        "submodules": present and records.text("submodules").strip() == "yes",
        "migrations": _migrations(target, records) if present else None,
        "nothing_arrives": records.text("arrived").encode() != SENT,
        "read_at": sent_at,
        "clock_skew_s": round((system.clock(records.text("clock")) - sent_at).total_seconds(), 1),
    } | _lock(records)
    if present:
        text = records.text("rehearsal")
        fields |= {"rehearsal": rehearsal(text), "dirty_patch": clean(patch(text), MOST_PATCH)}
    return Survey(**fields, **on_host(target.runtime).surveyed(target, host, release, records, fields))


def _told(records: Records) -> tuple[ReleaseTold, ...]:
    """Return what the commits tell; empty if they could not be read, since nothing rests on it."""
    try:
        return git.releases(records.text("described"))
    except Unreadable:
        return ()


def _migrations(target: Target, records: Records) -> MigrationPlaces | None:
    """Return the places of migrations; None if they could not be read, or not completely."""
    frame = records.frames.get("places")
    if frame is None or frame.status != 0 or not frame.out.endswith(b"\0"):
        return None
    return places_of(target.migrations, git.paths(frame.text))


def _lock(records: Records) -> dict[str, Any]:
    state, _, holder = records.text("lock").partition("\n")
    if state not in {"held", "free"}:
        raise Unreadable("the state of the lock was not printed")
    held = state == "held"
    unnamed = "an operation that has not said its name yet" if held else ""
    return {"lock_alive": held, "lock_holder": one_line(holder, MOST_WHY) or unnamed}
