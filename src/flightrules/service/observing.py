"""Looking at production: assess, verify, observe.

Knows: that the intent to look is recorded before and every finding after, whole.
Must not know: how a probe works, nor what a finding means (rules do).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from flightrules.errors import Unavailable
from flightrules.ports import Wanted, Write
from flightrules.service import answers as a
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation, ManagedTarget, OtherStreams
from flightrules.service.opening import settle, the
from flightrules.service.performing import perform
from flightrules.service.reading import WHY_LENGTH
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.channels import raised_words
from flightrules.state.evidence import Finding, Http, Logs, Services
from flightrules.state.facts import MOST_WHY, Facts, all_measured, facts_of, newest_first, not_whole
from flightrules.state.incident import Incident
from flightrules.state.levels import rate_of
from flightrules.state.log import Recorded
from flightrules.state.logs import by_kind
from flightrules.state.metrics.measured import TIMES, Moments
from flightrules.state.releases import Observation, recent_deployment
from flightrules.state.rules.context import RuleContext
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.rules.finishing import logs_since, usual_errors
from flightrules.state.seen_now import answered
from flightrules.state.untrusted import one_line
from flightrules.state.value import changed
from flightrules.state.verification import Verification, verification_of
from flightrules.state.vocabulary import Verdict
from flightrules.state.words import counted

SHOWN = 5
"""Number of items of a kind that an answer shows; the rest is in the evidence."""

SIGNATURE_LENGTH = 160


def target_stream(target: str) -> str:
    """The stream in which a target's releases are remembered."""
    return f"target:{target}"


async def observations_of(incidents: IncidentService, target: str) -> tuple[Observation, ...]:
    """Return everything that was ever seen of a target's releases, oldest first."""
    return tuple(
        _observation(record)
        for record in await incidents.records(target_stream(target))
        if record.kind == "release_observed"
    )


def _observation(record: Recorded) -> Observation:
    event = e.ReleaseObserved.model_validate(record.data)
    return Observation(
        release=event.release,
        healthy=event.healthy,
        at=record.at,
        by=event.by,
        errors_per_minute=event.errors_per_minute,
    )


async def assess(incidents: IncidentService, call: Call) -> a.Answer[a.Assessed]:
    """Collect all evidence at once, and record it whole."""
    return await perform(incidents, call, c.BeginAssessment(), lambda invocation: _assessed(incidents, invocation))


async def _assessed(incidents: IncidentService, invocation: Invocation) -> a.Answer[a.Assessed]:
    incident = invocation.incident
    moments = Moments(onset=incident.onset_at)
    findings = await collected(incidents, incident.target, Wanted(moments=moments), known=known_errors(incident))
    command = c.RecordAssessment(findings=findings, observations=await observations_of(incidents, incident.target))

    def say(after: Incident, events: Sequence[e.Event]) -> tuple[str, a.Assessed]:
        return _say_assessed(after, events, incidents.context(after, invocation.call.actor, incidents.clock.now()))

    return await incidents.finish(invocation, command, say)


async def collected(
    incidents: IncidentService,
    target: str,
    wanted: Wanted,
    *,
    known: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Return what production and its metrics show, errors under the kinds they belong to, `known` ones first.

    The reason that a probe failed may quote a host, so it is cleaned before it is stored.
    """
    found = await gathered(incidents.managed(target), wanted)
    findings = [changed(f, why=one_line(f.why, WHY_LENGTH)) if f.why else f for f in found]
    seen = [group.signature for f in findings if isinstance(f.data, Logs) for group in f.data.groups]
    kinds = incidents.kinds.kinds(known, seen) if seen else {}
    return tuple(changed(f, data=by_kind(f.data, kinds)) if isinstance(f.data, Logs) else f for f in findings)


async def gathered(managed: ManagedTarget, wanted: Wanted) -> tuple[Finding, ...]:
    """Return what all sources of a target show, all at once; a probe that belongs to none is production's to name."""
    named, sources = wanted.probes, managed.sources
    own = [probe for probe in named if not any(source.makes(probe) for source in sources)]
    asked = [source for source in sources if not named or any(map(source.makes, named))]
    further = asyncio.gather(*(source.collect(wanted) for source in asked))
    if named and not own:
        return tuple(finding for group in await further for finding in group)
    production = managed.production.collect(own, since=wanted.since, limit_s=wanted.limit_s)
    first, groups = await asyncio.gather(production, further)
    return (*first, *(finding for group in groups for finding in group))


def moments_of(incident: Incident) -> Moments:
    """The moments between which a restored service is measured: no window begins before the mitigation ended."""
    return Moments(onset=incident.onset_at, after=incident.mitigation_ended_at, times=TIMES)


def known_errors(incident: Incident) -> tuple[str, ...]:
    """The kinds of error that the incident's assessment saw: what is seen later is held against these."""
    return tuple(signature for signature, _ in incident.baseline.errors) if incident.baseline else ()


def _say_assessed(incident: Incident, events: Sequence[e.Event], context: RuleContext) -> tuple[str, a.Assessed]:
    recorded = the(e.AssessmentRecorded, events)
    facts = recorded.facts
    found = [event.finding for event in events if isinstance(event, e.EvidenceRecorded)]
    deploys = incident.history.deploys
    recent = recent_deployment(deploys, onset=incident.onset_at, policy=context.policy.decision)
    good = next(iter(candidates_of(incident, context)), None)
    result = a.Assessed(
        health=facts.health,
        release=facts.release,
        services=_services(facts, found),
        checks_failed=(*facts.major_failed, *facts.minor_failed),
        checks_passed=facts.checks_passed,
        slow=facts.slow,
        error_lines=facts.error_lines,
        untrusted_errors=tuple(
            a.ErrorSummary(count=count, signature=one_line(signature, SIGNATURE_LENGTH))
            for signature, count in newest_first(facts)[:SHOWN]
        ),
        deploys=tuple(a.DeploymentSummary(release=d.sha, at=d.at) for d in deploys[:SHOWN]),
        recent_deployment=a.DeploymentSummary(release=recent.sha, at=recent.at) if recent else None,
        good_release=a.GoodReleaseSummary(release=good.release, why=good.why) if good else None,
        unreadable=_unread(events),
        evidence=recorded.evidence,
        answers=tuple(answered(f.data) for f in found if isinstance(f.data, Http)),
        evidence_means=tuple(f"{ev.id}: {_place(ev.finding)}" for ev in events if isinstance(ev, e.EvidenceRecorded)),
    )
    return _assessment_words(facts, result) + raised_words(incident), result


def _assessment_words(facts: Facts, result: a.Assessed) -> str:
    failed = f"; failing: {', '.join(result.checks_failed)}" if result.checks_failed else ""
    unread = f"; not known: {', '.join(u.probe for u in result.unreadable)}" if result.unreadable else ""
    return f"Health {facts.health}{failed}; {facts.error_lines} error lines{unread}."


def _services(facts: Facts, found: Sequence[Finding]) -> tuple[str, ...]:
    """Each service with its state and how often the engine restarted it."""
    states = [state for f in found if isinstance(f.data, Services) for state in f.data.services]
    again: dict[str, int] = {}
    for state in states:
        again[state.service] = max(state.restarts, again.get(state.service, 0))

    def word(name: str) -> str:
        if name in facts.services_down:
            return f"{name}: down"
        restarts = again.get(name.partition("@")[0], 0)
        often = f", {counted(restarts, 'restart')}" if restarts else ""
        return f"{name}: {'unhealthy' if name in facts.services_unhealthy else 'running'}{often}"

    return tuple(word(name) for name in facts.services)


def _unread(events: Sequence[e.Event]) -> tuple[a.UnreadProbe, ...]:
    findings = [event.finding for event in events if isinstance(event, e.EvidenceRecorded)]
    unread = [a.UnreadProbe(probe=_place(f), why=one_line(why, MOST_WHY)) for f in findings if (why := not_whole(f))]
    return tuple(unread[:10])


def _place(finding: Finding) -> str:
    return f"{finding.probe}@{finding.host}" if finding.host else finding.probe


async def verify(incidents: IncidentService, call: Call, user_reports: str) -> a.Answer[a.Verified]:
    """Look again, compare with the assessment, and say restored, not_restored or inconclusive."""
    return await perform(
        incidents, call, c.BeginVerification(), lambda invocation: _verified(incidents, invocation, user_reports)
    )


async def _verified(incidents: IncidentService, invocation: Invocation, user_reports: str) -> a.Answer[a.Verified]:
    incident = invocation.incident
    wanted = Wanted(since=logs_since(incident), moments=moments_of(incident))
    findings = await collected(incidents, incident.target, wanted, known=known_errors(incident))
    command = c.RecordVerification.model_validate({"findings": findings, "user_reports": user_reports})
    target = incidents.managed(incident.target).target
    facts = all_measured(facts_of(findings, target), target)
    images = await _remember(incidents, incident.target, facts.release) if _healthy(incidents, incident, facts) else ()
    return await incidents.finish(invocation, command, _say_verified, _observed("verify", images))


def _healthy(incidents: IncidentService, incident: Incident, facts: Facts) -> bool:
    usual = usual_errors(incident, incidents.clock.now())
    return verification_of(facts, incident.baseline or Facts(), usual=usual).verdict is Verdict.RESTORED


def _observed(by: str, images: tuple[tuple[str, str], ...]) -> OtherStreams:
    """A restored verdict is a healthy observation of the release, one that is not restored condemns it."""

    def other_streams(incident: Incident, events: Sequence[e.Event]) -> list[tuple[str, e.Event]]:
        event = the(e.VerificationRecorded, events)
        release = event.facts.release
        if release is None or event.verdict is Verdict.INCONCLUSIVE:
            return []
        healthy = event.verdict is Verdict.RESTORED
        seen = e.ReleaseObserved(release=release, healthy=healthy, by=by, images=images if healthy else ())
        return [(target_stream(incident.target), item) for item in (seen, *_culprits(incident, seen))]

    return other_streams


def _culprits(incident: Incident, seen: e.ReleaseObserved) -> list[e.ReleaseObserved]:
    """Once a rollback is verified, what it left behind is no release to go back to, in a later incident either."""
    if not seen.healthy or incident.mitigation != "rollback":
        return []
    left = sorted(incident.left_behind - {seen.release})
    return [e.ReleaseObserved(release=release, healthy=False, by=incident.id) for release in left]


def _say_verified(_incident: Incident, events: Sequence[e.Event]) -> tuple[str, a.Verified]:
    event = the(e.VerificationRecorded, events)
    open_items = [f"{item.item}: {item.saw}" for item in event.items if item.outcome != "pass"]
    said = f"{event.verdict}." + (f" {'; '.join(open_items)}." if open_items else "")
    return said, a.Verified(
        verdict=event.verdict, checklist=event.items, evidence=event.evidence, unreadable=_unread(events)
    )


async def accept(incidents: IncidentService, call: Call, command: c.AcceptByPerson) -> a.Answer[a.Verified]:
    """A person vouches for what no probe can show."""
    return await settle(incidents, call, command, _say_verified)


async def _remember(incidents: IncidentService, target: str, release: str | None) -> tuple[tuple[str, str], ...]:
    """Tag what runs, on each host; a failure costs the fast path later, nothing now."""
    managed = incidents.managed(target)
    if release is None:
        return ()
    found: list[tuple[str, str]] = []
    for host in managed.target.hosts:
        try:
            found.extend(await managed.production.remember(host.name, release))
        except Unavailable:
            continue
    return tuple(dict(found).items())


async def observe(incidents: IncidentService, target: str, call: Call) -> tuple[Verification, str | None]:
    """See whether a target is healthy now, and remember its release; outside of any incident."""
    managed = incidents.managed(target)
    findings = await collected(incidents, target, Wanted(moments=Moments(times=TIMES)))
    facts = all_measured(facts_of(findings, managed.target), managed.target)
    quiet = facts.model_copy(update={"errors": ()})
    judged = verification_of(quiet, Facts())
    if facts.release is not None and judged.verdict is not Verdict.INCONCLUSIVE:
        healthy = judged.verdict is Verdict.RESTORED
        images = await _remember(incidents, target, facts.release) if healthy else ()
        now = incidents.clock.now()
        seen = e.ReleaseObserved(
            release=facts.release,
            healthy=healthy,
            by="observe",
            images=images,
            errors_per_minute=rate_of(findings, now) if healthy else None,
        )
        draft = seen.draft(at=now, actor=call.actor, call=call.key)
        stream = target_stream(target)
        await incidents.store.append(Write(stream, None, [draft]))
    return judged, facts.release
