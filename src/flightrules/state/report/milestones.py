"""The timeline for people: at most 25 lines of a log that may have thousands, the deployment and the first error.

Knows: which moments somebody who was not there needs. Must not know: how they are laid out.
The machine's own timeline stands whole in the appendix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from flightrules.state import events as e
from flightrules.state.evidence import Deploy, Deploys, Logs
from flightrules.state.incident import Incident
from flightrules.state.policy import Policy
from flightrules.state.report.entry import TimelineEntry
from flightrules.state.report.numbered import Log
from flightrules.state.words import Said, short, span

MOST = 25
"""Lines of the timeline for people."""

DEPLOYED = "deployed"
"""The kind of the entry that tells the deployment before the onset; no event is called so."""

FAILED_FIRST = "failed_first"
"""The kind of the entry that tells the first error that the server read; no event is called so."""

TURNS = frozenset(
    {
        DEPLOYED,
        FAILED_FIRST,
        e.IncidentOpened.kind,
        e.RollbackStarted.kind,
        e.RollbackFinished.kind,
        e.FixStarted.kind,
        e.FixEnded.kind,
        e.MitigatedOtherwise.kind,
        e.VerificationRecorded.kind,
        e.RecurrenceDetected.kind,
        e.IncidentClosed.kind,
        e.StoodDown.kind,
    }
)
"""Kinds of events that are turning points of the incident."""

STEPS = TURNS | {
    e.SeverityClassified.kind,
    e.PathDecided.kind,
    e.PaceSet.kind,
    e.TimesCorrected.kind,
    e.ApprovalGranted.kind,
    e.ApprovalRejected.kind,
    e.BudgetBreached.kind,
    e.RootCauseRecorded.kind,
    e.TimesCorrected.kind,
    e.PaceSet.kind,
    e.ClockMoved.kind,
}
"""Kinds of events that are turning points, or steps from one to the next."""

NOISE = frozenset(
    {
        e.CallRefused.kind,
        e.OperationLaunching.kind,
        e.OperationSeen.kind,
        e.ProofAwaited.kind,
        e.ProofTaken.kind,
        e.Reminded.kind,
        e.FormPut.kind,
    }
)
"""Kinds of events that only a machine needs, and that the milestones leave out."""

MONITORED = "Monitoring: "


def milestones(entries: Sequence[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """As much of a timeline as fits, in its order: the finest choice that has at most so many lines."""
    first = next((entry for entry in entries if entry.kind == e.AssessmentStarted.kind), None)
    for chosen in (_quiet(entries), _of(entries, STEPS, first), _of(entries, TURNS, first)):
        if len(chosen) <= MOST:
            return chosen
    return _ends(chosen)


def _quiet(entries: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    return tuple(entry for entry in entries if entry.kind not in NOISE)


def _of(
    entries: Iterable[TimelineEntry], kinds: frozenset[str], first: TimelineEntry | None
) -> tuple[TimelineEntry, ...]:
    """Entries of these kinds, and the first assessment; a check of monitoring that found nothing is no turn."""
    return tuple(
        entry
        for entry in entries
        if entry is first or (entry.kind in kinds and not (kinds is TURNS and entry.text.startswith(MONITORED)))
    )


def _ends(entries: Sequence[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """Both ends, and how many are left out between."""
    half = MOST // 2
    left = entries[half:-half]
    text = f"{len(left)} more, see the machine's timeline"
    return (*entries[:half], replace(left[0], text=text, actor="left out", evidence=()), *entries[-half:])


def folded(entries: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """Entries of one kind and actor that fall into one second drawn together."""
    drawn: list[TimelineEntry] = []
    for _, run in groupby(entries, key=lambda entry: (int(entry.at.timestamp()), entry.kind, entry.actor)):
        first, *rest = run
        text = "; ".join(dict.fromkeys([first.text, *(entry.text for entry in rest)]))
        evidence = tuple(dict.fromkeys([*first.evidence, *(one for entry in rest for one in entry.evidence)]))
        drawn.append(replace(first, text=text, evidence=evidence) if rest else first)
    return tuple(drawn)


def with_deployment(
    entries: Sequence[TimelineEntry], log: Log, incident: Incident, policy: Policy
) -> tuple[TimelineEntry, ...]:
    """The timeline with the deployment before the onset that the server read from production."""
    found = _deployment(log, incident, policy)
    if found is None:
        return tuple(entries)
    number, evidence, deploy = found
    entry = TimelineEntry(
        at=deploy.at,
        kind=DEPLOYED,
        text=f"Release {short(deploy.sha)} deployed, as production's own record has it",
        actor="seen in production",
        source=number,
        evidence=(evidence,),
    )
    return _placed(entry, entries)


def with_first_error(
    entries: Sequence[TimelineEntry], log: Log, incident: Incident, policy: Policy
) -> tuple[TimelineEntry, ...]:
    """The timeline with the onset as the server itself saw it: the first error line that an assessment read."""
    found = _first_error(log, incident, policy)
    if found is None:
        return tuple(entries)
    at, service, number, evidence = found
    entry = TimelineEntry(
        at=at,
        kind=FAILED_FIRST,
        text=f"First error in the log of {service}, as an assessment read it",
        actor="seen in production",
        source=number,
        evidence=(evidence,),
    )
    return _placed(entry, entries)


def _placed(entry: TimelineEntry, entries: Sequence[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    place = next((n for n, one in enumerate(entries) if one.at >= entry.at), len(entries))
    return (*entries[:place], entry, *entries[place:])


def _first_error(log: Log, incident: Incident, policy: Policy) -> tuple[datetime, str, str, str] | None:
    """Return the time and source of the first unusual error after the deployment or near the onset.

    An error that is usual for the service does not count.
    """
    deployed = _deployment(log, incident, policy)
    since = deployed[2].at if deployed else incident.onset_at - _window(policy)
    assessed = {one for _, event in log.every(e.AssessmentRecorded) for one in event.evidence}
    found = [
        (group.first_at, event.finding.data.service, number, event.id)
        for number, event in log.every(e.EvidenceRecorded)
        if event.id in assessed and isinstance(event.finding.data, Logs)
        for group in event.finding.data.groups
        if group.first_at is not None and group.first_at >= since and group.signature not in incident.level.usual
    ]
    return min(found, key=lambda one: one[0], default=None)


def _window(policy: Policy) -> timedelta:
    return timedelta(hours=policy.decision.recent_deployment_hours)


def deployment(log: Log, incident: Incident, policy: Policy) -> Said | None:
    """The deployment before the onset in words; None where none was read."""
    found = _deployment(log, incident, policy)
    if found is None:
        return None
    number, evidence, deploy = found
    before = span(incident.onset_at - deploy.at)
    return Said(text=f"release {short(deploy.sha)} was deployed {before} before onset", sources=(number, evidence))


def _deployment(log: Log, incident: Incident, policy: Policy) -> tuple[str, str, Deploy] | None:
    """The newest deployment within the window before the onset, and which evidence has it."""
    since = incident.onset_at - _window(policy)
    for number, event in log.every(e.EvidenceRecorded):
        data = event.finding.data
        if isinstance(data, Deploys):
            inside = [one for one in data.deploys if since <= one.at <= incident.onset_at]
            return (number, event.id, max(inside, key=_when)) if inside else None
    return None


def _when(deploy: Deploy) -> datetime:
    return deploy.at
