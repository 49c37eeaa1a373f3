from __future__ import annotations

import pytest

from flightrules.state.update import STATUS, update_data
from flightrules.state.vocabulary import Phase
from tests.state.stories import POLICY, at, failed_story, fix_story, rollback_story, sparse_story


@pytest.mark.requirement("COM-four-words")
def test_every_phase_is_told_by_one_of_the_protocols_four_words() -> None:
    assert set(STATUS) == set(Phase)
    assert set(STATUS.values()) == {"Investigating", "Identified", "Monitoring", "Resolved"}


def test_a_p1_that_is_not_restored_says_when_the_next_update_comes() -> None:
    update = update_data(failed_story().incident, POLICY, text="The rollback failed.", now=at("9:10:00"))
    assert (update.status, update.started, update.latest) == (
        "Identified",
        "2026-01-05 08:58:00 UTC",
        "2026-01-05 09:10:00 UTC",
    )
    assert update.next == "2026-01-05 09:25:00 UTC"


@pytest.mark.parametrize(("versions", "told"), [(15, "when there is news"), (30, "none planned")])
def test_a_p3_is_told_when_there_is_news_and_a_resolved_incident_not_at_all(versions: int, told: str) -> None:
    story = fix_story()
    story.records = story.records[:versions]
    assert update_data(story.incident, POLICY, text="x", now=at("9:40:00")).next == told


def test_a_severity_nobody_gave_yet_is_taken_for_the_worst() -> None:
    assert update_data(sparse_story().incident, POLICY, text="x", now=at("9:01:00")).next == "2026-01-05 09:16:00 UTC"


def test_the_impact_is_the_incidents_title() -> None:
    story = rollback_story()
    assert update_data(story.incident, POLICY, text="x", now=at("9:50:00")).impact == story.incident.title
