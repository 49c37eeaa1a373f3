from __future__ import annotations

from dataclasses import replace

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.fix import CHECKLIST, FixCheck, SuiteRun, commit_in
from flightrules.state.policy import FixPolicy, Policy
from flightrules.state.rules.fixing import branch_name, unchecked
from flightrules.state.status import status_of
from flightrules.state.vocabulary import Path, Phase, Severity, Verdict
from tests.state.core import (
    BAD,
    CHECKED,
    FIXED,
    OLD,
    PERSON,
    SHOP,
    SYSTEM,
    Core,
    after_tests,
    branching,
    decided,
    failed,
    fixing,
    running_tests,
    seen,
)


def refused(core: Core, command: c.Command) -> Refused:
    with pytest.raises(Refused) as no:
        core.do(command)
    return no.value


@pytest.mark.requirement("FIX-branch")
@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("Avatar upload is slow", "incident/incident-INC-1-avatar-upload-is-slow"),
        ("Ünïcode; rm -rf /", "incident/incident-INC-1-n-code-rm-rf"),
        ("***", "incident/incident-INC-1-fix"),
        ("a" * 60, f"incident/incident-INC-1-{'a' * 40}"),
        (f"{'a' * 39} b", f"incident/incident-INC-1-{'a' * 39}"),
    ],
)
def test_the_branch_is_named_as_the_protocol_says_with_nothing_a_shell_could_read(title: str, branch: str) -> None:
    assert branch_name(replace(decided().incident, title=title)) == branch


@pytest.mark.requirement("FIX-begin")
def test_a_fix_begins_only_where_the_decision_was_a_fix() -> None:
    no = refused(decided(), c.BeginFix(says="null check"))
    assert no.code == "out_of_order"
    assert "not fix" in no.reason
    assert fixing().incident.phase is Phase.FIXING


@pytest.mark.requirement("FIX-begin")
def test_a_fix_begins_once() -> None:
    assert "already begun" in refused(fixing(), c.BeginFix(says="once more")).reason


@pytest.mark.requirement("FIX-ends", "VER-before-monitoring")
def test_a_deployed_fix_is_verified_next_and_names_what_was_deployed() -> None:
    core = fixing()
    assert refused(core, c.EndFix(outcome="deployed", reference=" ", checks=CHECKED)).code == "reference_missing"
    core.do(c.EndFix(outcome="deployed", reference="#7", checks=CHECKED))
    assert (core.incident.phase, core.incident.fix_reference) == (Phase.VERIFYING, "#7")


@pytest.mark.requirement("DEC-fix-failed", "FIX-ends")
@pytest.mark.parametrize("outcome", ["failed", "abandoned"])
def test_a_fix_that_failed_falls_back_to_rollback(outcome: str) -> None:
    core = fixing()
    core.do(c.EndFix.model_validate({"outcome": outcome}))
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    assert core.incident.decided_by == "rules"
    core.do(c.Decide())
    assert core.incident.path is Path.ROLLBACK
    core.roll_back()
    assert core.incident.phase is Phase.VERIFYING


@pytest.mark.requirement("DEC-one-attempt")
def test_a_fix_that_failed_after_a_rollback_was_tried_goes_to_a_person() -> None:
    core = failed().choose(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    core.do(c.EndFix(outcome="failed"))
    assert core.incident.path is Path.PERSON


@pytest.mark.requirement("FIX-over", "BUD-fix-limit")
@pytest.mark.parametrize(("seconds", "phase"), [(1799, Phase.VERIFYING), (1800, Phase.DECIDED)])
def test_at_thirty_minutes_a_fix_is_over_whatever_is_reported(seconds: int, phase: Phase) -> None:
    core = fixing().wait(seconds=seconds)
    core.do(c.EndFix(outcome="deployed", reference="#7", checks=CHECKED))
    assert core.incident.phase is phase
    assert core.incident.fix_reference == "#7"


@pytest.mark.requirement("FIX-over")
def test_a_fix_nobody_reports_on_is_over_by_itself() -> None:
    core = fixing().wait(minutes=29, seconds=59)
    assert not any(isinstance(event, e.FixEnded) for event in core.do(c.Tick(), SYSTEM))
    core.wait(seconds=1).do(c.Tick(), SYSTEM)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    assert "fix" in core.incident.breached


@pytest.mark.requirement("ORD-person-decides-any-time")
def test_a_person_may_end_a_fix_by_deciding_otherwise() -> None:
    core = fixing().choose(Path.ROLLBACK)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    assert "fix_ended" in [r.kind for r in core.records[-2:]]


@pytest.mark.requirement("DEC-person-above-tree")
def test_an_agent_does_not_take_back_what_a_person_decided() -> None:
    core = decided(Path.FIX)
    no = refused(core, c.Decide())
    assert no.code == "out_of_order"
    assert "A person decided on fix" in no.reason
    assert core.stands() == (Phase.DECIDED, Path.FIX)
    core.do(c.DecideByPerson(path=Path.ROLLBACK, reason="safer"), PERSON)
    assert core.stands() == (Phase.DECIDED, Path.ROLLBACK)


@pytest.mark.requirement("DEC-person-above-tree")
@pytest.mark.parametrize("path", [Path.FIX, Path.ROLLBACK])
def test_an_agent_does_not_take_it_back_by_way_of_another_classification_either(path: Path) -> None:
    core = decided(Path.INVESTIGATE).choose(path, OLD if path is Path.ROLLBACK else None)
    core.classify(Severity.P1)
    assert refused(core, c.Decide()).code == "out_of_order"
    assert "decide" not in [step.call for step in status_of(core.incident, core.policy, core.now).next]
    core.choose(Path.ROLLBACK)
    assert core.stands() == (Phase.DECIDED, Path.ROLLBACK)


@pytest.mark.requirement("DEC-person-above-tree")
def test_a_person_decides_only_with_a_reason() -> None:
    core = decided()
    with pytest.raises(Refused) as no:
        core.do(c.DecideByPerson(path=Path.FIX, reason="  "), PERSON)
    assert no.value.code == "reason_missing"


@pytest.mark.requirement("FIX-checklist")
@pytest.mark.parametrize("left_out", CHECKLIST)
def test_a_deployed_fix_with_an_open_point_is_refused_by_its_name(left_out: str) -> None:
    core = fixing()
    checks = tuple(check for check in CHECKED if check.item != left_out)
    no = refused(core, c.EndFix(outcome="deployed", reference=FIXED, checks=checks))
    assert no.code == "not_checked"
    assert left_out in no.reason
    assert not any(other in no.reason for other in CHECKLIST if other != left_out)
    assert core.incident.phase is Phase.FIXING


@pytest.mark.requirement("FIX-checklist")
def test_whoever_left_a_point_out_is_told_that_the_others_must_be_said_again() -> None:
    no = refused(fixing(), c.EndFix(outcome="deployed", reference=FIXED, checks=CHECKED[:4]))
    assert "with those of this call once more" in no.remedy
    assert "once more" not in refused(fixing(), c.EndFix(outcome="deployed", reference=FIXED)).remedy


@pytest.mark.requirement("FIX-checklist")
@pytest.mark.parametrize(
    "late",
    [
        c.EndFix(outcome="deployed", reference=FIXED, checks=CHECKED),
        c.BeginBranch(start=BAD, checks=CHECKED),
        c.BeginTests(run="TEST-1", checks=CHECKED),
    ],
)
def test_evidence_that_comes_after_the_time_of_a_fix_is_kept_all_the_same(late: c.Command) -> None:
    core = fixing().wait(minutes=30)
    events = [event for event in core.do(late) if not isinstance(event, e.BudgetBreached)]
    assert events[0] == e.FixChecked(checks=CHECKED)
    assert isinstance(events[1], e.FixEnded)
    assert (events[1].outcome, core.incident.phase) == ("over", Phase.DECIDED)


@pytest.mark.requirement("FIX-checklist")
def test_a_point_without_a_word_of_evidence_is_open() -> None:
    blank = tuple(FixCheck(item=check.item, evidence=" ") for check in CHECKED)
    assert refused(fixing(), c.EndFix(outcome="deployed", reference=FIXED, checks=blank)).code == "not_checked"


@pytest.mark.requirement("FIX-checklist")
def test_points_may_be_shown_one_by_one_and_the_evidence_stays_in_the_log() -> None:
    core = decided(Path.FIX)
    core.do(c.BeginFix(says="null check", checks=CHECKED[:1]))
    core.do(c.BeginBranch(start=BAD, checks=CHECKED[1:2]))
    core.do(c.RecordBranch(commit=BAD))
    core.do(c.EndFix(outcome="deployed", reference=FIXED, checks=CHECKED[2:]))
    assert core.incident.phase is Phase.VERIFYING
    told = [e.event_of(r.kind, r.data) for r in core.records]
    shown = [check for event in told if isinstance(event, e.FixChecked) for check in event.checks]
    assert tuple(shown) == CHECKED


@pytest.mark.requirement("FIX-checklist")
def test_policy_may_have_open_points_recorded_as_not_done() -> None:
    core = Core(SHOP, Policy(fix=FixPolicy(unchecked="record"))).assess().classify().choose(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    events = core.do(c.EndFix(outcome="deployed", reference=FIXED, checks=CHECKED[:3]))
    assert events[-1] == e.FixEnded(outcome="deployed", reference=FIXED, unchecked=("tests_passing", "documented"))


@pytest.mark.requirement("FIX-checklist")
def test_a_fix_that_failed_needs_no_checklist() -> None:
    events = fixing().do(c.EndFix(outcome="failed"))
    assert events == [e.FixEnded(outcome="failed")]


@pytest.mark.requirement("FIX-tests-run")
def test_tests_that_the_server_saw_fail_do_not_pass_because_somebody_says_so() -> None:
    core = after_tests(passed=False)
    no = refused(core, c.EndFix(outcome="deployed", reference=FIXED, checks=CHECKED))
    assert no.code == "not_checked"
    assert "tests_passing" in no.reason
    assert "failed, exit status 1" in no.reason


@pytest.mark.requirement("FIX-tests-run")
def test_tests_that_the_server_saw_pass_need_no_word_of_anybody() -> None:
    core = after_tests()
    others = tuple(check for check in CHECKED if check.item != "tests_passing")
    core.do(c.EndFix(outcome="deployed", reference=FIXED, checks=others))
    assert core.incident.phase is Phase.VERIFYING


@pytest.mark.requirement("FIX-tests-run")
def test_a_new_run_counts_and_a_lost_one_says_nothing() -> None:
    core = after_tests()
    core.do(c.BeginTests(run="TEST-2"))
    assert "tests_passing" in unchecked(core.incident)
    core.do(c.RecordTests(run="TEST-2", result=SuiteRun(outcome="lost")), SYSTEM)
    assert "tests_passing" in unchecked(core.incident)
    assert "tests_passing" not in unchecked(core.incident, CHECKED)


@pytest.mark.requirement("FIX-tests-run")
def test_tests_run_once_at_a_time_and_only_where_they_are_configured() -> None:
    assert refused(running_tests(), c.BeginTests(run="TEST-2")).code == "tests_run"
    assert refused(decided(), c.BeginTests(run="TEST-1")).code == "out_of_order"
    core = Core(SHOP.model_copy(update={"test": None})).assess().classify().choose(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    assert refused(core, c.BeginTests(run="TEST-1")).code == "no_test_command"


@pytest.mark.requirement("FIX-tests-run")
def test_the_end_of_a_run_is_taken_after_the_fix_has_ended_too_and_taken_once() -> None:
    core = running_tests()
    core.do(c.EndFix(outcome="abandoned"))
    end = c.RecordTests(run="TEST-1", result=SuiteRun(outcome="passed", exit_status=0))
    core.do(end, SYSTEM)
    assert core.incident.fix_tested == end.result
    assert refused(core, end).code == "no_such_run"


@pytest.mark.requirement("FIX-branch-created")
def test_the_branch_is_intended_before_it_is_recorded_and_recorded_once() -> None:
    assert refused(fixing(), c.RecordBranch(commit=BAD)).code == "no_branch"
    core = branching()
    assert core.incident.fix_branching
    core.do(c.BeginBranch(start=BAD))
    core.do(c.RecordBranch(commit=BAD))
    assert (core.incident.fix_branching, core.incident.fix_branched_at) == (False, BAD)
    assert refused(core, c.BeginBranch(start=BAD)).code == "branch_exists"


@pytest.mark.requirement("FIX-over")
@pytest.mark.parametrize("command", [c.BeginBranch(start=BAD), c.BeginTests(run="TEST-1")])
def test_nothing_of_a_fix_begins_when_its_time_is_over(command: c.Command) -> None:
    core = fixing().wait(minutes=30)
    core.do(command)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    assert not core.incident.fix_branching
    assert not core.incident.fix_testing


@pytest.mark.requirement("FIX-begin")
def test_a_second_fix_begins_with_nothing_checked() -> None:
    core = after_tests()
    core.do(c.EndFix(outcome="failed"))
    core.choose(Path.FIX).do(c.BeginFix(says="another one"))
    assert unchecked(core.incident) == tuple(CHECKLIST)
    assert not core.incident.fix_branched_at


@pytest.mark.requirement("FIX-what-runs")
@pytest.mark.parametrize(
    ("reference", "commit"),
    [
        ("PR #512", None),
        ("#1234567", None),
        ("1234567", None),
        ("effaced", None),
        ("https://git.example/shop/pull/1234567", None),
        ("https://git.example/shop/commit/0a1b2c3d4e", "0a1b2c3d4e"),
        ("PR #512 (0A1B2C3)", "0a1b2c3"),
        ("0a1b2c3 or 0a1b2c4", None),
        ("0a1b2c", None),
        (f"{'d' * 40}.", "d" * 40),
        ("", None),
    ],
)
def test_a_reference_names_a_commit_only_where_it_can_be_nothing_else(reference: str, commit: str | None) -> None:
    assert commit_in(reference) == commit


@pytest.mark.requirement("FIX-what-runs")
@pytest.mark.parametrize(
    ("reference", "running", "verdict"),
    [
        (FIXED, FIXED, Verdict.RESTORED),
        (f"PR #7 ({FIXED[:12]})", FIXED, Verdict.RESTORED),
        (FIXED, BAD, Verdict.NOT_RESTORED),
        (FIXED, None, Verdict.INCONCLUSIVE),
        ("PR #7", FIXED, Verdict.INCONCLUSIVE),
    ],
)
def test_after_a_fix_production_is_held_against_the_commit_that_went_out(
    reference: str, running: str | None, verdict: Verdict
) -> None:
    core = fixing()
    core.do(c.EndFix(outcome="deployed", reference=reference, checks=CHECKED))
    core.verify(seen(running, well=True))
    assert core.incident.verdict is verdict


@pytest.mark.requirement("FIX-what-runs", "VER-never-guess")
def test_a_reference_without_a_commit_is_said_to_be_unverifiable() -> None:
    core = fixing()
    core.do(c.EndFix(outcome="deployed", reference="PR #7", checks=CHECKED))
    core.verify(seen(FIXED, well=True))
    assert "'PR #7' names no commit" in str(core.records[-1].data["items"])
