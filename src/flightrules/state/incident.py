"""One incident: the state every rule asks.

Knows: what is remembered of an incident. Must not know: how events change it (fold.py), nor what is allowed (rules).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from flightrules.state import events as e
from flightrules.state.claims import Claim
from flightrules.state.facts import Facts
from flightrules.state.fix import FixCheck, SuiteRun
from flightrules.state.levels import LEVEL_NOT_KNOWN, ErrorLevel
from flightrules.state.operation import OperationStatus
from flightrules.state.plan import Plan
from flightrules.state.releases import GoodRelease, History
from flightrules.state.shown import NOTHING_SHOWN, Shown
from flightrules.state.vocabulary import ClosedAs, Impact, Path, Phase, Severity, Verdict
from flightrules.state.watched import NOT_WATCHED, Watched

NO_HISTORY = History()
NOTHING_ADDED = e.ReportInput()


@dataclass(frozen=True, kw_only=True)
class Incident:
    """The state of one incident at one version of its log. Without slots, so that `but` is a copy of one dict."""

    id: str
    version: int = 0
    target: str = ""
    title: str = ""
    settings: str = ""
    """Digest of the settings it is handled under."""
    description: str = ""
    phase: Phase = Phase.DETECTED
    detected_at: datetime
    onset_at: datetime
    onset_known: bool = True
    opened_at: datetime
    corrected_onset: datetime | None = None
    corrected_detection: datetime | None = None
    corrected_end: datetime | None = None
    outage_from: datetime | None = None
    """Since when it lasts after it came back; None for the first time."""
    outages: tuple[tuple[datetime, datetime], ...] = ()
    """Spans that are over, each until the server first proved health; the first begins with the onset."""
    severity: Severity | None = None
    floor: Severity | None = None
    bar: Severity | None = None
    """The mildest severity an agent may give: the floor, or what a person set instead."""
    read: bool = False
    """True if any assessment or reading saw both services and health."""
    healthy: bool = False
    """True if production was healthy when services, health and checks were last read again."""
    overruled: frozenset[str] = frozenset()
    """Severity rules that a person overruled; they do not raise the bar again."""
    impacts: frozenset[Impact] = frozenset()
    facts: Facts | None = None
    """Facts of the newest assessment."""
    baseline: Facts | None = None
    """Facts of all assessments combined, with which verification compares."""
    shown: Shown = NOTHING_SHOWN
    """Effects of the incident on users, as the server saw them."""
    confirmed: Severity | None = None
    """The severity that a person gave it last."""
    peak: Severity | None = None
    """The worst severity it ever had."""
    raised_at: datetime | None = None
    """Time at which the severity was raised after the service was restored; None if it was not."""
    relapse: Literal["", "back", "anew"] = ""
    """State of a relapse.

    `back` if the incident came back after a restoration, `anew` if a person began anew; empty once it is restored
    again.
    """
    alerts_through: int = 0
    """The last event of the stream of alerts that joined it."""
    alert_severity: Severity | None = None
    """The worst severity that an alert stated."""
    called_at: datetime | None = None
    """Time at which the server called people to an incident that an alert opened."""
    assessed_at: datetime | None = None
    history: History = NO_HISTORY
    evidence: tuple[str, ...] = ()
    path: Path | None = None
    decided_by: str = ""
    left_out: tuple[str, ...] = ()
    """Hosts that a person left out of the next rollback."""
    chosen: GoodRelease | None = None
    """The release a decision went for."""
    doubts: tuple[str, ...] = ()
    """Reasons that the decision may not help; the approver reads them too."""
    plan: Plan | None = None
    plan_policy: str = ""
    requester: str = ""
    """Name of the person whose agent asked for the plan."""
    approval: e.ApprovalGranted | None = None
    """The newest approval of the plan; `approvals` has all, and approvers.py says whether they are enough."""
    approvals: tuple[e.ApprovalGranted, ...] = ()
    approvals_spent: frozenset[str] = frozenset()
    forms: tuple[tuple[str, datetime], ...] = ()
    """(client, since when it has a question about the plan) of those that bring the answer in a call of their own."""
    formless: frozenset[str] = frozenset()
    """Clients that are asked by form no more: theirs was not answered in time, not shown, or declined at once."""
    unsaid: str = ""
    """The plan about which a form came to nothing last."""
    rejection: e.ApprovalRejected | None = None
    """Rejection of the last plan by a person; None once a plan is approved or a new decision is taken."""
    rejections: int = 0
    """Number of plans that a person rejected; after one, no approval given in advance counts."""
    held_back: bool = False
    """True if a person decided for anything but a rollback; from then on, no approval given in advance counts."""
    rollback_plan: Plan | None = None
    """The plan of the rollback that runs or ran last."""
    rollback_started_at: datetime | None = None
    approved_at: datetime | None = None
    approved_until: datetime | None = None
    """Until when the approvals hold that the rollback was started on."""
    operations: tuple[tuple[str, str], ...] = ()
    launching: frozenset[str] = frozenset()
    looks: tuple[tuple[str, OperationStatus], ...] = ()
    asked: tuple[tuple[str, datetime], ...] = ()
    """(host, when it was asked) of the reading that the rollback was started on."""
    hosts_done: tuple[e.HostFinished, ...] = ()
    approver: str = ""
    """Name of the person who approved the rollback that runs or ran last."""
    awaited: tuple[tuple[datetime, e.ProofAwaited], ...] = ()
    """Claims that do not hold yet on each host that ended its steps, as recorded last, with the time of the record."""
    proof: tuple[tuple[str, Claim], ...] = ()
    """(host, claim) of the last proofs."""
    rollback_outcome: str = ""
    rollback_says: str = ""
    rollbacks_tried: int = 0
    left_behind: frozenset[str] = frozenset()
    """Releases this incident was rolled back from, or to without being restored: no candidates any more."""
    mitigation: Literal["", "rollback", "fix", "by_hand", "none"] = ""
    """Kind of the last mitigation; verification checks production against it."""
    person_release: str | None = None
    """A release a person asked for by name."""
    mitigated_at: datetime | None = None
    """Time at which the first mitigation started."""
    mitigation_ended_at: datetime | None = None
    rollback_healthy_at: datetime | None = None
    fix_started_at: datetime | None = None
    fix_reference: str = ""
    fix_branch: str = ""
    fix_branching: bool = False
    """True if a branch was to be created and nothing on record says that it was."""
    fix_branched_at: str = ""
    """The commit at which the branch was created; empty where the server did not create it."""
    fix_checks: tuple[FixCheck, ...] = ()
    """Evidence that somebody states for points of the checklist; for each point the newest counts."""
    fix_testing: str = ""
    """The run of the tests that has no end on record; empty where there is none."""
    fix_tested: SuiteRun | None = None
    """The newest run that ended, where none began after it."""
    fix_failed: bool = False
    fix_over: bool = False
    """True if the last fix ran out of time, and nothing was begun since."""
    claimed: e.MitigationClaimed | None = None
    """Statement of an agent that it was mitigated by hand, or that it is over, until a person confirms it."""
    pace_until: datetime | None = None
    """Time until which the intervals that a person set apply."""
    estimate: int | None = None
    """Minutes that a fix takes, as stated last for a decision."""
    pace_fix: int | None = None
    """So many minutes a person gave the fix."""
    pace_updates: int | None = None
    """So many minutes between updates, as a person set them."""
    decided_at: datetime | None = None
    """Time at which the newest decision was taken, or was handed to a person."""
    asked_at: datetime | None = None
    """Time at which the newest plan was proposed."""
    paged_at: datetime | None = None
    """Time at which the people on call were last paged for something new."""
    paged_last_at: datetime | None = None
    """Time at which the people on call were last paged, reminders included."""
    pages: int = 0
    """Number of pages sent for it; 0 once somebody took it."""
    acked_at: datetime | None = None
    """Time at which a person last did something."""
    silenced_at: datetime | None = None
    """Time of a person's last acknowledgement."""
    reminded: tuple[e.Reminded, ...] = ()
    """The newest reminder of each kind."""
    clock_moved: tuple[datetime, int] | None = None
    """Time at which a jump of the server's clock was last noted, and its seconds."""
    verdict: Verdict | None = None
    looking_since: datetime | None = None
    """Time at which the newest verification began to look."""
    looked_at: datetime | None = None
    """The same of the newest that was recorded: up to then at least, the logs were read."""
    restored_at: datetime | None = None
    level: ErrorLevel = LEVEL_NOT_KNOWN
    """The error rate before the incident, as far as known."""
    restored_level: float | None = None
    """Error lines a minute from the end of mitigation to the verification that found it restored."""
    watched: Watched = NOT_WATCHED
    """State of the monitoring since that restoration."""
    breached: frozenset[str] = frozenset()
    root_cause: str | None = None
    observed: tuple[e.EventObserved, ...] = ()
    """Observations that were made outside of this server, as reported."""
    users_affected: str = ""
    business_impact: str = ""
    added: e.ReportInput = NOTHING_ADDED
    """Additions that were given to all reports so far; for each part the last one counts."""
    report_path: str | None = None
    reported: bool = False
    closed_at: datetime | None = None
    closed_as: ClosedAs = ""
    stood_down: bool = False
    """True if the incident was closed before its protocol was done."""
    updates: int = 0
    """Number of status updates that were written."""
    recent: tuple[tuple[datetime, e.UpdatePosted], ...] = ()
    """Updates of the last minute before the newest: the same is not told twice in it."""
    held: tuple[e.UpdatePosted, ...] = ()
    """Updates that wait for a person's approval."""
    held_at: datetime | None = None
    """Time at which the newest of them was written."""
    told_at: datetime | None = None
    """Time at which the people who work on the incident were last told."""
    voice: str = ""
    """The incident that speaks to the public for this one too; empty where it speaks for itself."""
    public_at: datetime | None = None
    """Time at which the public was first told."""
    public_status: str = ""
    """The status the public was told last, or that the rules last put up for it."""
    public_so: str = ""
    """State by the rules at the time of that status."""
    public_last_at: datetime | None = None
    """Time at which the public was last told anything."""

    def but(self, **other: object) -> Incident:
        """The incident with other values in these fields.

        Every event of a log passes here, and `dataclasses.replace` would take ten times as long.
        """
        if not _FIELDS.issuperset(other):
            raise TypeError(f"an incident has no {', '.join(sorted(other.keys() - _FIELDS))}")
        fresh = object.__new__(Incident)
        fresh.__dict__.update(self.__dict__, **other)
        return fresh

    @property
    def began_at(self) -> datetime:
        """The onset, as far as it is known by now."""
        return self.corrected_onset or self.onset_at

    @property
    def noticed_at(self) -> datetime:
        """The detection, as far as it is known by now."""
        return self.corrected_detection or self.detected_at

    @property
    def ended_at(self) -> datetime | None:
        """Return the time at which users were last affected; None while that is not over."""
        ended = self.outages[-1][1] if self.outages and self.restored_at is not None else None
        return self.corrected_end or ended

    @property
    def spans(self) -> tuple[tuple[datetime, datetime], ...]:
        """Each span in which users were affected, with what was corrected."""
        found = [*self.outages]
        if found:
            found[0] = (self.began_at, found[0][1])
            found[-1] = (found[-1][0], self.ended_at or found[-1][1])
        return tuple(found)

    def reminded_of(self, about: str, since: datetime) -> int:
        """Return the number of reminders sent for a matter that waits since the given time."""
        return max((one.times for one in self.reminded if one.about == about and one.since == since), default=0)

    def finding_number(self) -> int:
        """The number of the next piece of evidence."""
        return len(self.evidence) + 1

    @property
    def promised_release(self) -> str | None:
        """The release that must run now, where the last mitigation was a rollback."""
        return self.rollback_plan.to_release if self.mitigation == "rollback" and self.rollback_plan else None

    @property
    def wanted_release(self) -> str | None:
        """Return the release that must run now, as far as it is known: a rollback's in full, a fix by its reference."""
        return self.promised_release or (self.fix_reference or None if self.mitigation == "fix" else None)

    def look_of(self, operation: str) -> OperationStatus | None:
        """Return the last look at an operation; None if there was none."""
        return dict(self.looks).get(operation)


_FIELDS = frozenset(field.name for field in fields(Incident))
