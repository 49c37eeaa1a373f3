"""A rehearsal out of the records of host/rehearsal.sh.

Knows: its words. Must not know: what they come to.
"""

from __future__ import annotations

from typing import Any

from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.rehearsal import Kept, Rehearsal
from flightrules.state.untrusted import one_line

MOST_PATH = 400
MOST_WHY = 500
MOST_LISTED = 500

_PATCH = "patch"
_LISTS = ("blocked", "unfiltered", "absent", "unreached")
_WORDS = {"filter": "filters", **{word: word for word in _LISTS}}


def rehearsal(text: str) -> Rehearsal:
    """Return the rehearsal that the host printed.

    Raises `Unreadable`.
    """
    fields: dict[str, Any] = {name: [] for name in _WORDS.values()}
    kept: list[Kept] = []
    copied = 0
    for record in text.split("\0")[:-1]:
        word, _, rest = record.partition(" ")
        if word in _WORDS:
            fields[_WORDS[word]].append(one_line(rest, MOST_WHY))
        elif word == "kept":
            kept.append(_kept(rest))
        elif word == "elsewhere":
            copied += _whole(rest)
        elif word == "room":
            needed, _, free = rest.partition(" ")
            fields |= {"needed_kib": _whole(needed), "free_kib": _whole(free)}
        elif word in {"top", "base", "digest", "stranger"}:
            fields[word] = one_line(rest, MOST_PATH).strip()
        elif word != _PATCH:
            raise Unreadable(f"the rehearsal printed {one_line(record, 80)!r}")
    return Rehearsal.model_validate(fields | {"kept": kept[:MOST_LISTED], "copied_kib": copied})


def patch(text: str) -> str:
    """The changes made by hand that it shows."""
    records = (record.partition(" ") for record in text.split("\0"))
    return "".join(f"{rest}\n" for word, _, rest in records if word == _PATCH)


def _kept(rest: str) -> Kept:
    how, _, more = rest.partition(" ")
    kib, _, path = more.partition(" ")
    return Kept.model_validate({"how": how, "kib": _whole(kib), "path": one_line(path, MOST_PATH)})


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise Unreadable(f"the rehearsal counted {one_line(text, 40)!r}")
    return int(text)
