"""The log of a unit out of `journalctl -o json`.

Knows: the fields of an entry, and what journalctl says if it may not read. Must not know: how it was called.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.logs import MOST_LINES_SINCE, may_not_read
from flightrules.adapters.reading.logs import cut as cut_by
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import Logs
from flightrules.state.logs import read_log
from flightrules.state.untrusted import lines_of, one_line
from flightrules.state.value import changed

TOO_LONG = "(an entry that is too long for journalctl to print)"


def unit_log(service: str, frame: Frame, since: datetime | None) -> Logs:
    """Return the log of one unit. Raises `Unreadable` if journalctl says that it may not, or could not, read it."""
    said = one_line(frame.err.decode(errors="replace"), 300)
    if said and may_not_read(said):
        raise Unreadable(f"journalctl says: {said}")
    entries = [line for line in lines_of(frame.text) if line.startswith("{")]
    cut = cut_by([frame])
    lines = [line for entry in (entries[1:] if cut else entries) for line in _lines(entry)]
    log = read_log(service, "\n".join(lines), since=since)
    full = since is not None and len(entries) >= MOST_LINES_SINCE
    return changed(log, cut=cut or (f"only the last {MOST_LINES_SINCE} entries were read" if full else ""))


def _lines(entry: str) -> Iterable[str]:
    """Yield the lines of one entry, each with the entry's time."""
    try:
        fields = json.loads(entry)
        at = datetime.fromtimestamp(int(fields["__REALTIME_TIMESTAMP"]) / 1_000_000, tz=UTC)
        message = _text(fields.get("MESSAGE"))
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise Unreadable(f"journalctl printed an entry that is not understood: {one_line(entry, 100)}") from error
    stamp = f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
    return (f"{stamp} {line}" for line in lines_of(message) or [""])


def _text(message: object) -> str:
    """Return the message, which is a list of bytes if it is not UTF-8, and null if it is too long."""
    if isinstance(message, list):
        return bytes(message).decode(errors="replace")
    return message if isinstance(message, str) else TOO_LONG
