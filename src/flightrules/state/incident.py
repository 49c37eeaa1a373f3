"""One incident: the state every rule asks.

Knows: what is remembered of an incident. Must not know: how events change it (fold.py), nor what is allowed (rules).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from flightrules.state import events as e
from flightrules.state.facts import Facts
from flightrules.state.fix import FixCheck, SuiteRun
from flightrules.state.levels import LEVEL_NOT_KNOWN, ErrorLevel
from flightrules.state.operation import Look
from flightrules.state.plan import Plan
from flightrules.state.proof import Claim
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
    """Whether any assessment or reading saw both services and health."""
    healthy: bool = False
    """Whether production was healthy when services, health and checks were last read again."""
    overruled: frozenset[str] = frozenset()
    """Severity rules that a person overruled; they do not raise the bar again."""
    impacts: frozenset[Impact] = frozenset()
    facts: Facts | None = None
    """Facts of the newest assessment."""
    baseline: Facts | None = None
    """What all assessments saw, taken together: what verification compares with."""
    shown: Shown = NOTHING_SHOWN
    """What users saw of it, as the server saw it."""
    confirmed: Severity | None = None
    """The severity that a person gave it last."""
    peak: Severity | None = None
    """The worst severity it ever had."""
    raised_at: datetime | None = None
    """When its severity was made worse after the service was restored; None where it was not."""
    relapse: Literal["", "back", "anew"] = ""
    """Whether it came back after a restoration, or a person began anew; empty once restored again."""
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
    """Why the decision may not help: the approver reads them too."""
    plan: Plan | None = None
    plan_policy: str = ""
    requester: str = ""
    """Whose agent asked for the plan."""
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
    """Why a person did not want the plan before, until one is approved or the decision is taken anew."""
    rejections: int = 0
    """How many plans a person rejected; after one, nothing signed in advance counts."""
    held_back: bool = False
    """Whether a person decided for anything but a rollback; from then on, nothing signed in advance counts."""
    rollback_plan: Plan | None = None
    """The plan of the rollback that runs or ran last."""
    rollback_started_at: datetime | None = None
    approved_at: datetime | None = None
    approved_until: datetime | None = None
    """Until when the approvals hold that the rollback was started on."""
    operations: tuple[tuple[str, str], ...] = ()
    launching: frozenset[str] = frozenset()
    looks: tuple[tuple[str, Look], ...] = ()
    asked: tuple[tuple[str, datetime], ...] = ()
    """(host, when it was asked) of the reading that the rollback was started on."""
    hosts_done: tuple[e.HostFinished, ...] = ()
    approver: str = ""
    """Who approved the rollback that runs or ran last."""
    awaited: tuple[tuple[datetime, e.ProofAwaited], ...] = ()
    """What each host that ended its steps is waited for, as it was recorded last, and when."""
    proof: tuple[tuple[str, Claim], ...] = ()
    """(host, claim) of the last proofs."""
    rollback_outcome: str = ""
    rollback_says: str = ""
    rollbacks_tried: int = 0
    left_behind: frozenset[str] = frozenset()
    """Releases this incident was rolled back from, or to without being restored: no candidates any more."""
    mitigation: Literal["", "rollback", "fix", "by_hand", "none"] = ""
    """What was done last; verification holds production against that."""
    person_release: str | None = None
    """A release a person asked for by name."""
    mitigated_at: datetime | None = None
    """When the first mitigation started."""
    mitigation_ended_at: datetime | None = None
    rollback_healthy_at: datetime | None = None
    fix_started_at: datetime | None = None
    fix_reference: str = ""
    fix_branch: str = ""
    fix_branching: bool = False
    """Whether a branch was to be created and nothing on record says that it was."""
    fix_branched_at: str = ""
    """The commit at which the branch was created; empty where the server did not create it."""
    fix_checks: tuple[FixCheck, ...] = ()
    """What somebody says shows points of the checklist; the newest of a point counts."""
    fix_testing: str = ""
    """The run of the tests that has no end on record; empty where there is none."""
    fix_tested: SuiteRun | None = None
    """The newest run that ended, where none began after it."""
    fix_failed: bool = False
    fix_over: bool = False
    """Whether the last fix ran out of time, and nothing was begun since."""
    claimed: e.MitigationClaimed | None = None
    """What an agent says was done by hand, or that it is over, until a person confirms it."""
    pace_until: datetime | None = None
    """When the times that a person set end."""
    estimate: int | None = None
    """How many minutes a fix takes, as stated last when it was decided."""
    pace_fix: int | None = None
    """So many minutes a person gave the fix."""
    pace_updates: int | None = None
    """So many minutes between updates, as a person set them."""
    decided_at: datetime | None = None
    """When the newest decision was taken, or handed to a person."""
    asked_at: datetime | None = None
    """When the newest plan was proposed."""
    paged_at: datetime | None = None
    """When those to wake were last woken by something new."""
    paged_last_at: datetime | None = None
    """When they were last told, reminders included."""
    pages: int = 0
    """How often they were told of it; 0 once somebody took it."""
    acked_at: datetime | None = None
    """When a person last did something."""
    silenced_at: datetime | None = None
    """When a person last acknowledged."""
    reminded: tuple[e.Reminded, ...] = ()
    """The newest reminder of each kind."""
    verdict: Verdict | None = None
    looking_since: datetime | None = None
    """When the newest verification began to look."""
    looked_at: datetime | None = None
    """The same of the newest that was recorded: up to then at least, the logs were read."""
    restored_at: datetime | None = None
    level: ErrorLevel = LEVEL_NOT_KNOWN
    """The error rate before the incident, as far as known."""
    restored_level: float | None = None
    """Error lines a minute from the end of mitigation to the verification that found it restored."""
    watched: Watched = NOT_WATCHED
    """What the monitoring since that restoration has come to."""
    breached: frozenset[str] = frozenset()
    root_cause: str | None = None
    observed: tuple[e.EventObserved, ...] = ()
    """What was seen outside of this server, as told."""
    users_affected: str = ""
    business_impact: str = ""
    added: e.ReportInput = NOTHING_ADDED
    """What all reports so far were given, each part as last said."""
    report_path: str | None = None
    reported: bool = False
    closed_at: datetime | None = None
    closed_as: ClosedAs = ""
    stood_down: bool = False
    """Whether it was closed before its protocol was done."""
    updates: int = 0
    """How many status updates were written."""
    recent: tuple[tuple[datetime, e.UpdatePosted], ...] = ()
    """Updates of the last minute before the newest: the same is not told twice in it."""
    held: tuple[e.UpdatePosted, ...] = ()
    """Updates that wait for a person's approval."""
    held_at: datetime | None = None
    """When the newest of them was written."""
    told_at: datetime | None = None
    """When those who work on it were last told."""
    voice: str = ""
    """The incident that speaks to the public for this one too; empty where it speaks for itself."""
    public_at: datetime | None = None
    """When the public was first told."""
    public_status: str = ""
    """The status the public was told last, or that the rules last put up for it."""
    public_so: str = ""
    """What was so by the rules when that was told."""
    public_last_at: datetime | None = None
    """When the public was last told anything."""

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
        """When users were last affected; None while that is not over."""
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
        """How often somebody was reminded of one waiting."""
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
        """What must run now, as far as somebody told: a rollback's release in full, a fix by its reference."""
        return self.promised_release or (self.fix_reference or None if self.mitigation == "fix" else None)

    def look_of(self, operation: str) -> Look | None:
        """What was last seen of an operation."""
        return dict(self.looks).get(operation)


_FIELDS = frozenset(field.name for field in fields(Incident))
