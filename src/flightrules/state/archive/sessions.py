"""A session: one incident as a file that stands for itself, with all a replay needs.

Knows: the lines of the file, its schema, what makes it whole. Must not know: where the file lies, how it is replayed.
A record's line is its canonical JSON, so its seal is checked on the bytes as they are. Where secrets were taken out of
a record at export, its content cannot be held against its seal any more; its place in the chain still can.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from pydantic import ValidationError

from flightrules.errors import Refused
from flightrules.state.canonical import canonical, digest
from flightrules.state.log import GENESIS, Recorded, read_record, under_seal
from flightrules.state.masking.spans import MASK
from flightrules.state.redaction import redacted
from flightrules.state.untrusted import lines_of
from flightrules.state.value import Value

SCHEMA = 1
"""The newest schema that is understood."""


class SessionHeader(Value):
    """First line of a session: what the session says of itself."""

    schema_version: int
    flightrules: str
    """The version that wrote it."""
    incident: str
    target: str
    events: int
    """Number of events that the incident has."""
    head: str
    """Hash of the incident's last event."""
    redacted: tuple[str, ...] = ()
    """Records that secrets were taken out of at export, `STREAM#VERSION` each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One incident, and what stands about it in other streams."""

    head: SessionHeader
    records: tuple[Recorded, ...]
    context: tuple[Recorded, ...]
    """From the target's stream and the server's: what the incident's calls wrote there, and approvals in advance."""
    unsealed: tuple[str, ...] = ()
    """Records whose content is not what their seal says, `STREAM#VERSION` each."""

    @property
    def last(self) -> str:
        """Hash of the incident's last event."""
        return self.records[-1].hash if self.records else "none"

    @property
    def ends_as_told(self) -> bool:
        """Return True if the events are as many as the first line says, up to the one that it names."""
        return self.last == self.head.head and len(self.records) == self.head.events


def place_of(record: Recorded) -> str:
    """The name of a record within its file."""
    return f"{record.stream}#{record.version}"


def session_lines(records: Sequence[Recorded], context: Sequence[Recorded], *, target: str, version: str) -> list[str]:
    """The lines of a session's file. The same log gives the same lines."""
    cleaned = [_cleaned(record) for record in (*records, *context)]
    changed = [place_of(record) for record, was in zip(cleaned, (*records, *context), strict=True) if record != was]
    head = SessionHeader(
        schema_version=SCHEMA,
        flightrules=version,
        incident=records[0].stream,
        target=target,
        events=len(records),
        head=records[-1].hash,
        redacted=tuple(changed),
    )
    lines = [_line({"session": head.model_dump(mode="json")}), *(_line(r.model_dump(mode="json")) for r in cleaned)]
    return [*lines, _end(lines)]


def _end(lines: Sequence[str]) -> str:
    """The last line, behind those."""
    return _line({"end": {"lines": len(lines), "sha256": _digest(lines)}})


def _cleaned(record: Recorded) -> Recorded:
    data = redacted(record.data)
    actor = record.actor.model_copy(update={"name": redacted(record.actor.name)})
    return record.model_copy(update={"data": data, "actor": actor})


def _line(value: object) -> str:
    return canonical(value).decode()  # type: ignore[arg-type]


def _digest(lines: Iterable[str]) -> str:
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def read_session(text: str) -> Session:
    """Read a session's file. Raises `Refused` where it is none, is cut, or is newer than this version understands."""
    lines = lines_of(text)
    head = _head(lines[0] if lines else "")
    end = _object(lines[-1]).get("end")
    if not isinstance(end, dict):
        raise Refused("cut", "Its last line is missing: it was cut off.", "Export it again.")
    body = [line.encode(errors="replace") for line in lines[1:-1]]
    if end.get("lines") != len(body) + 1:
        raise Refused("cut", f"It has {len(body) + 1} lines, not {end.get('lines')}.", "Export it again.")
    try:
        read = [read_record(line) for line in body]
    except ValidationError as wrong:
        raise Refused("not_a_session", "One of its lines is not a record.", "Export it again.") from wrong
    skipped = frozenset(head.redacted)
    unsealed = tuple(
        place_of(record)
        for record, line in zip(read, body, strict=True)
        if not _sealed(record, line) and not (place_of(record) in skipped and MASK.encode() in line)
    )
    own = tuple(record for record in read if record.stream == head.incident)
    return Session(
        head=head,
        records=own,
        context=tuple(record for record in read if record.stream != head.incident),
        unsealed=unsealed,
    )


def _head(line: str) -> SessionHeader:
    told = _object(line).get("session")
    if not isinstance(told, dict):
        raise Refused(
            "not_a_session",
            "Its first line is not that of a session." if line else "It is empty.",
            "Export one: `flightrules session export INC-...`.",
        )
    schema = told.get("schema_version")
    if isinstance(schema, int) and schema > SCHEMA:
        reason = f"Its schema is {schema}; this version understands {SCHEMA} at most."
        raise Refused("schema_too_new", reason, "Install a newer version of flightrules.")
    try:
        return SessionHeader.model_validate(told)
    except ValidationError as wrong:
        raise Refused("not_a_session", "Its first line is not that of a session.", "Export it again.") from wrong


def _object(line: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _sealed(record: Recorded, line: bytes) -> bool:
    """Return True if the content is what its seal says: the line without the seal is what was sealed."""
    seal = f'"hash":"{record.hash}",'.encode(errors="replace")
    at = line.find(seal)
    if at >= 0 and sha256(line[:at] + line[at + len(seal) :]).hexdigest() == record.hash:
        return True
    return digest(under_seal(record)) == record.hash


class SessionFinding(Value):
    """One thing that the check of a session looked at."""

    what: str
    holds: bool
    saw: str


def check_session(session: Session, text: str) -> tuple[SessionFinding, ...]:
    """Return what is to be said of a session that could be read: chain, content, head, file and secrets."""
    gaps = _gaps(session.records)
    lines = lines_of(text)
    whole = text.endswith("\n") and lines[-1] == _end(lines[:-1])
    left = [place_of(r) for r in (*session.records, *session.context) if _cleaned(r) != r]
    places = ", ".join(session.head.redacted)
    removed = f"; but of {places} secrets were taken out: what these say cannot be checked"
    return (
        SessionFinding(
            what="schema", holds=True, saw=f"{session.head.schema_version}, written by {session.head.flightrules}"
        ),
        SessionFinding(
            what="chain", holds=not gaps, saw=gaps or f"{len(session.records)} events, each follows the one before"
        ),
        SessionFinding(what="head", holds=session.ends_as_told, saw=f"event {len(session.records)}, {session.last}"),
        SessionFinding(
            what="content",
            holds=not session.unsealed,
            saw=f"not what was recorded: {', '.join(session.unsealed)}"
            if session.unsealed
            else f"every record is what was recorded{removed if session.head.redacted else ''}",
        ),
        SessionFinding(what="file", holds=whole, saw="whole" if whole else "its lines are not those that were written"),
        SessionFinding(
            what="redaction", holds=not left, saw=f"secrets in: {', '.join(left)}" if left else "no secret is seen"
        ),
    )


def _gaps(records: Sequence[Recorded]) -> str:
    previous = GENESIS
    for version, record in enumerate(records, start=1):
        if record.version != version:
            return f"event {version} is missing"
        if record.previous != previous:
            return f"event {version} does not follow the event before it"
        previous = record.hash
    return "" if records else "it has no events"
