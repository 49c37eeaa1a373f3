"""Parsing of what git prints.

Knows: rev-parse, status, log, diff and reflog as host/*.sh ask for them. Must not know: how they were run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import Commit, Deploy
from flightrules.state.masking.spans import MASK
from flightrules.state.operation import ReleaseTold
from flightrules.state.untrusted import lines_of, one_line

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PATH = 400
_SUBJECT = 200
_NAME = 100
_TAGS = 5
_STATUS_FIELDS = {"1": 8, "2": 9, "u": 10}
"""Number of fields before the path in `git status --porcelain=v2`."""


def head(text: str) -> tuple[str, str | None]:
    """The commit that is checked out, and its branch, None when HEAD is detached."""
    lines = lines_of(text)
    if not lines or not _SHA.fullmatch(lines[0]):
        raise Unreadable("git printed no commit id for HEAD")
    return lines[0], _branch(text.split("\n")[1]) if len(lines) > 1 else None


def _branch(name: str) -> str:
    """The name of a branch; what cannot be seen in it is written out, so that it is never taken for another's.

    Written out, a secret would no longer be recognised: a name that holds one stays masked.
    """
    seen = one_line(name, _PATH)
    masked = MASK in seen and MASK not in name
    return seen if seen == name or masked else one_line(name.encode("unicode_escape").decode(), _PATH)


def dirty(text: str) -> tuple[str, ...]:
    """The tracked files that differ from HEAD, of `git status --porcelain=v2 -z`."""
    found = []
    fields = iter(text.split("\0"))
    for entry in fields:
        if not entry:
            continue
        kind = entry[:1]
        words = entry.split(" ", _STATUS_FIELDS.get(kind, 0))
        if kind not in _STATUS_FIELDS or len(words) <= _STATUS_FIELDS[kind]:
            raise Unreadable(f"git status printed {one_line(entry, 80)!r}")
        if kind == "2":
            next(fields, None)  # the path it was renamed from
        found.append(one_line(words[-1], _PATH))
    return tuple(found)


def commits(text: str) -> tuple[Commit, ...]:
    """The commits, newest first."""
    return tuple(
        Commit(sha=sha, at=_at(at), subject=one_line(subject, _SUBJECT)) for sha, at, subject in _records(text)
    )


def releases(text: str) -> tuple[ReleaseTold, ...]:
    """Return what commits tell of themselves, as `git log` prints time, author, tags and subject."""
    found = []
    for sha, at, rest in _records(text):
        author, _, more = rest.partition("\x1f")
        names, _, subject = more.partition("\x1f")
        tags = [one_line(tag, _NAME) for name in names.split(", ") if (tag := name.removeprefix("tag: ")) != name]
        found.append(
            ReleaseTold(
                release=sha,
                at=_at(at),
                author=one_line(author, _NAME),
                subject=one_line(subject, _SUBJECT),
                tags=tuple(tags[:_TAGS]),
            )
        )
    return tuple(found)


def moves(text: str) -> tuple[Deploy, ...]:
    """Return when HEAD moved to which commit, newest first, from its reflog."""
    found = []
    for sha, selector, how in _records(text):
        at = re.search(r"@\{(.+)\}$", selector)
        if at is None:
            raise Unreadable(f"git reflog printed {one_line(selector, 80)!r}")
        found.append(Deploy(sha=sha, at=_at(at[1]), how=one_line(how, _SUBJECT)))
    return tuple(found)


def paths(text: str) -> tuple[str, ...]:
    """File names that end in NUL."""
    return tuple(one_line(path, _PATH) for path in text.split("\0") if path)


def _records(text: str) -> Iterable[tuple[str, str, str]]:
    for record in text.split("\0"):
        fields = record.strip("\n").split("\x1f", 2)
        if fields == [""]:
            continue
        if len(fields) != 3 or not _SHA.fullmatch(fields[0]):  # noqa: PLR2004
            raise Unreadable(f"git log printed {one_line(record, 80)!r}")
        yield fields[0], fields[1], fields[2]


def _at(text: str) -> datetime:
    """A moment in UTC, as everything that is told of it says; git prints it in the host's zone."""
    try:
        at = datetime.fromisoformat(text)
        in_utc = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"git printed no time: {one_line(text, 40)!r}") from error
    if at.tzinfo is None:
        raise Unreadable("git printed a time without a zone")
    return in_utc
