"""Rollback or fix: inputs of the tree, and a person's decision instead (docs/incident-protocol.md#decision).

Knows: where each input of the tree comes from. Must not know: the order of the questions (decision.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.errors import Refused
from flightrules.state import budgets
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.decision import Inputs, decide_path
from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.phases import PERSON_DECIDES, RESTORED
from flightrules.state.releases import GoodRelease, good_releases, recent_deployment
from flightrules.state.rules.context import RuleContext, legal_words, require_person
from flightrules.state.severity import worst
from flightrules.state.value import Value
from flightrules.state.vocabulary import Impact, Path, Phase, Severity

CATASTROPHES = frozenset({Impact.COMPLETE_OUTAGE, Impact.DATA_LOSS, Impact.DATA_CORRUPTION, Impact.SECURITY_BREACH})


def decide(incident: Incident, command: c.Decide, context: RuleContext) -> list[e.Event]:
    """Walk the tree over what is on record and what the agent states."""
    candidates = candidates_of(incident, context)
    inputs = _inputs(incident, command, context, candidates)
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


def candidates_of(incident: Incident, context: RuleContext) -> tuple[GoodRelease, ...]:
    """The releases one could go back to, best first."""
    current = (incident.facts or Facts()).release
    if current is None and incident.history.deploys:
        current = incident.history.deploys[0].sha
    return good_releases(
        incident.history,
        current=current,
        policy=context.policy.decision,
        onset=incident.onset_at,
        excluded=incident.left_behind,
    )


def _inputs(incident: Incident, command: c.Decide, context: RuleContext, candidates: tuple[GoodRelease, ...]) -> Inputs:
    facts = incident.facts or Facts()
    deploy = recent_deployment(incident.history.deploys, onset=incident.onset_at, policy=context.policy.decision)
    no_deploy = False if facts.deploys_known else None
    return Inputs(
        severity=worst(incident.severity or Severity.P1, incident.bar),
        healthy=incident.healthy,
        catastrophe=bool(incident.impacts & CATASTROPHES) and incident.bar is Severity.P1,
        recent_deployment=True if deploy else no_deploy,
        recent_deployment_source=f"deployed {deploy.sha[:12]} at {deploy.at:%Y-%m-%d %H:%M} UTC" if deploy else "",
        root_cause_known=bool(command.root_cause.strip()),
        isolated=command.isolated,
        fix_safe=command.fix_safe,
        fix_minutes=command.fix_minutes,
        fix_wanted=context.policy.budgets.fix_wanted,
        fix_limit=context.policy.budgets.fix_limit,
        rollback_more_disruptive=command.rollback_more_disruptive and bool(command.reason.strip()),
        outside_release=command.outside_release,
        good_release=candidates[0].release if candidates else None,
        response_left_s=budgets.response_left(incident, context.policy, context.now),
        rollback_tried=incident.rollbacks_tried > 0,
        fix_failed=incident.fix_failed,
    )


def decide_by_person(incident: Incident, command: c.DecideByPerson, context: RuleContext) -> list[e.Event]:
    """A person's decision stands above the tree, but not above the need for a release to go back to."""
    require_person(context, "decide against the rules", f"flightrules decide {incident.id} PATH --reason TEXT")
    _require_phase(incident, context)
    if not command.reason.strip():
        raise Refused("reason_missing", "A person's decision needs a reason.", "Give one with --reason.")
    _require_hosts(command, context)
    release = _chosen(incident, command, context) if command.path is Path.ROLLBACK else None
    decided = e.PathDecided(
        path=command.path,
        by="person",
        reason=command.reason,
        release=release,
        without=command.without,
        fix_minutes=_time_for(incident, command, context),
    )
    return [*_leaving(incident, command.reason), decided]


def _time_for(incident: Incident, command: c.DecideByPerson, context: RuleContext) -> int | None:
    """The time of the fix that a person decides for: as they say, else the estimate they were told of."""
    minutes = command.fix_minutes or incident.estimate
    usual = minutes is None or minutes <= context.policy.budgets.fix_limit
    return None if command.path is not Path.FIX or usual else minutes


class Offer(Value):
    """One thing a person may do after a rollback did not help; each rollback needs its own approval."""

    says: str
    command: str


def offers(incident: Incident, context: RuleContext) -> tuple[Offer, ...]:
    """Return the choices of a person when the rules hand over the decision.

    They are: the next older good release, the release that ran before the rollback, and to investigate first without
    any change.
    """
    ask = f"flightrules decide {incident.id}"
    older = next(iter(candidates_of(incident, context)), None)
    plan = incident.rollback_plan
    found: list[Offer] = []
    if older:
        to = f"{ask} rollback --to {older.release} --reason TEXT"
        found.append(Offer(says=f"go to {older.release[:12]}, which {older.why}", command=to))
    if plan and plan.from_release != (older.release if older else ""):
        back = f"{ask} rollback --to {plan.from_release} --reason TEXT"
        found.append(Offer(says=f"go back to {plan.from_release[:12]}, which ran before the rollback", command=back))
    found.append(Offer(says="hands off: look into it first", command=f"{ask} investigate --reason TEXT"))
    return tuple(found)


def _require_hosts(command: c.DecideByPerson, context: RuleContext) -> None:
    """Only a rollback leaves hosts out, only hosts there are, and never all of them."""
    known = context.target.service_hosts
    if unknown := sorted(set(command.without) - set(known)):
        raise Refused("unknown_host", f"Not among the hosts: {', '.join(unknown)}.", f"Hosts: {', '.join(known)}.")
    if command.without and (command.path is not Path.ROLLBACK or set(command.without) == set(known)):
        raise Refused("nothing_left", "A rollback without these hosts has no host left.", "Leave out fewer hosts.")


def _require_phase(incident: Incident, context: RuleContext) -> None:
    if incident.phase not in PERSON_DECIDES:
        raise Refused(
            "out_of_order", f"Nothing can be decided in phase {incident.phase}.", legal_words(incident, context)
        )


def _leaving(incident: Incident, reason: str) -> list[e.Event]:
    """Return the events that a person's decision causes: the end of a running fix or of a restored state."""
    if incident.phase is Phase.FIXING:
        return [e.FixEnded(outcome="abandoned", says=f"a person decided otherwise: {reason}")]
    if incident.phase in RESTORED:
        return [e.RecurrenceDetected(says=f"a person made a new decision: {reason}", seen=False)]
    return []


def _chosen(incident: Incident, command: c.DecideByPerson, context: RuleContext) -> GoodRelease:
    candidates = candidates_of(incident, context)
    if command.release is None:
        if candidates:
            return candidates[0]
        raise Refused("no_good_release", "No release is known to be good.", "Name one with --to SHA.")
    full = _full_id(incident, command.release, candidates)
    why = f"named by {context.actor.name}; not known to be good"
    named = GoodRelease(release=full, ground="named_by_person", why=why, at=context.now)
    return next((candidate for candidate in candidates if candidate.release == full), named)


def _full_id(incident: Incident, named: str, candidates: Sequence[GoodRelease]) -> str:
    """The full id of a release a person named; an abbreviation must match exactly one that is known."""
    if len(named) in (40, 64):
        return named
    known = {deploy.sha for deploy in incident.history.deploys} | {good.release for good in candidates}
    matches = {sha for sha in known if sha.startswith(named)}
    if len(matches) == 1:
        return matches.pop()
    problem = "matches more than one release" if matches else "is not in the deploy history"
    raise Refused("unknown_release", f"{named} {problem}.", "Give the full commit id.")
