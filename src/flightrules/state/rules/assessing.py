"""Detection, assessment and classification (docs/incident-protocol.md#assessment).

Knows: when the clock may start, how findings become facts, and how a severity is found and changed.
Must not know: how findings were collected.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.evidence import Deploy, Deploys, Finding
from flightrules.state.facts import Facts, facts_of
from flightrules.state.incident import Incident
from flightrules.state.levels import level_before, quiet_until
from flightrules.state.releases import History
from flightrules.state.rules.context import RuleContext
from flightrules.state.severity import RuleHit, floor_of, rule_hits, stated_by_alert
from flightrules.state.vocabulary import ActorKind, Impact, Phase, Severity

LONGEST_BACKDATE = timedelta(days=5 * 365)
"""Longest time by which an event may be dated back; more is taken for a mistyped date.

The limit is long because a breach may have been hidden for months.
"""


def open_incident(command: c.Open, context: RuleContext) -> list[e.Event]:
    """Open an incident. The clock starts at detection, which may lie before the call."""
    detected = stated_moment("detected_at", command.detected_at, context.now, default=context.now)
    onset = stated_moment("onset_at", command.onset_at, context.now, default=detected)
    if onset > detected:
        raise Refused("bad_time", "`onset_at` is after `detected_at`.", "Onset comes first; leave it out if not known.")
    return [
        e.IncidentOpened(
            incident=command.incident,
            target=command.target,
            title=command.title,
            description=command.description,
            detected_at=detected,
            onset_at=onset,
            detected_via=command.detected_via,
            onset_known=command.onset_at is not None,
            beside=command.beside,
        )
    ]


def join(incident: Incident, command: c.Join, context: RuleContext) -> list[e.Event]:
    """Record that the same was noticed again. One incident keeps one timeline and one public voice."""
    if command.target != incident.target:
        said = f"{incident.id} is about {incident.target}, not {command.target}."
        raise Refused("other_target", said, "Open a separate incident: leave out `duplicate_of`.")
    if incident.phase is Phase.CLOSED:
        said = f"{incident.id} is closed."
        raise Refused("out_of_order", said, "Call `open_incident` without `duplicate_of`.")
    detected = stated_moment("detected_at", command.detected_at, context.now, default=context.now)
    return [
        e.IncidentJoined(
            title=command.title,
            description=command.description,
            detected_at=detected,
            detected_via=command.detected_via,
        )
    ]


def stated_moment(name: str, given: datetime | None, now: datetime, *, default: datetime) -> datetime:
    """A moment somebody gave, in UTC, or the default. Raises `Refused` for one that cannot be meant."""
    if given is None:
        return default
    if given.tzinfo is None:
        raise Refused("bad_time", f"`{name}` has no time zone.", "Write it like 2026-01-31T14:05:00Z.")
    if given > now:
        raise Refused("bad_time", f"`{name}` is in the future.", f"It is {now:%Y-%m-%dT%H:%M:%SZ} now.")
    if given < now - LONGEST_BACKDATE:
        raise Refused("bad_time", f"`{name}` is more than 5 years ago.", "Check the date, or leave it out.")
    return given.astimezone(UTC)


def begin_assessment(_incident: Incident, _command: c.BeginAssessment, _context: RuleContext) -> list[e.Event]:
    """Record the intent to read production."""
    return [e.AssessmentStarted(purpose="assess")]


def record_assessment(incident: Incident, command: c.RecordAssessment, context: RuleContext) -> list[e.Event]:
    """Record each finding, the known releases, and the facts they come to."""
    recorded = evidence_events(incident, command.findings)
    facts = facts_of(command.findings, context.target)
    read = deploys_in(command.findings)
    history = History(
        deploys=read if facts.deploys_known else deploys_of({*read, *incident.history.deploys}),
        observations=command.observations,
    )
    quiet = quiet_until(
        onset=incident.onset_at,
        detected=incident.detected_at,
        deploys=history.deploys,
        policy=context.policy.decision,
    )
    level = level_before(command.findings, command.observations, quiet)
    rules = rule_hits(facts, frozenset())
    summary = e.AssessmentRecorded(evidence=tuple(item.id for item in recorded), facts=facts, level=level, rules=rules)
    return [*recorded, e.HistoryRead(history=history), summary]


def record_reading(_incident: Incident, command: c.RecordReading, context: RuleContext) -> list[e.Event]:
    """Record what was read before a decision."""
    return reading(command.findings, context)


def reading(findings: tuple[Finding, ...], context: RuleContext) -> list[e.Event]:
    """Findings of services, health and checks, and what they say; nothing where nothing was read."""
    if not findings:
        return []
    facts = facts_of(findings, context.target)
    rules = rule_hits(facts, frozenset())
    return [e.ProductionRead(findings=findings, facts=facts, rules=rules, healthy=facts.healthy)]


def evidence_events(incident: Incident, findings: tuple[Finding, ...]) -> list[e.EvidenceRecorded]:
    """Findings with their evidence ids, counted on from what the incident has."""
    first = incident.finding_number()
    return [e.EvidenceRecorded(id=f"E{first + i}", finding=finding) for i, finding in enumerate(findings)]


def deploys_in(findings: tuple[Finding, ...]) -> tuple[Deploy, ...]:
    """Deployments over all hosts, newest first."""
    return deploys_of(d for f in findings if isinstance(f.data, Deploys) for d in f.data.deploys)


def deploys_of(deploys: Iterable[Deploy]) -> tuple[Deploy, ...]:
    """Deployments, each once, newest first; what was read before still holds where it cannot be read again."""
    found = {(d.sha, d.at): d for d in deploys}
    return tuple(sorted(found.values(), key=lambda d: (d.at, d.sha), reverse=True))


def classify(incident: Incident, command: c.Classify, context: RuleContext) -> list[e.Event]:
    """Find the floor by rules; an agent may go above it with a reason, only a person below.

    What a person set stays: an agent may raise it, and so do rules that the person did not overrule.
    """
    impacts = incident.impacts | frozenset(command.impacts)
    hits = _hits(incident, impacts)
    _refuse_guessing(incident, command, hits)
    bar = floor_of(tuple(hit for hit in hits if hit.rule not in incident.overruled), incident.bar)
    severity = command.severity or _worse(bar, incident.severity)
    _require_authority(incident, command, context, bar, severity)
    if command.severity and context.actor.kind is ActorKind.PERSON:
        bar, overruled = severity, frozenset(hit.rule for hit in hits if hit.severity.rank < severity.rank)
    else:
        overruled = incident.overruled
    return [
        e.SeverityClassified(
            severity=severity,
            floor=floor_of(hits, incident.floor),
            bar=bar,
            overruled=tuple(sorted(overruled)),
            rules=hits,
            impacts=tuple(sorted(impacts)),
            reported_by=command.reported_by.strip(),
            users_affected=command.users_affected,
            business_impact=command.business_impact,
            reason=command.reason,
            by_person=context.actor.kind is ActorKind.PERSON,
        )
    ]


def _hits(incident: Incident, impacts: frozenset[Impact]) -> tuple[RuleHit, ...]:
    """Every rule that holds over what was seen and stated, worst first."""
    hits = rule_hits(incident.facts or Facts(), impacts)
    if incident.alert_severity is None:
        return hits
    return tuple(sorted((*hits, stated_by_alert(incident.alert_severity)), key=lambda hit: hit.severity.rank))


def _worse(bar: Severity, standing: Severity | None) -> Severity:
    return standing if standing is not None and standing.rank < bar.rank else bar


def _refuse_guessing(incident: Incident, command: c.Classify, hits: tuple[RuleHit, ...]) -> None:
    """Refuse if nothing was seen and nothing is stated, since the mildest severity would be a guess."""
    facts = incident.facts or Facts()
    seen = facts.health != "unknown" or facts.services_known or command.severity or incident.severity
    if not seen and [hit.rule for hit in hits] == ["no-other-rule"]:
        raise Refused(
            "nothing_known",
            "Production could not be read and no impact is stated, so no rule gives a severity.",
            "State `impacts` or a `severity`, or call `assess` again.",
        )


def _require_authority(
    incident: Incident, command: c.Classify, context: RuleContext, bar: Severity, severity: Severity
) -> None:
    """Milder than the bar takes a person with a reason; worse than what stands takes a reason."""
    reasoned = bool(command.reason.strip())
    if severity.rank > bar.rank and not (reasoned and context.actor.kind is ActorKind.PERSON):
        raise Refused(
            "below_floor",
            f"{severity} is below {bar}, which the rules or a person set.",
            f"A person may lower it: flightrules classify {incident.id} --severity {severity} --reason TEXT",
        )
    if severity.rank < _worse(bar, incident.severity).rank and not reasoned:
        raise Refused("reason_missing", f"{severity} is worse than {bar}.", "Give a `reason` for raising it.")
