"""Courses of incidents for tests of pages, made of the stories that the report's tests read too."""

from __future__ import annotations

from datetime import timedelta

from flightrules.console.pages.course import Course
from flightrules.console.pages.course import course_of as made
from flightrules.service.answers import Answer, BudgetLeft
from flightrules.service.overview import Overview
from flightrules.service.rollback.rollbacks import steps_of
from flightrules.state.budgets import running_budgets
from flightrules.state.waiting import waiting
from tests.state.stories import POLICY, Story


def course_of(story: Story) -> Course:
    """Return a story as pages read it."""
    return made(story.incident, story.records)


def overview_of(story: Story, after: timedelta = timedelta(0)) -> Overview:
    """Return what the service would say of it some time after its last event."""
    incident, now = story.incident, story.records[-1].at + after
    left = running_budgets(incident, POLICY, now)
    budgets = tuple(BudgetLeft(name=one.name, left_s=one.left_s, limit_s=one.limit_s) for one in left)
    steps = steps_of(incident) if incident.operations else ()
    answer = Answer[None](ok=True, says="", budgets=budgets)
    return Overview(answer=answer, waits=waiting(incident, POLICY, now), steps=steps)
