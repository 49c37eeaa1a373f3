from __future__ import annotations

from datetime import timedelta

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import Budget, running, running_budgets
from flightrules.state.fold import fold
from flightrules.state.policy import Budgets, Policy
from flightrules.state.vocabulary import Impact, Path, Severity
from tests.state.core import (
    CHECKED,
    DEPLOYS,
    GOOD,
    P1,
    P2,
    P3,
    P4,
    PERSON,
    SYSTEM,
    Core,
    closed,
    decided,
    fixing,
    launched,
    monitoring,
    rolled_back,
    rolling,
    seen,
    shown,
)

MINUTE = 60


def budgets(core: Core) -> dict[str, Budget]:
    return {b.name: b for b in running_budgets(core.incident, core.policy, core.now)}


@pytest.mark.requirement(
    "BUD-assessment",
    "BUD-response-P1",
    "BUD-response-P2",
    "BUD-response-P3",
    "BUD-response-P4",
    "BUD-rollback",
    "BUD-fix-wanted",
    "BUD-fix-limit",
    "BUD-monitoring",
    "BUD-review",
)
def test_every_number_is_the_protocols_own() -> None:
    numbers = Budgets()
    assert numbers.assessment == 5
    assert [numbers.response.of(s) for s in Severity] == [5, 15, 60, 240]
    assert numbers.rollback == 10
    assert (numbers.fix_wanted, numbers.fix_limit) == (15, 30)
    assert (numbers.monitoring_continuous, numbers.monitoring_health) == (30, 60)
    assert numbers.monitoring_health_every == 10
    assert (numbers.monitoring_errors, numbers.monitoring_recurrence) == (4 * 60, 24 * 60)
    assert numbers.review_days == 7


@pytest.mark.requirement("BUD-from-detection")
def test_the_clock_starts_at_detection_not_at_the_call() -> None:
    core = Core(detected_at=Core().now - timedelta(minutes=3))
    assert budgets(core)["assessment"].left_s == 2 * MINUTE
    assert budgets(core)["response"].left_s == 2 * MINUTE


@pytest.mark.requirement("BUD-response-P1", "BUD-response-P2", "BUD-response-P3", "BUD-response-P4")
@pytest.mark.parametrize(("severity", "minutes"), [(P1, 5), (P2, 15), (P3, 60), (P4, 240)])
def test_the_response_budget_is_that_of_the_severity(severity: Severity, minutes: int) -> None:
    core = Core().assess(seen(GOOD, well=True)).classify(severity)
    assert budgets(core)["response"].limit_s == minutes * MINUTE


@pytest.mark.requirement("BUD-response-unclassified")
def test_an_unclassified_incident_has_the_shortest_response_time() -> None:
    assert budgets(Core())["response"].limit_s == 5 * MINUTE


@pytest.mark.requirement("BUD-assessment")
def test_the_assessment_budget_ends_with_the_assessment() -> None:
    assert "assessment" in budgets(Core())
    assert "assessment" not in budgets(Core().assess())


@pytest.mark.requirement("BUD-assessment")
def test_the_assessment_budget_no_longer_runs_once_a_severity_was_given_on_partial_evidence() -> None:
    core = Core().wait(minutes=5).classify(P1)
    assert "assessment" not in budgets(core)
    assert core.incident.breached >= {"assessment"}


@pytest.mark.requirement("BUD-response-P1")
@pytest.mark.parametrize("start", [rolling, fixing])
def test_the_response_budget_ends_when_the_first_mitigation_starts(start: object) -> None:
    assert "response" in budgets(decided())
    assert callable(start)
    assert "response" not in budgets(start())


@pytest.mark.requirement("BUD-rollback")
def test_the_rollback_budget_runs_from_the_approval_to_the_end() -> None:
    core = decided().plan().approve().wait(minutes=4)
    assert "rollback" not in budgets(core)
    core.start().wait(minutes=1)
    assert budgets(core)["rollback"].left_s == 5 * MINUTE
    assert "rollback" not in budgets(rolled_back())


@pytest.mark.requirement("BUD-fix-wanted", "BUD-fix-limit")
def test_a_fix_has_the_time_it_should_take_and_the_time_it_may_take() -> None:
    core = fixing().wait(minutes=16)
    assert budgets(core)["fix_wanted"].spent
    assert budgets(core)["fix"].left_s == 14 * MINUTE
    assert "fix" not in core.incident.breached


@pytest.mark.requirement("BUD-monitoring", "BUD-review")
def test_monitoring_and_review_run_from_restoration() -> None:
    running = budgets(monitoring().wait(minutes=29))
    assert running["monitoring_continuous"].left_s == MINUTE
    assert running["monitoring_health"].left_s == 31 * MINUTE
    assert running["monitoring_errors"].left_s == (240 - 29) * MINUTE
    assert running["monitoring_recurrence"].left_s == (1440 - 29) * MINUTE
    assert running["review"].limit_s == 7 * 24 * 60 * MINUTE


@pytest.mark.requirement("BUD-review")
@pytest.mark.parametrize(("severity", "due"), [(P1, True), (P2, True), (P3, False), (P4, False)])
def test_only_critical_and_high_incidents_are_due_for_a_review(severity: Severity, due: bool) -> None:  # noqa: FBT001
    core = Core().assess(seen(well=True)).classify(severity).choose(Path.ROLLBACK).roll_back()
    core.verify(seen(GOOD, well=True))
    assert ("review" in budgets(core)) is due


def test_nothing_runs_once_an_incident_is_closed() -> None:
    assert budgets(closed().wait(days=9)) == {}


@pytest.mark.requirement("BUD-breach-once")
def test_a_budget_ends_at_its_last_second_and_is_breached_once() -> None:
    core = Core().wait(minutes=4, seconds=59)
    assert core.do(c.Tick(), SYSTEM) == []
    core.wait(seconds=1)
    breaches = core.do(c.Tick(), SYSTEM)
    assert [b.budget for b in breaches if isinstance(b, e.BudgetBreached)] == ["assessment", "response"]
    assert all(b.ran_out_at == core.now for b in breaches if isinstance(b, e.BudgetBreached))
    late = core.wait(hours=3).do(c.Tick(), SYSTEM)
    assert [b.budget for b in late if isinstance(b, e.BudgetBreached)] == ["internal_update"]
    again = core.wait(hours=3).do(c.Tick(), SYSTEM)
    assert not [b for b in again if isinstance(b, e.BudgetBreached)]


@pytest.mark.requirement("BUD-breach-once")
def test_a_breach_is_recorded_by_whichever_command_comes_first() -> None:
    core = Core().wait(minutes=7)
    first = core.do(c.BeginAssessment())
    assert [type(event) for event in first] == [e.BudgetBreached, e.BudgetBreached, e.AssessmentStarted]


@pytest.mark.requirement("BUD-breach-new-limit")
def test_a_milder_severity_takes_back_the_breach_of_a_limit_that_no_longer_counts() -> None:
    core = Core().assess(seen(GOOD, well=True)).wait(minutes=6)
    core.classify(P4)
    assert "response" not in core.incident.breached
    assert core.do(c.Tick(), SYSTEM) == []
    core.wait(hours=4)
    late = [(b.budget, b.limit_s) for b in core.do(c.Tick(), SYSTEM) if isinstance(b, e.BudgetBreached)]
    assert late == [("response", 240 * MINUTE), ("external_notice", 240 * MINUTE)]


@pytest.mark.requirement("BUD-breach-new-limit")
def test_a_worse_severity_can_be_breached_at_once() -> None:
    core = Core().assess(seen(GOOD, well=True)).classify(P3).wait(minutes=20)
    assert core.do(c.Tick(), SYSTEM) == []
    core.classify(P1)
    late = [(b.budget, b.limit_s) for b in core.do(c.Tick(), SYSTEM) if isinstance(b, e.BudgetBreached)]
    assert late == [("response", 5 * MINUTE), ("internal_update", 15 * MINUTE), ("external_notice", 0)]


@pytest.mark.requirement("BUD-breach-once")
def test_a_deadline_that_ran_out_before_it_was_classified_as_what_it_was_taken_for_is_breached_once() -> None:
    core = Core().wait(minutes=6).assess().classify(P1)
    core.do(c.Tick(), SYSTEM)
    found = [record.data["budget"] for record in core.records if record.kind == "budget_breached"]
    assert found.count("response") == 1


@pytest.mark.requirement("BUD-rollback", "BUD-breach-once")
def test_a_second_rollback_has_a_budget_and_a_breach_of_its_own() -> None:
    core = launched()
    core.look(core.incident.operations[0][0], "running").wait(minutes=10)
    core.do(c.Tick(), SYSTEM)
    assert "rollback" in core.incident.breached
    core.follow(exit_status=1).choose(Path.ROLLBACK).plan().approve().start()
    assert "rollback" not in core.incident.breached
    core.wait(minutes=10).do(c.Tick(), SYSTEM)
    assert "rollback" in core.incident.breached


@pytest.mark.requirement("BUD-never-kills")
def test_a_rollback_over_its_time_goes_on() -> None:
    core = shown().wait(minutes=30)
    core.do(c.Tick(), SYSTEM)
    core.prove(core.incident.operations[0][0]).verify(seen(GOOD, well=True))
    assert core.incident.phase == "monitoring"


@pytest.mark.requirement("BUD-restart-proof")
def test_a_restart_in_between_changes_no_budget() -> None:
    core = fixing().wait(minutes=12)
    again = fold(core.records)
    assert again == core.incident
    assert again is not None
    assert running_budgets(again, core.policy, core.now) == running_budgets(core.incident, core.policy, core.now)


@pytest.mark.requirement("BUD-configurable")
def test_a_budget_of_no_minutes_is_spent_at_once() -> None:
    policy = Policy(budgets=Budgets(assessment=0))
    core = Core(policy=policy)
    assert budgets(core)["assessment"].spent
    core.do(c.Classify(severity=P2, reason="I say so"))


@pytest.mark.requirement("BUD-investigate")
def test_investigating_lasts_as_long_as_the_response_budget_and_then_becomes_a_rollback() -> None:
    core = Core().assess(
        seen(well=True, deploys=[d.model_copy(update={"at": d.at - timedelta(days=30)}) for d in DEPLOYS])
    )
    core.do(c.Classify(impacts=(Impact.MINOR_FEATURE_BROKEN,)))
    core.do(c.Decide())
    assert core.stands()[1] is Path.INVESTIGATE
    core.wait(minutes=59)
    core.do(c.Decide())
    assert core.stands()[1] is Path.INVESTIGATE
    core.wait(minutes=1)
    core.do(c.Decide())
    assert core.incident.path is Path.ROLLBACK


@pytest.mark.requirement("FIX-over")
def test_a_fix_over_its_limit_is_over_by_a_tick_and_by_whatever_is_reported() -> None:
    for command, actor in ((c.Tick(), SYSTEM), (c.EndFix(outcome="deployed", reference="#7", checks=CHECKED), PERSON)):
        core = fixing().wait(minutes=30)
        core.do(command, actor)
        assert core.incident.phase == "decided"
        assert core.incident.path is Path.ROLLBACK
        with pytest.raises(Refused):
            core.do(c.BeginFix(says="once more"))


@pytest.mark.parametrize("core", [decided(), rolling(), fixing(), monitoring(), closed()])
def test_budgets_that_are_asked_for_by_name_are_those_of_all(core: Core) -> None:
    every = running_budgets(core.incident, core.policy, core.now)
    names = {"response", "rollback", "fix", "review", "monitoring_health"}
    chosen = running(core.incident, core.policy, core.now, names)
    assert chosen == tuple(budget for budget in every if budget.name in names)
