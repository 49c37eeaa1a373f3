"""Size of what an agent must read: it stays small, since a model needs its room for the incident."""

from __future__ import annotations

import pytest

from bench.sizes import ANSWERS_LIMIT, CALLS_LIMIT, TOOLS_LIMIT, measure

pytestmark = pytest.mark.anyio


async def test_all_tools_together_are_read_in_twelve_kilobytes() -> None:
    tools = (await measure()).tools
    assert set(tools) >= {"assess", "classify", "decide", "rollback", "verify", "write_report", "report_to_planner"}
    assert sum(tools.values()) <= TOOLS_LIMIT == 16_000, tools


async def test_a_whole_p1_incident_takes_at_most_twelve_calls_and_forty_eight_kilobytes_of_answers() -> None:
    answers = (await measure()).answers
    assert len(answers) <= CALLS_LIMIT == 12, answers
    assert sum(size for _, size in answers) <= ANSWERS_LIMIT == 48_000, answers
