"""Evidence as pages show it: a list in one line each, and one piece whole.

Knows: which parts of a finding are text from production. Must not know: how it was read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from flightrules.state import events as e
from flightrules.state.evidence import Finding, Http, Logs
from flightrules.state.log import Recorded
from flightrules.state.report.appendix import finding_words
from flightrules.state.report.numbered import Log

MOST = 40
"""Pieces of one page."""
MOST_RAW = 200_000
"""Characters of one record that a page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence in one line."""

    id: str
    number: int
    place: str
    says: str
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """One page of evidence, newest first."""

    pieces: tuple[Piece, ...]
    total: int
    older: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One record whole: its own fields, and the text from production that it quotes."""

    title: str
    number: int
    at: datetime
    who: str
    says: str
    fenced: str
    """Text from production; empty if the record quotes none."""
    raw: str
    hash: str


def pieces(log: Log, *, until: int | None = None) -> Pieces:
    """Return one page of evidence."""
    every = log.every(e.EvidenceRecorded)
    end = len(every) if until is None else max(0, min(until, len(every)))
    start = max(0, end - MOST)
    shown = tuple(_piece(number, event) for number, event in reversed(every[start:end]))
    return Pieces(pieces=shown, total=len(every), older=start or None)


def _piece(number: str, event: e.EvidenceRecorded) -> Piece:
    finding = event.finding
    return Piece(
        id=event.id, number=int(number[1:]), place=_place(finding), says=_says(finding), readable=finding.readable
    )


def _says(finding: Finding) -> str:
    return finding_words(finding) if finding.readable else f"could not be read: {finding.why or 'no reason on record'}"


def _place(finding: Finding) -> str:
    return f"{finding.probe} on {finding.host}" if finding.host else finding.probe


def evidence_number(log: Log, evidence: str) -> int:
    """Return the number of the event that holds a piece of evidence; 0 if there is none of that id."""
    found = (int(number[1:]) for number, event in log.every(e.EvidenceRecorded) if event.id == evidence)
    return next(found, 0)


def whole(record: Recorded, event: e.Event) -> Whole:
    """Return one record whole."""
    finding = event.finding if isinstance(event, e.EvidenceRecorded) else None
    raw = json.dumps(record.data, ensure_ascii=False, indent=1)
    cut = f"\n[cut: {len(raw) - MOST_RAW} more characters; the log holds them]" if len(raw) > MOST_RAW else ""
    return Whole(
        title=f"Evidence {event.id}" if isinstance(event, e.EvidenceRecorded) else record.kind.replace("_", " "),
        number=record.version,
        at=record.at,
        who=f"{record.actor.kind} {record.actor.name}",
        says=f"{_place(finding)}: {_says(finding)}" if finding else "",
        fenced=_quoted(finding) if finding else "",
        raw=raw[:MOST_RAW] + cut,
        hash=record.hash,
    )


def _quoted(finding: Finding) -> str:
    if isinstance(finding.data, Logs):
        return finding.data.text
    return finding.data.body if isinstance(finding.data, Http) else ""
