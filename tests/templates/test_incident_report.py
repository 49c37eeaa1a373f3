"""The report against the protocol's template: every section and line of it, and what each statement stands on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from flightrules.state import events as e
from flightrules.state.report.whole import report_data
from flightrules.templates import render
from tests.state.stories import (
    GIVEN,
    POLICY,
    TARGET,
    Story,
    failed_story,
    fix_story,
    rollback_story,
    sparse_story,
)

STORIES = (rollback_story, sparse_story, fix_story, failed_story)

SECTIONS = (
    "Summary",
    "Impact",
    "Timeline",
    "Root Cause",
    "Resolution",
    "What Went Well",
    "What Could Be Improved",
    "Action Items",
    "Prevention Measures",
    "Related",
)
"""The protocol's sections, in its order."""

LINES = {
    "Impact": (
        r"- \*\*Severity\*\*: (P[1-4] \(`#.+\)|not known: .+)",
        r"- \*\*Users Affected\*\*: \S.*",
        r"- \*\*Duration\*\*: [-0-9: ]+ UTC to ([-0-9: ]+ UTC|not known) \(.+\).*",
        r"- \*\*Business Impact\*\*: \S.*",
    ),
    "Resolution": (
        r"- \*\*Rollback\*\*: ([0-9a-f]{40}|none) - (YES|NO).*",
        r"- \*\*Fix\*\*: \S.* - (YES|NO).*",
        r"- \*\*Resolution time\*\*: \S.*",
    ),
    "Related": (r"- Feature Spec: \S.*", r"- ADR: \S.*", r"- Follow-up Issue: \S.*"),
}
"""Lines that the protocol gives by name, in its order; more may follow."""

MOMENTS = (
    "Incident detected via uptime alert",
    "Assessment began",
    "Rollback initiated",
    "Service restored",
    "Verification complete",
)
"""Entries of the protocol's timeline."""


def sections_of(make: Callable[[], Story], given: e.ReportInput) -> dict[str, list[str]]:
    """The protocol's part of a report: section and its lines."""
    story = make()
    text = render.incident_report(report_data(story.records, story.incident, TARGET, POLICY, given=given))
    assert text.startswith(f"# Incident Report - {story.incident_id}\n")
    _, *parts = text.partition("\n---\n")[0].split("\n## ")
    return {part.split("\n")[0]: [line for line in part.split("\n")[1:] if line] for part in parts}


@pytest.mark.requirement("REP-sections")
@pytest.mark.parametrize("make", STORIES)
@pytest.mark.parametrize("given", [e.ReportInput(), GIVEN])
def test_a_report_has_every_section_and_line_of_the_protocols_template_in_its_order(
    make: Callable[[], Story], given: e.ReportInput
) -> None:
    found = sections_of(make, given)
    assert tuple(found) == SECTIONS
    assert all(found.values())
    for name, shapes in LINES.items():
        for shape, line in zip(shapes, found[name], strict=False):
            assert re.fullmatch(shape, line), f"{name}: {line!r} is not {shape!r}"
    for line in found["Action Items"]:
        assert re.fullmatch(r"- \[ \] `INC-\w+-(A\d+|REVIEW)` \S.* - \S.* - \S.*|- not known: .+", line)


@pytest.mark.requirement("REP-timeline")
def test_the_timeline_tells_the_protocols_moments_in_its_order() -> None:
    lines = sections_of(rollback_story, GIVEN)["Timeline"]
    found = [next(n for n, line in enumerate(lines) if moment in line) for moment in MOMENTS]
    assert found == sorted(found)
    assert all(re.match(r"- \*\*[-0-9]{10} [0-9:]{8} UTC\*\*: \S", line) for line in lines)


NEEDS_NONE = ("not known: ", " - NO, not attempted")
"""Texts that say that there is nothing, and so need no evidence."""


@pytest.mark.requirement("REP-evidence")
@pytest.mark.parametrize("make", STORIES)
@pytest.mark.parametrize("given", [e.ReportInput(), GIVEN])
def test_every_statement_names_events_or_evidence_of_this_log(make: Callable[[], Story], given: e.ReportInput) -> None:
    story = make()
    story.add("9:50:00", e.CallReceived(tool="write_report", arguments={}))

    def told() -> Story:
        return story

    known = {f"#{record.version}" for record in story.records} | {f"E{n + 1}" for n in range(story.found)}
    for name, lines in sections_of(told, given).items():
        for line in lines if lines[0].startswith("- ") else [" ".join(lines)]:
            if any(words in line for words in NEEDS_NONE):
                continue
            cited = re.search(r" \((`[#E][^()]*)\)$", line)
            assert cited, f"{name}: {line}"
            ids = [one for span in re.findall(r"`([^`]+)`", cited[1]) for one in span.split("-")]
            assert set(ids) <= known, f"{name}: {line}"


@pytest.mark.requirement("REP-deterministic")
@pytest.mark.parametrize("make", STORIES)
def test_the_same_log_gives_the_same_report_byte_for_byte(make: Callable[[], Story]) -> None:
    one, other = (
        render.incident_report(report_data(s.records, s.incident, TARGET, POLICY, given=GIVEN))
        for s in (make(), make())
    )
    assert one.encode() == other.encode()
