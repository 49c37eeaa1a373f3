from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.operation import OperationStatus, StepOutcome
from flightrules.state.rules import first_step
from flightrules.state.rules.executing import movable
from flightrules.state.target import Rollout
from flightrules.state.vocabulary import Impact, Path, Phase
from tests.state.core import (
    BAD,
    GOOD,
    HOSTS,
    NOON,
    PERSON,
    SHOP,
    SYSTEM,
    TWO,
    Core,
    blind,
    decided,
    failed,
    half_done,
    launched,
    rolling,
    seen,
    survey,
)


def ended(core: Core) -> e.RollbackFinished:
    return e.RollbackFinished.model_validate(
        next(r.data for r in reversed(core.records) if r.kind == "rollback_finished")
    )


def refused(core: Core, command: c.Command) -> str:
    with pytest.raises(Refused) as no:
        core.do(command, SYSTEM)
    return no.value.code


@pytest.mark.requirement("RB-at-most-once")
def test_an_operation_is_recorded_as_launching_once() -> None:
    core = launched()
    (operation, _), *_ = core.incident.operations
    assert core.do(c.Launch(operation=operation), SYSTEM) == []


def test_a_classification_between_the_start_and_the_first_step_does_not_stop_the_rollback() -> None:
    core = rolling()
    (operation, _), *_ = core.incident.operations
    core.do(c.Classify(severity=None, impacts=(Impact.DATA_LOSS,), reason="orders are gone"), PERSON)
    core.do(c.Launch(operation=operation, survey=core.unmoved(operation)), SYSTEM)
    assert core.incident.phase is Phase.ROLLING_BACK
    assert operation in core.incident.launching


@pytest.mark.requirement("RB-host-by-host")
def test_hosts_are_taken_in_order_and_the_next_only_after_the_one_before_is_proven() -> None:
    core = rolling(TWO)
    (first, _), (second, host) = core.incident.operations
    proof = c.RecordProof(operation=second, running=core.running(host), health=core.health(), settled=True)
    look = c.RecordStatus(operation=second, look=OperationStatus(state="done", exit_status=0))
    give_up = c.Abandon(operation=second, outcome="failed", says="no")
    for command in (c.Launch(operation=second), look, proof, give_up):
        assert refused(core, command) == "out_of_order"
    core.launch(first).look(first).prove(first)
    assert core.stands()[0] is Phase.ROLLING_BACK
    assert movable(core.incident) == (second,)
    core.launch(second).look(second).prove(second)
    assert core.incident.phase is Phase.VERIFYING
    assert ended(core).says.startswith("2 of 2 hosts")


@pytest.mark.requirement("RB-host-by-host")
def test_a_host_that_is_finished_is_not_finished_again() -> None:
    core = half_done()
    first = core.incident.operations[0][0]
    assert refused(core, c.Abandon(operation=first, outcome="failed", says="no")) == "out_of_order"


@pytest.mark.requirement("RB-host-by-host", "RB-partial-named")
def test_a_failure_on_one_host_stops_the_rollback_and_names_both_sets() -> None:
    core = half_done()
    second = core.incident.operations[1][0]
    core.launch(second).look(second, exit_status=1).prove(second)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.PERSON)
    assert "rolled back: web-1" in ended(core).says
    other = rolling(TWO)
    other.do(c.Abandon(operation=other.incident.operations[0][0], outcome="failed", says="never started"), SYSTEM)
    assert "not touched: web-2" in ended(other).says


@pytest.mark.requirement("RB-proof")
@pytest.mark.parametrize("state", ["absent", "claimed", "running"])
def test_an_operation_that_was_not_seen_to_end_is_not_proven(state: str) -> None:
    core = launched()
    operation = core.incident.operations[0][0]
    core.look(operation, state, None)
    proof = c.RecordProof(operation=operation, running=core.running("web-1"), health=core.health(), settled=True)
    assert refused(core, proof) == "not_ended"
    assert (
        refused(launched(), proof.model_copy(update={"operation": launched().incident.operations[0][0]})) == "not_ended"
    )


OUTCOMES: list[tuple[str, int | None, dict[str, Any], str, str]] = [
    ("done", 0, {}, "succeeded", "proven"),
    ("done", 1, {}, "failed", "step checkout ended with status 1"),
    ("done", 0, {"settled": False}, "failed", "stayed healthy"),
    ("done", 0, {"health": blind()[0]}, "indeterminate", "health from outside"),
    ("done", 0, {"health": blind()[0], "settled": False}, "indeterminate", "health from outside"),
    ("done", 0, {"health": seen(GOOD)[0]}, "failed", "health from outside"),
    ("done", 0, {"health": seen(BAD, well=True)[0]}, "failed", "release told by the health answer"),
    ("lost", None, {}, "succeeded", "proven"),
    ("lost", None, {"health": blind()[0]}, "indeterminate", "lost midway"),
    ("lost", None, {"settled": False}, "indeterminate", "lost midway"),
]


@pytest.mark.requirement("RB-proof", "RB-indeterminate", "RB-health-outside")
@pytest.mark.parametrize(("state", "status", "changes", "outcome", "says"), OUTCOMES)
def test_the_end_of_an_operation_and_its_proof_come_to_one_outcome(
    state: str, status: int | None, changes: dict[str, Any], outcome: str, says: str
) -> None:
    core = launched()
    operation = core.incident.operations[0][0]
    core.look(operation, state, status).prove(operation, **changes)
    assert ended(core).outcome == outcome
    assert says in ended(core).says
    phase = Phase.VERIFYING if outcome == "succeeded" else Phase.DECIDED
    assert core.incident.phase is phase


CHECKOUT_UNDONE = (
    StepOutcome(index=0, name="save", started_at=NOON, ended_at=NOON, exit_status=0, undone=True),
    StepOutcome(index=1, name="checkout", started_at=NOON, ended_at=NOON, exit_status=128, undone=True),
)
UP_FAILED = (StepOutcome(index=2, name="up", started_at=NOON, ended_at=NOON, exit_status=1),)


def end_of(exit_status: int, steps: tuple[StepOutcome, ...], release: str, **look: object) -> Core:
    """A rollback that ended on its host like that, with a release that runs there afterwards."""
    core = launched()
    operation = core.incident.operations[0][0]
    seen_to_end = OperationStatus(state="done", exit_status=exit_status, steps=steps).model_copy(update=look)
    core.do(c.RecordStatus(operation=operation, look=seen_to_end), SYSTEM)
    return core.prove(operation, running=core.running("web-1", release))


@pytest.mark.requirement("RB-at-most-once")
@pytest.mark.parametrize(
    ("exit_status", "steps", "says"),
    [
        (75, (), "another operation holds the target's lock"),
        (74, (), "the operation ended with status 74"),
        (128, CHECKOUT_UNDONE, "step checkout ended with status 128; undone: save, checkout"),
    ],
)
def test_an_operation_that_changed_nothing_does_not_use_up_the_attempt(
    exit_status: int, steps: tuple[StepOutcome, ...], says: str
) -> None:
    core = end_of(exit_status, steps, BAD)
    assert (ended(core).outcome, core.stands()) == ("untouched", (Phase.DECIDED, Path.ROLLBACK))
    assert says in ended(core).says
    assert (core.incident.rollbacks_tried, core.incident.mitigated_at) == (0, None)


@pytest.mark.requirement("RB-at-most-once")
@pytest.mark.parametrize(
    ("steps", "release"),
    [
        (CHECKOUT_UNDONE[1:], GOOD),
        ((CHECKOUT_UNDONE[0], CHECKOUT_UNDONE[1].model_copy(update={"undone": False})), BAD),
        ((*CHECKOUT_UNDONE, *UP_FAILED), BAD),
        ((CHECKOUT_UNDONE[0].model_copy(update={"index": 99}),), BAD),
    ],
    ids=["other release", "not undone", "a step that changes what serves", "unknown step"],
)
def test_a_failure_that_may_have_changed_something_uses_the_attempt_up(
    steps: tuple[StepOutcome, ...], release: str
) -> None:
    core = end_of(128, steps, release)
    assert (ended(core).outcome, core.stands()) == ("failed", (Phase.DECIDED, Path.PERSON))


@pytest.mark.requirement("RB-at-most-once")
def test_who_holds_the_lock_is_told() -> None:
    core = end_of(75, (), BAD, log="busy: operation PLAN-7-1 of incident INC-7\n")
    assert "lock: operation PLAN-7-1 of incident INC-7" in ended(core).says


@pytest.mark.requirement("RB-proof")
def test_a_running_release_other_than_the_wanted_one_is_a_failure() -> None:
    core = launched()
    operation = core.incident.operations[0][0]
    core.look(operation).prove(operation, running=core.running("web-1", BAD))
    assert ended(core).outcome == "failed"
    assert "work tree" in ended(core).says


@pytest.mark.requirement("RB-indeterminate")
def test_a_host_that_cannot_be_followed_ends_the_rollback_as_said() -> None:
    core = launched()
    operation = core.incident.operations[0][0]
    core.do(c.Abandon(operation=operation, outcome="indeterminate", says="cannot be seen"), SYSTEM)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.PERSON)
    assert "cannot be seen" in ended(core).says


@pytest.mark.requirement("DEC-one-attempt")
def test_after_a_failed_rollback_the_tree_asks_a_person() -> None:
    core = failed()
    core.do(c.Decide())
    assert core.incident.path is Path.PERSON


@pytest.mark.requirement("ORD-table")
def test_operations_of_an_earlier_rollback_do_not_move_a_later_decision() -> None:
    """Before, the proof of a finished rollback was taken in the next decision and broke the log."""
    core = failed().choose(Path.ROLLBACK)
    operation = core.incident.operations[0][0]
    proof = c.RecordProof(operation=operation, running=core.running("web-1"), health=core.health(), settled=True)
    for command in (c.Launch(operation=operation), proof, c.Abandon(operation=operation, outcome="failed", says="x")):
        assert refused(core, command) == "out_of_order"


def test_the_same_look_is_recorded_once() -> None:
    core = launched()
    operation = core.incident.operations[0][0]
    look = OperationStatus(state="running")
    assert len(core.do(c.RecordStatus(operation=operation, look=look), SYSTEM)) == 1
    assert (
        core.do(
            c.RecordStatus(operation=operation, look=look.model_copy(update={"log": "more", "next_offset": 9})), SYSTEM
        )
        == []
    )
    assert len(core.do(c.RecordStatus(operation=operation, look=OperationStatus(state="lost")), SYSTEM)) == 1


def test_a_busy_lock_is_told_as_such() -> None:
    core = launched()
    operation = core.incident.operations[0][0]
    core.do(c.RecordStatus(operation=operation, look=OperationStatus(state="done", exit_status=75)), SYSTEM)
    core.prove(operation)
    assert "another operation holds the target's lock" in ended(core).says


def test_an_operation_of_no_rollback_is_refused() -> None:
    assert refused(launched(), c.Launch(operation="PLAN-0-1")) == "unknown_operation"


FIVE = SHOP.model_copy(
    update={
        "hosts": tuple(HOSTS[0].model_copy(update={"name": f"web-{n}"}) for n in range(1, 6)),
        "rollout": Rollout(canary=1, batch=2),
    }
)


def wave(core: Core) -> tuple[str, ...]:
    return tuple(dict(core.incident.operations)[operation] for operation in movable(core.incident))


@pytest.mark.requirement("RB-host-by-host")
def test_the_canary_goes_first_and_the_others_in_batches() -> None:
    core = rolling(FIVE)
    seen_waves = [wave(core)]
    for operation, _ in core.incident.operations:
        core.launch(operation).look(operation).prove(operation)
        if core.incident.phase is Phase.ROLLING_BACK:
            seen_waves.append(wave(core))
    assert seen_waves == [
        ("web-1",),
        ("web-2", "web-3"),
        ("web-3",),
        ("web-4", "web-5"),
        ("web-5",),
    ]
    assert core.incident.phase is Phase.VERIFYING


@pytest.mark.requirement("RB-host-by-host", "RB-partial-named")
def test_after_a_failure_in_a_batch_what_was_launched_is_followed_and_nothing_else_is_begun() -> None:
    core = rolling(FIVE)
    one, two, three, *_ = (operation for operation, _ in core.incident.operations)
    core.launch(one).look(one).prove(one).launch(two).launch(three)
    core.look(two, exit_status=1).prove(two)
    assert wave(core) == ("web-3",)
    core.look(three).prove(three)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.PERSON)
    assert "rolled back: web-1, web-3" in ended(core).says
    assert "not touched: web-4, web-5" in ended(core).says


@pytest.mark.requirement("RB-host-by-host")
def test_a_failed_canary_ends_the_rollback_at_once() -> None:
    core = rolling(FIVE)
    canary = core.incident.operations[0][0]
    core.launch(canary).look(canary, exit_status=1).prove(canary)
    assert core.incident.phase is Phase.DECIDED
    assert "not touched: web-2, web-3, web-4, web-5" in ended(core).says


@pytest.mark.requirement("PLAN-every-host")
def test_a_person_may_leave_a_host_out_and_the_plan_says_so() -> None:
    core = decided(target=FIVE)
    out = c.DecideByPerson(path=Path.ROLLBACK, reason="web-2 is dead", without=("web-2",))
    core.do(out, PERSON)
    read = tuple(survey for survey in core.surveys() if survey.host != "web-2")
    with pytest.raises(Refused):
        core.do(c.ProposePlan(plan_id="PLAN-1", surveys=core.surveys()))
    core.do(c.ProposePlan(plan_id="PLAN-1", surveys=read))
    assert core.incident.plan is not None
    assert core.incident.plan.waves == (("web-1",), ("web-3", "web-4"), ("web-5",))
    assert any("web-2" in warning for warning in core.incident.plan.warnings)


@pytest.mark.requirement("PLAN-every-host")
@pytest.mark.parametrize(
    ("path", "without"), [(Path.ROLLBACK, ("web-9",)), (Path.ROLLBACK, ("web-1",)), (Path.FIX, ("web-1",))]
)
def test_hosts_that_are_none_all_of_them_or_no_part_of_a_rollback_are_not_left_out(
    path: Path, without: tuple[str, ...]
) -> None:
    with pytest.raises(Refused):
        decided().do(c.DecideByPerson.model_validate({"path": path, "reason": "so", "without": without}), PERSON)


@pytest.mark.requirement("APP-first-step")
def test_a_host_is_told_by_its_own_clock_until_when_it_may_begin_and_no_host_after_the_first_is() -> None:
    core = rolling()
    until = core.incident.approved_until
    assert until is not None
    assert first_step.latest(core.incident, survey(clock_skew_s=-90.0)) == until - timedelta(seconds=90)
    ident = core.incident.operations[0][0]
    assert first_step.latest(core.launch(ident).look(ident).incident, survey()) is None
