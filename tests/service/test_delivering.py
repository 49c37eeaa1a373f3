"""The outbox: what the log says must be sent is sent, after failures and crashes too, and once where ids are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.errors import Unavailable
from flightrules.ports import OutboundMessage, Receipt, Write
from flightrules.service import telling
from flightrules.service.messages import updating
from flightrules.service.messages.delivering import AT_ONCE, OUTBOX, Courier, deliver, entries
from flightrules.state import commands as c
from flightrules.state.log import Recorded, broken
from flightrules.state.messages.outbox import LOST_AFTER
from flightrules.state.vocabulary import Phase
from flightrules.testing import ScriptedSender
from tests.service.house import House, build
from tests.service.pilot import PERSON, assess, call, classify, fly, opened

pytestmark = pytest.mark.anyio


def with_senders(house: House, **senders: object) -> dict[str, ScriptedSender]:
    """Destinations made of memory, `internal_1` for `internal/1`; the planner's folder stays."""
    made = {name.replace("_", "/"): ScriptedSender() for name in senders or ("internal_1",)}
    house.incidents.senders = {**house.incidents.senders, **made}
    return made


async def alarmed(*names: str) -> tuple[House, dict[str, ScriptedSender], str]:
    """A P1 on record, and where its messages go."""
    house = build()
    senders = with_senders(house, **dict.fromkeys(names))
    incident = await opened(house)
    await assess(house, incident)
    await classify(house, incident)
    return house, senders, incident


async def attempts(house: House, incident: str) -> list[str]:
    return [record.kind for record in await house.incidents.records(OUTBOX + incident)]


@pytest.mark.requirement("COM-outbox")
async def test_what_is_due_goes_to_every_destination_of_its_audience_once() -> None:
    house, senders, incident = await alarmed("internal_1", "internal_2", "escalation_1")
    courier = Courier(house.incidents)
    for _ in range(3):
        await courier.deliver()
    for name in ("internal/1", "internal/2"):
        titles = [outbound.title for outbound in senders[name].handed]
        assert titles == [f"[P?] {incident} shop: Incident opened", f"[P1] {incident} shop: Severity P1"]
    assert [outbound.title for outbound in senders["escalation/1"].handed] == [f"[P1] {incident} shop: Severity P1"]
    rounds = ["send_began"] * 3 + ["send_ended"] * 3 + ["send_began"] * 2 + ["send_ended"] * 2
    assert await attempts(house, incident) == rounds  # one at a time to each destination, in the order of the log
    assert broken(await house.incidents.records(OUTBOX + incident)) is None


@pytest.mark.requirement("COM-outbox")
async def test_one_destination_that_fails_keeps_no_other_back_and_is_tried_until_it_works() -> None:
    house, senders, incident = await alarmed("internal_1", "internal_2")
    senders["internal/2"].why = "HTTP 500"
    await deliver(house.incidents, incident)
    assert len(senders["internal/1"].handed) == 2
    assert senders["internal/2"].handed == []
    await deliver(house.incidents, incident)
    senders["internal/2"].why = ""
    house.clock.advance(30)
    await deliver(house.incidents, incident)
    assert len(senders["internal/1"].handed) == len(senders["internal/2"].handed) == 2


@pytest.mark.requirement("COM-retry")
async def test_news_that_never_got_through_are_too_old_in_the_end_and_shown_in_the_status() -> None:
    house, senders, incident = await alarmed("escalation_1")
    senders["escalation/1"].why = "HTTP 500"
    courier = Courier(house.incidents)
    for _ in range(52):
        await courier.deliver()
        house.clock.advance(3600)
    kinds = await attempts(house, incident)
    assert kinds.count("send_began") == 49
    answer = await telling.status(house.incidents, call("incident_status", incident))
    assert answer.result is not None
    (line, *_) = answer.result.undelivered
    assert "too old now, tried 49 times: HTTP 500" in line


async def test_a_failing_destination_shows_in_the_status_while_it_is_still_tried() -> None:
    house, senders, incident = await alarmed("escalation_1")
    senders["escalation/1"].failing = [Receipt(arrived=False, why="HTTP 429", wait_s=600)]
    await deliver(house.incidents, incident)
    answer = await telling.status(house.incidents, call("incident_status", incident))
    assert answer.result is not None
    assert "failed 1 time, next try" in answer.result.undelivered[0]
    house.clock.advance(601)
    await deliver(house.incidents, incident)
    answer = await telling.status(house.incidents, call("incident_status", incident))
    assert answer.result is not None
    assert answer.result.undelivered == ()


class Slow(ScriptedSender):
    """Never answers."""

    async def send(self, outbound: OutboundMessage) -> Receipt:
        del outbound
        raise TimeoutError


class Torn(ScriptedSender):
    """Cannot be used at all."""

    async def send(self, outbound: OutboundMessage) -> Receipt:
        del outbound
        raise Unavailable("secret file", "it cannot be read.", "Make it readable.")


class Broken(ScriptedSender):
    """Has a defect of its own."""

    async def send(self, outbound: OutboundMessage) -> Receipt:
        raise KeyError(outbound.id)


@pytest.mark.parametrize(
    ("sender", "why"),
    [(Slow(), "no answer within 30 s"), (Torn(), "secret file"), (Broken(), "a defect: KeyError")],
)
async def test_whatever_goes_wrong_with_a_sender_is_an_outcome_on_record(sender: ScriptedSender, why: str) -> None:
    house, _, incident = await alarmed("internal_1")
    house.incidents.senders = {"internal/1": sender}
    first, *_ = await deliver(house.incidents, incident)
    assert first.state == "waiting"
    assert why in first.says


@pytest.mark.requirement("COM-outbox")
async def test_each_try_of_a_message_is_the_same_to_the_byte() -> None:
    house, senders, incident = await alarmed("internal_1")
    answer = await updating.post_update(
        house.incidents, call("post_update", incident), c.PostUpdate(text="We roll back.")
    )
    assert answer.ok
    seen: list[OutboundMessage] = []
    for _ in range(2):
        senders["internal/1"].handed.clear()
        house.incidents.store._streams.pop(OUTBOX + incident, None)  # type: ignore[attr-defined]
        await deliver(house.incidents, incident)
        seen.append(senders["internal/1"].handed[-1])
        house.clock.advance(40)
    assert seen[0] == seen[1]
    assert "**Status**: Investigating" in seen[0].text
    assert "Next update: " in seen[0].text


@pytest.mark.requirement("COM-people-told")
async def test_a_person_who_must_approve_is_told_while_the_plan_waits_and_not_after() -> None:
    house, senders, incident = await alarmed("approvers_1")
    await fly(house, incident, until=Phase.DECIDED)
    house.incidents.senders = senders
    from flightrules.service.rollback.planning import prepare

    await prepare(house.incidents, call("rollback", incident))
    await deliver(house.incidents, incident)
    (wanted,) = senders["approvers/1"].handed
    assert f"flightrules approve {incident}" in wanted.text


async def test_two_processes_at_once_send_a_message_once() -> None:
    house, senders, incident = await alarmed("internal_1")
    other = house.restarted()

    class Both(ScriptedSender):
        async def send(self, outbound: OutboundMessage) -> Receipt:
            await deliver(other.incidents, incident)
            return await super().send(outbound)

    both = Both()
    house.incidents.senders = other.incidents.senders = {"internal/1": both}
    await deliver(house.incidents, incident)
    assert len(both.handed) == 2
    assert senders["internal/1"].handed == []


async def test_the_courier_rereads_nothing_of_an_incident_that_has_nothing_to_send() -> None:
    house, senders, incident = await alarmed("internal_1")
    reads: list[tuple[str, int]] = []

    class Counting(MemoryStore):
        async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
            reads.append((stream, after))
            return await super().load(stream, after=after)

    store = Counting()
    store._streams = house.incidents.store._streams  # type: ignore[attr-defined]
    house.incidents.store = store
    courier = Courier(house.incidents)
    await courier.deliver()
    await courier.deliver()
    reads.clear()
    await courier.deliver()
    assert all(after > 0 for _, after in reads)
    await updating.post_update(house.incidents, call("post_update", incident), c.PostUpdate(text="News."))
    await courier.deliver()
    assert "News" in senders["internal/1"].handed[-1].text


@pytest.mark.requirement("COM-outbox")
async def test_an_attempt_is_on_record_when_it_begins_and_not_while_others_are_still_sent() -> None:
    house, _, incident = await alarmed("internal_1")
    for number in range(20):
        await updating.post_update(house.incidents, call("post_update", incident), c.PostUpdate(text=f"News {number}."))
    begun: list[int] = []

    class Patient(ScriptedSender):
        async def send(self, outbound: OutboundMessage) -> Receipt:
            there = await attempts(house, incident)
            begun.append(there.count("send_began") - there.count("send_ended"))
            return await super().send(outbound)

    patient = Patient()
    house.incidents.senders = {"internal/1": patient}
    await deliver(house.incidents, incident)
    assert sum("News" in outbound.text for outbound in patient.handed) == 20
    assert max(begun) <= AT_ONCE


async def test_what_becomes_due_while_other_messages_go_out_is_sent_in_the_next_round() -> None:
    house, _, incident = await alarmed("internal_1")

    class Busy(ScriptedSender):
        """While it takes its first parcel, somebody posts an update."""

        async def send(self, outbound: OutboundMessage) -> Receipt:
            if not self.handed:
                said = call("post_update", incident)
                await updating.post_update(house.incidents, said, c.PostUpdate(text="Meanwhile."))
            return await super().send(outbound)

    busy = Busy()
    house.incidents.senders = {"internal/1": busy}
    courier = Courier(house.incidents)
    await courier.deliver()
    await courier.deliver()
    assert "Meanwhile." in busy.handed[-1].text


async def test_an_incident_that_cannot_be_read_keeps_no_other_back() -> None:
    house, senders, first = await alarmed("internal_1")
    second = await opened(house)

    class Damaged(MemoryStore):
        async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
            if stream == first:
                raise Unavailable("the log", "damaged", "")
            return await super().load(stream, after=after)

    store = Damaged()
    store._streams = house.incidents.store._streams  # type: ignore[attr-defined]
    house.incidents.store = store
    await Courier(house.incidents).deliver()
    assert [outbound.incident for outbound in senders["internal/1"].handed] == [second]


# -- crashes -----------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """The process is gone; nothing can catch that."""


class Mortal(MemoryStore):
    """Dies right before or right after one append."""

    def __init__(self, streams: Mapping[str, list[str]], dies_at: int, *, before: bool) -> None:
        super().__init__()
        self._streams = dict(streams)
        self._left = dies_at
        self._before = before

    async def append(self, *writes: Write) -> list[Recorded]:
        self._left -= 1
        if self._left == 0 and self._before:
            raise Died
        recorded = await super().append(*writes)
        if self._left == 0:
            raise Died
        return recorded


class Fragile(ScriptedSender):
    """The receiver takes the parcel, and the process dies before it hears of that."""

    async def send(self, outbound: OutboundMessage) -> Receipt:
        await super().send(outbound)
        raise Died


CRASHES = [
    # (append it dies at, whether before it, whether it dies between sending and its end, how often it arrives then)
    pytest.param(1, True, False, 1, id="before the intent"),
    pytest.param(1, False, False, 1, id="after the intent"),
    pytest.param(0, False, True, 2, id="after it arrived"),
    pytest.param(2, True, False, 2, id="before the end is recorded"),
    pytest.param(2, False, False, 1, id="after the end"),
]


@pytest.mark.requirement("COM-outbox")
@pytest.mark.parametrize(("dies_at", "before", "in_between", "arrivals"), CRASHES)
async def test_a_process_that_dies_between_any_two_effects_loses_no_message_and_a_receiver_that_knows_ids_has_it_once(
    dies_at: int,
    before: bool,  # noqa: FBT001
    in_between: bool,  # noqa: FBT001
    arrivals: int,
) -> None:
    house = build()
    incident = await opened(house)
    receiver = Fragile() if in_between else ScriptedSender()
    house.incidents.senders = {"internal/1": receiver}
    streams = house.incidents.store._streams  # type: ignore[attr-defined]
    mortal = Mortal(streams, dies_at, before=before)
    house.incidents.store = mortal
    with pytest.raises((Died, BaseExceptionGroup)):
        await deliver(house.incidents, incident)
    process = house.restarted(MemoryStore())
    process.incidents.store._streams = mortal._streams  # type: ignore[attr-defined]
    again = ScriptedSender()
    again.handed, again.arrived = receiver.handed, receiver.arrived
    process.incidents.senders = {"internal/1": again}
    house.clock.advance(LOST_AFTER.total_seconds())
    await deliver(process.incidents, incident)
    assert len(again.handed) == arrivals
    assert list(again.arrived) == [f"{incident}:2:internal"]
    (entry,) = await entries(process.incidents, incident)
    assert entry.state == "sent"
    house.clock.advance(timedelta(hours=2).total_seconds())
    await deliver(process.incidents, incident)
    assert len(again.handed) == arrivals


async def test_a_person_approves_an_update_and_it_goes_out_to_the_public_alone() -> None:
    house, senders, incident = await alarmed("internal_1", "external_1")
    held = await updating.post_update(
        house.incidents, call("post_update", incident), c.PostUpdate(text="Some pages fail.", external=True)
    )
    assert "flightrules update approve" in held.says
    await deliver(house.incidents, incident)
    assert [outbound.data["text"] for outbound in senders["external/1"].handed] == [
        "We have noticed a problem and are looking into it."
    ]
    command = c.ApproveUpdate(update=str(held.result.update if held.result else ""), approver="ada")
    assert (await updating.approve_update(house.incidents, call("update", incident, actor=PERSON), command)).ok
    await deliver(house.incidents, incident)
    assert senders["external/1"].handed[-1].data["text"] == "Some pages fail."
    assert "Some pages fail." not in str(senders["internal/1"].handed)


@pytest.mark.requirement("COM-outbox")
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_brief_goes_at_once_only_where_it_is_taken_at_once(at_once: bool) -> None:  # noqa: FBT001 - both ways
    house, incident = build(), ""
    senders = with_senders(house, planner_tracker=None)
    senders["planner/tracker"].at_once = at_once
    incident = await opened(house)
    await fly(house, incident)
    assert [outbound.incident for outbound in senders["planner/tracker"].handed] == [incident] * at_once
    await Courier(house.incidents).deliver()
    assert [outbound.incident for outbound in senders["planner/tracker"].handed] == [incident]
