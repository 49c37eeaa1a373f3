from __future__ import annotations

from collections.abc import Callable

import pytest

from flightrules.state import events as e
from flightrules.state.messages.update import internal_update, update_data
from flightrules.state.report.summary import completion_data, planner_brief_data
from flightrules.state.report.whole import ReportData, report_data, report_name
from flightrules.templates import render
from tests.state.late_stories import RESTORE_GIVEN, over_story, restore_story
from tests.state.stories import (
    GIVEN,
    POLICY,
    TARGET,
    Story,
    analysed_story,
    at,
    failed_story,
    fix_story,
    plan_of,
    recurrence_story,
    rollback_story,
    sparse_story,
    survey,
)
from tests.templates.golden import check_golden

BRIEF = e.PlannerBrief(
    quality_issues=("No test pays in a currency other than EUR",),
    process_improvements=("Roll out to one host first",),
    spec_updates=("FEATURE-012 must name the currencies",),
    technical_debt=("The web service reads columns by name in 14 places",),
)

STORIES: dict[str, tuple[Callable[[], Story], e.ReportInput, e.PlannerBrief]] = {
    "rollback": (rollback_story, GIVEN, BRIEF),
    "analysed": (analysed_story, GIVEN, BRIEF),
    "recurrence": (recurrence_story, GIVEN, BRIEF),
    "sparse": (sparse_story, e.ReportInput(), e.PlannerBrief(quality_issues=("Nobody could say what was wrong",))),
    "fix": (fix_story, e.ReportInput(went_well=("The user's report named the file size.",)), BRIEF),
    "failed": (failed_story, e.ReportInput(), BRIEF),
    "restore": (restore_story, RESTORE_GIVEN, BRIEF),
    "over-by-itself": (over_story, e.ReportInput(lucky=("It was short.",)), BRIEF),
}


def _data(name: str) -> tuple[Story, ReportData]:
    make, given, _ = STORIES[name]
    story = make()
    return story, report_data(story.records, story.incident, TARGET, POLICY, given=given)


@pytest.mark.parametrize("name", STORIES)
def test_the_incident_report_reads_as_committed(name: str) -> None:
    _, data = _data(name)
    check_golden(f"report-{name}.md", render.incident_report(data))


@pytest.mark.parametrize("name", STORIES)
def test_the_completion_summary_reads_as_committed(name: str) -> None:
    story, data = _data(name)
    path = report_name(story.incident, POLICY)
    check_golden(f"summary-{name}.md", render.completion_summary(completion_data(data, report_path=path)))


@pytest.mark.parametrize("name", STORIES)
def test_the_planner_brief_reads_as_committed(name: str) -> None:
    story, data = _data(name)
    brief = planner_brief_data(data, STORIES[name][2], report_path=report_name(story.incident, POLICY))
    check_golden(f"brief-{name}.md", render.planner_brief(brief))


def test_the_approval_review_reads_as_committed() -> None:
    check_golden("review-plain.md", render.approval_review(plan_of()))


def test_the_approval_review_of_a_risky_plan_reads_as_committed() -> None:
    risky = survey(
        "web-1", dirty=("web/app.py",), rebuilt=True, changed=("migrations/0042_currency.sql", "web/app.py")
    ).model_copy(update={"free_bytes": 300 * 2**20, "env_files_changed": (".env",), "branch": "hotfix"})
    check_golden("review-risky.md", render.approval_review(plan_of(risky, survey("web-2"))))


def test_the_status_update_reads_as_committed() -> None:
    text = "The rollback failed at its build; web-2 was not touched.\nA person decides what comes next."
    incident, now = failed_story().incident, at("9:10:00")
    update = update_data(incident.id, internal_update(incident, POLICY, text, now), now)
    check_golden("update-failed.md", render.status_update(update))
