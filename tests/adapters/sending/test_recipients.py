"""One address may stand for several recipients: each has each message once, whatever becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from flightrules.adapters.sending import chat
from flightrules.adapters.sending.chat import AppriseSender
from flightrules.adapters.sending.posting import wait_of
from flightrules.adapters.sending.recipients import recipients
from flightrules.ports import OutboundMessage, Receipt
from flightrules.state.vocabulary import Audience
from flightrules.testing import START
from tests.adapters.sending.mail import MailServer, mail_server
from tests.adapters.sending.receiver import Receiver, Reply, receiver
from tests.adapters.sending.sender_contract import NOON, SECRET

ASYNC = pytest.mark.anyio


def letter(**changes: object) -> OutboundMessage:
    plain = OutboundMessage(
        id="INC-000001:7:internal",
        incident="INC-000001",
        audience=Audience.INTERNAL,
        title="Checkout: деньги не доходят",
        text="支付失败: looking into api_v2 & <b>",
        at=NOON,
    )
    return plain.model_copy(update=changes)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def mailing(mail: MailServer, to: str, more: str = "") -> AppriseSender:
    address = f"mailto://127.0.0.1:{mail.port}?from=server@shop.example&to={to}{more}"
    return AppriseSender(SecretStr(address))


async def again_until_all(sender: AppriseSender, outbound: OutboundMessage, most: int = 5) -> Receipt:
    """As the outbox does it: what arrived is told to the next attempt."""
    receipt = Receipt(arrived=False)
    for _ in range(most):
        receipt = await sender.send(outbound.model_copy(update={"reached": receipt.reached}))
        if not receipt.left and receipt.arrived:
            break
    return receipt


@ASYNC
@pytest.mark.requirement("COM-each-once")
async def test_a_recipient_that_the_mail_server_refuses_keeps_no_other_back_and_nobody_has_it_twice(
    mail: MailServer,
) -> None:
    mail.refused = {"gone@shop.example"}
    sender = mailing(mail, "gone@shop.example,ada@shop.example")
    receipt = await again_until_all(sender, letter())
    assert (receipt.arrived, receipt.left) == (True, 1)
    assert "1 of 2 recipients" in receipt.why
    assert [name for name, _ in mail.delivered] == ["ada@shop.example"]
    mail.refused = set()
    receipt = await sender.send(letter(reached=receipt.reached))
    assert (receipt.arrived, receipt.left) == (True, 0)
    assert [name for name, _ in mail.delivered] == ["ada@shop.example", "gone@shop.example"]


@ASYNC
async def test_people_who_have_copies_have_one_mail_each(mail: MailServer) -> None:
    sender = mailing(mail, "ada@shop.example,kim@shop.example", "&cc=lee@shop.example&bcc=sam@shop.example")
    assert (await sender.send(letter())).left == 0
    assert sorted(name for name, _ in mail.delivered) == [f"{one}@shop.example" for one in ("ada", "kim", "lee", "sam")]


@ASYNC
async def test_a_mail_is_plain_text_with_its_subject_as_it_was_written(mail: MailServer) -> None:
    await mailing(mail, "ada@shop.example").send(letter())
    ((_, message),) = mail.delivered
    assert message["subject"] == "Checkout: деньги не доходят"
    assert message.get_content_type() == "text/plain"
    assert "支付失败: looking into api_v2 & <b>" in message.get_content()


@ASYNC
@pytest.mark.requirement("COM-each-once")
async def test_a_channel_that_has_it_is_not_sent_it_again_because_another_is_gone(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", there.url)
    there.answers = lambda request: Reply(404, "channel_not_found") if b"#gone" in request.body else Reply(200, "ok")
    sender = AppriseSender(SecretStr("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#a/#gone"))
    receipt = await again_until_all(sender, letter())
    assert (receipt.arrived, receipt.left) == (True, 1)
    assert "HTTP 404" in receipt.why
    assert len([one for one in there.requests if b"#gone" not in one.body]) == 1
    assert "TIiaj" not in repr(receipt)


@ASYNC
async def test_what_was_handed_over_in_part_goes_on_with_the_part_that_failed(there: Receiver) -> None:
    there.replies = [Reply(200), Reply(503)]
    sender = AppriseSender(SecretStr(f"mmost://127.0.0.1:{there.port}/3ccdd113474722377935511fc85d3dd4"))
    text = "".join(f"line {n} of many\n" for n in range(700))
    receipt = await again_until_all(sender, letter(text=text))
    assert receipt.arrived
    bodies = [one.json["text"] for one in there.requests]
    assert bodies[1] == bodies[2]
    assert len(bodies) == len(set(bodies)) + 1
    assert [n for n in range(700) if not any(f"line {n} of" in body for body in bodies)] == []


@ASYNC
async def test_no_piece_is_begun_when_nobody_would_wait_for_its_end(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "BEGINS_S", -1.0)
    receipt = await AppriseSender(SecretStr(f"json://127.0.0.1:{there.port}/in")).send(letter())
    assert (receipt.arrived, receipt.left, receipt.why) == (False, 1, "there was no time left")
    assert there.requests == []


def test_addresses_are_parted_into_recipients_where_each_has_a_request_of_its_own() -> None:
    slack = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    wanted = {
        f"{slack}/#a/#b": 2,
        f"{slack}/#a": 1,
        "mailto://u:p@shop.example?to=Ada%20L%20<ada@shop.example>,kim@shop.example": 2,
        "ntfy://127.0.0.1/one/two/three": 3,
        "json://127.0.0.1/in": 1,
        f"json://127.0.0.1/in, {slack}/#a/#b": 3,
    }
    assert {address: len(recipients(address)) for address in wanted} == wanted
    for address in wanted:
        assert not any("TIiaj" in one.place or SECRET in one.place for one in recipients(address))


IN_TWO_MINUTES = format_datetime(START + timedelta(minutes=2), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "1.5"}, 2),
        ({"retry-after": "99999999"}, 3600),
        ({"retry-after": IN_TWO_MINUTES}, 120),
        ({"retry-after": IN_TWO_MINUTES, "date": format_datetime(START + timedelta(minutes=1), usegmt=True)}, 60),
        ({"retry-after": format_datetime(START - timedelta(hours=2), usegmt=True)}, 0),
        ({"retry-after": "Sunday, 06-Nov-94 08:49:37 GMT"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "١٢"}, 0),
        ({}, 0),
    ],
)
def test_time_that_is_asked_for_is_read_as_seconds_and_as_a_date(headers: dict[str, str], wait: int) -> None:
    assert wait_of(headers, START) == wait


Asked = Callable[[int], dict[str, str]]


@ASYNC
@pytest.mark.parametrize("address", ["json://127.0.0.1:{}/in", "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"])
async def test_a_chat_that_asks_for_time_gets_it_and_nobody_sleeps_meanwhile(
    there: Receiver, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.discord import NotifyDiscord

    monkeypatch.setattr(NotifyDiscord, "notify_url", there.url)
    there.answers = lambda _request: Reply(
        429, "{}", {"Retry-After": "120", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}
    )
    receipt = await asyncio.wait_for(AppriseSender(SecretStr(address.format(there.port))).send(letter()), 10)
    assert not receipt.arrived
    assert 120 <= receipt.wait_s <= 3600
    assert len(there.requests) == 1
