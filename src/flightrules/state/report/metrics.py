"""Measurements before, during and after an incident, taken from its own evidence.

Knows: which pieces of evidence belong to which time. Must not know: how a report looks; nothing is measured anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from flightrules.state import events as e
from flightrules.state.evidence import Disk, Finding, Http, Logs, Memory, Stats
from flightrules.state.incident import Incident
from flightrules.state.report.appendix import finding_words
from flightrules.state.report.numbered import Log
from flightrules.state.report.sections import how_bad
from flightrules.state.vocabulary import Verdict
from flightrules.state.words import Said, counted, listed, moment, not_known

Pieces = Sequence[tuple[str, Finding]]
"""Evidence ids and what they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing that was measured, at three times."""

    name: str
    before: Said
    during: Said
    after: Said


def metrics(log: Log, incident: Incident) -> tuple[Metric, ...]:
    """Return the measurements; a row of which nothing was seen is left out."""
    found = {event.id: event.finding for _, event in log.every(e.EvidenceRecorded)}
    before = _before(log, incident)
    during = [(one, found[one]) for one in _during(log) if one in found]
    after = [(one, found[one]) for one in _after(log) if one in found]
    rows = [_row(name, words, during, after) for name, words in _WORDS.items()]
    seen = [row for row in rows if row.during.known or row.after.known]
    return tuple(replace(row, before=before) if row.name == "health" else row for row in seen)


def _row(name: str, words: Callable[[Pieces], Said], during: Pieces, after: Pieces) -> Metric:
    return Metric(name=name, before=not_known("nothing was measured before"), during=words(during), after=words(after))


def _before(log: Log, incident: Incident) -> Said:
    """Nobody measures before an incident; but a release may have been seen healthy."""
    read = log.last(e.HistoryRead)
    seen = [o for o in read[1].history.observations if o.healthy and o.at <= incident.onset_at] if read else []
    if read is None or not seen:
        return not_known("nothing was measured before")
    newest = max(seen, key=lambda observation: observation.at)
    return Said(text=f"seen healthy at {moment(newest.at)} by {newest.by}", sources=(read[0],))


def _during(log: Log) -> tuple[str, ...]:
    """The assessment that saw the most fail, the first of these."""
    every = [event for _, event in log.every(e.AssessmentRecorded)]
    return max(every, key=lambda event: how_bad(event.facts)).evidence if every else ()


def _after(log: Log) -> tuple[str, ...]:
    every = [event for _, event in log.every(e.VerificationRecorded) if event.verdict is Verdict.RESTORED]
    return every[-1].evidence if every else ()


def _said(parts: Iterable[tuple[str, str]]) -> Said:
    every = list(parts)
    if not every:
        return not_known("it was not read")
    return Said(text=listed([text for _, text in every]), sources=tuple(source for source, _ in every))


def _health(pieces: Pieces) -> Said:
    return _said((one, finding_words(f)) for one, f in pieces if isinstance(f.data, Http) and f.data.check == "health")


def _failing(pieces: Pieces) -> Said:
    checks = [(one, f.data) for one, f in pieces if isinstance(f.data, Http) and f.data.check != "health"]
    failed = [http.check for _, http in checks if not http.ok]
    text = f"{len(failed)} of {len(checks)}" + (f": {listed(failed)}" if failed else "")
    sources = tuple(one for one, _ in checks)
    return Said(text=text, sources=sources) if checks else not_known("it was not read")


def _errors(pieces: Pieces) -> Said:
    logs = [(one, f.data) for one, f in pieces if isinstance(f.data, Logs)]
    text = f"{sum(log.errors for _, log in logs)} in {counted(sum(log.lines for _, log in logs), 'line')}"
    return Said(text=text, sources=tuple(one for one, _ in logs)) if logs else not_known("it was not read")


def _of(kind: type[Stats | Memory | Disk]) -> Callable[[Pieces], Said]:
    def words(pieces: Pieces) -> Said:
        several = len({f.host for _, f in pieces if isinstance(f.data, kind)}) > 1
        mine = [(one, f) for one, f in pieces if isinstance(f.data, kind)]
        return _said((one, f"{f.host}: {finding_words(f)}" if several else finding_words(f)) for one, f in mine)

    return words


_WORDS: dict[str, Callable[[Pieces], Said]] = {
    "health": _health,
    "failing checks": _failing,
    "error lines": _errors,
    "containers": _of(Stats),
    "memory": _of(Memory),
    "disk": _of(Disk),
}
