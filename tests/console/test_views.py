"""Pages as values: the strip, the phases, the clocks, the lanes, the log and the board."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flightrules.console.pages import evidence, happened
from flightrules.console.pages.board import board, target_seen
from flightrules.console.pages.clocks import next_clock, running_clock, short_span
from flightrules.console.pages.course import Course
from flightrules.console.pages.course import course_of as course
from flightrules.console.pages.incident import IncidentView, incident_view
from flightrules.console.pages.phases import phase_line
from flightrules.console.pages.rolling import rolling
from flightrules.console.pages.strip import Strip, strip
from flightrules.console.pages.told import told_in_public
from flightrules.service.answers import BudgetLeft
from flightrules.state.fold import fold
from flightrules.state.messages.due import public_updates
from flightrules.state.releases import Observation
from flightrules.state.waiting import waiting
from tests.console.views import course_of, overview_of
from tests.state import stories
from tests.state.stories import GOOD, POLICY, Story, at, recurrence_story, rollback_story

HOUR = timedelta(hours=1)


def until(story: Story, kind: str) -> Story:
    """Return a story as it stood right after the first event of a kind."""
    place = next(number for number, record in enumerate(story.records, 1) if record.kind == kind)
    cut = Story(story.incident_id)
    cut.records = story.records[:place]
    return cut


def view_of(story: Story, after: timedelta = timedelta(0)) -> IncidentView:
    whole = course_of(story)
    return incident_view(
        whole,
        overview_of(story, after),
        public=told_in_public(whole.log, story.incident_id),
        hosts=("web-1", "web-2"),
        now=story.records[-1].at + after,
    )


def strip_of(story: Story, after: timedelta = timedelta(0)) -> Strip:
    return strip(story.incident, overview_of(story, after), story.records[-1].at + after)


def test_the_line_of_phases_shows_what_is_done_and_what_goes_on() -> None:
    running = phase_line(until(rollback_story(), "rollback_started").incident)
    words = [(stop.word, stop.state) for stop in running]
    assert words[:5] == [
        ("Assessed", "done"),
        ("Classified", "done"),
        ("Decided", "done"),
        ("Rolling back", "now"),
        ("Restored", "to come"),
    ]


def test_every_moment_of_an_incident_has_one_current_phase() -> None:
    kinds = dict.fromkeys(record.kind for record in rollback_story().records)
    for kind in [kind for kind in kinds if kind != "call_received"]:
        stops = phase_line(until(rollback_story(), kind).incident)
        assert [stop.state for stop in stops].count("now") == 1
        assert all(stop.word for stop in stops)


def test_a_plan_without_an_approval_waits_for_a_person_and_leads_to_the_approval() -> None:
    shown = strip_of(until(rollback_story(), "plan_proposed"))
    assert [one.about for one in shown.waits] == ["approval", "page"]
    assert shown.waits[0].says == "Rollback to a1a1a1a1a1a1 waits for an approval"
    assert shown.link == "/approve/INC-7K2QMX"


def test_an_approved_plan_waits_for_nobody_until_the_approval_expires() -> None:
    story = until(rollback_story(), "approval_granted")
    granted = story.incident.approvals[0]
    assert waiting(story.incident, POLICY, granted.until - timedelta(seconds=1)) == ()
    late = waiting(story.incident, POLICY, granted.until)
    assert [(one.about, one.since) for one in late] == [("approval", granted.until)]


def test_a_failed_rollback_waits_for_a_decision() -> None:
    incident = stories.failed_story().incident
    assert [one.about for one in waiting(incident, POLICY, at("9:30:00"))][:1] == ["decision"]


def test_the_clock_that_runs_out_next_is_the_deadline_with_the_least_left() -> None:
    now = at("9:00:00")
    lefts = (("monitoring_health", 5, 3600), ("response", 240, 300), ("internal_update", 100, 900))
    clocks = [running_clock(BudgetLeft(name=n, left_s=left, limit_s=of), now) for n, left, of in lefts]
    found = next_clock(clocks)
    assert found is not None
    assert (found.name, found.state, found.words) == ("internal_update", "hot", "1:40 left")


def test_a_late_clock_says_by_how_much_and_stands_first() -> None:
    now = at("9:00:00")
    lefts = (("response", -53, 300), ("internal_update", 100, 900))
    clocks = [running_clock(BudgetLeft(name=n, left_s=left, limit_s=of), now) for n, left, of in lefts]
    found = next_clock(clocks)
    assert found is not None
    assert (found.state, found.words, found.big) == ("late", "late by 0:53", "\u22120:53")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (555, "9:15"), (3700, "1 h 01 min"), (57_600, "16 h"), (400_000, "4 days")]
)
def test_spans_read_as_on_a_clock(seconds: int, words: str) -> None:
    assert short_span(seconds) == words


def test_a_lane_shows_steps_and_the_claims_that_prove_them() -> None:
    story = until(rollback_story(), "host_finished")
    found = rolling(story.incident, overview_of(story).steps)
    assert found is not None
    first, second = found.lanes
    assert found.title == "Rolling back to a1a1a1a1a1a1"
    assert first.state.look == "pass"
    assert {step.look for step in first.steps[:-1]} == {"pass"}
    assert first.steps[-1].word.endswith("claims hold")
    assert (second.state.word, {step.look for step in second.steps}) == ("waits", {"idle"})


def test_a_claim_that_could_not_be_seen_is_not_shown_as_a_pass() -> None:
    story = rollback_story()
    incident = story.incident
    host, claim = incident.proof[0]
    doubted = incident.but(proof=((host, claim.model_copy(update={"holds": None})), *incident.proof[1:]))
    found = rolling(doubted, overview_of(story).steps)
    assert found is not None
    lane = next(one for one in found.lanes if one.host == host)
    assert (lane.steps[-1].look, lane.state.word) == ("unknown", "succeeded")


def test_the_log_is_newest_first_and_decisions_alone_if_asked() -> None:
    entries = course_of(rollback_story()).entries
    whole, decisions = happened.page(entries), happened.page(entries, decisions=True)
    assert [line.number for line in whole.lines[:1]] == [int(entries[-1].source[1:])]
    assert 0 < decisions.total < whole.total
    assert any(line.text.startswith("Plan PLAN-4T9WZC approved by Anna Berg") for line in decisions.lines)


def test_pages_of_the_log_meet_without_a_gap_and_do_not_move_when_it_grows() -> None:
    entries = course_of(rollback_story()).entries * 20
    seen: list[str] = []
    page = happened.page(entries)
    while True:
        seen += [line.text for line in page.lines]
        if page.older is None:
            break
        grown = (*entries, *entries[:3])
        page = happened.page(grown, until=page.older)
    assert seen == [entry.text for entry in reversed(entries)]


def test_a_link_to_an_event_opens_the_page_on_which_it_stands() -> None:
    entries = course_of(rollback_story()).entries
    many = tuple(entry for _ in range(1) for entry in entries)
    number = int(many[0].source[1:])
    assert number in [line.number for line in happened.page(many, at=number).lines]


def test_a_persons_words_are_set_off_and_refusals_are_subdued() -> None:
    looks = {line.text[:8]: line.look for line in happened.page(course_of(stories.failed_story()).entries).lines}
    assert "person" in {line.look for line in happened.page(course_of(rollback_story()).entries).lines}
    assert all(look == "no" for text, look in looks.items() if text == "Refused:")


def test_evidence_is_paged_and_each_piece_is_found_by_its_id() -> None:
    whole_course = course_of(rollback_story())
    page = evidence.pieces(whole_course.log)
    assert page.total == len(page.pieces)
    number = evidence.evidence_number(whole_course.log, "E1")
    whole = evidence.whole(whole_course.records[number - 1], whole_course.log.events[number - 1][1])
    assert (whole.title, whole.number) == ("Evidence E1", number)
    assert evidence.evidence_number(whole_course.log, "E999") == 0


def test_public_words_are_those_that_messages_tell() -> None:
    for story in (rollback_story(), recurrence_story(), stories.analysed_story()):
        assert told_in_public(course_of(story).log, story.records[0].stream) == public_updates(story.records)


def test_the_board_puts_what_waits_first_each_group_by_its_next_clock() -> None:
    waits = strip_of(until(rollback_story(), "plan_proposed"))
    restored = strip_of(rollback_story())
    early = strip_of(until(rollback_story(), "incident_opened"))
    found = board([restored, early, waits], [])
    assert found.waiting == (waits,)
    assert found.under_way == (early, restored)
    assert found.title == "(1) flightrules: 1 for a person, 3 under way"
    assert found.icon == "icon-waits.svg"


def test_an_empty_board_is_calm() -> None:
    found = board([], [])
    assert (found.title, found.icon) == ("flightrules: calm", "icon.svg")


def test_a_target_that_nobody_looked_at_for_days_is_not_known() -> None:
    now = at("9:00:00")
    seen = Observation(release=GOOD, healthy=True, at=now - timedelta(days=3), by="observe", errors_per_minute=None)
    assert target_seen("shop", [seen], [], now).word == "not seen for 3 d"
    assert target_seen("shop", [seen], [], now).look == "unknown"
    assert target_seen("shop", [], [], now).look == "unknown"
    fresh = seen.model_copy(update={"at": now - HOUR})
    assert (target_seen("shop", [fresh], [], now).look, target_seen("shop", [fresh], [], now).word) == (
        "pass",
        "healthy",
    )


def test_an_incident_page_is_made_at_every_moment_of_its_course() -> None:
    for story in (rollback_story(), recurrence_story(), stories.fix_story(), stories.sparse_story()):
        first = next(place for place in range(1, len(story.records) + 1) if fold(story.records[:place]))
        for place in range(first, len(story.records) + 1):
            cut = Story(story.incident_id)
            cut.records = story.records[:place]
            view = view_of(cut, timedelta(seconds=5))
            assert view.title
            assert view.head == (place, story.records[place - 1].hash)


def test_a_course_that_is_read_on_equals_one_that_is_read_whole() -> None:
    story = recurrence_story()
    known: Course | None = None
    for place in (40, 41, 60, len(story.records)):
        known = course(story.incident, story.records[:place], known)
    whole = course_of(story)
    assert known is not None
    assert known.entries == whole.entries
    assert known.log.events == whole.log.events
    assert {kind: tuple(found) for kind, found in known.log.kinds.items()} == {
        kind: tuple(found) for kind, found in whole.log.kinds.items()
    }
