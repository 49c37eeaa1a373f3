"""The numbers and permissions of the protocol, as one value; every default is the protocol's own.

Knows: what may be configured. Must not know: how a rule uses it (budgets.py, decision.py, approval.py do).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from flightrules.state.value import Value
from flightrules.state.vocabulary import Severity

Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 30)]


class MinutesBySeverity(Value):
    """One number of minutes a severity."""

    P1: Minutes
    P2: Minutes
    P3: Minutes
    P4: Minutes

    def of(self, severity: Severity) -> int:
        """The minutes for a severity."""
        return int(getattr(self, severity.value))


class Budgets(Value):
    """Time limits of each part, in minutes from detection unless stated otherwise."""

    assessment: Minutes = 5
    """Time for the assessment (rule BUD-assessment). Once it is spent, `classify` accepts partial evidence."""
    response: MinutesBySeverity = MinutesBySeverity(P1=5, P2=15, P3=60, P4=240)
    """Time until the first mitigation starts, for each severity (rules BUD-response-P1 to BUD-response-P4)."""
    rollback: Minutes = 10
    """Time from approval to healthy production (rule BUD-rollback).

    Once it is spent, people are told; a running job is not killed.
    """
    fix_wanted: Minutes = 15
    """Minutes that a fix should take at most (rule BUD-fix-wanted)."""
    fix_limit: Minutes = 30
    """Minutes after which a fix is over and rollback becomes the decision (rule BUD-fix-limit)."""
    internal_update: Minutes = 15
    """Minutes between internal status updates for P1 and P2 (rule COM-internal-cadence)."""
    external_notice: MinutesBySeverity = MinutesBySeverity(P1=0, P2=30, P3=60, P4=240)
    """Time until the public is told (rule COM-external); for P3 and P4 once they outlast their response time."""
    external_update: Minutes = 60
    """Minutes after which the public is told again of a P1 or P2 that goes on without news."""
    monitoring_continuous: Minutes = 30
    """Logs are watched continuously for this long after restoration (rule MON-continuous)."""
    monitoring_continuous_every_seconds: Annotated[int, Field(ge=10, le=3600)] = 60
    """Seconds between two reads of the logs while they are watched continuously."""
    monitoring_health: Minutes = 60
    """Health is checked until this long after restoration (rule MON-health)."""
    monitoring_health_every: Annotated[int, Field(ge=1, le=60)] = 10
    """Minutes between two health checks (rule MON-health)."""
    monitoring_errors: Minutes = 240
    """The error rate is watched until this long after restoration (rule MON-error-rate)."""
    monitoring_errors_every: Annotated[int, Field(ge=1, le=240)] = 10
    """Minutes between two checks of the error rate."""
    monitoring_recurrence: Minutes = 1440
    """Recurrence is watched until this long after restoration (rule MON-recurrence)."""
    monitoring_recurrence_every: Annotated[int, Field(ge=1, le=720)] = 30
    """Minutes between two checks for recurrence."""
    review_days: Annotated[int, Field(ge=1, le=60)] = 7
    """Days until the review of a P1 or P2 (rule BUD-review)."""


class DecisionPolicy(Value):
    """Settings of the decision tree."""

    recent_deployment_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 24
    """A deployment this long before onset counts as recent."""
    trust_deploy_history: bool = True
    """True if a release may count as good because it served long enough, without a recorded healthy observation."""
    good_after_minutes: Minutes = 60
    """Minutes that a release must have served until the next deployment to count as good by deploy history."""


Channel = Literal["elicitation", "cli", "signed"]
"""Way in which an approval reaches the server; words.py says what each proves."""

Through = Literal["elicitation", "cli", "signed", "standing"]
"""Way in which an approval reached the server: through a channel, or signed in advance."""


class ChannelsBySeverity(Value):
    """Channels that count for each severity. One list stands for all four."""

    P1: tuple[Channel, ...] = ("elicitation", "cli", "signed")
    P2: tuple[Channel, ...] = ("elicitation", "cli", "signed")
    P3: tuple[Channel, ...] = ("elicitation", "cli", "signed")
    P4: tuple[Channel, ...] = ("elicitation", "cli", "signed")

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, given: object) -> object:
        each = dict.fromkeys(map(str, Severity), given) if isinstance(given, list | tuple) else given
        # Settings are read strictly, and what comes out of here is no JSON any more: there a list is no tuple.
        return {k: tuple(v) if isinstance(v, list) else v for k, v in each.items()} if isinstance(each, dict) else each

    def of(self, severity: Severity) -> tuple[Channel, ...]:
        """The channels that count for a severity."""
        return tuple(getattr(self, severity.value))


class ApprovalPolicy(Value):
    """Rules for approvals: who may approve, how, and for how long an approval holds."""

    expires_minutes: Annotated[int, Field(ge=1, le=120)] = 10
    """An approval not used after this long is void."""
    channels: ChannelsBySeverity = ChannelsBySeverity()
    """Channels that count: one list for all severities, as in `channels = ["signed"]`, or one list per severity.

    One list for all is safer: an agent states the impact.
    """
    allowed_signers: str = ""
    """File of those whose signatures count, in the format of OpenSSH and git; without one, `signed` counts for nobody.
    Keep it where the server's own account cannot write."""
    require_touch: bool = False
    """True if a signature counts only from a security key that was touched for it."""
    require_user_verification: bool = False
    """True if a signature counts only from a security key that verified by PIN or fingerprint who touched it."""
    approvers: Annotated[int, Field(ge=1, le=2)] = 1
    """Number of different people who must approve a plan."""
    requester_must_differ: bool = False
    """True if the person whose agent asked for the plan may not approve it."""
    standing: bool = False
    """True if an approval that was signed in advance may replace asking."""


class PeoplePolicy(Value):
    """Rules for commands that a person gives on the command line."""

    scripts: bool = False
    """True if decide, classify below the floor, accept, unlock and close may be given by a script: `--yes`."""


class VerificationPolicy(Value):
    """Conditions under which production counts as restored."""

    settle_seconds: Annotated[int, Field(ge=0, le=600)] = 3
    """Services must stay healthy, without a restart, for this long after a rollback."""
    health_timeout_seconds: Annotated[int, Field(ge=1, le=1800)] = 300
    """Seconds to wait for a restarted service to become healthy before the rollback counts as failed."""


class FixPolicy(Value):
    """Requirements for a fix."""

    unchecked: Literal["refuse", "record"] = "refuse"
    """A deployed fix with open points in its checklist: refused by their names, or recorded with them as not done."""
    test_timeout_seconds: Annotated[int, Field(ge=1, le=1800)] = 600
    """After this long a run of the tests is ended."""


class ReportPolicy(Value):
    """Requirements for the incident report."""

    missing: Literal["not_known", "refuse"] = "not_known"
    """A part nobody supplied: written as "not known" with the reason, or the report refused by its name."""
    folder: str = "docs/06-operations/incident-response"
    """Folder of the report under the target's `docs_dir` (rule REP-filed)."""


PublicWords = Annotated[str, Field(min_length=1, max_length=300)]


class WordsBySeverity(Value):
    """One sentence a severity."""

    P1: PublicWords = "It is not available."
    P2: PublicWords = "An important part of it does not work as it should."
    P3: PublicWords = "A part of it does not work as it should."
    P4: PublicWords = "Something about it does not work as it should."

    def of(self, severity: Severity) -> str:
        """The sentence for a severity."""
        return str(getattr(self, severity.value))


class CommunicationPolicy(Value):
    """Rules for public updates: their words, and who approves them."""

    component: PublicWords = "Our service"
    """Public name of the target. No other name of it is ever told outside."""
    impact: WordsBySeverity = WordsBySeverity()
    """Texts for the public about the impact, chosen by how bad the server itself saw it.

    A stated severity never chooses the text.
    """
    automatic: bool = True
    """True if updates that use only these words go out automatically.

    The first goes out at once if `budgets.external_notice` is 0, and one more whenever the state changes. This applies
    only if an external destination or a status page is set.
    """
    external_approval: Literal["own_text", "always", "never"] = "own_text"
    """Public updates that wait for a person.

    `own_text`: those in an agent's own words. `always`: all of them. `never`: none but those of an agent that contain a
    word that is also an internal name.
    """


class Policy(Value):
    """Everything about the protocol that may be configured."""

    budgets: Budgets = Budgets()
    decision: DecisionPolicy = DecisionPolicy()
    approval: ApprovalPolicy = ApprovalPolicy()
    people: PeoplePolicy = PeoplePolicy()
    verification: VerificationPolicy = VerificationPolicy()
    fix: FixPolicy = FixPolicy()
    report: ReportPolicy = ReportPolicy()
    communication: CommunicationPolicy = CommunicationPolicy()
