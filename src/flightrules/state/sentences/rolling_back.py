"""A rollback that runs, and a lock that a person broke.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.operation import StepOutcome
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.words import counted, listed, moment, span


def _rolling_back(_walk: Walk, event: e.RollbackStarted) -> Iterable[Line]:
    hosts = listed([host for _, host in event.operations])
    yield Line(f"Rollback initiated: plan {event.plan} on {hosts}")


def _launching(_walk: Walk, event: e.OperationLaunching) -> Iterable[Line]:
    yield Line(f"{event.host}: operation {event.operation} handed to the host")


def _seen(walk: Walk, event: e.OperationSeen) -> Iterable[Line]:
    steps = event.look.steps
    for step in steps:
        if step.ended_at is not None and walk.first(event.operation, f"step {step.index}"):
            yield Line(f"{event.host}: {step_words(step)}")
    if event.look.state == "lost" and walk.first(event.operation, "lost"):
        midway = [step.name for step in steps if step.ended_at is None]
        during = f" during {listed(midway)}" if midway else ""
        boot = "" if event.look.same_boot else "; the host was restarted since"
        yield Line(f"{event.host}: operation {event.operation} was lost{during}{boot}")
    undone = [step.name for step in steps if step.undone]
    if undone and walk.first(event.operation, "undone"):
        yield Line(f"{event.host}: undone by the host: {listed(undone)}")


def step_words(step: StepOutcome) -> str:
    """Return the outcome of a step in words, with times by the host's own clock."""
    if step.ended_at is None:
        return f"step {step.name} began {moment(step.started_at)} by the host's clock; no end was seen"
    status = "no exit status" if step.exit_status is None else f"exit status {step.exit_status}"
    return (
        f"step {step.name} ended with {status} after {span(step.ended_at - step.started_at)} "
        f"(began {moment(step.started_at)} by the host's clock)"
    )


def _awaited(_walk: Walk, event: e.ProofAwaited) -> Iterable[Line]:
    yield Line(f"{event.host}: waited for: {cut(event.says)}")


def _proven(_walk: Walk, event: e.ProofTaken) -> Iterable[Line]:
    holds = sum(claim.holds is True for claim in event.claims)
    open_claims = [claim.claim for claim in event.claims if claim.holds is not True]
    rest = f"; not: {listed(open_claims)}" if open_claims else ""
    yield Line(f"{event.host}: proof taken, {holds} of {counted(len(event.claims), 'claim')} hold{rest}")


def _host_done(_walk: Walk, event: e.HostFinished) -> Iterable[Line]:
    yield Line(f"{event.host}: operation {event.operation} {event.outcome}: {cut(event.says)}")
    if event.words:
        yield Line(f"{event.host} said last: {cut(' / '.join(event.words.splitlines()))}")


def _rolled_back(_walk: Walk, event: e.RollbackFinished) -> Iterable[Line]:
    yield Line(f"Rollback {event.outcome}: {cut(event.says)}")


def _unlocking(_walk: Walk, event: e.LockBreaking) -> Iterable[Line]:
    yield Line(f"{event.host}: a person ends operation {event.operation}, which is stuck: {cut(event.reason)}")


def _unlocked(_walk: Walk, event: e.LockBroken) -> Iterable[Line]:
    yield Line(f"{event.host}: breaking the lock of operation {event.operation}: {cut(event.outcome)}")


SAYS: Table = {
    e.RollbackStarted: _rolling_back,
    e.OperationLaunching: _launching,
    e.OperationSeen: _seen,
    e.ProofAwaited: _awaited,
    e.ProofTaken: _proven,
    e.HostFinished: _host_done,
    e.RollbackFinished: _rolled_back,
    e.LockBreaking: _unlocking,
    e.LockBroken: _unlocked,
}
