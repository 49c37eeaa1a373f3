"""Ledger of what people truly approved, and whether it covers what reached a host; not collected as tests.

Knows: every act of a person, told by whoever drives the machine and never read from the log; the log as it is written;
what arrives at hosts. Must not know: how the service decides. It judges again by itself, from the promise alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flightrules.errors import FlightrulesError
from flightrules.state.canonical import digest
from flightrules.state.events import (
    KINDS,
    ApprovalGranted,
    ApprovalRejected,
    AssessmentRecorded,
    OperationSeen,
    PlanProposed,
    ProductionRead,
    SeverityClassified,
)
from flightrules.state.fold import apply
from flightrules.state.incident import Incident
from flightrules.state.log import GENESIS, Recorded
from flightrules.state.operation import Operation
from flightrules.state.phases import TRANSITIONS
from flightrules.state.plan import Plan
from flightrules.state.policy import ApprovalPolicy, Policy
from flightrules.state.vocabulary import Phase, Severity
from flightrules.testing import ManualClock, image_of
from flightrules.testing.production import ScriptedProduction
from tests.adversary.seeing import Reading, Sight

EDGES = {(old, new) for (old, _), new in TRANSITIONS.items()}
SLACK = timedelta(seconds=45)
"""Longest time between a person's act and its record, or between the last reading of a host and its first step."""
ONLY_WITH_A_REFUSAL = {"call_received", "log_read", "call_refused", "budget_breached", "settings_read"}


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A person approved this plan, having seen it."""

    who: str
    channel: str
    plan: str
    review: str
    until: datetime
    policy: int
    """Index of the settings that were in force."""
    at: datetime
    touched: bool = False
    reached: bool = False
    """True if the answer reached the server."""


@dataclass(kw_only=True)
class Advance:
    """A person approved in advance."""

    id: str
    who: str
    target: str
    severity: Severity
    until: datetime
    uses: int
    revoked: bool = False
    used: int = 0


@dataclass
class Ledger:
    """The books of one run."""

    clock: ManualClock
    policies: dict[str, Policy] = field(default_factory=dict)
    """The policy of each target that is in force."""
    policy: int = 0
    policy_since: datetime | None = None
    approvers_before: int = 1
    """Number of people that the settings before these required."""
    grants: list[Grant] = field(default_factory=list)
    advances: dict[str, Advance] = field(default_factory=dict)
    held_back: set[str] = field(default_factory=set)
    """Incidents in which a person said no, or decided against a rollback."""
    unlocked: set[str] = field(default_factory=set)
    """Operations that a person asked to end."""
    begun: dict[str, dict[str, str]] = field(default_factory=dict)
    """Operation that each host took, by plan."""
    known: set[str] = field(default_factory=set)
    """Operations that a host took or showed, as the log has it."""
    ran: set[str] = field(default_factory=set)
    """Operations whose steps all ran."""
    under_way: dict[str, str] = field(default_factory=dict)
    """The target that each plan rolls back now."""
    readings: dict[str, Reading] = field(default_factory=dict)
    """The newest reading of each target, as production gave it."""
    sights: dict[str, Sight] = field(default_factory=dict)
    healthy: set[str] = field(default_factory=set)
    """Incidents whose production was healthy when it was last read for them."""
    opened: dict[str, datetime] = field(default_factory=dict)
    """Time at which the server heard of each incident."""
    requesters: dict[str, set[str]] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    heads: dict[str, Recorded] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    """Number of times that each kind of event was recorded."""
    arrived: int = 0
    violations: list[str] = field(default_factory=list)

    def wrong(self, says: str) -> None:
        """Note that a promise was broken."""
        self.violations.append(f"{self.clock.now():%H:%M:%S} {says}")

    # -- the log ------------------------------------------------------------------------------------------------------

    def note(self, records: Sequence[Recorded]) -> None:
        """Take over what was just written: each record in its chain, each event along the table."""
        kinds = {record.kind for record in records}
        if "call_refused" in kinds and not kinds <= ONLY_WITH_A_REFUSAL:
            self.wrong(f"a refused call changed something: {sorted(kinds - ONLY_WITH_A_REFUSAL)}")
        for record in records:
            self._chained(record)
            self._folded(record)
            self.seen[record.kind] = self.seen.get(record.kind, 0) + 1
            if record.kind == ApprovalRejected.kind:
                # Where the person's no got through; one that died on its way is told to nobody.
                self.held_back.add(record.stream)
                self.grants = [grant for grant in self.grants if grant.plan != record.data["plan"]]
            if record.kind == ApprovalGranted.kind:
                self._reached(record)
            if record.kind == PlanProposed.kind:
                plan = PlanProposed.model_validate(record.data).plan
                if plan.id in self.plans:
                    self.wrong(f"{plan.id} was proposed twice")
                self.plans[plan.id] = plan
            self._seen(record)

    def _seen(self, record: Recorded) -> None:
        """Take over what was read for an incident, and what a host showed of an operation."""
        incident = self.incidents.get(record.stream)
        if incident is None:
            return
        self.opened.setdefault(incident.id, record.at)
        sight = self.sights.setdefault(incident.id, Sight())
        if record.kind in {AssessmentRecorded.kind, ProductionRead.kind} and incident.target in self.readings:
            reading = self.readings[incident.target]
            sight.saw(reading)
            self.healthy.discard(incident.id)
            if reading.healthy and record.kind == ProductionRead.kind:
                self.healthy.add(incident.id)
        elif record.kind == OperationSeen.kind:
            seen = OperationSeen.model_validate(record.data)
            self.known |= {seen.operation} if seen.look.state != "absent" else set()
        elif record.kind == SeverityClassified.kind and not record.data["by_person"] and incident.assessed_at is None:
            spent = record.at - self.opened[incident.id]
            if spent < timedelta(minutes=self.policies[incident.target].budgets.assessment):
                self.wrong(f"{incident.id} was classified unseen, {spent.total_seconds():.0f} s after it was opened")
        if incident.phase is not Phase.ROLLING_BACK:
            over = [name for name in self.under_way if self.plans[name].incident == incident.id]
            for name in over:
                del self.under_way[name]

    def person_said(self, incident: str, severity: Severity, *, taken: bool) -> None:
        """A person classified, and the server took it."""
        if taken:
            self.sights.setdefault(incident, Sight()).person_said(severity)

    def _reached(self, record: Recorded) -> None:
        """A yes through a client counts from when it got through, once: nobody knows how long it was on its way."""
        for number, grant in enumerate(self.grants):
            given = (grant.plan, grant.channel) == (record.data["plan"], record.data["channel"])
            if given and grant.channel == "elicitation" and not grant.reached:
                until = max(grant.until, record.at + (grant.until - grant.at))
                self.grants[number] = replace(grant, reached=True, until=until)
                return

    def _chained(self, record: Recorded) -> None:
        before = self.heads.get(record.stream)
        version, previous = (before.version + 1, before.hash) if before else (1, GENESIS)
        if (record.version, record.previous) != (version, previous):
            self.wrong(f"{record.stream} {record.version} does not follow {version - 1}")
        if digest(record.model_dump(mode="json", exclude={"hash"})) != record.hash:
            self.wrong(f"{record.stream} {record.version} has another hash")
        self.heads[record.stream] = record

    def _folded(self, record: Recorded) -> None:
        if not record.stream.startswith("INC-"):
            if record.kind not in KINDS:
                self.wrong(f"{record.kind} cannot be read back")
            return
        before = self.incidents.get(record.stream)
        try:
            after = apply(before, record)
        except FlightrulesError as error:
            self.wrong(f"{record.stream} cannot be folded: {error}")
            return
        if before and after and before.phase is not after.phase and (before.phase, after.phase) not in EDGES:
            self.wrong(f"{record.stream} moved from {before.phase} to {after.phase}")
        if after is not None:
            self.incidents[record.stream] = after

    # -- what reaches a host ------------------------------------------------------------------------------------------

    def judge(self, operation: Operation, production: ScriptedProduction) -> None:
        """Hold an operation that just arrived, for the first time, against what people approved."""
        self.arrived += 1
        plan = self.plans.get(operation.id.rpartition("-")[0])
        what = f"{operation.id} of {operation.incident} on {operation.host}"
        if plan is None or (plan.incident, plan.target) != (operation.incident, operation.target):
            self.wrong(f"{what} belongs to no plan of that incident")
            return
        steps = next((host.steps for host in plan.hosts if host.host == operation.host), None)
        if steps != operation.steps or plan.to_release != operation.to_release:
            self.wrong(f"{what} runs other steps than its plan")
        begun = self.begun.setdefault(plan.id, {})
        if begun.get(operation.host, operation.id) != operation.id:
            self.wrong(f"{what} is the second operation of its plan there")
        if operation.id in self.known:
            self.wrong(f"{what} was handed over again after the host was seen to know it")
        if operation.target != production.target.name:
            self.wrong(f"{what} reached {production.target.name}")
        others = [name for name, target in self.under_way.items() if target == plan.target and name != plan.id]
        if others:
            self.wrong(f"{what} began while {', '.join(others)} rolls the same target back")
        self.under_way[plan.id] = plan.target
        if not begun:
            self._covered(what, plan)
        begun[operation.host] = operation.id

    def unlike(self, operation: Operation, production: ScriptedProduction) -> bool:
        """Return True if a host now differs from what the person was shown."""
        plan = self.plans.get(operation.id.rpartition("-")[0])
        survey = next((one.survey for one in plan.hosts if one.host == operation.host), None) if plan else None
        there = production.hosts[operation.host]
        runs = {(name, image_of(name, there.serving)) for name in there.services}
        return (
            survey is None or there.head != survey.head or runs != {(one.service, one.image) for one in survey.services}
        )

    def judge_run(self, operation: Operation, *, unlike: bool, whole: bool) -> None:
        """Hold steps that just ran on a host against what it was before, and against what ran there before."""
        what = f"{operation.id} of {operation.incident} on {operation.host}"
        if unlike:
            self.wrong(f"{what}: ran over another release than the person was shown")
        if whole and operation.id in self.ran:
            self.wrong(f"{what}: its steps ran twice")
        if whole:
            self.ran.add(operation.id)

    def _covered(self, what: str, plan: Plan) -> None:
        incident, policy = self.incidents[plan.incident], self.policies[plan.target].approval
        if incident.phase is not Phase.ROLLING_BACK:
            self.wrong(f"{what} in phase {incident.phase}")
        now, severity = self.clock.now(), incident.severity or Severity.P1
        channels = self._channels(incident, policy)
        recently = self.policy_since is not None and self.policy_since > now - SLACK
        held = [
            grant
            for grant in self.grants
            if (grant.plan, grant.review) == (plan.id, plan.review)
            and now < grant.until
            and (grant.policy == self.policy or recently)
            and grant.channel in channels
            and (grant.touched or grant.channel != "signed" or not policy.require_touch)
            and not (policy.requester_must_differ and grant.who in self.requesters.get(plan.incident, set()))
        ]
        people = {grant.who for grant in held}
        standing = next((one for one in self._advances(plan, severity) if one.who not in people), None)
        if len(people) < policy.approvers and standing is not None:
            standing.used += 1
            people.add(standing.who)
        # Settings that came into force a moment ago do not count for a rollback that had started under older ones.
        needed = min(policy.approvers, self.approvers_before) if recently else policy.approvers
        if len(people) < needed:
            self.wrong(f"{what}: approved by {sorted(people) or 'nobody'}, {needed} needed")

    def _channels(self, incident: Incident, policy: ApprovalPolicy) -> set[str]:
        """Return the channels that must count.

        They follow from the worst of what is said and what was seen; for healthy production only the strongest counts.
        """
        if incident.id in self.healthy:
            named = {name for one in Severity for name in policy.channels.of(one)}
            return {next(name for name in ("signed", "cli", "elicitation") if name in named)}
        floor = self.sights.setdefault(incident.id, Sight()).floor
        judged = min((floor, incident.severity or Severity.P1), key=lambda one: one.rank)
        return {*policy.channels.of(judged)}

    def _advances(self, plan: Plan, severity: Severity) -> list[Advance]:
        policy, now = self.policies[plan.target].approval, self.clock.now()
        fits = policy.standing and "signed" in policy.channels.of(severity) and plan.good.ground == "observed_healthy"
        if not fits or plan.acknowledge or plan.incident in self.held_back:
            return []
        return [
            one
            for one in self.advances.values()
            if (one.target, one.severity) == (plan.target, severity)
            and now < one.until + SLACK
            and one.used < one.uses
            and not one.revoked
        ]
