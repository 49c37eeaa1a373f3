"""Rules of the analysis: evidence of claims, and the releases it compares (docs/incident-protocol.md#root-cause).

Knows: that a claim stands on evidence this incident has, or is a hypothesis. Must not know: whether a claim is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Analysis, Cited, Observed
from flightrules.state.incident import Incident
from flightrules.state.rules.assessing import evidence_events, stated_moment
from flightrules.state.rules.context import RuleContext
from flightrules.state.rules.deciding import candidates_of


def begin_analysis(incident: Incident, command: c.BeginAnalysis, context: RuleContext) -> list[e.Event]:
    """Refuse what cannot be recorded, before production is asked; record the intent to ask it."""
    given = command.given
    _check(incident, given, context)
    if not given.compare:
        return []
    releases_to_compare(incident, context)
    return [e.AssessmentStarted(purpose="compare")]


def record_analysis(incident: Incident, command: c.RecordAnalysis, context: RuleContext) -> list[e.Event]:
    """Record what was found; the conclusion comes last, since it moves the incident on."""
    given = command.given
    _check(incident, given, context)
    events: list[e.Event] = [*evidence_events(incident, command.findings), *_observations(incident, given.observed)]
    events += _onset(incident, given, context)
    if given.whys:
        events.append(e.WhysRecorded(whys=given.whys))
    if given.reproduced:
        events.append(e.ReproductionRecorded(outcome=given.reproduced, steps=given.steps.strip()))
    if given.root_cause:
        cause = given.root_cause
        events.append(e.RootCauseRecorded(root_cause=cause.says.strip(), known=True, evidence=cause.evidence))
    if given.nothing_to_add and incident.root_cause is None:
        text = f"not known: {context.actor.name} has nothing to add: {given.nothing_to_add.strip()}"
        events.append(e.RootCauseRecorded(root_cause=text, known=False))
    return events


def _onset(incident: Incident, given: Analysis, context: RuleContext) -> list[e.Event]:
    """The onset as the analysis found it: stated, or, where nobody knew it, as the evidence of the cause shows it."""
    cause = given.root_cause
    if cause is None:
        return []
    cited = [
        one.at for one in (*incident.observed, *_observations(incident, given.observed)) if one.id in cause.evidence
    ]
    shown = min(cited, default=None) if not (incident.onset_known or incident.corrected_onset) else None
    onset = given.onset_at.astimezone(UTC) if given.onset_at else shown
    if onset is None or onset >= incident.began_at:
        return []
    reason = "stated in the analysis" if given.onset_at else "the earliest observation that the root cause cites"
    return [e.TimesCorrected(onset_at=onset, reason=reason, by=context.actor.name, evidence=cause.evidence)]


def _check(incident: Incident, given: Analysis, context: RuleContext) -> None:
    if given == Analysis(steps=given.steps):
        raise Refused(
            "analysis_empty",
            "The analysis adds nothing.",
            "Give whys, observed, compare or root_cause. If you have none, say why: "
            f'{{"incident": "{incident.id}", "nothing_to_add": "no access to the source code"}}.',
        )
    if given.nothing_to_add:
        _require_words(given.nothing_to_add)
        _require_nothing_else(given)
    stated_moment("onset_at", given.onset_at, context.now, default=context.now)
    for item in given.observed:
        stated_moment("observed.at", item.at, context.now, default=context.now)
        _require_words(item.says, item.source)
    for cited in (*given.whys, *_conclusion(given)):
        _require_words(cited.says)
    _require_known(incident, given)
    if given.root_cause and given.root_cause.hypothesis:
        raise Refused(
            "no_evidence",
            "A root cause is a conclusion, and this one cites no evidence.",
            f"Cite evidence; known: {_known_words(incident)}. Put what has no evidence yet into `whys`, "
            "where it is marked as a hypothesis.",
        )
    if given.reproduced and not given.steps.strip():
        raise Refused("steps_missing", "The steps tried to reproduce it are missing.", "Give `steps`.")


def _require_nothing_else(given: Analysis) -> None:
    if given != Analysis(nothing_to_add=given.nothing_to_add):
        reason = "The analysis adds something and says that there is nothing to add."
        raise Refused("contradiction", reason, "Leave one of them out.")


def _conclusion(given: Analysis) -> tuple[Cited, ...]:
    return (given.root_cause,) if given.root_cause else ()


def _require_words(*texts: str) -> None:
    if not all(text.strip() for text in texts):
        raise Refused("words_missing", "A statement of the analysis is empty.", "Write it, or leave it out.")


def _require_known(incident: Incident, given: Analysis) -> None:
    """Every cited id must be one of this incident's, or of what is observed in the same breath."""
    fresh = {event.id for event in _observations(incident, given.observed)}
    known = {*incident.evidence, *(event.id for event in incident.observed), *fresh}
    cited = [one for item in (*given.whys, *_conclusion(given)) for one in item.evidence]
    if unknown := list(dict.fromkeys(one for one in cited if one not in known)):
        reason = f"This incident has no evidence {', '.join(unknown)}."
        raise Refused("unknown_evidence", reason, f"Known: {_known_words(incident)}.")


def _known_words(incident: Incident) -> str:
    ids = [*_ends(incident.evidence), *_ends([event.id for event in incident.observed])]
    return ", ".join(ids) or "none yet"


def _ends(ids: Iterable[str]) -> Iterable[str]:
    every = list(ids)
    if every:
        yield every[0] if every[0] == every[-1] else f"{every[0]} to {every[-1]}"


def _observations(incident: Incident, observed: Iterable[Observed]) -> list[e.EventObserved]:
    """Return the observations that are new, numbered on; the same observation told again does not count as new."""
    known = {(event.at, event.says, event.source) for event in incident.observed}
    fresh = [item for item in dict.fromkeys(observed) if (item.at, item.says, item.source) not in known]
    first = len(incident.observed) + 1
    return [
        e.EventObserved(id=f"O{first + n}", at=item.at.astimezone(UTC), says=item.says, source=item.source)
        for n, item in enumerate(fresh)
    ]


def releases_to_compare(incident: Incident, context: RuleContext) -> tuple[str, str]:
    """The good and the bad release: what a rollback went to and from, else the newest good one and what was assessed.

    Raises `Refused` where one of them is not known, or both are the same.
    """
    plan = incident.rollback_plan
    if plan is not None and incident.mitigation == "rollback":
        return plan.to_release, plan.from_release
    bad = incident.baseline.release if incident.baseline else None
    if bad is None:
        raise Refused("nothing_to_compare", "The broken release could not be read.", "Compare them yourself.")
    known = [candidate.release for candidate in candidates_of(incident, context)]
    now = [incident.facts.release] if incident.facts and incident.facts.release else []
    good = next((release for release in [*known, *now] if release != bad), None)
    if good is None:
        raise Refused(
            "nothing_to_compare", f"No good release is known to compare with {bad[:12]}.", "Compare them yourself."
        )
    return good, bad
