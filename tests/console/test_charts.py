"""Charts: a gap in what was seen is a gap in the line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flightrules.console.pages.chart import Reading, chart
from flightrules.console.pages.measured import measured
from tests.console.views import course_of
from tests.state.stories import recurrence_story, rollback_story

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def minutes(*values: float | None) -> list[Reading]:
    return [(BEGIN + timedelta(minutes=number), value) for number, value in enumerate(values)]


def test_one_look_is_no_course() -> None:
    assert chart("Errors", minutes(1.0)) is None


def test_a_look_without_a_value_breaks_the_line_and_is_marked() -> None:
    drawn = chart("Errors", minutes(1, 2, None, 2, 1), unit=" %")
    assert drawn is not None
    assert drawn.wide.line.count("M") == 2
    assert drawn.gaps == 1
    assert drawn.says.endswith("Nothing was seen from 09:01 to 09:03.")


def test_no_line_crosses_a_gap_that_was_told() -> None:
    gap = (BEGIN + timedelta(minutes=1, seconds=10), BEGIN + timedelta(minutes=1, seconds=50))
    drawn = chart("Errors", minutes(1, 2, 3, 4), gaps=[gap])
    assert drawn is not None
    assert drawn.wide.line.count("M") == 2


def test_a_reading_between_two_gaps_is_a_dot() -> None:
    drawn = chart("Errors", minutes(1, None, 5, None, 1, 1))
    assert drawn is not None
    assert len(drawn.narrow.dots) == 2


def test_a_chart_of_which_nothing_was_seen_says_so() -> None:
    drawn = chart("Errors", minutes(None, None))
    assert drawn is not None
    assert drawn.says == "Errors: nothing could be seen."
    assert drawn.wide.line == ""


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=2, max_size=60))
def test_every_point_lies_in_the_frame_and_only_neighbours_are_joined(values: list[float | None]) -> None:
    drawn = chart("Errors", minutes(*values))
    assert drawn is not None
    for one in (drawn.wide, drawn.narrow):
        numbers = [tuple(map(int, pair.split())) for pair in re.findall(r"-?\d+ -?\d+", one.line)]
        assert all(one.left <= x <= one.right and one.top <= y <= one.bottom for x, y in numbers)
        joined = len(numbers) + len(one.dots)
        assert joined == sum(value is not None for value in values)


def test_monitoring_that_nobody_did_is_a_gap_in_the_incidents_charts() -> None:
    story = recurrence_story()
    found = measured(course_of(story).log, story.incident)
    assert found.charts[0].gaps >= 1
    assert "not seen" not in found.charts[0].says
    assert "Nothing was seen" in found.charts[0].says


def test_the_table_tells_what_was_not_measured_from_what_failed() -> None:
    story = rollback_story()
    rows = {row.name: row for row in measured(course_of(story).log, story.incident).rows}
    assert rows["health"].during.look == "fail"
    assert rows["health"].now.look == "pass"
    assert rows["error lines"].before.look == "unknown"
