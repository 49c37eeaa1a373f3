"""The work tree held against a release, out of the records of host/content.sh.

Knows: its words. Must not know: what follows from a difference.
"""

from __future__ import annotations

from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.operation import Content
from flightrules.state.untrusted import one_line

MOST_LISTED = 50
MOST_SAID = 300

_LISTS = {"differs": "differs", "unread": "unread", "not-as-committed": "unread"}
_LATER = {"not-as-committed": ": not as committed, and it may be the deployment that wrote it"}


def content(records: Records) -> Content:
    """Return what was compared; all of it is unread if the host could not tell."""
    try:
        return _content(records.text("content"))
    except Unreadable as error:
        return Content(unread=(one_line(str(error), MOST_SAID),))


def _content(text: str) -> Content:
    lists: dict[str, list[str]] = {"differs": [], "unread": []}
    counts = {"compared": 0, "left_out": 0}
    printed = text.split("\0")
    for record in printed[:-1]:
        word, _, rest = record.partition(" ")
        if word in _LISTS:
            lists[_LISTS[word]].append(one_line(rest, MOST_SAID) + _LATER.get(word, ""))
        elif word in counts and rest.strip().isdecimal():
            counts[word] += int(rest)
        else:
            raise Unreadable(f"the comparison of the work tree printed {one_line(record, 80)!r}")
    if printed[-1]:
        raise Unreadable("the comparison of the work tree was cut")
    listed = {name: tuple(found[:MOST_LISTED]) for name, found in lists.items()}
    return Content(differs=listed["differs"], unread=listed["unread"], **counts)
