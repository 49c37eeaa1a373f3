"""History: what is measured of each incident, filters, and what all of them show together."""

from __future__ import annotations

from datetime import timedelta

from flightrules.console.pages.history import Ended, Wanted, ended, history
from tests.console.views import course_of
from tests.state.stories import at, failed_story, recurrence_story, rollback_story

NOON = at("12:00:00")


def line(name: str, **fields: object) -> Ended:
    given = {"title": name, "target": "shop", "severity": "P1", "phase": "closed", "detected_at": NOON}
    return Ended(id=name, **(given | fields))  # type: ignore[arg-type]


def test_an_incident_is_measured_from_its_detection() -> None:
    course = course_of(rollback_story())
    found = ended(course.incident, course.log)
    assert (found.assess, found.decide) == (timedelta(seconds=42), timedelta(seconds=90))
    assert found.restore is not None
    assert (found.rollbacks, found.held) == (1, 1)


def test_a_rollback_after_which_it_came_back_did_not_hold() -> None:
    course = course_of(recurrence_story())
    assert (ended(course.incident, course.log).rollbacks, ended(course.incident, course.log).held) == (1, 0)


def test_a_failed_rollback_did_not_hold() -> None:
    course = course_of(failed_story())
    assert ended(course.incident, course.log).held == 0


def test_filters_are_joined_by_and() -> None:
    every = [line("INC-A"), line("INC-B", target="api"), line("INC-C", severity="P3"), line("INC-D", open=True)]
    found = history(every, Wanted(target="shop", severity="P1", state="closed"))
    assert [one.id for one in found.lines] == ["INC-A"]
    assert found.targets == ("api", "shop")


def test_a_search_keeps_the_order_of_its_hits() -> None:
    every = [line("INC-A"), line("INC-B"), line("INC-C")]
    found = history(every, Wanted(query="cart"), ["INC-C", "INC-A"])
    assert [one.id for one in found.lines] == ["INC-C", "INC-A"]


def test_pages_hold_fifty_and_a_page_too_far_is_the_last() -> None:
    every = [line(f"INC-{number}", detected_at=NOON + timedelta(minutes=number)) for number in range(120)]
    found = history(every, Wanted(page=9))
    assert (found.page, found.pages, len(found.lines)) == (3, 3, 20)
    assert history(every, Wanted()).lines[0].id == "INC-119"


def test_times_are_medians_by_severity_and_nothing_known_has_no_bar() -> None:
    minute = timedelta(minutes=1)
    every = [line("A", decide=minute), line("B", decide=9 * minute), line("C", decide=2 * minute, severity="P2")]
    decide = history(every, Wanted()).times[1]
    assert [(bar.label, bar.text, bar.count) for bar in decide.bars] == [("P1", "5 min", 2), ("P2", "2 min", 1)]
    assert history(every, Wanted()).times[0].bars == ()


def test_budgets_kept_count_only_incidents_in_which_they_ran() -> None:
    ran = frozenset({"response"})
    every = [line("A", applied=ran), line("B", applied=ran, breached=ran), line("C")]
    assert [(bar.label, bar.text) for bar in history(every, Wanted()).budgets.bars] == [("Response", "1 of 2")]
