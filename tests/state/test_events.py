from __future__ import annotations

import json

import pytest
from pydantic import JsonValue, ValidationError

from flightrules.errors import Defect
from flightrules.state import events as e
from flightrules.state.facts import Facts
from flightrules.state.fold import QUIET, fold, step
from flightrules.state.log import GENESIS, Recorded, record
from flightrules.state.messages.due import messages
from flightrules.state.messages.notifications import NOTIFICATIONS
from flightrules.state.policy import Policy
from flightrules.state.rules.settings import settings_read
from flightrules.state.vocabulary import Phase, Severity
from tests.state.core import AGENT, BAD, GOOD, NOON, SCENES, SHOP, Core, closed, rolled_back, survey
from tests.state.signed import signed, terms

ALERTS = (
    e.JoinedAlert(source="am", fingerprint="f1", state="firing", title="errors", heard_at=NOON),
    e.JoinedAlert(source="am", fingerprint="f2", state="resolved", title="slow", heard_at=NOON),
)

BY_HAND: tuple[e.Event, ...] = (
    e.CallReceived(tool="assess", arguments={"incident": "INC-1"}),
    e.CallAnswered(answer={"ok": True}),
    e.CallRefused(code="out_of_order", answer={"ok": False}),
    e.CallFailed(what="host web-1", answer={"ok": False}),
    e.IncidentRegistered(incident="INC-1"),
    e.LogRead(versions=(7, 9)),
    e.LooksCounted(account="ops", times=7, since=NOON),
    settings_read(SHOP, Policy()),
    e.IncidentJoined(title="the same again", detected_at=NOON, detected_via="alert"),
    e.Glanced(facts=Facts(), looked_at=NOON),
    e.MitigationClaimed(how="none", says="it was over", at=NOON),
    e.MitigatedOtherwise(how="by_hand", says="failed over", at=NOON, confirmed_by="ada"),
    e.PaceSet(fix_minutes=1080, until=NOON, reason="a restore", by="ada"),
    e.PaceEnded(),
    e.TimesCorrected(onset_at=NOON, reason="the proxy's log", by="ada"),
    e.Reminded(about="page", times=1, since=NOON),
    e.ClockMoved(by_s=-7200),
    e.Acknowledged(by="ada"),
    e.SendBegan(message="INC-1:3:internal", to="internal/1", attempt=1),
    e.SendEnded(message="INC-1:3:internal", to="internal/1", outcome="failed", says="HTTP 500"),
    e.UpdatePosted(id="U1", status="Investigating", text="We look.", impact="Errors", started_at=NOON, next_at=NOON),
    e.SpokenFor(by="INC-2"),
    e.UpdateApproved(update="U1", approver="Ada"),
    e.UpdateRejected(update="U1", approver="Ada", reason="too early"),
    e.ProductionRead(findings=(), facts=Facts(), rules=(), healthy=False),
    e.BudgetBreached(budget="fix", limit_s=1800, ran_out_at=NOON),
    e.RecurrenceDetected(says="it is back"),
    e.ReleaseObserved(release=GOOD, healthy=True, by="verify", images=(("web", "sha256:1"),)),
    e.PlanDropped(plan="PLAN-1", why="the world moved"),
    e.ApprovalRejected(plan="PLAN-1", approver="Ada", channel="cli", reason="no"),
    e.FormPut(plan="PLAN-1", client="claude-code", account="ada"),
    e.FormClosed(plan="PLAN-1", client="claude-code", account="ada", how="declined", seconds=0.4, last=True),
    e.StandingGranted(terms=terms(), signed=signed(terms())),
    e.StandingUsed(id="STND-1", incident="INC-1", plan="PLAN-1"),
    e.StandingRevoked(id="STND-1", by="ada", reason="no longer on call"),
    e.WitnessFailed(witness="file /mnt/heads", why="the disk is full"),
    e.WitnessRestored(witness="file /mnt/heads"),
    e.RollbackBegan(incident="INC-1", plan="PLAN-1"),
    e.RollbackOver(incident="INC-1", plan="PLAN-1"),
    e.ProofAwaited(host="web-1", operation="PLAN-1-1", holds=3, of=4, lacks=("web health: starting",)),
    e.LockBreaking(host="web-1", operation="PLAN-1-1", reason="hangs"),
    e.LockBroken(host="web-1", operation="PLAN-1-1", outcome="killed"),
    e.AlertHeard(source="am", fingerprint="f1", state="firing", title="errors", labels=(("job", "shop"),)),
    e.AlertsRepeated(repeats=(e.AlertRepeat(source="am", fingerprint="f1", count=3, last_at=NOON),)),
    e.AlertOpening(target="shop", key="alert-shop-1"),
    e.AlertsPlaced(target="shop", incident="INC-1", through=1, opened=True),
    e.AlertAttended(incident="INC-1"),
    e.AlertsHeldBack(targets=("api",)),
    e.AlertsJoined(alerts=ALERTS, firing=1, resolved=1, through=2, severity=Severity.P2),
    e.PeopleCalled(title="errors", source="am", severity=Severity.P2, seen="Health down."),
    e.AlertsWaiting(targets=("api",), most=5, minutes=10),
)
"""One of each kind that no scene leads to."""


def every() -> list[e.Event]:
    """All events of all scenes, and those made by hand."""
    told = [e.event_of(r.kind, r.data) for scene in SCENES.values() for r in scene().records]
    return [*told, *BY_HAND]


@pytest.mark.requirement("LOG-round-trip")
def test_every_kind_of_event_has_a_sample() -> None:
    assert {event.kind for event in every()} == set(e.KINDS)


@pytest.mark.requirement("LOG-round-trip")
def test_every_event_comes_back_from_the_log_as_it_was() -> None:
    for event in every():
        sealed = record(event.draft(at=NOON, actor=AGENT, call="C-1"), stream="INC-1", version=1, previous=GENESIS)
        again = Recorded.model_validate(json.loads(sealed.model_dump_json()))
        assert again == sealed
        assert e.event_of(again.kind, again.data) == event


@pytest.mark.requirement("LOG-loud")
def test_an_event_of_an_unknown_kind_is_a_defect() -> None:
    with pytest.raises(Defect, match="newer version"):
        e.event_of("incident_teleported", {})


@pytest.mark.requirement("LOG-loud")
@pytest.mark.parametrize("data", [{}, {"says": 1}, {"says": "it is back", "more": True}])
def test_an_event_that_cannot_be_read_is_a_defect(data: dict[str, bool | int | str]) -> None:
    with pytest.raises(Defect, match="recurrence_detected"):
        e.event_of("recurrence_detected", dict(data))


@pytest.mark.requirement("LOG-loud")
def test_an_event_that_cannot_happen_in_a_phase_is_a_defect() -> None:
    started = e.RollbackStarted(plan="PLAN-1", approval="APPR-1", operations=())
    with pytest.raises(Defect, match="rollback_started cannot happen in phase detected"):
        step(Core().incident, started, at=NOON, version=2)


@pytest.mark.requirement("LOG-loud")
def test_opening_an_incident_twice_is_a_defect() -> None:
    core = Core()
    with pytest.raises(Defect, match="second time"):
        fold([core.records[0]], core.incident)


@pytest.mark.requirement("LOG-replay")
@pytest.mark.parametrize("name", SCENES)
def test_replaying_a_log_gives_the_state_that_was_kept(name: str) -> None:
    core = SCENES[name]()
    assert fold(core.records) == core.incident
    middle = len(core.records) // 2
    assert fold(core.records[middle:], fold(core.records[:middle])) == core.incident


@pytest.mark.requirement("LOG-replay")
def test_a_log_without_an_opening_is_no_incident() -> None:
    assert fold([]) is None
    assert fold(closed().records[1:3]) is None


def test_an_event_that_means_nothing_to_the_state_changes_only_its_version() -> None:
    core = rolled_back()
    before = core.incident
    core.append([BY_HAND[0], e.SurveyRead(survey=survey(head=BAD))], AGENT)
    assert core.incident.version == before.version + 2
    assert core.incident.phase is before.phase is Phase.VERIFYING


@pytest.mark.requirement("LOG-round-trip")
def test_an_event_is_read_once_a_record_and_anew_from_a_copy_with_other_data() -> None:
    drafted = e.RecurrenceDetected(says="it is back").draft(at=NOON, actor=AGENT, call="C-1")
    sealed = record(drafted, stream="INC-1", version=1, previous=GENESIS)
    event = e.event_in(sealed)
    assert event == e.RecurrenceDetected(says="it is back")
    assert e.event_in(sealed) is event
    changed = sealed.model_copy(update={"data": {"says": "it is gone"}})
    assert e.event_in(changed) == e.RecurrenceDetected(says="it is gone")
    with pytest.raises(Defect, match="recurrence_detected"):
        e.event_in(sealed.model_copy(update={"data": {}}))


@pytest.mark.requirement("LOG-round-trip")
def test_that_a_record_was_read_changes_neither_what_it_equals_nor_what_is_written() -> None:
    drafted = e.RecurrenceDetected(says="it is back").draft(at=NOON, actor=AGENT, call="C-1")
    read, unread = (record(drafted, stream="INC-1", version=1, previous=GENESIS) for _ in range(2))
    e.event_in(read)
    assert read == unread
    assert repr(read) == repr(unread)
    assert dict(read) == dict(unread)
    assert read.model_dump_json() == unread.model_dump_json()


@pytest.mark.requirement("LOG-loud")
def test_a_record_of_another_kind_than_the_caller_knows_is_a_defect() -> None:
    drafted = e.RecurrenceDetected(says="it is back").draft(at=NOON, actor=AGENT, call="C-1")
    sealed = record(drafted, stream="INC-1", version=7, previous=GENESIS)
    assert e.event_as(e.RecurrenceDetected, sealed).says == "it is back"
    with pytest.raises(Defect, match="#7 is a recurrence_detected, not a fix_tested"):
        e.event_as(e.FixTested, sealed)


@pytest.mark.requirement("LOG-loud")
@pytest.mark.parametrize("wrong", [{1, 2}, NOON, b"bytes", [object()], {"deep": [{"deeper": NOON}]}, {"name": {3: 4}}])
def test_what_is_no_json_is_taken_into_no_event(wrong: object) -> None:
    with pytest.raises(ValidationError):
        e.CallReceived.model_validate({"tool": "assess", "arguments": {"given": wrong}})


def test_json_of_any_depth_that_can_be_written_is_taken_as_it_is() -> None:
    deep: JsonValue = "the end"
    for _ in range(60):
        deep = [{"within": deep}]
    given: dict[str, JsonValue] = {"text": "a", "number": 1, "part": 0.5, "yes": True, "nothing": None, "deep": deep}
    assert e.CallReceived(tool="assess", arguments=given).arguments == given
    assert e.CallReceived.model_validate_json(json.dumps({"tool": "assess", "arguments": given})).arguments == given


def test_an_event_that_changes_nothing_is_told_to_nobody_and_need_not_be_read() -> None:
    assert not {kind.kind for kind in NOTIFICATIONS} & QUIET
    assert {"call_received", "call_answered", "call_refused", "call_failed"} <= QUIET
    core = closed()
    emptied = [r.model_copy(update={"data": {}}) if r.kind in QUIET else r for r in core.records]
    assert emptied != core.records
    assert fold(emptied) == core.incident
    assert messages(emptied) == messages(core.records)
