"""Everything that can stand in an incident's log, one type an event, named in the past tense.

Knows: the data of each event and how it becomes a record. Must not know: what an event does to an incident (fold.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, ValidationError

from flightrules.errors import Defect
from flightrules.state.decision import Inputs, Node
from flightrules.state.evidence import Finding
from flightrules.state.facts import Facts
from flightrules.state.log import Actor, Draft
from flightrules.state.operation import Look, Running, Survey
from flightrules.state.plan import Plan
from flightrules.state.policy import Through
from flightrules.state.proof import Claim
from flightrules.state.releases import GoodRelease, History
from flightrules.state.severity import RuleHit
from flightrules.state.statements import ApprovedInAdvance, Signed
from flightrules.state.value import JsonObject, Value
from flightrules.state.verification import Item
from flightrules.state.vocabulary import Impact, Path, Severity, Verdict

KINDS: dict[str, type[Event]] = {}


class Event(Value):
    """The base of all events; a subclass's `kind` is what the log calls it."""

    kind: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        KINDS[cls.kind] = cls

    @property
    def moves(self) -> str:
        """The event's name in the transition table."""
        return self.kind

    def draft(self, *, at: datetime, actor: Actor, call: str) -> Draft:
        """The event, ready for the log."""
        # Not checked to be JSON a second time: it was dumped as JSON just now.
        data = self.model_dump(mode="json", by_alias=True)
        return Draft.model_construct(kind=self.kind, at=at, actor=actor, call=call, data=data)


def event_of(kind: str, data: dict[str, JsonValue]) -> Event:
    """Read an event back from its record. Raises `Defect` for a kind this version does not know."""
    known = KINDS.get(kind)
    if known is None:
        raise Defect(f"the log holds an event of unknown kind {kind!r}; was it written by a newer version?")
    try:
        return known.model_validate(data)
    except ValidationError as wrong:
        raise Defect(f"the log holds a {kind!r} that cannot be read; was it written by another version?") from wrong


class CallReceived(Event):
    """A face passed a call on."""

    kind = "call_received"
    tool: str
    arguments: JsonObject


class CallAnswered(Event):
    """What the caller was told."""

    kind = "call_answered"
    answer: JsonObject


class CallRefused(Event):
    """The protocol said no, and what the caller was told."""

    kind = "call_refused"
    code: str
    answer: JsonObject


class CallFailed(Event):
    """The world failed a call, and what the caller was told."""

    kind = "call_failed"
    what: str
    answer: JsonObject


class IncidentRegistered(Event):
    """In the server's own stream: an incident exists, so removing it whole is noticed."""

    kind = "incident_registered"
    incident: str


class IncidentOpened(Event):
    """Detection: where every budget starts."""

    kind = "incident_opened"
    incident: str
    target: str
    title: str
    description: str = ""
    detected_at: datetime
    onset_at: datetime
    detected_via: str


class AssessmentStarted(Event):
    """Probes are about to run."""

    kind = "assessment_started"
    purpose: Literal["assess", "verify", "observe"]


class EvidenceRecorded(Event):
    """One finding, whole."""

    kind = "evidence_recorded"
    id: str
    finding: Finding


class HistoryRead(Event):
    """The releases known at that moment."""

    kind = "history_read"
    history: History


class AssessmentRecorded(Event):
    """What the findings of one assessment say."""

    kind = "assessment_recorded"
    evidence: tuple[str, ...]
    facts: Facts


class SeverityClassified(Event):
    """A severity, its floor and the rules behind it."""

    kind = "severity_classified"
    severity: Severity
    floor: Severity
    bar: Severity | None = None
    """The mildest an agent may give from now on, where a person set it; else the floor."""
    overruled: tuple[str, ...] = ()
    """Rules that a person overruled."""
    rules: tuple[RuleHit, ...]
    impacts: tuple[Impact, ...] = ()
    users_affected: str = ""
    business_impact: str = ""
    reason: str = ""


class BudgetBreached(Event):
    """A budget ran out; recorded once, at the first call or tick that saw it."""

    kind = "budget_breached"
    budget: str
    limit_s: int
    ran_out_at: datetime


class PathDecided(Event):
    """Rollback, fix, investigate or a person; with the whole walk through the tree."""

    kind = "path_decided"
    path: Path
    by: Literal["rules", "person"]
    reason: str
    trace: tuple[Node, ...] = ()
    warnings: tuple[str, ...] = ()
    inputs: Inputs | None = None
    release: GoodRelease | None = None
    without: tuple[str, ...] = ()
    """Hosts that a person left out of the rollback."""

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.path}"


class SurveyRead(Event):
    """What was read of a host before a plan, or again before its first step."""

    kind = "survey_read"
    survey: Survey


class PlanProposed(Event):
    """A plan and its two digests."""

    kind = "plan_proposed"
    plan: Plan
    intent: str
    review: str
    policy: str
    requester: str = ""
    """The account, or the authenticated caller, whose agent asked for the plan."""


class PlanDropped(Event):
    """A plan that no approval can be given to any more."""

    kind = "plan_dropped"
    plan: str
    why: str


class ApprovalGranted(Event):
    """A person approved exactly that plan."""

    kind = "approval_granted"
    id: str
    plan: str
    intent: str
    review: str
    approver: str
    channel: Through
    until: datetime
    acknowledged: bool = False
    account: str = ""
    """The account that handed it in, or whose client did."""
    signed: Signed | None = None
    """What was signed, and the signature: `ssh-keygen -Y verify` takes both."""
    standing: str = ""
    """The standing approval it comes from."""


class ApprovalRejected(Event):
    """A person said no, and why."""

    kind = "approval_rejected"
    plan: str
    approver: str
    channel: Through
    reason: str


class RollbackStarted(Event):
    """The approval is spent; from here on the operations may reach the hosts. Intent, recorded before any effect."""

    kind = "rollback_started"
    plan: str
    approval: str
    operations: tuple[tuple[str, str], ...]
    """(operation id, host) in order."""
    approvals: tuple[str, ...] = ()
    """All approvals it is spent with, where there are several."""


class OperationLaunching(Event):
    """An operation is about to be handed to its host."""

    kind = "operation_launching"
    operation: str
    host: str


class OperationSeen(Event):
    """What the host shows of an operation, where it differs from what was seen before."""

    kind = "operation_seen"
    operation: str
    host: str
    look: Look


class ProofTaken(Event):
    """What ran on a host afterwards, and each claim held against it."""

    kind = "proof_taken"
    host: str
    running: Running
    claims: tuple[Claim, ...]


class HostFinished(Event):
    """The end of one host's operation."""

    kind = "host_finished"
    host: str
    operation: str
    outcome: Literal["succeeded", "failed", "indeterminate"]
    says: str


class RollbackFinished(Event):
    """The end of a rollback over all hosts."""

    kind = "rollback_finished"
    outcome: Literal["succeeded", "failed", "indeterminate"]
    says: str

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.outcome}"


class FixStarted(Event):
    """A fix has begun."""

    kind = "fix_started"
    branch: str
    says: str


class FixEnded(Event):
    """A fix is deployed, failed, abandoned, or over its time."""

    kind = "fix_ended"
    outcome: Literal["deployed", "failed", "abandoned", "over"]
    reference: str = ""
    says: str = ""

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.outcome}"


class VerificationRecorded(Event):
    """A verdict and the checklist it stands on."""

    kind = "verification_recorded"
    verdict: Verdict
    items: tuple[Item, ...]
    facts: Facts
    evidence: tuple[str, ...]

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.verdict}"


class RecurrenceDetected(Event):
    """The incident came back while it was monitored."""

    kind = "recurrence_detected"
    says: str


class RootCauseRecorded(Event):
    """What caused it, as far as known."""

    kind = "root_cause_recorded"
    root_cause: str
    known: bool


class ActionItem(Value):
    """One thing to do afterwards."""

    action: Annotated[str, Field(max_length=300)]
    assignee: Annotated[str, Field(max_length=80)]
    due: Annotated[str, Field(max_length=40)]
    """ISO date."""


class ReportInput(Value):
    """What the agent adds to the report."""

    summary: str = ""
    went_well: tuple[str, ...] = ()
    improve: tuple[str, ...] = ()
    actions: tuple[ActionItem, ...] = ()
    prevention: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


class ReportWritten(Event):
    """The incident report stands in a file."""

    kind = "report_written"
    path: str
    sha256: str
    given: ReportInput


class PlannerBrief(Value):
    """What the planner should know (protocol, phase 6)."""

    quality_issues: tuple[str, ...] = ()
    process_improvements: tuple[str, ...] = ()
    spec_updates: tuple[str, ...] = ()
    technical_debt: tuple[str, ...] = ()


class PlannerReported(Event):
    """The brief was delivered."""

    kind = "planner_reported"
    brief: PlannerBrief
    paths: tuple[str, ...]


class IncidentClosed(Event):
    """The protocol is done."""

    kind = "incident_closed"
    reason: str = ""


class StoodDown(Event):
    """A person ended the incident early, for a reason (a false alarm, a duplicate)."""

    kind = "stood_down"
    reason: str


class LockBreaking(Event):
    """In a target's stream: a person is about to end an operation that is stuck on a host."""

    kind = "lock_breaking"
    host: str
    operation: str
    reason: str


class LockBroken(Event):
    """In a target's stream: what came of it."""

    kind = "lock_broken"
    host: str
    operation: str
    outcome: str


class StandingGranted(Event):
    """In a target's stream: a person approved in advance."""

    kind = "standing_granted"
    terms: ApprovedInAdvance
    signed: Signed


class StandingUsed(Event):
    """In a target's stream: a rollback was started on a standing approval."""

    kind = "standing_used"
    id: str
    incident: str
    plan: str


class StandingRevoked(Event):
    """In a target's stream: a person took a standing approval back."""

    kind = "standing_revoked"
    id: str
    by: str
    reason: str


class ReleaseObserved(Event):
    """In a target's stream: how a release was seen in production."""

    kind = "release_observed"
    release: str
    healthy: bool
    by: str
    images: tuple[tuple[str, str], ...] = ()
