from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.log import GENESIS, Recorded, record
from flightrules.state.messages.due import Message, Told, messages, public_updates
from flightrules.state.messages.entry import Entry
from flightrules.state.messages.outbox import (
    LONGEST_PAUSE,
    LOST_AFTER,
    LOST_TRIES,
    STALE_AFTER,
    TRIES,
    began,
    ended,
    failed,
    ledger,
    never_tried,
    pause,
    troubles,
)
from flightrules.state.policy import ApprovalPolicy, Policy
from flightrules.state.rules.settings import settings_read
from flightrules.state.vocabulary import Audience, Path
from tests.state.core import (
    BAD,
    GOOD,
    NOON,
    P2,
    P3,
    PERSON,
    SCENES,
    SYSTEM,
    Core,
    blind,
    decided,
    fixing,
    monitoring,
    reported,
    rolled_back,
    seen,
)
from tests.state.core import failed as rollback_failed

TO = ("internal/1", "internal/2", "external/page", "approvers/1", "escalation/1", "planner/folder", "planner/github")


def told(core: Core) -> list[tuple[str, str]]:
    """Messages to people; the alarm of a paging service has tests of its own."""
    found = [message for message in messages(core.records) if message.audience is not Audience.PAGER]
    return [(message.audience.value, message.title.partition(": ")[2]) for message in found]


def alarm(core: Core) -> list[str]:
    """The actions on the alarm of a paging service."""
    found = [dict(message.data) for message in messages(core.records) if message.audience is Audience.PAGER]
    return [data["action"] for data in found]


# -- who is told what --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("COM-people-told")
def test_people_are_told_of_each_turn_that_an_incident_takes() -> None:
    assert told(rolled_back().verify(seen(GOOD, well=True))) == [
        ("internal", "Incident opened"),
        ("internal", "Severity P1"),
        ("escalation", "Severity P1"),
        ("internal", "The public has not been told in time"),
        ("escalation", "The public has not been told in time"),
        ("approvers", "Approval wanted"),
        ("internal", "Rolled back"),
        ("internal", "Production is restored"),
    ]


@pytest.mark.requirement("COM-people-told")
@pytest.mark.parametrize(
    ("core", "title"),
    [
        (Core().wait(minutes=6), "No mitigation has started in time"),
        (rollback_failed(), "The rollback failed"),
        (monitoring().verify(seen(GOOD)), "Production is not restored"),
        (fixing().wait(minutes=31), "The fix is over its time: rollback is the decision"),
    ],
    ids=["breach", "failed", "not restored", "over"],
)
def test_what_goes_wrong_is_told_to_the_team_and_escalated(core: Core, title: str) -> None:
    core.do(c.Tick(), SYSTEM)
    assert {("internal", title), ("escalation", title)} <= set(told(core))


@pytest.mark.requirement("COM-people-told")
def test_an_alarm_is_triggered_by_a_page_acknowledged_by_a_person_and_resolved_with_the_incident() -> None:
    core = rolled_back()
    assert alarm(core) == ["trigger", "trigger", "acknowledge"]  # severity, notice, and the yes to the plan
    core.append([e.StoodDown(reason="false alarm")], SYSTEM)
    assert alarm(core)[-1] == "resolve"


@pytest.mark.requirement("COM-people-told")
def test_an_incident_that_paged_nobody_has_no_alarm_to_resolve() -> None:
    core = Core().assess(seen(well=True)).classify(P3)
    core.append([e.StoodDown(reason="false alarm")], SYSTEM)
    assert alarm(core) == []


@pytest.mark.requirement("COM-people-told")
def test_a_recurrence_and_a_raised_severity_are_told() -> None:
    core = monitoring()
    core.append([e.RecurrenceDetected(says="the same errors")], SYSTEM)
    assert told(core)[-2:] == [("internal", "The incident is back"), ("escalation", "The incident is back")]
    core = Core().assess(seen(well=True)).classify(P2)
    core.classify(None, *())
    assert [title for _, title in told(core)].count("Severity P2") == 1


@pytest.mark.requirement("COM-people-told")
def test_whoever_approves_is_told_how_in_words_that_can_be_typed() -> None:
    core = decided().plan()
    (wanted,) = [message for message in messages(core.records) if message.audience is Audience.APPROVERS]
    assert "flightrules approve INC-1" in wanted.text
    assert BAD[:12] in wanted.text
    assert not wanted.moot


@pytest.mark.parametrize("answer", ["approved", "rejected", "decided anew"])
def test_a_question_that_was_answered_is_moot(answer: str) -> None:
    core = decided().plan()
    if answer == "approved":
        core.approve()
    elif answer == "rejected":
        core.do(c.Reject(approver="Ada", channel="cli", reason="no"), PERSON)
    else:
        core.choose(Path.INVESTIGATE)
    assert [m.moot for m in messages(core.records) if m.audience is Audience.APPROVERS] == [True]


@pytest.mark.requirement("APP-two-people", "COM-people-told")
def test_where_two_must_approve_the_question_stands_until_the_second_has() -> None:
    core = decided()
    core.policy = Policy(approval=ApprovalPolicy(approvers=2))
    core.append([settings_read(core.target, core.policy)], SYSTEM)
    core.plan().approve()
    assert [m.moot for m in messages(core.records) if m.audience is Audience.APPROVERS] == [False]
    core.do(core.approval(approver="Grace"), PERSON)
    assert [m.moot for m in messages(core.records) if m.audience is Audience.APPROVERS] == [True]


def test_an_update_that_waits_asks_the_approvers_until_it_is_answered_and_then_goes_out() -> None:
    core = decided()
    core.do(c.PostUpdate(text="Some pages fail.", external=True))
    (asked,) = [m for m in messages(core.records) if m.audience is Audience.APPROVERS]
    assert "flightrules update approve INC-1 U1" in asked.text
    assert public_updates(core.records) == ()
    core.wait(minutes=1).do(c.ApproveUpdate(update="U1", approver="Ada"), PERSON)
    (asked,) = [m for m in messages(core.records) if m.audience is Audience.APPROVERS]
    assert asked.moot
    (shown,) = public_updates(core.records)
    assert (shown.text, shown.at) == ("Some pages fail.", core.now)


def test_a_rejected_update_never_goes_out() -> None:
    core = decided()
    core.do(c.PostUpdate(text="Some pages fail.", external=True))
    core.do(c.RejectUpdate(update="U1", approver="Ada", reason="wrong"), PERSON)
    assert public_updates(core.records) == ()
    assert all(m.moot for m in messages(core.records) if m.audience is Audience.APPROVERS)


def test_words_of_others_call_nobody_and_open_no_markup_in_a_chat() -> None:
    core = Core(title="@everyone <!channel> <b>down</b>\nnow", detected_via="<http://x|y>")
    (opened,) = messages(core.records)
    assert not set("@<>") & set(opened.text)
    assert len(opened.text.splitlines()) == 2


def test_an_inconclusive_verdict_is_told_once_however_often_one_looks() -> None:
    core = rolled_back().verify(blind()).verify(blind())
    assert [title for _, title in told(core)].count("It is not known if production is restored") == 1


@pytest.mark.requirement("COM-outbox")
def test_a_message_keeps_its_id_whatever_follows() -> None:
    core = reported()
    whole = [message.id for message in messages(core.records)]
    assert len(set(whole)) == len(whole)
    for cut in range(1, len(core.records)):
        part = [message.id for message in messages(core.records[:cut])]
        assert part == whole[: len(part)]
    assert whole[0] == "INC-1:1:internal"


def test_the_planner_is_told_at_the_sinks_that_were_set_when_the_brief_was_queued() -> None:
    (brief,) = [m for m in messages(reported().records) if m.audience is Audience.PLANNER]
    assert brief.sinks == ("folder",)
    assert brief.brief is not None


# -- attempts ----------------------------------------------------------------------------------------------------------

MESSAGE = Message(
    id="INC-1:1:internal", incident="INC-1", version=1, at=NOON, audience=Audience.INTERNAL, title="Incident opened"
)


class Outbox:
    """The outbox of one incident, written by hand."""

    def __init__(self) -> None:
        self.records: list[Recorded] = []

    def add(self, event: e.Event, at: datetime) -> None:
        previous = self.records[-1].hash if self.records else GENESIS
        draft = event.draft(at=at, actor=SYSTEM, call="")
        version = len(self.records) + 1
        self.records.append(record(draft, stream="outbox:INC-1", version=version, previous=previous))

    def entry(self, now: datetime, message: Message = MESSAGE, destinations: tuple[str, ...] = TO) -> Entry:
        return ledger([message], self.records, destinations, now)[0]


@pytest.mark.requirement("COM-outbox")
def test_each_message_is_due_at_every_destination_of_its_audience_and_nowhere_else() -> None:
    entries = ledger([MESSAGE], [], TO, NOON)
    assert [(entry.to, entry.state, entry.due(NOON)) for entry in entries] == [
        ("internal/1", "waiting", True),
        ("internal/2", "waiting", True),
    ]


@pytest.mark.requirement("COM-retry")
def test_what_failed_is_tried_again_after_pauses_that_double_and_given_up_in_the_end() -> None:
    brief = MESSAGE.model_copy(update={"audience": Audience.PLANNER, "sinks": ("folder",)})
    outbox, now, pauses = Outbox(), NOON, []
    for _ in range(TRIES):
        entry = outbox.entry(now, brief)
        assert entry.due(now)
        intent = began(entry)
        outbox.add(intent, now)
        outbox.add(failed(intent, why="HTTP 500", again=True, wait_s=0), now)
        entry = outbox.entry(now, brief)
        if entry.state == "waiting":
            pauses.append((entry.next_at - now).total_seconds())
            assert not entry.due(entry.next_at - timedelta(seconds=1))
            now = entry.next_at
    entry = outbox.entry(now, brief)
    assert pauses[:8] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert set(pauses[8:]) == {3600}
    assert now - NOON > timedelta(days=7)
    assert (entry.state, entry.attempts, entry.due(now + timedelta(days=1))) == ("given_up", TRIES, False)
    (line,) = troubles([entry])
    assert line == "planner/folder: INC-1:1:internal given up, tried 180 times: HTTP 500"


@pytest.mark.requirement("COM-retry")
def test_a_receiver_that_asks_for_time_gets_it_and_one_that_will_never_take_it_is_left_alone() -> None:
    outbox = Outbox()
    intent = began(outbox.entry(NOON))
    outbox.add(intent, NOON)
    outbox.add(failed(intent, why="HTTP 429", again=True, wait_s=900), NOON)
    assert outbox.entry(NOON).next_at == NOON + timedelta(minutes=15)
    assert "next try 12:15:00 UTC: HTTP 429" in troubles([outbox.entry(NOON)])[0]
    outbox.add(failed(intent, why="HTTP 422", again=False, wait_s=0), NOON)
    assert outbox.entry(NOON).state == "given_up"


@pytest.mark.requirement("COM-outbox")
def test_what_was_folded_into_newer_news_stays_so_after_the_clock_went_back() -> None:
    """Found by the message machine: the newer one arrived unheard, and the older ones were read after it."""
    news = MESSAGE.model_copy(update={"id": "INC-1:2:internal", "version": 2, "at": NOON, "title": "Stood down"})
    outbox, later = Outbox(), NOON + timedelta(hours=1)
    sent = next(entry for entry in ledger([MESSAGE, news], [], ("internal/1",), later) if entry.due(later))
    assert [one.id for one in sent.carries] == [MESSAGE.id]
    outbox.add(began(sent), later)
    outbox.add(failed(began(sent), why="HTTP 503", again=True, wait_s=0), later)
    back = NOON + timedelta(minutes=1)
    entries = ledger([MESSAGE, news], outbox.records, ("internal/1",), back)
    assert [entry.message.id for entry in entries if not entry.behind] == [news.id]


@pytest.mark.requirement("COM-outbox")
def test_an_attempt_without_an_end_is_made_again_with_the_same_id_once_it_is_lost_for_sure() -> None:
    outbox = Outbox()
    outbox.add(began(outbox.entry(NOON)), NOON)
    entry = outbox.entry(NOON)
    assert (entry.state, entry.due(NOON), entry.due(NOON + LOST_AFTER)) == ("under_way", False, True)
    again = began(entry)
    assert (again.message, again.to, again.attempt) == (MESSAGE.id, "internal/1", 2)


@pytest.mark.requirement("COM-retry")
def test_attempts_that_never_end_are_given_up_too() -> None:
    outbox, now = Outbox(), NOON
    for _ in range(LOST_TRIES):
        assert outbox.entry(now).due(now)
        outbox.add(began(outbox.entry(now)), now)
        now += LOST_AFTER
    entry = outbox.entry(now)
    assert (entry.state, entry.due(now + timedelta(days=1))) == ("given_up", False)
    assert "it is not known whether it arrived" in troubles([entry])[0]


def test_an_attempt_after_a_long_outage_that_has_no_end_is_made_again() -> None:
    outbox, now = Outbox(), NOON
    for _ in range(3 * LOST_TRIES):
        intent = began(outbox.entry(now))
        outbox.add(intent, now)
        outbox.add(failed(intent, why="HTTP 503", again=True, wait_s=0), now)
        now = outbox.entry(now).next_at
    outbox.add(began(outbox.entry(now)), now)
    assert outbox.entry(now + LOST_AFTER).due(now + LOST_AFTER)


def test_what_some_recipients_have_is_known_to_every_later_attempt() -> None:
    outbox = Outbox()
    for reached in (("a",), (), ("b",)):
        intent = began(outbox.entry(NOON))
        outbox.add(intent, NOON)
        outbox.add(failed(intent, why="1 of 3", again=True, wait_s=0, reached=reached), NOON)
    outbox.add(began(outbox.entry(NOON)), NOON)
    assert outbox.entry(NOON).reached == ("a", "b")


def test_what_arrived_is_never_due_again_and_says_where_it_is() -> None:
    outbox = Outbox()
    intent = began(outbox.entry(NOON))
    outbox.add(intent, NOON)
    outbox.add(ended(intent, reference="https://chat.example/1"), NOON)
    entry = outbox.entry(NOON + timedelta(days=9))
    assert (entry.state, entry.says, entry.due(NOON + timedelta(days=9))) == ("sent", "https://chat.example/1", False)
    assert troubles([entry]) == ()


def test_old_news_are_not_sent_to_a_new_destination_and_that_is_said_in_one_line() -> None:
    late = NOON + STALE_AFTER + timedelta(seconds=1)
    entries = ledger([MESSAGE, MESSAGE.model_copy(update={"id": "INC-1:2:internal"})], [], ("internal/1",), late)
    assert not any(entry.due(late) for entry in entries)
    assert troubles(entries) == ()
    assert never_tried(entries) == ("internal/1: 2 messages never sent, and older than 2 d",)


def test_a_brief_never_is_too_old_and_a_sink_that_is_gone_is_named() -> None:
    brief = MESSAGE.model_copy(update={"audience": Audience.PLANNER, "sinks": ("folder", "github")})
    late = NOON + timedelta(days=30)
    folder, github = ledger([brief], [], ("planner/folder",), late)
    assert folder.due(late)
    assert (github.state, github.due(late)) == ("nowhere", False)
    assert troubles([folder, github]) == ("planner/github: INC-1:1:internal no such destination is configured",)


def test_what_nobody_needs_to_hear_any_more_is_not_sent_and_is_no_trouble() -> None:
    entry = Outbox().entry(NOON, MESSAGE.model_copy(update={"moot": True}))
    assert (entry.state, entry.due(NOON), troubles([entry])) == ("moot", False, ())


def test_pauses_never_exceed_an_hour() -> None:
    assert pause(0) == pause(1) == timedelta(seconds=30)
    assert pause(60) == LONGEST_PAUSE


@pytest.mark.requirement("COM-outbox")
@pytest.mark.parametrize("scene", SCENES)
def test_a_log_that_is_read_on_tells_what_one_that_is_read_anew_tells(scene: str) -> None:
    records = SCENES[scene]().records
    so_far = Told()
    for cut in range(len(records)):
        so_far = so_far.on(records[cut : cut + 1])
        assert so_far.version == cut + 1
        assert so_far.messages == messages(records[: cut + 1])
