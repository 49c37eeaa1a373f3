"""Errors in a service's log: which lines are errors, and which of them are the same error.

Knows: how log lines of many programs look. Must not know: where the log was read.
Two lines are the same error when they differ only in times, numbers, ids, addresses and quoted values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from flightrules.state.error_lines import is_error
from flightrules.state.evidence import ErrorGroup, Logs
from flightrules.state.untrusted import clean, lines_of, one_line
from flightrules.state.value import changed

__all__ = ["by_kind", "grouped", "is_error", "read_log", "signature", "timed_lines"]

MOST_GROUPS = 20
MOST_TEXT = 16_384
_LINE = 4_096
_SIGNATURE = 200
_EXAMPLE = 500

_STAMP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)(?: |$)")

_MASKS = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b"), "<ip>"),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])"), "<ip>"),
    (re.compile(r'"[^"\n]*"'), "<str>"),
    (re.compile(r"(?<!\w)'[^'\n]*'(?!\w)"), "<str>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<hex>"),
    (re.compile(r"\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{7,}\b"), "<hex>"),
    (re.compile(r"\d+(?:\.\d+)?"), "<n>"),
)


def read_log(service: str, text: str, *, since: datetime | None = None, most_text: int = MOST_TEXT) -> Logs:
    """Read a log as it came from a host: its lines counted, its errors counted and grouped, its end kept.

    What was written before `since` is left out, as far as the lines themselves tell when that was.
    """
    lines = [
        _stamped(line) for line in clean(text, len(text.encode(errors="replace")) + 1).splitlines() if line.strip()
    ]
    if since is not None:
        lines = list(_written_since(lines, since))
    errors, groups = grouped(lines)
    kept = _end("\n".join(line if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ} {line}" for at, line in lines), most_text)
    return Logs(service=service, lines=len(lines), errors=errors, groups=groups, text=kept)


def _written_since(
    lines: Iterable[tuple[datetime | None, str]], since: datetime
) -> Iterator[tuple[datetime | None, str]]:
    """The lines that are not older; one without a time is as old as the line before it.

    A log that tells no times is kept whole: an old error too many is better than a new one too few.
    """
    begin = since.replace(microsecond=0)  # most programs write whole seconds
    old = False
    for at, line in lines:
        old = old if at is None else at < begin
        if not old:
            yield at, line


def grouped(
    lines: Iterable[tuple[datetime | None, str]], *, most: int = MOST_GROUPS
) -> tuple[int, tuple[ErrorGroup, ...]]:
    """Return the number of lines that are errors, and the `most` frequent kinds of them."""
    groups: dict[str, ErrorGroup] = {}
    for at, line in lines:
        if is_error(line):
            kind = signature(line)
            groups[kind] = _one_more(groups.get(kind), kind, at, line)
    ranked = sorted(groups.values(), key=lambda group: (-group.count, group.signature))
    return sum(group.count for group in ranked), tuple(ranked[:most])


def timed_lines(text: str) -> Iterator[tuple[datetime, str]]:
    """The lines of a log as it was kept that tell their time, in their order."""
    for line in lines_of(text):
        at, said = _stamped(line)
        if at is not None:
            yield at, said


def by_kind(logs: Logs, kinds: Mapping[str, str]) -> Logs:
    """The log with its groups under the kinds their signatures belong to, those of one kind drawn together."""
    merged: dict[str, ErrorGroup] = {}
    for group in logs.groups:
        kind = one_line(kinds.get(group.signature, group.signature), _SIGNATURE)
        merged[kind] = _merged(merged.get(kind), changed(group, signature=kind))
    ranked = sorted(merged.values(), key=lambda group: (-group.count, group.signature))
    return changed(logs, groups=tuple(ranked))


def _merged(one: ErrorGroup | None, other: ErrorGroup) -> ErrorGroup:
    if one is None:
        return other
    first = min((at for at in (one.first_at, other.first_at) if at), default=None)
    last = max((at for at in (one.last_at, other.last_at) if at), default=None)
    return one.model_copy(update={"count": one.count + other.count, "first_at": first, "last_at": last})


def signature(line: str) -> str:
    """Return a line with times, numbers, ids, addresses and quoted values masked."""
    text = _message(line[:_LINE])
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return one_line(text, _SIGNATURE)


def _message(line: str) -> str:
    """The message inside a structured line, since there every value is quoted."""
    if not line.lstrip().startswith("{"):
        return line
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(fields, dict):
        return line
    said = [fields[key] for key in ("message", "msg", "event", "error", "err", "exception") if key in fields]
    return " ".join(item if isinstance(item, str) else json.dumps(item) for item in said) or line


def _stamped(line: str) -> tuple[datetime | None, str]:
    """The time an engine put before a line, and the line; anything else has no time that can be trusted."""
    found = _STAMP.match(line)
    if found is None:
        return None, line
    second, fraction, zone = found.groups()
    try:
        at = datetime.fromisoformat(f"{second}{(fraction or '')[:7].ljust(7, '0') if fraction else ''}{zone}")
        return at.astimezone(UTC), line[found.end() :]
    except (ValueError, OverflowError):
        return None, line


def _one_more(group: ErrorGroup | None, kind: str, at: datetime | None, line: str) -> ErrorGroup:
    if group is None:
        return ErrorGroup(signature=kind, count=1, first_at=at, last_at=at, example=one_line(line, _EXAMPLE))
    times = [time for time in (group.first_at, group.last_at, at) if time is not None]
    first, last = (min(times), max(times)) if times else (None, None)
    return group.model_copy(update={"count": group.count + 1, "first_at": first, "last_at": last})


def _end(text: str, most: int) -> str:
    """The last whole lines that fit: the end of a log tells more than its beginning."""
    data = text.encode()
    if len(data) <= most:
        return text
    kept = data[-most:].decode(errors="ignore")
    _, newline, whole = kept.partition("\n")
    return whole if newline else kept
