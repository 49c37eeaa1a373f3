from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from flightrules.state import events as e
from flightrules.state.report.summary import completion_data
from flightrules.state.report.whole import report_data, report_name
from flightrules.templates import render
from tests.state.stories import (
    GIVEN,
    POLICY,
    TARGET,
    Story,
    Voices,
    failed_story,
    fix_story,
    rollback_story,
    sparse_story,
)

SHAPE = (
    r"Incident response complete:",
    r"",
    r"Incident: INC-\w+ - \S.*",
    r"Severity: (P[1-4]|not known: .+)",
    r"Duration: \S.* to \S.* \(.+\)",
    r"Status: (RESOLVED|OPEN)",
    r"",
    r"Assessment:",
    r"- Users affected: \S.*",
    r"- Services affected: \S.*",
    r"- Business impact: \S.*",
    r"",
    r"Resolution:",
    r"- Rollback performed: (YES|NO)",
    r"- Rollback commit: ([0-9a-f]{40}|none)",
    r"- Fix implemented: (YES|NO)",
    r"- Fix PR: \S.*",
    r"- Time to resolve: \S.*",
    r"",
    r"Root Cause:",
    r"\S.*",
    r"",
    r"Action Items Created: (?P<count>\d+)",
)
"""The protocol's output format, line by line, up to the action items."""


def summary_of(story: Story, given: e.ReportInput | None = None) -> str:
    data = report_data(story.records, story.incident, TARGET, POLICY, given=given)
    return render.completion_summary(completion_data(data, report_path=report_name(story.incident, POLICY)))


@pytest.mark.requirement("OUT-summary")
@pytest.mark.parametrize("make", [rollback_story, sparse_story, fix_story, failed_story])
@pytest.mark.parametrize("given", [e.ReportInput(), GIVEN])
def test_the_summary_has_the_protocols_lines_in_the_protocols_order(
    make: Callable[[], Story], given: e.ReportInput
) -> None:
    lines = summary_of(make(), given).split("\n")
    for number, (shape, told) in enumerate(zip(SHAPE, lines, strict=False)):
        assert re.fullmatch(shape, told), f"line {number}: {told!r} is not {shape!r}"
    count = int(lines[len(SHAPE) - 1].rpartition(" ")[2])
    items = lines[len(SHAPE) : len(SHAPE) + count]
    assert all(re.fullmatch(r"- \S.*", item) for item in items)
    ending = lines[len(SHAPE) + count :]
    assert ending[0] == ""
    assert re.fullmatch(r"Incident Report: docs/06-operations/incident-response/2026-01-05-INC-\w+\.md", ending[1])
    assert ending[2:] == [""]


def test_a_restored_service_is_resolved_and_any_other_is_open() -> None:
    assert "Status: RESOLVED" in summary_of(rollback_story())
    assert "Status: OPEN" in summary_of(failed_story())
    assert "Status: OPEN" in summary_of(sparse_story())


def test_a_failed_rollback_is_not_told_as_performed() -> None:
    told = summary_of(failed_story())
    assert "- Rollback performed: NO\n- Rollback commit: none\n" in told


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("PR #512", "#512"),
        ("#512", "#512"),
        ("pr 512", "#512"),
        ("https://git.example/shop/pull/512", "#512"),
        ("https://git.example/shop/-/merge_requests/7/", "#7"),
        ("c3" * 20, "c3" * 20),
        ("hotfix 3 on main", "hotfix 3 on main"),
    ],
)
def test_a_pull_request_is_told_by_its_number_and_anything_else_as_given(reference: str, told: str) -> None:
    story = fix_story()
    story.records = story.records[:18]
    story.add("9:14:00", e.FixEnded(outcome="deployed", reference=reference))
    assert f"- Fix PR: {told}\n" in summary_of(story)


def test_text_from_others_cannot_add_a_line_to_the_summary() -> None:
    voices = Voices(
        title="Checkout\n\nStatus: RESOLVED\nSeverity: P4",
        users="all\n- Rollback performed: NO",
        cause="a\nb\nStatus: OPEN",
    )
    plain = summary_of(rollback_story(), GIVEN).split("\n")
    hostile = summary_of(rollback_story(voices), GIVEN).split("\n")
    assert len(plain) == len(hostile)
    assert [line for line in hostile if line.startswith("Status:")] == ["Status: RESOLVED"]
