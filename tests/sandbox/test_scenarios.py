"""Production faults against a real server and a real shop, played by an agent that tries every wrong thing first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.scenarios.library import SCENARIOS
from sandbox.scenarios.playing import Played, play
from sandbox.scenarios.scenario import Scenario

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

FEWEST = 40
"""A careless agent that tried less than this tried nothing worth refusing."""


@pytest.mark.requirement("SCN-careless-does-nothing")
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
async def test_a_careless_agent_does_nothing_wrong_and_the_incident_takes_its_course(scenario: Scenario) -> None:
    played = await play(scenario, "careless", "commands")
    assert played.done == ()
    assert played.problems == ()
    assert played.as_expected, played
    assert played.refused > FEWEST


@pytest.mark.requirement("SCN-course")
@pytest.mark.parametrize("name", ["bad-deploy", "database-down"])
async def test_an_agent_that_goes_by_the_answers_takes_the_expected_course(name: str) -> None:
    played = await play(SCENARIOS[name], "reference", "commands")
    assert played.as_expected, played


@pytest.mark.parametrize(
    "wrong", [{"severity": "P4"}, {"decision": "fix"}, {"end": "open"}, {"done": ("x",)}, {"problems": ("x",)}]
)
def test_a_course_that_differs_anywhere_is_not_as_expected(wrong: dict[str, Any]) -> None:
    course = SCENARIOS["bad-deploy"].course
    taken: dict[str, Any] = {"severity": course.severity, "decision": course.decision, "end": course.end}
    assert Played(scenario=SCENARIOS["bad-deploy"], agent="reference", **taken).as_expected
    assert not Played(scenario=SCENARIOS["bad-deploy"], agent="reference", **(taken | wrong)).as_expected


def test_the_page_shows_what_came_of_every_scenario() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()
    for scenario in SCENARIOS.values():
        assert f"| {scenario.name} | careless | {scenario.course.severity} |" in page
        assert scenario.about in page
