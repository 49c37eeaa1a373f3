from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state.facts import Facts
from flightrules.state.severity import RULES, floor_of, rule_hits
from flightrules.state.vocabulary import Impact, Severity
from flightrules.testing import START
from tests.state.core import AGENT, GOOD, NOON, P1, P2, P3, P4, PERSON, Core, blind, seen

UP = Facts(health="up", services_known=True, services=("web", "worker"))


def facts(**changes: object) -> Facts:
    return Facts.model_validate(UP.model_dump() | changes)


def measured(item: str) -> dict[str, object]:
    """A metric out of its bounds."""
    traffic = item == "traffic"
    bounds = {"name": item, "item": item, "least" if traffic else "most": 0.5}
    now = {"since": START, "until": START, "value": 0.1 if traffic else 0.95}
    return {"bounds": bounds, "unit": "share", "now": (now,)}


def floor(seen_facts: Facts, *impacts: Impact) -> tuple[Severity, set[str]]:
    hits = rule_hits(seen_facts, frozenset(impacts))
    return floor_of(hits, None), {hit.rule for hit in hits}


@pytest.mark.requirement(
    "SEV-P1-outage", "SEV-P1-data", "SEV-P1-breach", "SEV-P2-major", "SEV-P3-minor", "SEV-P4-edge", "SEV-levels"
)
@pytest.mark.parametrize(
    ("impact", "severity"),
    [
        (Impact.COMPLETE_OUTAGE, P1),
        (Impact.DATA_LOSS, P1),
        (Impact.DATA_CORRUPTION, P1),
        (Impact.SECURITY_BREACH, P1),
        (Impact.MAJOR_FEATURE_BROKEN, P2),
        (Impact.SIGNIFICANT_DEGRADATION, P2),
        (Impact.MINOR_FEATURE_BROKEN, P3),
        (Impact.PARTIAL_DEGRADATION, P3),
        (Impact.EDGE_CASE, P4),
    ],
)
def test_a_stated_impact_gives_the_severity_of_the_protocols_table(impact: Impact, severity: Severity) -> None:
    worst, rules = floor(UP, impact)
    assert worst is severity
    assert len(rules) == 1
    assert "no-other-rule" not in rules


@pytest.mark.requirement("SEV-P1-outage", "SEV-P2-major", "SEV-P3-minor", "SEV-P4-edge", "SEV-evidence")
@pytest.mark.parametrize(
    ("seen_facts", "severity", "rule"),
    [
        (facts(health="down"), P1, "seen-outage"),
        (facts(health="down", checks_unknown=("cart",)), P1, "seen-outage"),
        (facts(health="down", checks_passed=("cart",)), P2, "seen-health-down"),
        (facts(services_down=("web", "worker")), P1, "seen-no-service"),
        (facts(services=()), P1, "seen-no-service"),
        (facts(services_down=("web",)), P2, "seen-service-down"),
        (facts(services_unhealthy=("web",)), P2, "seen-unhealthy"),
        (facts(major_failed=("cart",)), P2, "seen-major"),
        (facts(minor_failed=("avatar",)), P3, "seen-minor"),
        (facts(slow=("cart",)), P3, "seen-slow"),
        (facts(low_disk=("/@web-1",)), P3, "seen-low-disk"),
        (UP, P4, "no-other-rule"),
    ],
)
def test_what_was_seen_gives_a_severity_by_itself(seen_facts: Facts, severity: Severity, rule: str) -> None:
    worst, rules = floor(seen_facts)
    assert worst is severity
    assert rule in rules


@pytest.mark.requirement("SEV-unknown-lowers-nothing")
def test_services_that_could_not_be_read_are_not_taken_for_an_outage_nor_for_health() -> None:
    worst, rules = floor(Facts(health="up", services_known=False))
    assert worst is P4
    assert rules == {"no-other-rule"}


def test_the_table_is_worst_first_so_that_the_first_hit_is_the_floor() -> None:
    ranks = [rule.severity.rank for rule in RULES]
    assert ranks == sorted(ranks)


@pytest.mark.requirement("SEV-rules-named")
def test_every_rule_can_hold_and_says_why() -> None:
    bad = facts(
        health="down",
        services_down=("web", "worker"),
        services_unhealthy=("web",),
        major_failed=("cart",),
        minor_failed=("avatar",),
        slow=("cart",),
        low_disk=("/@web-1",),
        metrics=tuple(measured(item) for item in ("errors", "latency", "traffic", "saturation")),
    )
    hits = rule_hits(bad, frozenset(Impact))
    assert {hit.rule for hit in hits} == {rule.id for rule in RULES} - {"no-other-rule"}
    assert all(hit.why for hit in hits)
    assert [hit.severity.rank for hit in hits] == sorted(hit.severity.rank for hit in hits)


HEALTHS = st.sampled_from(["up", "down", "unknown"])
NAMES = st.sets(st.sampled_from(["web", "worker"])).map(tuple)
ANY_FACTS = st.builds(
    Facts,
    health=HEALTHS,
    services_known=st.booleans(),
    services=NAMES,
    services_down=NAMES,
    services_unhealthy=NAMES,
    checks_passed=NAMES,
    major_failed=NAMES,
    minor_failed=NAMES,
    slow=NAMES,
    low_disk=NAMES,
)
ANY_IMPACTS = st.frozensets(st.sampled_from(Impact))


@pytest.mark.requirement("SEV-floor-never-falls")
@given(rounds=st.lists(st.tuples(ANY_FACTS, ANY_IMPACTS), min_size=1, max_size=6))
def test_the_floor_never_falls_whatever_is_seen_next(rounds: list[tuple[Facts, frozenset[Impact]]]) -> None:
    before: Severity | None = None
    for seen_facts, impacts in rounds:
        now = floor_of(rule_hits(seen_facts, impacts), before)
        assert before is None or now.rank <= before.rank
        before = now


@pytest.mark.requirement("SEV-floor-never-falls")
@given(seen_facts=ANY_FACTS, impacts=ANY_IMPACTS, more=ANY_IMPACTS)
def test_stating_more_never_gives_a_milder_floor(
    seen_facts: Facts, impacts: frozenset[Impact], more: frozenset[Impact]
) -> None:
    less = floor_of(rule_hits(seen_facts, impacts), None)
    assert floor_of(rule_hits(seen_facts, impacts | more), None).rank <= less.rank


# -- who may set it ------------------------------------------------------------------------------------------------


def well() -> Core:
    return Core().assess(seen(GOOD, well=True))


@pytest.mark.requirement("SEV-default-floor")
def test_without_a_severity_the_floor_is_taken() -> None:
    assert Core().assess().classify().incident.severity is P1


@pytest.mark.requirement("SEV-agent-raises")
def test_an_agent_may_raise_the_severity_with_a_reason_and_not_without() -> None:
    core = well()
    with pytest.raises(Refused) as no:
        core.do(c.Classify(severity=P2))
    assert no.value.code == "reason_missing"
    core.do(c.Classify(severity=P2, reason="the queue grows"))
    assert core.incident.severity is P2
    assert core.incident.floor is P4


@pytest.mark.requirement("SEV-person-lowers")
@pytest.mark.parametrize(
    ("worst", "mild"), [(a, b) for a, b in itertools.product(Severity, repeat=2) if a.rank < b.rank]
)
def test_below_the_floor_takes_a_person_with_a_reason(worst: Severity, mild: Severity) -> None:
    impact = {P1: Impact.DATA_LOSS, P2: Impact.MAJOR_FEATURE_BROKEN, P3: Impact.MINOR_FEATURE_BROKEN}[worst]
    core = well()
    for command, actor in (
        (c.Classify(severity=mild, impacts=(impact,), reason="not that bad"), AGENT),
        (c.Classify(severity=mild, impacts=(impact,)), PERSON),
    ):
        with pytest.raises(Refused) as no:
            core.do(command, actor)
        assert no.value.code == "below_floor"
        assert "flightrules classify INC-1" in no.value.remedy
    core.do(c.Classify(severity=mild, impacts=(impact,), reason="a test database"), PERSON)
    assert core.incident.severity is mild
    assert core.incident.floor is worst


@pytest.mark.requirement("SEV-person-holds")
def test_the_rules_a_person_overruled_are_those_that_were_worse() -> None:
    core = Core().assess()
    core.do(c.Classify(severity=P2, reason="only the status page is down"), PERSON)
    assert core.incident.overruled == {"seen-outage"}
    assert core.incident.bar is P2
    core.do(c.Classify(severity=P1, reason="it is all of it"), PERSON)
    assert core.incident.overruled == frozenset()


def lowered() -> Core:
    """Seen as an outage, and set to P3 by a person."""
    core = Core().assess()
    core.do(c.Classify(severity=P3, reason="only the status page is down"), PERSON)
    return core


@pytest.mark.requirement("SEV-person-holds")
@pytest.mark.parametrize("command", [c.Classify(), c.Classify(severity=P3), c.Classify(impacts=(Impact.EDGE_CASE,))])
def test_what_a_person_lowered_is_not_undone_by_an_agent_that_classifies_again(command: c.Classify) -> None:
    core = lowered().assess()
    core.do(command)
    assert core.incident.severity is P3


@pytest.mark.requirement("SEV-person-holds")
def test_an_agent_may_raise_what_a_person_lowered_but_only_with_a_reason() -> None:
    core = lowered()
    with pytest.raises(Refused) as no:
        core.do(c.Classify(severity=P1))
    assert no.value.code == "reason_missing"
    core.do(c.Classify(severity=P1, reason="the shop is down as well"))
    assert core.incident.severity is P1


@pytest.mark.requirement("SEV-person-holds", "SEV-unknown-lowers-nothing")
def test_a_rule_the_person_did_not_know_of_raises_the_severity_again() -> None:
    core = lowered()
    core.do(c.Classify(impacts=(Impact.DATA_LOSS,)))
    assert core.incident.severity is P1
    core.do(c.Classify())
    assert core.incident.severity is P1
    with pytest.raises(Refused, match="P3 is below P1"):
        core.do(c.Classify(severity=P3, reason="a person said so before"))


@pytest.mark.requirement("SEV-person-holds")
def test_what_a_person_raised_is_not_lowered_by_an_agent() -> None:
    core = well()
    core.do(c.Classify(severity=P1, reason="payments are lost"), PERSON)
    core.do(c.Classify())
    assert core.incident.severity is P1
    with pytest.raises(Refused, match="P4 is below P1"):
        core.do(c.Classify(severity=P4, reason="looks fine"))


@pytest.mark.requirement("SEV-person-holds")
def test_a_catastrophe_that_a_person_overruled_does_not_decide_the_tree() -> None:
    core = well()
    core.do(c.Classify(severity=P3, impacts=(Impact.DATA_LOSS,), reason="a test database"), PERSON)
    core.do(c.Decide())
    assert core.incident.path is not None
    assert "critical incidents" not in core.records[-1].data["reason"]  # type: ignore[operator]


def test_classifying_again_without_a_change_needs_no_new_reason() -> None:
    core = well()
    core.do(c.Classify(severity=P2, reason="the queue grows"))
    core.do(c.Classify(users_affected="about 40"))
    assert core.incident.severity is P2


@pytest.mark.requirement("SEV-no-guess")
def test_where_nothing_was_seen_and_nothing_is_stated_the_severity_is_not_guessed() -> None:
    core = Core().assess(blind())
    with pytest.raises(Refused) as no:
        core.do(c.Classify())
    assert no.value.code == "nothing_known"
    core.do(c.Classify(impacts=(Impact.PARTIAL_DEGRADATION,)))
    assert core.incident.severity is P3


@pytest.mark.requirement("SEV-no-guess")
@pytest.mark.parametrize("probe", ["health", "services"])
def test_where_anything_was_seen_the_rules_give_the_severity(probe: str) -> None:
    found = seen(GOOD, well=True)
    only = tuple(f if f.probe == probe else blind((f,))[0] for f in found)
    assert Core().assess(only).classify().incident.severity is P4


@pytest.mark.requirement("SEV-no-guess")
def test_a_severity_the_agent_states_is_taken_even_where_nothing_was_seen() -> None:
    assert Core().assess(blind()).classify(P4).incident.severity is P4


# -- order -----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ORD-assess-first", "BUD-assessment")
def test_classifying_before_assessing_is_refused_until_the_assessment_budget_is_spent() -> None:
    core = Core()
    with pytest.raises(Refused, match="Assess first"):
        core.do(c.Classify(severity=P2, reason="I say so"))
    core.wait(minutes=5)
    core.do(c.Classify(severity=P2, reason="I say so"))
    assert core.incident.severity is P2
    assert "assessment" in core.incident.breached


@pytest.mark.requirement("ORD-detection-starts-the-clock")
def test_detection_may_lie_before_the_call_and_onset_before_detection() -> None:
    core = Core(detected_at=NOON.replace(hour=11), onset_at=NOON.replace(hour=10))
    assert core.incident.detected_at.hour == 11
    assert core.incident.onset_at.hour == 10


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"detected_at": NOON.replace(hour=13)}, "future"),
        ({"detected_at": NOON.replace(tzinfo=None)}, "no time zone"),
        ({"detected_at": NOON.replace(year=2020)}, "5 years"),
        ({"detected_at": NOON.replace(hour=10), "onset_at": NOON.replace(hour=11)}, "after `detected_at`"),
    ],
)
def test_a_time_of_detection_that_cannot_be_is_refused(times: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        Core(**times)
