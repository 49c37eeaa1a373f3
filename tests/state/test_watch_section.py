from __future__ import annotations

import pytest

from flightrules.state.report.numbered import numbered
from flightrules.state.report.watch_section import monitoring_section
from tests.state.core import GOOD, Core, monitoring, rolled_back, seen


def told(core: Core) -> list[str]:
    return [said.text for said in monitoring_section(numbered(core.records))]


@pytest.mark.requirement("MON-missed", "MON-inconclusive")
def test_the_report_counts_the_checks_of_each_watch() -> None:
    core = monitoring().wait(minutes=10).check().wait(minutes=20).check(why="held back while INC-2 was worked on")
    assert told(core) == [
        "logs: 2 ok, 28 missed.",
        "health: 2 ok, 1 missed.",
        "errors: 2 ok, 1 missed.",
        "recurrence: 1 ok.",
        "21 checks missed: held back while INC-2 was worked on.",
    ]
    assert told(rolled_back()) == []


@pytest.mark.requirement("MON-recurrence")
def test_the_report_tells_each_recurrence_with_its_evidence() -> None:
    core = monitoring().wait(minutes=10).check(seen(GOOD), seen(GOOD))
    last = monitoring_section(numbered(core.records))[-1]
    assert last.text.startswith("It came back, seen at 2026-01-05 12:10:00 UTC: functions: fails again: health")
    assert [source for source in last.sources if source.startswith("E")]
