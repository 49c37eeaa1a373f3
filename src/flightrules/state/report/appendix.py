"""Parts of a report beyond the protocol's own sections: trace, approvals, steps, proof, checklist and evidence.

Knows: which events hold each of them. Must not know: how they are laid out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flightrules.state import events as e
from flightrules.state.approvers import proves
from flightrules.state.claims import Claim
from flightrules.state.comparison import comparison_lines
from flightrules.state.decision import Node
from flightrules.state.evidence import Comparison, Deploys, Disk, Finding, Http, Logs, Memory, Services, Stats
from flightrules.state.metrics.judging import merged
from flightrules.state.metrics.measured import MeasuredQuery, Measurement, Series, one_measured
from flightrules.state.operation import OperationStatus, Step, StepOutcome
from flightrules.state.plan import Plan
from flightrules.state.policy import Through
from flightrules.state.report.loops import SHOWN
from flightrules.state.report.numbered import Log
from flightrules.state.report.watch_section import monitoring_section
from flightrules.state.verification import Item
from flightrules.state.vocabulary import Path, Verdict
from flightrules.state.words import CHANNEL_PROVES, Said, command_line, counted, listed, short, size, span


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEntry:
    """One walk through the decision tree, or a person's decision."""

    source: str
    path: Path
    by: Literal["rules", "person"]
    reason: str
    nodes: tuple[Node, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A yes or a no to a plan, and what its channel proves."""

    source: str
    approved: bool
    plan: str
    approver: str
    channel: Through
    proves: str
    intent: str = ""
    review: str = ""
    until: datetime | None = None
    acknowledged: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One step as it ran, or did not."""

    name: str
    says: str
    command: str
    outcome: str
    undone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRun:
    """One operation on one host."""

    source: str
    operation: str
    host: str
    outcome: str
    steps: tuple[Ran, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One claim about one host."""

    source: str
    host: str
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationEntry:
    """One verification."""

    source: str
    at: datetime
    verdict: Verdict
    items: tuple[Item, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence: what it is, and what it says or why it could not be read."""

    id: str
    source: str
    probe: str
    host: str | None
    readable: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRow:
    """One metric before, during and after the incident, in words."""

    source: str
    name: str
    item: str
    before: str
    during: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appendix:
    """Everything that a report adds to the protocol's sections."""

    decisions: tuple[DecisionEntry, ...]
    approvals: tuple[Approved, ...]
    operations: tuple[HostRun, ...]
    proof: tuple[Proven, ...]
    verification: VerificationEntry | None
    monitoring: tuple[Said, ...]
    evidence: tuple[Piece, ...]
    metrics: tuple[MeasuredRow, ...] = ()
    cited: frozenset[str] = frozenset()
    """Evidence that a cause or a why stands on."""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Both ends of the evidence and what is cited of it, and how many pieces are left out between."""
        left = self.evidence[SHOWN:-SHOWN]
        if len(left) <= SHOWN:
            return self.evidence
        unread = sum(not piece.readable for piece in left)
        says = f"{len(left)} more pieces, of which {unread} could not be read; the log holds them"
        more = Piece(
            id=f"{left[0].id}-{left[-1].id}", source=left[0].source, probe="...", host=None, readable=True, says=says
        )
        cited = (piece for piece in left if piece.id in self.cited)
        return (*self.evidence[:SHOWN], more, *cited, *self.evidence[-SHOWN:])


def appendix(log: Log) -> Appendix:
    """Gather the additional sections from a log."""
    return Appendix(
        decisions=tuple(
            DecisionEntry(source=n, path=d.path, by=d.by, reason=d.reason, nodes=d.trace, warnings=d.warnings)
            for n, d in log.every(e.PathDecided)
        ),
        approvals=tuple(_approvals(log)),
        operations=tuple(_operations(log)),
        proof=tuple(Proven(source=n, host=p.host, claim=c) for n, p in log.every(e.ProofTaken) for c in p.claims),
        verification=_verification(log),
        monitoring=monitoring_section(log),
        evidence=tuple(_piece(number, event.id, event.finding) for number, event in log.every(e.EvidenceRecorded)),
        metrics=tuple(_measured(log)),
        cited=frozenset(_cited(log)),
    )


def _cited(log: Log) -> Iterable[str]:
    for _, cause in log.every(e.RootCauseRecorded):
        yield from cause.evidence
    for _, chain in log.every(e.WhysRecorded):
        for why in chain.whys:
            yield from why.evidence


def _plans(log: Log) -> dict[str, Plan]:
    return {event.plan.id: event.plan for _, event in log.every(e.PlanProposed)}


def _approvals(log: Log) -> Iterable[Approved]:
    plans = _plans(log)
    for number, event in log.any_of(e.ApprovalGranted, e.ApprovalRejected):
        if isinstance(event, e.ApprovalGranted):
            points = plans[event.plan].acknowledge if event.acknowledged and event.plan in plans else ()
            yield Approved(
                source=number,
                approved=True,
                plan=event.plan,
                approver=event.approver,
                channel=event.channel,
                proves=proves(event),
                intent=event.intent,
                review=event.review,
                until=event.until,
                acknowledged=points,
            )
        else:
            yield Approved(
                source=number,
                approved=False,
                plan=event.plan,
                approver=event.approver,
                channel=event.channel,
                proves=CHANNEL_PROVES[event.channel],
                reason=event.reason,
            )


def _operations(log: Log) -> Iterable[HostRun]:
    plans = _plans(log)
    looks = {event.operation: (number, event.look) for number, event in log.every(e.OperationSeen)}
    ends = {event.operation: (number, event) for number, event in log.every(e.HostFinished)}
    handed = {event.operation: number for number, event in log.every(e.OperationLaunching)}
    for number, started in log.every(e.RollbackStarted):
        for operation, host in started.operations:
            look = looks[operation][1] if operation in looks else None
            end = ends.get(operation)
            where = end[0] if end else looks.get(operation, (handed.get(operation, number), None))[0]
            yield HostRun(
                source=where,
                operation=operation,
                host=host,
                outcome=_outcome(end[1] if end else None, look, handed=operation in handed),
                steps=tuple(_ran(_steps(plans.get(started.plan), host), look)),
            )


def _outcome(end: e.HostFinished | None, look: OperationStatus | None, *, handed: bool) -> str:
    if end is not None:
        return f"{end.outcome}: {end.says}"
    if look is not None:
        return f"{look.state} when last seen; no end is on record"
    return "handed over; never seen since" if handed else "not touched"


def _steps(plan: Plan | None, host: str) -> tuple[Step, ...]:
    return next((item.steps for item in plan.hosts if item.host == host), ()) if plan else ()


def _ran(steps: tuple[Step, ...], look: OperationStatus | None) -> Iterable[Ran]:
    seen = {outcome.index: outcome for outcome in look.steps} if look else {}
    for index, step in enumerate(steps):
        outcome = seen.get(index)
        yield Ran(
            name=step.name,
            says=step.says,
            command=command_line(step.argv, step.env),
            outcome=_step_outcome(outcome),
            undone=bool(outcome and outcome.undone),
        )


def _step_outcome(outcome: StepOutcome | None) -> str:
    if outcome is None:
        return "did not run"
    if outcome.ended_at is None:
        return "began; no end was seen"
    status = "no exit status" if outcome.exit_status is None else f"exit status {outcome.exit_status}"
    return f"{status}, {span(outcome.ended_at - outcome.started_at)}"


def _verification(log: Log) -> VerificationEntry | None:
    found = log.last(e.VerificationRecorded)
    if found is None:
        return None
    number, event = found
    return VerificationEntry(
        source=number, at=log.when(number), verdict=event.verdict, items=event.items, evidence=event.evidence
    )


def _measured(log: Log) -> Iterable[MeasuredRow]:
    """Each metric as the assessments measured it, and as the newest verification did."""
    assessed: tuple[MeasuredQuery, ...] = ()
    newest: tuple[MeasuredQuery, ...] = ()
    source = ""
    for number, assessment in log.every(e.AssessmentRecorded):
        assessed, source = merged(assessed, assessment.facts.metrics), number
    if (verified := log.last(e.VerificationRecorded)) is not None:
        source, newest = verified[0], verified[1].facts.metrics
    after = {metric.bounds.name: metric for metric in newest}
    for metric in assessed or newest:
        during = metric.during or (metric.newest if assessed else None)
        later = after.get(metric.bounds.name)
        yield MeasuredRow(
            source=source,
            name=metric.bounds.name,
            item=metric.bounds.item,
            before=_at(metric.before, metric.unit),
            during=_at(during, metric.unit),
            now=_at(later.newest if later else None, metric.unit),
        )


def _at(measurement: Measurement | None, unit: str) -> str:
    """A measurement with its window; a gap is named as one."""
    if measurement is None:
        return "not measured"
    window = f"{measurement.since:%H:%M:%S} to {measurement.until:%H:%M:%S}"
    return f"{one_measured(measurement, unit)} ({window})"


def _piece(source: str, evidence: str, finding: Finding) -> Piece:
    return Piece(
        id=evidence,
        source=source,
        probe=finding.probe,
        host=finding.host,
        readable=finding.readable,
        says=finding_words(finding)
        if finding.readable
        else f"could not be read: {finding.why or 'no reason on record'}",
    )


def finding_words(finding: Finding) -> str:
    """Return the content of a finding in one line."""
    data = finding.data
    if isinstance(data, Http):
        return _http_words(data)
    if isinstance(data, Services):
        return listed(
            [f"{s.service} {s.state}" + ("" if s.health == "none" else f" {s.health}") for s in data.services]
        )
    if isinstance(data, Logs):
        first = f"; most frequent: {data.groups[0].count} times {data.groups[0].example}" if data.groups else ""
        return f"{counted(data.errors, 'error line')} in {counted(data.lines, 'line')} of {data.service}{first}"
    if isinstance(data, Deploys):
        return _deploy_words(data)
    if isinstance(data, Comparison):
        return comparison_lines(data)[0]
    return _other_words(data) if data is not None else ""


def _other_words(data: Stats | Disk | Memory | MeasuredQuery | Series) -> str:
    return data.words if isinstance(data, MeasuredQuery | Series) else _resource_words(data)


def _http_words(data: Http) -> str:
    told = f"; tells release {short(data.release)}" if data.release else ""
    status = f"status {data.status}" if data.status else "no status"
    verdict = "as wanted" if data.ok else " ".join(data.failed).rstrip(".") or "not as wanted"
    return f"{verdict}{', but too slow' if data.slow else ''} ({status}, {data.latency_ms} ms){told}"


def _deploy_words(data: Deploys) -> str:
    newest = f"; newest deployment {data.deploys[0].at:%Y-%m-%d %H:%M} UTC" if data.deploys else ""
    dirty = f"; {counted(len(data.dirty), 'file')} changed by hand" if data.dirty else ""
    return f"work tree at {short(data.head)} on {data.branch or 'no branch'}{newest}{dirty}"


def _resource_words(data: Stats | Disk | Memory) -> str:
    if isinstance(data, Memory):
        return f"{size(data.available_bytes)} of {size(data.total_bytes)} memory available"
    if isinstance(data, Disk):
        return listed([f"{f.mount} {size(f.available_bytes)} of {size(f.size_bytes)} free" for f in data.filesystems])
    return listed([f"{c.service} {c.cpu_percent:.0f} % of a core, {size(c.memory_bytes)}" for c in data.containers])
