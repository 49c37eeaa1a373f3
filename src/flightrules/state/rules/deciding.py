"""Rollback or fix: what the tree is told, and what a person may decide instead (protocol, phase 2).

Knows: where each input of the tree comes from. Must not know: the order of the questions (decision.py).
"""

from __future__ import annotations

from flightrules.errors import Refused
from flightrules.state import budgets
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.decision import Inputs, decide_path
from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.releases import GoodRelease, good_releases, recent_deployment
from flightrules.state.rules.ground import Ground, require_person
from flightrules.state.vocabulary import Impact, Path, Severity

CATASTROPHES = frozenset({Impact.COMPLETE_OUTAGE, Impact.DATA_LOSS, Impact.DATA_CORRUPTION, Impact.SECURITY_BREACH})


def decide(incident: Incident, command: c.Decide, ground: Ground) -> list[e.Event]:
    """Walk the tree over what is on record and what the agent states."""
    candidates = candidates_of(incident, ground)
    inputs = _inputs(incident, command, ground, candidates)
    decision = decide_path(inputs)
    return [
        e.PathDecided(
            path=decision.path,
            by="rules",
            reason=decision.reason,
            trace=decision.trace,
            warnings=decision.warnings,
            inputs=inputs,
            release=candidates[0] if candidates and decision.path is Path.ROLLBACK else None,
        )
    ]


def candidates_of(incident: Incident, ground: Ground) -> tuple[GoodRelease, ...]:
    """The releases one could go back to, best first."""
    current = (incident.facts or Facts()).release
    if current is None and incident.history.deploys:
        current = incident.history.deploys[0].sha
    return good_releases(incident.history, current=current, policy=ground.policy.decision)


def _inputs(incident: Incident, command: c.Decide, ground: Ground, candidates: tuple[GoodRelease, ...]) -> Inputs:
    facts = incident.facts or Facts()
    deploy = recent_deployment(incident.history.deploys, onset=incident.onset_at, policy=ground.policy.decision)
    return Inputs(
        severity=incident.severity or Severity.P1,
        catastrophe=bool(incident.impacts & CATASTROPHES),
        recent_deployment=None if not facts.deploys_known else deploy is not None,
        recent_deployment_source=f"deployed {deploy.sha[:12]} at {deploy.at:%Y-%m-%d %H:%M} UTC" if deploy else "",
        root_cause_known=bool(command.root_cause.strip()),
        isolated=command.isolated,
        fix_safe=command.fix_safe,
        fix_minutes=command.fix_minutes,
        rollback_more_disruptive=command.rollback_more_disruptive and bool(command.reason.strip()),
        outside_release=command.outside_release,
        good_release=candidates[0].release if candidates else None,
        response_left_s=budgets.left(incident, ground.policy, ground.now, "response"),
        rollback_tried=incident.rollbacks_tried > 0,
        fix_failed=incident.fix_failed,
    )


def decide_by_person(incident: Incident, command: c.DecideByPerson, ground: Ground) -> list[e.Event]:
    """A person's decision stands above the tree, but not above the need for a release to go back to."""
    require_person(ground, "decide against the rules", f"flightrules decide {incident.id} PATH --reason TEXT")
    if not command.reason.strip():
        raise Refused("reason_missing", "A person's decision needs a reason.", "Give one with --reason.")
    release = _chosen(incident, command, ground) if command.path is Path.ROLLBACK else None
    return [e.PathDecided(path=command.path, by="person", reason=command.reason, release=release)]


def _chosen(incident: Incident, command: c.DecideByPerson, ground: Ground) -> GoodRelease:
    candidates = candidates_of(incident, ground)
    if command.release is None:
        if candidates:
            return candidates[0]
        raise Refused("no_good_release", "No release is known to be good.", "Name one with --to SHA.")
    named = command.release
    for candidate in candidates:
        if candidate.release.startswith(named):
            return candidate
    full = _deployed(incident, named)
    why = f"named by {ground.actor.name}; not known to be good"
    return GoodRelease(release=full, ground="named_by_person", why=why, at=ground.now)


def _deployed(incident: Incident, named: str) -> str:
    """The full id of a release a person named; an abbreviation must match exactly one deployment."""
    matches = {d.sha for d in incident.history.deploys if d.sha.startswith(named)}
    if len(matches) == 1:
        return matches.pop()
    if len(named) in (40, 64):
        return named
    problem = "matches more than one deployment" if matches else "is not in the deploy history"
    raise Refused("unknown_release", f"{named} {problem}.", "Give the full commit id.")
