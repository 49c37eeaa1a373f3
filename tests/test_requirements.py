"""Every rule of the protocol has a test that says so, and every test names a rule there is."""

from __future__ import annotations

import pytest

from tests.markers import every_mark, marked
from tests.requirements import BY_ID, RULES, Rule


def usages() -> list[tuple[str, str]]:
    """(rule, place) over all of tests, contracts that test modules share included."""
    return [(mark.rule, f"{mark.path}:{mark.line}") for mark in every_mark()]


@pytest.fixture(scope="module")
def used() -> list[tuple[str, str]]:
    return usages()


def test_every_built_rule_has_a_test(used: list[tuple[str, str]]) -> None:
    tested = {rule for rule, _ in used}
    assert [rule.id for rule in RULES if rule.status == "built" and rule.id not in tested] == []


def test_every_test_names_rules_there_are(used: list[tuple[str, str]]) -> None:
    assert [(rule, place) for rule, place in used if rule not in BY_ID] == []


def test_a_planned_rule_has_a_note_and_no_test_yet(used: list[tuple[str, str]]) -> None:
    """Once there is a test, the rule is built: change its status."""
    planned = [rule for rule in RULES if rule.status == "planned"]
    tested = {rule for rule, _ in used}
    assert [rule.id for rule in planned if rule.id in tested or not rule.note] == []
    assert [rule.id for rule in RULES if rule.status == "built" and rule.note] == []


def test_rules_are_listed_once_each_with_a_sentence_and_a_source() -> None:
    assert len(BY_ID) == len(RULES)
    assert [rule.id for rule in RULES if not rule.says.endswith(".") or not source_is_known(rule)] == []


def source_is_known(rule: Rule) -> bool:
    kind, _, place = rule.source.partition(":")
    if kind == "protocol":
        return bool(place)  # test_incident_protocol.py looks for the section
    return (
        (kind == "peers" and place == "7.2") or (kind == "design" and bool(place)) or (kind == "project" and not place)
    )


def test_a_marker_in_any_form_is_found_with_the_test_that_carries_it() -> None:
    module = """
@pytest.mark.requirement("A", "B")
def test_one(): ...
pytestmark = [pytest.mark.requirement("C")]
case = pytest.param(1, marks=pytest.mark.requirement("D"))
"""
    found = sorted((mark.rule, mark.test) for mark in marked(module))
    assert found == [("A", "test_one"), ("B", "test_one"), ("C", ""), ("D", "")]
