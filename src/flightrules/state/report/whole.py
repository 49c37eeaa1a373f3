"""The incident report as a value: every section of the protocol's template, each statement with what it stands on.

Knows: where in the log each section comes from, and how a gap is named. Must not know: how a report looks, or the time.
What nobody supplied is written as not known, with the reason; nothing is invented. Same log, same report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flightrules.state.events import ReportInput, ReportWritten
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.policy import Policy
from flightrules.state.report import afterwards, sections
from flightrules.state.report.afterwards import REVIEW_ID, Action, Link, Review
from flightrules.state.report.appendix import Appendix, appendix
from flightrules.state.report.entry import TimelineEntry
from flightrules.state.report.investigated import Investigated, investigated
from flightrules.state.report.loops import shortened
from flightrules.state.report.milestones import folded, milestones, with_deployment, with_first_error
from flightrules.state.report.numbered import numbered
from flightrules.state.report.sections import Attempt, ImpactSection
from flightrules.state.report.timeline import timeline
from flightrules.state.target import Target
from flightrules.state.words import Said, day


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The newest event of the log: a witness outside the log that its end was not cut off."""

    version: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """Everything that stands in an incident report."""

    incident: str
    title: str
    target: str
    hosts: tuple[str, ...]
    phase: str
    status: Literal["RESOLVED", "OPEN"]
    summary: Said
    impact: ImpactSection
    timeline: tuple[TimelineEntry, ...]
    """For people: at most 25 lines."""
    machine_timeline: tuple[TimelineEntry, ...]
    """The log's own, for the appendix."""
    authors: tuple[str, ...]
    reviewed: tuple[Said, ...]
    """Results of the review; until there are any, the report is a draft."""
    trigger: Said
    contributing: tuple[Said, ...]
    lucky: tuple[Said, ...]
    root_cause: Said
    analysis: Investigated | None = None
    """Results of the analysis beyond the cause itself; None if nobody analysed."""
    rollback: Attempt
    fix: Attempt
    otherwise: tuple[tuple[str, Said], ...] = ()
    """Steps that were mended by hand, or were over by themselves."""
    resolution_time: Said
    went_well: tuple[Said, ...]
    improve: tuple[Said, ...]
    actions: tuple[Action, ...]
    review: Review | None
    """Review that is due, from which the calendar file is made; None if no review is due."""
    prevention: tuple[Said, ...]
    related: tuple[Link, ...]
    appendix: Appendix
    breached: tuple[Said, ...]
    refusals: tuple[tuple[str, int], ...]
    """Refusal code and how often it was given."""
    written: int
    """Number of reports of this incident that were written before."""
    head: LogHead

    @property
    def given_actions(self) -> tuple[Action, ...]:
        """The action items without the review that the protocol itself asks for."""
        return tuple(item for item in self.actions if not item.id.endswith(REVIEW_ID))

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the parts that nobody supplied or that could not be found out."""
        parts: dict[str, tuple[Said, ...]] = {
            "summary": (self.summary,),
            "severity": (self.impact.severity,),
            "users affected": (self.impact.users_affected,),
            "services affected": (self.impact.services_affected,),
            "duration": (self.impact.duration,),
            "business impact": (self.impact.business_impact,),
            "root cause": (self.root_cause,),
            "resolution time": (self.resolution_time,),
            "what went well": self.went_well,
            "what could be improved": self.improve,
            "prevention measures": self.prevention,
        }
        unknown = [name for name, said in parts.items() if not all(part.known for part in said)]
        no_actions = [] if self.actions else ["action items"]
        no_related = [] if any(link.what.known for link in self.related) else ["related"]
        return (*unknown, *no_actions, *no_related)


def report_data(
    records: Sequence[Recorded],
    incident: Incident,
    target: Target,
    policy: Policy,
    *,
    given: ReportInput | None = None,
) -> ReportData:
    """The report of an incident; without `given`, with what the newest written report was given."""
    log = numbered(records)
    added = sections.given_of(log, given)
    items = afterwards.actions(log, added, incident)
    review = afterwards.review_item(log, items, incident, policy)
    more = appendix(log)
    whole = timeline(records, [event for _, event in log.events])
    deployed = with_deployment(folded(whole), log, incident, policy)
    told = with_first_error(deployed, log, incident, policy)
    return ReportData(
        incident=incident.id,
        title=incident.title,
        target=target.name,
        hosts=tuple(host.name for host in target.hosts),
        phase=str(incident.phase),
        status="RESOLVED" if incident.restored_at else "OPEN",
        summary=sections.summary(log, added),
        impact=sections.impact(log, incident, added),
        timeline=milestones(told),
        machine_timeline=shortened(told),
        authors=sections.authors(records, added),
        reviewed=sections.reviewed(added),
        trigger=sections.trigger(log, incident, policy, added),
        contributing=sections.many("contributing", added),
        lucky=sections.many("lucky", added),
        root_cause=sections.root_cause(log),
        analysis=investigated(log, incident),
        rollback=sections.rollback(log),
        fix=sections.fix(log),
        otherwise=sections.otherwise(log),
        resolution_time=sections.resolution_time(log, incident),
        went_well=sections.many("went_well", added, sections.went_well(log, incident, policy)),
        improve=sections.many("improve", added, (*sections.breaches(log, incident), *sections.gaps(more))),
        actions=items if review is None or review in items else (*items, review),
        review=afterwards.review(review, incident, policy),
        prevention=sections.many("prevention", added),
        related=afterwards.related(added),
        appendix=more,
        breached=sections.breaches(log, incident),
        refusals=sections.refusals(log),
        written=len(log.every(ReportWritten)),
        head=LogHead(version=records[-1].version, hash=records[-1].hash, at=records[-1].at),
    )


def calendar_name(report: str) -> str:
    """The path of the calendar file that lies beside a report."""
    return f"{report.removesuffix('.md')}.ics"


def tasks_name(report: str) -> str:
    """The path of the file with the action items as tasks."""
    return f"{report.removesuffix('.md')}-tasks.ics"


def report_name(incident: Incident, policy: Policy) -> str:
    """The report's path under the target's `docs_dir`: folder of the policy, date of detection, incident."""
    return f"{policy.report.folder.rstrip('/')}/{day(incident.detected_at)}-{incident.id}.md"
