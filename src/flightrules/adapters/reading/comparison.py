"""A comparison of two releases out of the records of host/compare.sh.

Knows: how git prints what differs. Must not know: how it was asked, nor what a difference means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from flightrules.adapters.reading import git
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.comparison import configuration_files, dependency_files, is_migration
from flightrules.state.evidence import Comparison, FileChange
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line

MOST_FILES = 200
MOST_NAMED = 50
"""Number of files of a kind, or names of settings, that are kept."""

COUNTED = ("files", "added", "removed")

_CHANGE = re.compile(r"(\d{1,12}|-)\t(\d{1,12}|-)\t(.+)", re.DOTALL)
_COUNTED = {name: re.compile(rf"(\d+) {word}") for name, word in zip(COUNTED, ("file", "ins", "del"), strict=True)}
_SETTING = re.compile(r"([+-])([A-Z_][A-Z0-9_]{2,99})")

Kind = Literal["added", "removed", "changed"]


def comparison(target: Target, good: str, bad: str, records: Records) -> Comparison:
    """Return the comparison of two releases that the host showed.

    Raises `Unreadable`.
    """
    records.get("both")
    counts = records.text("stat")
    changes = list(_changes(records.text("files")))
    paths = [change.path for change in changes]
    return Comparison(
        good=good,
        bad=bad,
        files_changed=_counted("files", counts),
        added=_counted("added", counts),
        removed=_counted("removed", counts),
        files=tuple(changes[:MOST_FILES]),
        configuration=configuration_files(paths)[:MOST_NAMED],
        dependencies=dependency_files(paths)[:MOST_NAMED],
        migrations=tuple(path for path in paths if is_migration(path, target))[:MOST_NAMED],
        settings=_settings(records.text("settings")),
        commits=git.commits(records.text("commits")),
        commits_count=_whole(records.text("count")),
    )


def _counted(what: str, text: str) -> int:
    found = _COUNTED[what].search(text)
    return int(found[1]) if found else 0


def _whole(text: str) -> int:
    if not text.strip().isdecimal():
        raise Unreadable(f"git counted {one_line(text, 40)!r} commits")
    return int(text)


def _changes(text: str) -> Iterable[FileChange]:
    """Of `git diff --numstat -z`; the last one may be cut off."""
    for entry in text.split("\0")[:-1]:
        found = _CHANGE.fullmatch(entry)
        if found is None:
            raise Unreadable(f"git diff printed {one_line(entry, 80)!r}")
        added, removed = (None if count == "-" else int(count) for count in found.group(1, 2))
        yield FileChange(path=one_line(found[3], 400), added=added, removed=removed)


def _settings(text: str) -> tuple[tuple[Kind, tuple[str, ...]], ...]:
    """A name on both sides was changed."""
    signs: dict[str, set[str]] = {}
    for sign, name in _SETTING.findall(text):
        signs.setdefault(name, set()).add(sign)
    kinds: tuple[tuple[Kind, set[str]], ...] = (("added", {"+"}), ("removed", {"-"}), ("changed", {"+", "-"}))
    named = ((kind, tuple(sorted(name for name, seen in signs.items() if seen == both))) for kind, both in kinds)
    return tuple((kind, names[:MOST_NAMED]) for kind, names in named if names)
