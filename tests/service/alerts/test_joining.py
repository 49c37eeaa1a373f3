from __future__ import annotations

import itertools

import pytest

from flightrules.service import opening
from flightrules.service.invocation import Call
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.alerts.book import STREAM, WRITTEN_EVERY
from flightrules.state.channels import raised_words
from flightrules.state.confirmed import only_stated
from flightrules.state.log import Actor
from flightrules.state.report.timeline import timeline
from flightrules.state.vocabulary import ActorKind, Phase, Severity
from tests.service.alerts.monitored import Monitored, alert, monitored

pytestmark = pytest.mark.anyio

AGENT = Actor(kind=ActorKind.AGENT, name="claude-code", face="mcp")
ADA = Actor(kind=ActorKind.PERSON, name="ada", face="cli")


async def heard(shop: Monitored) -> list[tuple[str, str]]:
    """The fingerprints and states on record."""
    records = await shop.incidents.records(STREAM)
    events = [e.event_as(e.AlertHeard, r) for r in records if r.kind == e.AlertHeard.kind]
    return [(event.fingerprint, event.state) for event in events]


async def test_every_captured_delivery_of_one_alert_makes_one_incident() -> None:
    shop = monitored()
    for name in ("1-firing", "2-repeat", "1-firing", "3-resolved", "1-firing", "9-resolved-while-down"):
        await shop.captured(f"alertmanager-{name}")
        shop.house.clock.advance(20)
    (incident,) = await shop.opened()
    key = "2f56e6db0bec9fc4"
    assert await heard(shop) == [(key, "firing"), (key, "resolved"), (key, "firing"), (key, "resolved")]
    assert [(one.firing, one.resolved) for one in await shop.joined(incident.id)] == [(1, 0), (0, 1), (1, 0), (0, 1)]


async def test_flapping_and_another_start_time_make_one_incident() -> None:
    shop = monitored()
    for name in ("4-flapping-firing", "5-flapping-resolved", "4-flapping-firing", "5-flapping-resolved"):
        await shop.captured(f"alertmanager-{name}")
    assert len(await shop.opened()) == 1


async def test_a_group_that_grows_and_shrinks_joins_one_incident() -> None:
    shop = monitored()
    for name in ("11-group-one", "12-group-two", "13-group-one-over", "14-group-over"):
        await shop.captured(f"alertmanager-{name}")
    (incident,) = await shop.opened()
    counts = [(one.firing, one.resolved) for one in await shop.joined(incident.id)]
    assert counts == [(1, 0), (1, 0), (0, 1), (0, 1)]


async def test_resolved_closes_verifies_and_calms_nothing() -> None:
    shop = monitored()
    await shop.captured("alertmanager-1-firing")
    (before,) = await shop.opened()
    await shop.captured("alertmanager-10-resolved-prometheus-died")
    (after,) = await shop.opened()
    assert after.phase is before.phase
    assert (after.severity, after.bar, after.pages) == (before.severity, before.bar, before.pages)
    lines = [entry.text for entry in timeline(await shop.incidents.records(after.id))]
    assert any("over, which proves nothing" in line for line in lines)


async def test_resolved_of_an_alert_never_heard_of_opens_nothing_and_is_on_record() -> None:
    shop = monitored()
    await shop.captured("alertmanager-3-resolved")
    assert await shop.opened() == []
    assert await heard(shop) == [("2f56e6db0bec9fc4", "resolved")]
    assert not shop.intake.book.pending


async def test_an_alert_that_fired_and_was_over_before_anybody_looked_opens_an_incident() -> None:
    shop = monitored()
    await shop.hear(alert())
    await shop.hear(alert(state="resolved"))
    await shop.follow_up.work()
    assert len(await shop.opened()) == 1


async def test_two_alertmanagers_of_one_target_make_one_incident() -> None:
    shop = monitored()
    await shop.captured("alertmanager-1-firing", source="am")
    await shop.captured("alertmanager-1-firing", source="am2")
    (incident,) = await shop.opened()
    assert len(await shop.joined(incident.id)) == 2


async def test_the_same_alertmanager_twice_behind_one_address_is_a_repeat() -> None:
    shop = monitored()
    first = await shop.captured("alertmanager-1-firing")
    again = await shop.captured("alertmanager-1-firing")
    assert (first.news, first.repeats, again.news, again.repeats) == (1, 0, 0, 1)


async def test_repeats_are_counted_and_written_once_a_minute() -> None:
    shop = monitored()
    await shop.hear(alert())
    for _ in range(90):
        shop.house.clock.advance(1)
        await shop.hear(alert())
    await shop.intake.flush()
    records = [r for r in await shop.incidents.records(STREAM) if r.kind == e.AlertsRepeated.kind]
    counts = [e.event_as(e.AlertsRepeated, r).repeats[0].count for r in records]
    assert sum(counts) == 90
    assert all(b.at - a.at >= WRITTEN_EVERY for a, b in itertools.pairwise(records[:-1]))
    assert len(records) <= 4
    shop.restart()
    await shop.intake.refresh()
    assert shop.intake.book.known["am", "f1"].repeats == 90


async def test_an_alert_joins_the_incident_that_a_person_opened() -> None:
    shop = monitored()
    call = Call(tool="open_incident", arguments={}, actor=ADA)
    await opening.open_incident(shop.incidents, call, c.Open(incident="", target="shop", title="slow"))
    await shop.captured("alertmanager-1-firing")
    (incident,) = await shop.opened()
    assert incident.title == "slow"
    assert incident.called_at is None  # a person is there
    assert len(await shop.joined(incident.id)) == 1


async def test_an_alert_that_fires_again_after_the_incident_was_closed_opens_another() -> None:
    shop = monitored()
    await shop.hear(alert())
    await shop.follow_up.work()
    (incident,) = await shop.opened()
    call = Call(tool="close", arguments={}, actor=ADA, incident=incident.id)
    answer = await opening.close(shop.incidents, call, c.Close(reason="false alarm"))
    assert answer.phase is Phase.CLOSED
    await shop.hear(alert())
    await shop.follow_up.work()
    assert len(await shop.opened()) == 1  # a repeat of what a person closed
    await shop.hear(alert(state="resolved"))
    await shop.hear(alert())
    await shop.follow_up.work()
    assert len(await shop.opened()) == 2


async def test_a_storm_makes_one_incident_with_few_lines() -> None:
    shop = monitored()
    for number in range(300):
        await shop.hear(*(alert(f"f{number}-{part}") for part in range(10)))
        if number % 100 == 0:
            await shop.follow_up.work()
    await shop.follow_up.work()
    (incident,) = await shop.opened()
    joined = await shop.joined(incident.id)
    assert sum(event.firing for event in joined) == 3000
    assert len(joined) <= 5
    assert all(len(event.alerts) <= 20 for event in joined)
    assert len(await heard(shop)) == 3000


async def test_nobody_is_called_again_by_further_alerts() -> None:
    shop = monitored()
    await shop.captured("alertmanager-1-firing")
    await shop.captured("alertmanager-12-group-two")
    (incident,) = await shop.opened()
    records = await shop.incidents.records(incident.id)
    assert [record.kind for record in records].count(e.PeopleCalled.kind) == 1


async def classified(shop: Monitored, **fields: object) -> Severity | None:
    (incident,) = await shop.opened()
    call = Call(tool="classify", arguments={}, actor=AGENT, incident=incident.id)
    return (await opening.classify(shop.incidents, call, c.Classify.model_validate(fields))).severity


async def test_no_word_of_a_source_states_a_severity_by_default() -> None:
    shop = monitored(broken=False)
    await shop.captured("alertmanager-1-firing")
    assert await classified(shop) is Severity.P4  # by what was seen


async def test_a_mapped_word_raises_the_severity_and_is_not_confirmed() -> None:
    shop = monitored(broken=False, severities={"page": "P2"})
    await shop.captured("alertmanager-1-firing")
    (incident,) = await shop.opened()
    (called,) = [
        e.event_as(e.PeopleCalled, r)
        for r in await shop.incidents.records(incident.id)
        if r.kind == e.PeopleCalled.kind
    ]
    assert (called.severity, called.stated) == (Severity.P4, Severity.P2)
    call = Call(tool="classify", arguments={}, actor=AGENT, incident=incident.id)
    answer = await opening.classify(shop.incidents, call, c.Classify())
    assert answer.severity is Severity.P2
    assert "Not confirmed" in answer.says
    assert only_stated(await shop.incidents.incident(incident.id))


async def test_a_mapped_word_of_an_alert_that_joins_later_asks_for_another_classification() -> None:
    shop = monitored(broken=False, severities={"page": "P2"})
    await shop.hear(alert())
    await shop.follow_up.work()
    assert await classified(shop) is Severity.P4
    await shop.captured("alertmanager-1-firing")
    (incident,) = await shop.opened()
    assert (incident.severity, incident.bar) == (Severity.P4, Severity.P4)
    assert "An alert states P2" in raised_words(incident)
    assert await classified(shop) is Severity.P2


async def test_a_mapped_word_never_lowers_the_severity() -> None:
    shop = monitored(severities={"page": "P4"})
    await shop.captured("alertmanager-1-firing")
    assert await classified(shop) is Severity.P1
