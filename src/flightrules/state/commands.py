"""What can be asked of an incident, one type a command, named in the imperative.

Knows: the shape of a request and which call it belongs to. Must not know: whether it is allowed (rules do).
Commands marked as the system's carry what the world answered; no face can send them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from flightrules.state.events import PlannerBrief, ReportInput
from flightrules.state.evidence import Finding
from flightrules.state.operation import Look as Looked
from flightrules.state.operation import Running, Survey
from flightrules.state.policy import Channel
from flightrules.state.releases import Observation
from flightrules.state.statements import ApprovedInAdvance, Signed
from flightrules.state.value import Value
from flightrules.state.vocabulary import Impact, Path, Severity

Text = Annotated[str, Field(max_length=4000)]
Short = Annotated[str, Field(max_length=300)]
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{7,64}$")]


class Command(Value):
    """The base of all commands. `tool` is the call it needs to be legal, empty for what is always legal."""

    tool: ClassVar[str] = ""


class Open(Command):
    """Open an incident: detection."""

    incident: str
    target: str
    title: Short
    description: Text = ""
    detected_at: datetime | None = None
    onset_at: datetime | None = None
    detected_via: Short = "agent"


class BeginAssessment(Command):
    """Begin to collect evidence."""

    tool = "assess"


class RecordAssessment(Command):
    """What the probes found, and which releases are known."""

    tool = "assess"
    findings: tuple[Finding, ...]
    observations: tuple[Observation, ...] = ()


class Classify(Command):
    """Give the incident its severity."""

    tool = "classify"
    severity: Severity | None = None
    impacts: tuple[Impact, ...] = ()
    users_affected: Short = ""
    business_impact: Text = ""
    reason: Text = ""


class Decide(Command):
    """Walk the decision tree."""

    tool = "decide"
    root_cause: Text = ""
    isolated: bool = False
    fix_safe: bool = False
    fix_minutes: Annotated[int, Field(ge=0, le=100_000)] | None = None
    rollback_more_disruptive: bool = False
    outside_release: bool = False
    reason: Text = ""


class DecideByPerson(Command):
    """A person takes the decision, whatever the tree says; legal in more phases than `decide`."""

    path: Literal[Path.ROLLBACK, Path.FIX, Path.INVESTIGATE]
    reason: Text
    release: Sha | None = None
    without: tuple[str, ...] = ()
    """Hosts to leave out of a rollback."""


class ProposePlan(Command):
    """What the hosts look like, to make a plan from."""

    tool = "rollback"
    plan_id: str
    surveys: tuple[Survey, ...]
    requester: Short = ""
    """The account, or the authenticated caller, whose agent asks."""


class Approve(Command):
    """A person says yes to exactly this plan."""

    approval_id: str
    approver: Short
    channel: Channel
    intent: str
    review: str
    acknowledged: bool = False
    account: Short = ""
    signed: Signed | None = None
    """A signature that was verified."""


class ApproveInAdvance(Command):
    """A plan is held against a standing approval whose signature was verified."""

    tool = "rollback"
    approval_id: str
    terms: ApprovedInAdvance
    signed: Signed
    uses_left: int


class Reject(Command):
    """A person says no."""

    approver: Short
    channel: Channel
    reason: Text


class SignatureSeen(Value):
    """A signature that an approval rests on, verified again."""

    approval: str
    signed: Signed | None = None
    """What it shows now; None where it does not hold."""
    why: str = ""
    """Why it does not hold any more."""


class StartRollback(Command):
    """Begin the approved rollback; the surveys are those of this moment."""

    tool = "rollback"
    surveys: tuple[Survey, ...]
    signatures: tuple[SignatureSeen, ...] = ()
    """What became of each signature when it was verified again at this moment."""


class Launch(Command):
    """An operation is about to be handed to its host."""

    tool = "rollback"
    operation: str


class See(Command):
    """What the host shows of an operation."""

    tool = "rollback"
    operation: str
    look: Looked


class Prove(Command):
    """What runs on a host after its operation ended, and the check from outside."""

    tool = "rollback"
    operation: str
    running: Running
    health: Finding
    settled: bool


class GiveUpOn(Command):
    """A host's operation cannot be followed to an end: it is lost, or cannot be seen."""

    tool = "rollback"
    operation: str
    outcome: Literal["failed", "indeterminate"]
    says: Text


class BeginFix(Command):
    """Begin a fix."""

    tool = "fix"
    says: Short


class EndFix(Command):
    """End a fix."""

    tool = "fix"
    outcome: Literal["deployed", "failed", "abandoned"]
    reference: Short = ""
    says: Text = ""


class BeginVerification(Command):
    """Begin to look whether production is restored."""

    tool = "verify"


class RecordVerification(Command):
    """What the probes found now."""

    tool = "verify"
    findings: tuple[Finding, ...]
    user_reports: Literal["decreased", "unchanged", "unknown"] = "unknown"


class AcceptByPerson(Command):
    """A person takes production for restored, although a verification stayed inconclusive."""

    reason: Text


class PrepareReport(Command):
    """What the agent adds to the report."""

    tool = "write_report"
    given: ReportInput
    root_cause: Text = ""


class RecordReport(Command):
    """The report stands in a file."""

    tool = "write_report"
    path: str
    sha256: str
    given: ReportInput


class PreparePlannerBrief(Command):
    """What the planner should know."""

    tool = "report_to_planner"
    brief: PlannerBrief


class RecordPlannerBrief(Command):
    """The brief was delivered."""

    tool = "report_to_planner"
    brief: PlannerBrief
    paths: tuple[str, ...]


class Close(Command):
    """A person ends the incident: at the end of the protocol, or before it for a reason."""

    reason: Text = ""


class Look(Command):
    """Tell how a rollback stands; changes nothing, and is legal whenever there is something to tell."""


class Tick(Command):
    """Time passed: record what ran out."""
