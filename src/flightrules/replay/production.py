"""Production as it was recorded: what was seen of it is told again.

Knows: in which event an observation was kept. Must not know: what follows from it.
What a follower or monitoring saw is not asked here (following.py, looking.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flightrules.errors import Unavailable
from flightrules.replay.cursor import LogCursor, Missing
from flightrules.replay.ended import failed_as_recorded
from flightrules.state import events as e
from flightrules.state.evidence import Comparison, Finding
from flightrules.state.guard import Guard
from flightrules.state.log import Recorded
from flightrules.state.operation import Operation, OperationStatus, Running, Survey


class RecordedProduction:
    """Keeps ports.Production with what the log says was seen."""

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        """The findings of this call."""
        del since, limit_s
        self._cursor.goes_on()
        if probes:
            return self._read_again()
        found: list[Finding] = []
        for record in self._cursor.still():
            if record.kind == e.EvidenceRecorded.kind:
                found.append(e.event_as(e.EvidenceRecorded, record).finding)
            elif record.kind in (e.AssessmentRecorded.kind, e.VerificationRecorded.kind, e.CallRefused.kind):
                break
        return tuple(found)

    def _read_again(self) -> tuple[Finding, ...]:
        """Return what was read before a decision, a plan or a start: in this call, or else before."""
        kind = e.ProductionRead.kind
        record = self._cursor.ahead_record(kind) or self._cursor.earlier(kind)
        return e.event_as(e.ProductionRead, record).findings if record else ()

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        """Return what was read of that host in this call, or else before."""
        del release, trial
        cursor = self._cursor
        cursor.goes_on()

        def of_host(record: Recorded) -> bool:
            return record.kind == e.SurveyRead.kind and _survey(record)["host"] == host

        upcoming = cursor.own
        record = next((r for r in cursor.still() if of_host(r)), None)
        if record is None:
            refused = cursor.ahead(e.CallRefused)
            earlier = next((r for r in reversed(cursor.records[: cursor.own_place]) if of_host(r)), None)
            if refused is None or refused.code == "host_unreachable" or earlier is None:
                failed_as_recorded(cursor)
            record = earlier
        if record is None:
            raise Missing(f"what host {host} showed before {upcoming.kind if upcoming else 'the end'} was not recorded")
        return e.event_as(e.SurveyRead, record).survey

    async def remember(self, host: str, release: str) -> tuple[tuple[str, str], ...]:
        """All images that were remembered, told by the first host."""
        del release
        self._cursor.goes_on()
        upcoming = self._cursor.own
        for record in self._cursor.session.context:
            if upcoming and record.call == upcoming.call and record.kind == e.ReleaseObserved.kind:
                seen = e.ReleaseObserved.model_validate(record.data)
                if seen.healthy:
                    return seen.images
        raise Unavailable(f"host {host}", "nothing was remembered")

    async def compare(self, host: str, good: str, bad: str) -> Comparison:
        """Return what was read in this call; if no host could be read, each fails as it did."""
        del good, bad
        self._cursor.goes_on()
        evidence = self._cursor.ahead(e.EvidenceRecorded)
        if evidence is None:
            raise Missing(f"what {host} said of two releases was not recorded")
        if isinstance(evidence.finding.data, Comparison):
            if evidence.finding.host != host:
                raise Unavailable(f"host {host}", "it could not be read then, and another was asked")
            return evidence.finding.data
        why = next((one for one in evidence.finding.why.split("; ") if host in one), evidence.finding.why)
        what, _, rest = why.partition(": ")
        raise Unavailable(what, rest)

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        """Nobody launches in a replay."""
        del until
        raise Missing(f"operation {operation.id} was launched where the log launches none")

    async def look(self, host: str, operation: str, *, offset: int = 0) -> OperationStatus:
        """Nobody looks in a replay."""
        del host, offset
        raise Missing(f"operation {operation} was looked at where the log holds no look")

    async def running(self, host: str, *, release: str = "") -> Running:
        """Nobody asks in a replay."""
        del release
        raise Missing(f"what runs on {host} was asked where the log holds no answer")

    async def guard(self, host: str) -> Guard:
        """Nobody tries a host in a replay."""
        raise Missing(f"host {host} was tried where the log tries none")

    async def break_lock(self, host: str, operation: str, *, who: str) -> str:
        """Nobody breaks a lock within an incident."""
        del who
        raise Missing(f"the lock of {operation} on {host} was broken outside of the incident")

    async def close(self) -> None:
        """Nothing is open."""


def _survey(record: Recorded) -> dict[str, object]:
    survey = record.data["survey"]
    return dict(survey) if isinstance(survey, dict) else {"host": ""}
