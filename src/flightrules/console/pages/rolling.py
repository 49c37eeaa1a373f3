"""A rollback as a page shows it: one lane a host, with its steps and the claims that prove it.

Knows: how steps and claims read. Must not know: when a step is over or what is proven (service, state).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flightrules.service.answers import StepSummary
from flightrules.state.claims import Claim
from flightrules.state.incident import Incident
from flightrules.state.operation import OperationStatus
from flightrules.state.plan import Plan
from flightrules.state.vocabulary import Phase
from flightrules.state.words import counted, short

Look_ = Literal["pass", "fail", "unknown", "run", "idle"]
STEP_LOOK: dict[str, Look_] = {
    "waiting": "idle",
    "running": "run",
    "done": "pass",
    "failed": "fail",
    "undone": "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One step of a host, or a state in one word."""

    word: str
    look: Look_


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleThread:
    """One host."""

    host: str
    steps: tuple[Part, ...]
    state: Part
    note: str
    claims: tuple[Claim, ...]
    runs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """The rollback that is planned, runs or ran last."""

    title: str
    plan: str
    digest: str
    from_release: str
    to_release: str
    approved_by: str
    lanes: tuple[SingleThread, ...]
    says: str


def rolling(incident: Incident, steps: Sequence[StepSummary]) -> Rolling | None:
    """Return the rollback that runs or ran last, else the plan that waits; None if there is neither."""
    plan = incident.rollback_plan
    if incident.operations and plan is not None and incident.plan in (None, plan):
        return _rolling(incident, plan, tuple(_lane(incident, host, op, steps) for op, host in incident.operations))
    return _rolling(incident, incident.plan, _planned(incident.plan)) if incident.plan else None


def _rolling(incident: Incident, plan: Plan, lanes: tuple[SingleThread, ...]) -> Rolling:
    started = incident.rollback_plan is plan or incident.rollback_plan == plan
    to = short(plan.to_release)
    names = {"succeeded": "Rolled back", "failed": "Rollback failed", "indeterminate": "Rollback with an unknown end"}
    over = names.get(incident.rollback_outcome, "Rollback not begun")
    going = "Rolling back" if incident.phase is Phase.ROLLING_BACK else over
    return Rolling(
        title=f"{going if started else 'Rollback planned'} to {to}",
        plan=plan.id,
        digest=plan.short,
        from_release=short(plan.from_release),
        to_release=to,
        approved_by=incident.approver if started else "",
        lanes=lanes,
        says=incident.rollback_says if started else "",
    )


def _planned(plan: Plan) -> tuple[SingleThread, ...]:
    waits = Part(word="not begun", look="idle")
    return tuple(
        SingleThread(
            host=host.host,
            steps=tuple(Part(word=step.name, look="idle") for step in host.steps),
            state=waits,
            note="",
            claims=(),
            runs=False,
        )
        for host in plan.hosts
    )


def _lane(incident: Incident, host: str, operation: str, steps: Sequence[StepSummary]) -> SingleThread:
    own = [step for step in steps if step.host == host]
    claims = tuple(claim for where, claim in incident.proof if where == host)
    look = incident.look_of(operation)
    state = _state(incident, host, claims, look)
    parts = [Part(word=step.step, look=STEP_LOOK[step.state]) for step in own]
    return SingleThread(
        host=host,
        steps=(*parts, _proof(claims)),
        state=state,
        note=_note(incident, host),
        claims=claims,
        runs=state.look == "run",
    )


def _proof(claims: Sequence[Claim]) -> Part:
    if not claims:
        return Part(word="proof", look="idle")
    hold = sum(claim.holds is True for claim in claims)
    failed = any(claim.holds is False for claim in claims)
    word = f"{hold} of {counted(len(claims), 'claim')} hold"
    return Part(word=word, look="fail" if failed else "pass" if hold == len(claims) else "unknown")


def _state(incident: Incident, host: str, claims: Sequence[Claim], look: OperationStatus | None) -> Part:
    done = next((one for one in incident.hosts_done if one.host == host), None)
    if done is not None:
        looks: dict[str, Look_] = {"succeeded": "pass", "failed": "fail", "untouched": "idle"}
        proven = claims and all(claim.holds for claim in claims)
        return Part(word="proven" if proven else str(done.outcome), look=looks.get(str(done.outcome), "unknown"))
    if look is None:
        return Part(word="waits", look="idle")
    return Part(word="steps done, proof awaited" if look.state == "done" else "running", look="run")


def _note(incident: Incident, host: str) -> str:
    done = next((one for one in incident.hosts_done if one.host == host), None)
    if done is not None:
        return done.says
    return next((seen.says for _, seen in incident.awaited if seen.host == host), "")
