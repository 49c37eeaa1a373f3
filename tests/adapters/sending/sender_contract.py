"""Contract that every sender keeps, whatever it sends through; each adapter and the stand-in run it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest

from flightrules.ports import OutboundMessage, Sender
from flightrules.state.vocabulary import Audience

SECRET = "s3cr3t-t0ken-0f-4-receiver"
NOON = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def outbound(**changes: object) -> OutboundMessage:
    """A brief on its way."""
    plain = OutboundMessage(
        id="INC-000001:7:planner",
        incident="INC-000001",
        audience=Audience.PLANNER,
        title="Incident INC-000001: brief for the planner",
        text="## Technical debt\n- no canary",
        markdown=True,
        at=NOON,
        data={"incident": "INC-000001", "technical_debt": ["no canary"]},
        report="docs/2026-01-05-INC-000001.md",
    )
    return plain.model_copy(update=changes)


class Harness(Protocol):
    """One sender and its receiver."""

    keeps_ids: bool
    """True if the receiver has a message only once when it came twice."""

    @property
    def sender(self) -> Sender:
        """Return the sender under test."""

    def break_it(self) -> None:
        """Let the receiver fail from now on."""

    def mend_it(self) -> None:
        """Let it work again."""

    def received(self) -> list[str]:
        """The texts that are there."""


class SenderContract:
    """Subclasses give the fixture `harness`."""

    pytestmark = pytest.mark.anyio

    async def test_what_is_sent_is_there_with_its_text_and_its_id(self, harness: Harness) -> None:
        receipt = await harness.sender.send(outbound())
        assert receipt.arrived, receipt
        (text,) = harness.received()
        assert "no canary" in text
        assert "INC-000001" in text

    async def test_the_same_parcel_again_is_there_once_where_the_receiver_keeps_ids(self, harness: Harness) -> None:
        assert (await harness.sender.send(outbound())).arrived
        assert (await harness.sender.send(outbound())).arrived
        assert len(harness.received()) == (1 if harness.keeps_ids else 2)

    async def test_a_receiver_that_fails_is_a_receipt_that_says_why_and_the_next_try_may_work(
        self, harness: Harness
    ) -> None:
        harness.break_it()
        receipt = await harness.sender.send(outbound())
        assert not receipt.arrived
        assert receipt.why
        assert receipt.again
        harness.mend_it()
        assert (await harness.sender.send(outbound())).arrived
        assert len(harness.received()) == 1

    async def test_no_secret_is_in_a_receipt_a_check_or_the_senders_own_words(
        self, harness: Harness, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        said = [await harness.sender.check(), repr(harness.sender), str(harness.sender)]
        said.append(repr(await harness.sender.send(outbound())))
        harness.break_it()
        said.append(repr(await harness.sender.send(outbound())))
        out, err = capfd.readouterr()
        assert SECRET not in "".join([*said, out, err, caplog.text])
        assert out == ""
