"""What each kind of event says in the timeline, one function a kind.

Knows: the sentences. Must not know: the order of entries, who acted, or anything that is not in the event
beyond what `Walk` remembers of the events before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from flightrules.state import events as e
from flightrules.state.approvers import proves
from flightrules.state.facts import Facts
from flightrules.state.fix import CHECKLIST
from flightrules.state.operation import StepOutcome
from flightrules.state.vocabulary import Path, Verdict
from flightrules.state.watched import Gap
from flightrules.state.words import command_line, counted, listed, moment, short, span

LONGEST = 300
"""Characters of somebody's own words that an entry repeats; the report holds them whole."""


class Line(NamedTuple):
    """What an event says, before it has its place in the timeline."""

    text: str
    at: datetime | None = None
    """When it happened, where that is not when it was recorded."""
    evidence: tuple[str, ...] = ()
    actor: str = ""


@dataclass
class Walk:
    """What has been seen of the log so far."""

    assessed: bool = False
    restored: bool = False
    monitored: str = ""
    """The verdict of the last check of monitoring."""
    tools: dict[str, str] = field(default_factory=dict)
    """Call and the tool it called."""
    told: set[tuple[str, str]] = field(default_factory=set)
    """Operation and what was told of it."""

    def first(self, operation: str, what: str) -> bool:
        """Whether this is told of an operation for the first time."""
        fresh = (operation, what) not in self.told
        self.told.add((operation, what))
        return fresh


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST].rstrip()} [...]"


def _failed_call(_walk: Walk, event: e.CallFailed) -> Iterable[Line]:
    yield Line(f"Could not be done: {event.what}")


def _opened(_walk: Walk, event: e.IncidentOpened) -> Iterable[Line]:
    if event.onset_at < event.detected_at:
        yield Line("Onset, as stated when the incident was opened", at=event.onset_at)
    yield Line(f"Incident detected via {_cut(event.detected_via)}", at=event.detected_at)


def _began(walk: Walk, event: e.AssessmentStarted) -> Iterable[Line]:
    if event.purpose == "assess":
        yield Line("Assessment began again" if walk.assessed else "Assessment began")
        walk.assessed = True
    elif event.purpose in ("verify", "compare"):
        yield Line("Verification began" if event.purpose == "verify" else "Releases are compared")


def _assessed(_walk: Walk, event: e.AssessmentRecorded) -> Iterable[Line]:
    yield Line(f"Assessment recorded: {picture(event.facts)}", evidence=event.evidence)


def picture(facts: Facts) -> str:
    """What facts come to, in one sentence; what could not be read is always said."""
    parts = [f"health {facts.health}"]
    named = (
        ("services down", facts.services_down),
        ("services unhealthy", facts.services_unhealthy),
        ("checks failing", (*facts.major_failed, *facts.minor_failed)),
        ("too slow", facts.slow),
        ("disk nearly full", facts.low_disk),
    )
    parts += [f"{name}: {listed(items)}" for name, items in named if items]
    if facts.error_lines:
        parts.append(counted(facts.error_lines, "error line"))
    if facts.unreadable:
        parts.append(f"could not be read: {listed(facts.unreadable)}")
    return "; ".join(parts)


def _classified(_walk: Walk, event: e.SeverityClassified) -> Iterable[Line]:
    rules = listed([hit.rule for hit in event.rules])
    overruled = f"; overruled by a person: {listed(event.overruled)}" if event.overruled else ""
    text = f"Classified {event.severity}; floor {event.floor} by rules: {rules}{overruled}"
    yield Line(f"{text}. Reason: {_cut(event.reason)}" if event.reason else text)


def _breached(_walk: Walk, event: e.BudgetBreached) -> Iterable[Line]:
    yield Line(f"Budget ran out: {event.budget} ({span(event.limit_s)})", at=event.ran_out_at, actor="the clock")


def _decided(_walk: Walk, event: e.PathDecided) -> Iterable[Line]:
    path = "a person must decide" if event.path is Path.PERSON else str(event.path)
    to = f" to {short(event.release.release)} ({event.release.why})" if event.release else ""
    by = "by the rules" if event.by == "rules" else "by a person"
    warnings = f" Warnings: {' '.join(event.warnings)}" if event.warnings else ""
    yield Line(f"Decided {by}: {path}{to}. Reason: {_cut(event.reason).rstrip('.')}.{warnings}")


def _proposed(_walk: Walk, event: e.PlanProposed) -> Iterable[Line]:
    plan = event.plan
    hosts = listed([host.host for host in plan.hosts])
    away = f"from {short(plan.from_release)} to {short(plan.to_release)}"
    points = f"; {counted(len(plan.acknowledge), 'point')} to acknowledge" if plan.acknowledge else ""
    yield Line(f"Rollback plan {plan.id} proposed: {away} on {hosts}; digest {event.review[:8]}{points}")


def _dropped(_walk: Walk, event: e.PlanDropped) -> Iterable[Line]:
    yield Line(f"Rollback plan {event.plan} is void: {_cut(event.why)}")


def _approved(_walk: Walk, event: e.ApprovalGranted) -> Iterable[Line]:
    extra = ", points acknowledged" if event.acknowledged else ""
    extra += f" in advance ({event.standing})" if event.standing else ""
    shown = proves(event)
    yield Line(f"Plan {event.plan} approved by {event.approver}{extra}; channel {event.channel} proves: {shown}")


def _rejected(_walk: Walk, event: e.ApprovalRejected) -> Iterable[Line]:
    yield Line(f"Plan {event.plan} rejected by {event.approver} through {event.channel}: {_cut(event.reason)}")


def _rolling_back(_walk: Walk, event: e.RollbackStarted) -> Iterable[Line]:
    hosts = listed([host for _, host in event.operations])
    yield Line(f"Rollback initiated: plan {event.plan} on {hosts}")


def _launching(_walk: Walk, event: e.OperationLaunching) -> Iterable[Line]:
    yield Line(f"{event.host}: operation {event.operation} handed to the host")


def _seen(walk: Walk, event: e.OperationSeen) -> Iterable[Line]:
    steps = event.look.steps
    for step in steps:
        if step.ended_at is not None and walk.first(event.operation, f"step {step.index}"):
            yield Line(f"{event.host}: {step_words(step)}")
    if event.look.state == "lost" and walk.first(event.operation, "lost"):
        midway = [step.name for step in steps if step.ended_at is None]
        during = f" during {listed(midway)}" if midway else ""
        boot = "" if event.look.same_boot else "; the host was restarted since"
        yield Line(f"{event.host}: operation {event.operation} was lost{during}{boot}")
    undone = [step.name for step in steps if step.undone]
    if undone and walk.first(event.operation, "undone"):
        yield Line(f"{event.host}: undone by the host: {listed(undone)}")


def step_words(step: StepOutcome) -> str:
    """What became of a step, with times by the host's own clock."""
    if step.ended_at is None:
        return f"step {step.name} began {moment(step.started_at)} by the host's clock; no end was seen"
    status = "no exit status" if step.exit_status is None else f"exit status {step.exit_status}"
    return (
        f"step {step.name} ended with {status} after {span(step.ended_at - step.started_at)} "
        f"(began {moment(step.started_at)} by the host's clock)"
    )


def _proven(_walk: Walk, event: e.ProofTaken) -> Iterable[Line]:
    holds = sum(claim.holds is True for claim in event.claims)
    open_claims = [claim.claim for claim in event.claims if claim.holds is not True]
    rest = f"; not: {listed(open_claims)}" if open_claims else ""
    yield Line(f"{event.host}: proof taken, {holds} of {counted(len(event.claims), 'claim')} hold{rest}")


def _host_done(_walk: Walk, event: e.HostFinished) -> Iterable[Line]:
    yield Line(f"{event.host}: operation {event.operation} {event.outcome}: {_cut(event.says)}")


def _rolled_back(_walk: Walk, event: e.RollbackFinished) -> Iterable[Line]:
    yield Line(f"Rollback {event.outcome}: {_cut(event.says)}")


def _fixing(_walk: Walk, event: e.FixStarted) -> Iterable[Line]:
    yield Line(f"Fix began on branch {event.branch}: {_cut(event.says)}")


def _branched(_walk: Walk, event: e.FixBranched) -> Iterable[Line]:
    yield Line(f"Branch {event.branch} created at {short(event.commit)}")


def _fix_checked(_walk: Walk, event: e.FixChecked) -> Iterable[Line]:
    for check in event.checks:
        yield Line(f"Said of the fix, that it {CHECKLIST[check.item]}: {_cut(check.evidence)}")


def _testing(_walk: Walk, event: e.FixTesting) -> Iterable[Line]:
    yield Line(f"Tests began: {_cut(command_line(event.argv))}")


def _tested(_walk: Walk, event: e.FixTested) -> Iterable[Line]:
    yield Line(f"Tests ended: {event.result.says}")


def _fixed(_walk: Walk, event: e.FixEnded) -> Iterable[Line]:
    words = {"deployed": "Fix implemented", "failed": "Fix failed", "abandoned": "Fix abandoned", "over": "Fix over"}
    deployment = f"deployment {_cut(event.deployment)}" if event.deployment else ""
    missing = f"not shown: {listed(event.unchecked)}" if event.unchecked else ""
    parts = [part for part in (_cut(event.reference), deployment, _cut(event.says), missing) if part]
    yield Line(": ".join([words[event.outcome], *(["; ".join(parts)] if parts else [])]))


def _verified(walk: Walk, event: e.VerificationRecorded) -> Iterable[Line]:
    passed = f"{sum(i.outcome == 'pass' for i in event.items)} of {counted(len(event.items), 'item')} pass"
    rest = [f"{item.item}: {item.saw}" for item in event.items if item.outcome != "pass"]
    words = passed + (f"; {'; '.join(rest)}" if rest else "")
    if event.verdict is Verdict.RESTORED and not walk.restored:
        yield Line("Service restored", evidence=event.evidence)
        yield Line(f"Verification complete: {words}", evidence=event.evidence)
    else:
        verdict = str(event.verdict).replace("_", " ")
        name = "Monitoring" if walk.restored else "Verification"
        yield Line(f"{name}: {verdict}; {words}", evidence=event.evidence)
    if event.verdict is not Verdict.INCONCLUSIVE:
        walk.restored = event.verdict is Verdict.RESTORED


def _checked(walk: Walk, event: e.MonitoringChecked) -> Iterable[Line]:
    """What a check found, where that is news: most find what the one before found. A recurrence tells of itself."""
    unwell = "; ".join(f"{item.item}: {item.saw}" for item in event.items)
    news, walk.monitored = event.verdict not in (walk.monitored, "recurred"), event.verdict
    if news:
        watches = listed([slot.watch for slot in event.slots])
        yield Line(f"Monitoring ({watches}): {event.verdict}; {_cut(unwell or event.saw)}", at=event.looked_at)


def _missed(_walk: Walk, event: e.MonitoringMissed) -> Iterable[Line]:
    yield Line(f"Monitoring missed: {gap_words(event.gaps)}" + (f"; {_cut(event.why)}" if event.why else ""))


def gap_words(gaps: Sequence[Gap]) -> str:
    """Checks nobody made, a stretch for each watch."""
    return ", ".join(f"{counted(gap.count, f'{gap.watch} check')} ({_stretch(gap)} UTC)" for gap in gaps)


def _stretch(gap: Gap) -> str:
    first, last = f"{gap.first_at:%H:%M:%S}", f"{gap.last_at:%H:%M:%S}"
    return first if gap.count == 1 else f"{first} to {last}"


def _recurred(walk: Walk, event: e.RecurrenceDetected) -> Iterable[Line]:
    walk.restored, walk.monitored = False, ""
    yield Line(f"Recurrence: {_cut(event.says)}", evidence=event.evidence)


def _caused(_walk: Walk, event: e.RootCauseRecorded) -> Iterable[Line]:
    said = "Hypothesis on the root cause" if event.hypothesis else "Root cause recorded"
    yield Line(f"{said}: {_cut(event.root_cause)}", evidence=event.evidence)


def _asked_why(_walk: Walk, event: e.WhysRecorded) -> Iterable[Line]:
    open_ones = sum(why.hypothesis for why in event.whys)
    rest = f", {open_ones} of them without evidence" if open_ones else ""
    cited = tuple(dict.fromkeys(one for why in event.whys for one in why.evidence))
    yield Line(f"Why was asked {counted(len(event.whys), 'time')}{rest}", evidence=cited)


def _observed(_walk: Walk, event: e.EventObserved) -> Iterable[Line]:
    yield Line(f"Observed ({event.id}, {_cut(event.source)}): {_cut(event.says)}", at=event.at)


def _reproduced(_walk: Walk, event: e.ReproductionRecorded) -> Iterable[Line]:
    words = {"reliably": "reproduced reliably", "sometimes": "reproduced sometimes", "no": "could not be reproduced"}
    yield Line(f"The failure {words[event.outcome]}: {_cut(event.steps)}")


def _written(_walk: Walk, event: e.ReportWritten) -> Iterable[Line]:
    beside = f"; the review is in {event.calendar}" if event.calendar else ""
    yield Line(f"Incident report written to {event.path} (SHA-256 {event.sha256[:12]}){beside}")


def _planner(_walk: Walk, event: e.PlannerReported) -> Iterable[Line]:
    if event.sinks:
        yield Line(f"Brief for the planner queued for: {listed(event.sinks)}")
    else:
        yield Line(f"Planner informed: {listed(event.paths)}")


def _closed(_walk: Walk, event: e.IncidentClosed) -> Iterable[Line]:
    text = f"Incident closed: {_cut(event.reason)}" if event.reason else "Incident closed"
    yield Line(text + unwatched_words(event.unwatched))


def _stood_down(_walk: Walk, event: e.StoodDown) -> Iterable[Line]:
    yield Line(f"Stood down: {_cut(event.reason)}{unwatched_words(event.unwatched)}")


def unwatched_words(gaps: Sequence[Gap]) -> str:
    """What the end of an incident leaves unwatched."""
    rest = ", ".join(f"{counted(gap.count, f'{gap.watch} check')} until {moment(gap.last_at)}" for gap in gaps)
    return f"; monitoring was not over, not watched: {rest}" if rest else ""


def _unlocking(_walk: Walk, event: e.LockBreaking) -> Iterable[Line]:
    yield Line(f"{event.host}: a person ends operation {event.operation}, which is stuck: {_cut(event.reason)}")


def _unlocked(_walk: Walk, event: e.LockBroken) -> Iterable[Line]:
    yield Line(f"{event.host}: breaking the lock of operation {event.operation}: {_cut(event.outcome)}")


def _updated(_walk: Walk, event: e.UpdatePosted) -> Iterable[Line]:
    waits = ", which waits for a person's approval" if event.held else ""
    whom = "the public" if event.external else "those who work on it"
    yield Line(f"Update {event.id} for {whom}{waits}: {event.status}. {_cut(event.text)}")


def _let_out(_walk: Walk, event: e.UpdateApproved) -> Iterable[Line]:
    yield Line(f"Update {event.update} approved for the public by {event.approver}")


def _kept_back(_walk: Walk, event: e.UpdateRejected) -> Iterable[Line]:
    yield Line(f"Update {event.update} kept from the public by {event.approver}: {_cut(event.reason)}")


SAYS: dict[type[e.Event], Callable[[Walk, Any], Iterable[Line]]] = {
    e.CallFailed: _failed_call,
    e.IncidentOpened: _opened,
    e.AssessmentStarted: _began,
    e.AssessmentRecorded: _assessed,
    e.SeverityClassified: _classified,
    e.BudgetBreached: _breached,
    e.PathDecided: _decided,
    e.PlanProposed: _proposed,
    e.PlanDropped: _dropped,
    e.ApprovalGranted: _approved,
    e.ApprovalRejected: _rejected,
    e.RollbackStarted: _rolling_back,
    e.OperationLaunching: _launching,
    e.OperationSeen: _seen,
    e.ProofTaken: _proven,
    e.HostFinished: _host_done,
    e.RollbackFinished: _rolled_back,
    e.FixStarted: _fixing,
    e.FixBranched: _branched,
    e.FixChecked: _fix_checked,
    e.FixTesting: _testing,
    e.FixTested: _tested,
    e.FixEnded: _fixed,
    e.VerificationRecorded: _verified,
    e.MonitoringChecked: _checked,
    e.MonitoringMissed: _missed,
    e.RecurrenceDetected: _recurred,
    e.RootCauseRecorded: _caused,
    e.WhysRecorded: _asked_why,
    e.EventObserved: _observed,
    e.ReproductionRecorded: _reproduced,
    e.ReportWritten: _written,
    e.PlannerReported: _planner,
    e.IncidentClosed: _closed,
    e.StoodDown: _stood_down,
    e.LockBreaking: _unlocking,
    e.LockBroken: _unlocked,
    e.UpdatePosted: _updated,
    e.UpdateApproved: _let_out,
    e.UpdateRejected: _kept_back,
}
"""What each kind of event says in the timeline."""

SILENT: frozenset[type[e.Event]] = frozenset(
    {
        e.CallReceived,
        e.CallAnswered,
        e.EvidenceRecorded,
        e.HistoryRead,
        e.SettingsRead,
        e.SurveyRead,
        e.FixBranching,
        e.IncidentRegistered,
        e.StandingGranted,
        e.StandingUsed,
        e.StandingRevoked,
        e.ReleaseObserved,
        e.SendBegan,
        e.SendEnded,
        e.WitnessFailed,
        e.WitnessRestored,
    }
)
"""Events that say nothing in the timeline: what follows from them does."""
