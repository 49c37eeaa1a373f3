"""The tree over every combination of its inputs, against the protocol's own words written down a second time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from flightrules.state.decision import QUESTIONS, Decision, Inputs, decide_path
from flightrules.state.vocabulary import Path, Severity
from tests.state.core import GOOD, P1, P2, P3, P4

MINUTES = (None, 0, 14, 15, 16, 29, 30, 31)
BOOLS = (False, True)


AXES: dict[str, tuple[Any, ...]] = {
    "severity": tuple(Severity),
    "catastrophe": BOOLS,
    "recent_deployment": (None, *BOOLS),
    "root_cause_known": BOOLS,
    "isolated": BOOLS,
    "fix_safe": BOOLS,
    "fix_minutes": MINUTES,
    "rollback_more_disruptive": BOOLS,
    "good_release": (None, GOOD),
    "response_left_s": (0, 1),
    "rollback_tried": BOOLS,
    "outside_release": BOOLS,
    "fix_failed": BOOLS,
}
"""All inputs that matter to the path; those that only warn are tested by themselves."""


def combinations() -> Iterator[Inputs]:
    for values in itertools.product(*AXES.values()):
        yield Inputs.model_construct(**dict(zip(AXES, values, strict=True)))


def protocol_says(i: Inputs) -> Path:  # noqa: C901, PLR0911 - one `if` a sentence, so that it can be held against them
    """The decision, as the protocol and the design's notes on its silences put it."""
    rollback = Path.ROLLBACK if i.good_release else Path.PERSON
    mild = i.severity in (P3, P4)
    quick = i.fix_minutes is not None and i.fix_minutes < 15
    if i.rollback_tried:
        return Path.PERSON
    if i.outside_release and i.root_cause_known:
        return Path.PERSON
    if i.severity is P1 or i.catastrophe:
        return rollback
    if i.fix_failed:
        return rollback
    if i.recent_deployment is not False:
        fits = mild and i.isolated and i.root_cause_known and quick and i.fix_safe and i.rollback_more_disruptive
        return Path.FIX if fits else rollback
    if i.fix_minutes is not None and i.fix_minutes > 30:
        return rollback
    if not i.root_cause_known:
        return Path.INVESTIGATE if i.response_left_s > 0 else rollback
    if i.fix_minutes is None:
        return rollback
    if not mild:
        return rollback
    if quick:
        return Path.FIX
    return Path.ROLLBACK if i.good_release else Path.FIX


@pytest.fixture(scope="module")
def walks() -> list[tuple[Inputs, Decision]]:
    return [(inputs, decide_path(inputs)) for inputs in combinations()]


Walks = list[tuple[Inputs, Decision]]


@pytest.mark.requirement(
    "DEC-critical",
    "DEC-outage-data-breach",
    "DEC-recent-deployment",
    "DEC-long-fix",
    "DEC-quick-fix",
    "DEC-investigate",
    "DEC-middling-fix",
    "DEC-complete",
)
def test_every_combination_ends_where_the_protocol_says(walks: Walks) -> None:
    assert len(walks) == 2 * 4 * 2 * 3 * 2 * 2 * 2 * 8 * 2 * 2 * 2 * 2 * 2
    wrong = [(i, d.path) for i, d in walks if d.path is not protocol_says(i)]
    assert wrong[:3] == []


@pytest.mark.requirement("DEC-critical", "FIX-only-P3-P4")
def test_a_critical_incident_is_never_fixed_nor_investigated(walks: Walks) -> None:
    paths = {d.path for i, d in walks if i.severity is P1 or i.catastrophe}
    assert paths == {Path.ROLLBACK, Path.PERSON}


@pytest.mark.requirement("DEC-P2-never-fix", "FIX-only-P3-P4")
def test_a_high_incident_never_takes_the_fix_path_by_itself(walks: Walks) -> None:
    assert Path.FIX not in {d.path for i, d in walks if i.severity is P2}


@pytest.mark.requirement("DEC-good-release-needed")
def test_rollback_is_never_decided_without_a_good_release(walks: Walks) -> None:
    assert {i.good_release for i, d in walks if d.path is Path.ROLLBACK} == {GOOD}


@pytest.mark.requirement("DEC-unknown-is-no-good-news")
def test_an_unknown_deploy_history_is_never_better_than_a_recent_deployment(walks: Walks) -> None:
    known = {others(i): d.path for i, d in walks if i.recent_deployment}
    assert {others(i): d.path for i, d in walks if i.recent_deployment is None} == known


def others(inputs: Inputs) -> tuple[object, ...]:
    return tuple(getattr(inputs, name) for name in AXES if name != "recent_deployment")


@pytest.mark.requirement("DEC-unknown-is-no-good-news")
def test_without_an_estimate_or_a_known_cause_nothing_is_fixed(walks: Walks) -> None:
    assert all(i.fix_minutes is not None and i.root_cause_known for i, d in walks if d.path is Path.FIX)


@pytest.mark.requirement("DEC-fix-limit")
def test_nothing_over_the_limit_is_fixed(walks: Walks) -> None:
    assert max(i.fix_minutes or 0 for i, d in walks if d.path is Path.FIX) == 30
    assert {d.path for i, d in walks if i.fix_minutes == 31} == {Path.ROLLBACK, Path.PERSON}


@pytest.mark.requirement("DEC-one-attempt")
def test_after_one_rollback_a_person_decides(walks: Walks) -> None:
    assert {d.path for i, d in walks if i.rollback_tried} == {Path.PERSON}


@pytest.mark.requirement("DEC-fix-failed")
def test_after_a_failed_fix_nothing_is_fixed_again(walks: Walks) -> None:
    assert {d.path for i, d in walks if i.fix_failed} == {Path.ROLLBACK, Path.PERSON}


@pytest.mark.requirement("DEC-trace")
def test_the_trace_lists_every_question_up_to_the_one_that_answered(walks: Walks) -> None:
    ids = [question.id for question in QUESTIONS]
    for _, decision in walks:
        asked = [node for node in decision.trace if node.id != "good-release"]
        assert [node.id for node in asked] == ids[: len(asked)]
        assert [node.leads_to for node in asked[:-1]] == ["next question"] * (len(asked) - 1)
        assert decision.trace[-1].leads_to == decision.path.value
        assert all(node.question and node.saw and node.source for node in decision.trace)


@pytest.mark.requirement("DEC-trace")
def test_every_question_of_the_tree_is_the_last_word_for_some_incident(walks: Walks) -> None:
    ends = {[node.id for node in d.trace if node.id != "good-release"][-1] for _, d in walks}
    assert ends == {question.id for question in QUESTIONS}


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.requirement("DEC-complete")
def test_each_path_is_reachable_where_the_protocol_allows_it(walks: Walks, severity: Severity) -> None:
    allowed = {Path.ROLLBACK, Path.PERSON}
    if severity is not P1:
        allowed |= {Path.INVESTIGATE}
    if severity in (P3, P4):
        allowed |= {Path.FIX}
    assert {d.path for i, d in walks if i.severity is severity} == allowed


def inputs(**changes: object) -> Inputs:
    return Inputs.model_validate({"severity": P3, "recent_deployment": False, "good_release": GOOD} | changes)


@pytest.mark.requirement("DEC-warn")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severity": P1}, "Nothing was deployed in the window"),
        ({"severity": P1, "recent_deployment": None}, "could not be read"),
        ({"severity": P1, "outside_release": True}, "outside the release"),
    ],
)
def test_a_rollback_that_may_not_help_is_proposed_with_that_warning(changes: dict[str, object], words: str) -> None:
    decision = decide_path(inputs(**changes))
    assert decision.path is Path.ROLLBACK
    assert any(words in warning for warning in decision.warnings)


def test_a_rollback_after_a_recent_deployment_needs_no_warning() -> None:
    assert decide_path(inputs(recent_deployment=True)).warnings == ()


@pytest.mark.requirement("DEC-trace")
def test_the_trace_says_which_deployment_it_saw_and_which_conditions_were_missing() -> None:
    decision = decide_path(inputs(recent_deployment=True, recent_deployment_source="deployed cccc at 11:20"))
    node = next(node for node in decision.trace if node.id == "recent-deployment")
    assert node.source == "deployed cccc at 11:20"
    assert "missing for a fix: isolated, root cause understood" in node.saw


@pytest.mark.requirement("DEC-configurable")
def test_the_limits_of_a_fix_come_from_policy() -> None:
    known = inputs(severity=P4, root_cause_known=True, fix_minutes=40)
    assert decide_path(known).path is Path.ROLLBACK
    slower = known.model_copy(update={"fix_wanted": 45, "fix_limit": 60})
    assert decide_path(slower).path is Path.FIX
    assert any("under 45 min" in node.question for node in decide_path(slower).trace)


@pytest.mark.requirement("DEC-five-conditions")
@pytest.mark.parametrize(
    "missing",
    [
        {"severity": P2},
        {"isolated": False},
        {"root_cause_known": False},
        {"fix_safe": False},
        {"fix_minutes": 15},
        {"fix_minutes": None},
        {"rollback_more_disruptive": False},
    ],
)
def test_after_a_recent_deployment_a_fix_takes_all_five_conditions(missing: dict[str, object]) -> None:
    five = inputs(
        recent_deployment=True,
        isolated=True,
        root_cause_known=True,
        fix_safe=True,
        fix_minutes=14,
        rollback_more_disruptive=True,
    )
    assert decide_path(five).path is Path.FIX
    assert decide_path(five.model_copy(update=missing)).path is Path.ROLLBACK
