"""The sections of the protocol's incident report, each found in the log.

Knows: where each section comes from, and how a gap is named. Must not know: how a report looks, or the time.
What nobody supplied is written as not known, with the reason; nothing is invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from flightrules.state import events as e
from flightrules.state.confirmed import only_stated
from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.policy import Policy
from flightrules.state.report.appendix import Appendix
from flightrules.state.report.milestones import deployment
from flightrules.state.report.numbered import Log, is_before
from flightrules.state.vocabulary import ActorKind
from flightrules.state.words import Said, counted, from_to, length, listed, moment, not_known, span, stated


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactSection:
    """Impact of the incident: what broke, for whom, and for how long."""

    severity: Said
    users_affected: Said
    services_affected: Said
    duration: Said
    business_impact: Said
    detection: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A rollback or a fix: whether it was done, which commit or PR, and what became of it."""

    done: bool
    reference: str
    """The commit or PR; empty where nothing was attempted."""
    says: str
    sources: tuple[str, ...] = ()


class Given(NamedTuple):
    """Additions that somebody made to the report, and for each part the call or event it came with."""

    parts: e.ReportInput
    sources: Mapping[str, tuple[str, ...]]

    def of(self, part: str) -> tuple[str, ...]:
        """Return the sources of a part."""
        return self.sources.get(part, ())


def given_of(log: Log, given: e.ReportInput | None) -> Given:
    """Return the additions to the report, part by part.

    A part that this report is given replaces the one that an earlier report was given.
    """
    layers = [(number, event.given) for number, event in log.every(e.ReportWritten)]
    if given is not None:
        calls = [number for number, call in log.every(e.CallReceived) if call.tool == "write_report"]
        layers.append((calls[-1] if calls else "", given))
    parts, sources = e.ReportInput(), dict[str, tuple[str, ...]]()
    for number, layer in layers:
        parts = parts.with_(layer)
        sources |= dict.fromkeys(layer.filled, (number,) if number else ())
    return Given(parts, sources)


def summary(log: Log, given: Given) -> Said:
    """Return the summary of the incident: as given, else as the incident was opened."""
    if given.parts.summary.strip():
        return stated(given.parts.summary, *given.of("summary"))
    opened = log.last(e.IncidentOpened)
    if opened is None:
        return not_known("the log holds no detection")
    number, event = opened
    return stated("\n\n".join(part for part in (event.title, event.description) if part.strip()), number)


def impact(log: Log, incident: Incident, given: Given) -> ImpactSection:
    """Impact of the incident: what broke, for whom, and for how long."""
    return ImpactSection(
        severity=_severity(log, incident),
        users_affected=_newest(log, "users_affected", given),
        services_affected=_services(log, incident),
        duration=_duration(log, incident),
        business_impact=_newest(log, "business_impact", given),
        detection=detection(log, incident),
    )


def _severity(log: Log, incident: Incident) -> Said:
    every = log.every(e.SeverityClassified)
    if not every:
        return not_known("the incident was not classified")
    number, last = every[-1]
    worst, peak = min(every, key=lambda pair: pair[1].severity.rank)
    if peak.severity is last.severity:
        return stated(f"{last.severity}{_unconfirmed(log, incident)}", number)
    who = "a person" if last.by_person else "an agent"
    why = f" ({last.reason.strip()})" if last.reason.strip() else ""
    return stated(f"{peak.severity} at its worst, set to {last.severity} by {who} later{why}", worst, number)


def _unconfirmed(log: Log, incident: Incident) -> str:
    """Return the notice for readers that only a statement gives the severity; empty if it is confirmed."""
    if not only_stated(incident):
        return ""
    named = [event.reported_by for _, event in log.every(e.SeverityClassified) if event.reported_by]
    by = f"reported by {named[-1]}, as an agent says" if named else "nobody is named who reported it"
    return f", stated and not confirmed: no person gave it and nothing that was read shows it ({by})"


def _newest(log: Log, field: Literal["users_affected", "business_impact"], given: Given) -> Said:
    """As given, else by the newest classification that stated it; a later one without it does not take it back."""
    if text := getattr(given.parts, field).strip():
        return stated(text, *given.of(field))
    said = [(number, str(getattr(event, field))) for number, event in log.every(e.SeverityClassified)]
    filled = [(number, text) for number, text in said if text.strip()]
    return stated(filled[-1][1], filled[-1][0]) if filled else not_known("nobody stated it")


def _services(log: Log, incident: Incident) -> Said:
    facts = incident.baseline or incident.facts
    every = log.every(e.AssessmentRecorded)
    if facts is None or not every:
        return not_known("no assessment is on record")
    number, worst = max(every, key=lambda pair: how_bad(pair[1].facts))
    evidence = worst.evidence
    if text := _affected(facts):
        return stated(text, number, *evidence)
    if not facts.services_known or facts.checks_unknown:
        return not_known("services or checks could not be read", number, *evidence)
    return stated("none seen", number, *evidence)


def how_bad(facts: Facts) -> int:
    """Return a score of how much failed in one look, to find the look that shows an incident best."""
    failed = (*facts.services_down, *facts.services_unhealthy, *facts.major_failed, *facts.minor_failed, *facts.slow)
    return 2 * len(failed) + (2 if facts.health == "down" else 0) + bool(facts.errors)


def _affected(facts: Facts) -> str:
    services = sorted({*facts.services_down, *facts.services_unhealthy})
    failing = [*(["health"] if facts.health == "down" else []), *facts.major_failed, *facts.minor_failed]
    parts = [listed(services)] if services else []
    if failing:
        parts.append(f"failing checks: {listed(failing)}")
    return "; ".join(parts)


def _duration(log: Log, incident: Incident) -> Said:
    """From onset until the server first proved health; the budgets count from detection.

    Healthy hours between two outages are no outage: each span is named.
    """
    spans, ended = incident.spans, incident.restored_at is not None
    if not ended:
        text = from_to(incident.outage_from or incident.began_at, None, open_end=_open_end(incident))
    elif len(spans) > 1:
        total = sum((end - start for start, end in spans if end >= start), timedelta(0))
        each = ", ".join(from_to(start, end, open_end="") for start, end in spans)
        text = f"{span(total)} in {len(spans)} outages: {each}"
    else:
        text = from_to(incident.began_at, incident.ended_at, open_end=_open_end(incident))
    unknown = not incident.onset_known and incident.corrected_onset is None
    said = f"{text}; the onset is not known, counted from detection" if unknown else text
    return Said(text=said, sources=_ends(log), known=ended)


def _open_end(incident: Incident) -> str:
    """Return the reason that no end is on record; healthy production is never called down."""
    if incident.closed_as == "false_alarm" and incident.shown.worst is None:
        return "a false alarm: nothing was seen to fail"
    if incident.stood_down:
        return "it was stood down before a verification found it restored"
    return "no verification has found it restored" if incident.shown.well else "the service is not restored"


def _ends(log: Log) -> tuple[str, ...]:
    """The detection, and the first restored verdict since anything last went wrong again."""
    first = [number for number, _ in log.every(e.IncidentOpened)][:1]
    restored = ""
    for number, event in log.any_of(e.VerificationRecorded, e.RecurrenceDetected):
        if isinstance(event, e.RecurrenceDetected) or event.verdict == "not_restored":
            restored = ""
        elif event.verdict == "restored":
            restored = restored or number
    return (*first, *([restored] if restored else []))


def resolution_time(log: Log, incident: Incident) -> Said:
    """From detection, where all budgets start, until the service was seen restored."""
    ended = incident.ended_at
    if incident.restored_at is None or ended is None:
        return not_known(_open_end(incident))
    return stated(length(incident.noticed_at, ended), *_ends(log))


def detection(log: Log, incident: Incident) -> Said:
    """Return the way in which the incident was noticed, and how long it went unnoticed."""
    opened = log.last(e.IncidentOpened)
    if opened is None:
        return not_known("the log holds no detection")
    number, event = opened
    began, noticed = incident.began_at, incident.noticed_at
    if began >= noticed:
        return stated(f"via {event.detected_via}; nobody stated that it began earlier", number)
    return stated(f"via {event.detected_via}, {span(noticed - began)} after onset", number)


def trigger(log: Log, incident: Incident, policy: Policy, given: Given) -> Said:
    """Return the trigger of the incident: as given, else the deployment that came before."""
    if given.parts.trigger.strip():
        return stated(given.parts.trigger, *given.of("trigger"))
    found = deployment(log, incident, policy)
    return replace(found, text=f"nobody stated it; {found.text}") if found else not_known("nobody stated it")


def reviewed(given: Given) -> tuple[Said, ...]:
    """Return the results of the review."""
    return tuple(stated(text, *given.of("review")) for text in given.parts.review if text.strip())


def authors(records: Sequence[Recorded], given: Given) -> tuple[str, ...]:
    """Return the authors of the report: as given, else everybody who had a part in the incident, by the log."""
    acting = [f"{one.actor.name} ({one.actor.kind})" for one in records if one.actor.kind != ActorKind.SYSTEM]
    return given.parts.authors or tuple(dict.fromkeys(acting))


def root_cause(log: Log) -> Said:
    """Return the cause of the incident, as last recorded."""
    found = log.last(e.RootCauseRecorded)
    if found is None:
        return not_known("nobody stated one")
    number, event = found
    text = f"Hypothesis, no evidence is cited: {event.root_cause}" if event.hypothesis else event.root_cause
    return Said(text=text, sources=(number, *event.evidence), known=event.known)


def rollback(log: Log) -> Attempt:
    """The newest rollback: done only when it ended and was proven."""
    started = log.last(e.RollbackStarted)
    if started is None:
        return Attempt(done=False, reference="", says="not attempted")
    number, event = started
    to = next((p.plan.to_release for _, p in log.every(e.PlanProposed) if p.plan.id == event.plan), "")
    ended = log.last(e.RollbackFinished)
    if ended is None or is_before(ended[0], number):
        return Attempt(done=False, reference=to, says="under way, no end on record", sources=(number,))
    done = ended[1].outcome == "succeeded"
    says = ended[1].says if done else f"attempted, {ended[1].outcome}: {ended[1].says}"
    return Attempt(done=done, reference=to, says=says, sources=(number, ended[0]))


def fix(log: Log) -> Attempt:
    """The newest fix."""
    started, ended = log.last(e.FixStarted), log.last(e.FixEnded)
    if started is None:
        return Attempt(done=False, reference="", says="not attempted")
    if ended is None or is_before(ended[0], started[0]):
        return Attempt(done=False, reference="", says="under way, no end on record", sources=(started[0],))
    event = ended[1]
    done = event.outcome == "deployed"
    says = _deployed(event) if done else f"attempted, {event.outcome}" + (f": {event.says}" if event.says else "")
    return Attempt(done=done, reference=event.reference, says=says, sources=(started[0], ended[0]))


def otherwise(log: Log) -> tuple[tuple[str, Said], ...]:
    """Return what was mended by hand, or was over by itself, each step with who confirmed it."""
    names = {"by_hand": "By hand", "none": "None needed"}
    return tuple(
        (
            names[event.how],
            Said(
                text=f"{event.says.strip()}{f' ({event.who})' if event.who else ''}, at {moment(event.at)}; "
                f"confirmed by {event.confirmed_by}",
                sources=(number, *event.evidence),
            ),
        )
        for number, event in log.every(e.MitigatedOtherwise)
    )


def _deployed(event: e.FixEnded) -> str:
    deployment = f"deployment {event.deployment}" if event.deployment else ""
    missing = f"nothing shows of it: {', '.join(event.unchecked)}" if event.unchecked else ""
    return "; ".join(part for part in (event.says, deployment, missing) if part)


def many(
    part: Literal["went_well", "improve", "prevention", "contributing", "lucky"],
    given: Given,
    observed: Iterable[Said] = (),
) -> tuple[Said, ...]:
    """A list that somebody gave, then what the log itself shows."""
    said = tuple(stated(text, *given.of(part)) for text in getattr(given.parts, part) if text.strip())
    seen = (replace(one, text=f"Observed: {one.text}") for one in observed)
    return (*(said or (not_known("nobody stated it"),)), *seen)


def went_well(log: Log, incident: Incident, policy: Policy) -> tuple[Said, ...]:
    """Return what the log itself shows to have gone in time: the first mitigation, and a rollback that was proven."""
    opened = [number for number, _ in log.every(e.IncidentOpened)]
    first = [number for number, _ in log.any_of(e.RollbackStarted, e.FixStarted, e.MitigatedOtherwise)][:1]
    inside: tuple[Said, ...] = ()
    if incident.severity is not None and incident.mitigated_at is not None:
        took, limit = incident.mitigated_at - incident.detected_at, policy.budgets.response.of(incident.severity)
        text = f"the first mitigation began {span(took)} after detection, inside"
        inside += _in_time(text, took, limit, f"for {incident.severity}", [*opened, *first])
    if incident.rollback_healthy_at is not None and incident.approved_at is not None:
        took = incident.rollback_healthy_at - incident.approved_at
        approved, ended = log.last(e.ApprovalGranted), log.last(e.RollbackFinished)
        sources = [found[0] for found in (approved, ended) if found]
        text = f"the rollback took {span(took)} from approval to proof, inside"
        inside += _in_time(text, took, policy.budgets.rollback, "it may take", sources)
    return inside


def _in_time(text: str, took: timedelta, minutes: int, whose: str, sources: Sequence[str]) -> tuple[Said, ...]:
    limit = timedelta(minutes=minutes)
    return (
        (Said(text=f"{text} the {span(limit)} {whose}.", sources=tuple(sources)),)
        if timedelta(0) <= took <= limit
        else ()
    )


MOST_BREACHES = 12


def breaches(log: Log, incident: Incident) -> tuple[Said, ...]:
    """Budgets that ran out, and how often what was overdue was said again."""
    again = {event.since: event.times for _, event in log.every(e.Reminded) if event.about == "internal_update"}
    every = [_breach(number, event, again, incident) for number, event in log.every(e.BudgetBreached)]
    if len(every) <= MOST_BREACHES:
        return tuple(every)
    more = Said(text=f"{len(every) - MOST_BREACHES} more budgets ran out; the timeline has each.")
    return (*every[:MOST_BREACHES], more)


def _breach(number: str, event: e.BudgetBreached, again: Mapping[datetime, int], incident: Incident) -> Said:
    more = again.get(event.ran_out_at, 0) if event.budget == "internal_update" else 0
    missed = f", and {counted(more, 'more time')} after that" if more else ""
    began = incident.mitigated_at
    if event.budget == "response" and began is not None and began <= event.ran_out_at:
        missed = f"; the mitigation began at {moment(began)} was told later"
    text = f"the {event.budget} budget of {span(event.limit_s)} ran out at {moment(event.ran_out_at)}{missed}."
    return Said(text=text, sources=(number,))


def gaps(more: Appendix) -> tuple[Said, ...]:
    """Return what could not be read, and what had to be rebuilt."""
    unread = [piece for piece in more.evidence if not piece.readable]
    gaps: list[Said] = []
    if unread:
        text = f"{len(unread)} of {counted(len(more.evidence), 'piece')} of evidence could not be read."
        gaps.append(Said(text=text, sources=tuple(piece.id for piece in unread)))
    rebuilt = [run for run in more.operations if any(_built(step.name, step.outcome) for step in run.steps)]
    if rebuilt:
        hosts = listed([run.host for run in rebuilt])
        text = f"images had to be rebuilt during the rollback on {hosts}."
        gaps.append(Said(text=text, sources=tuple(run.source for run in rebuilt)))
    return tuple(gaps)


def _built(name: str, outcome: str) -> bool:
    return name == "build" and outcome != "did not run"


def refusals(log: Log) -> tuple[tuple[str, int], ...]:
    """Refusal codes and how often each was given."""
    codes = [event.code for _, event in log.every(e.CallRefused)]
    return tuple((code, codes.count(code)) for code in sorted(set(codes)))
