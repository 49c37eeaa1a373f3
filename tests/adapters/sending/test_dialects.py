"""No text that anybody writes calls anybody or makes markup in any receiver, and each takes what it is sent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from flightrules.adapters.sending.chat import AppriseSender, _pieces
from flightrules.adapters.sending.recipients import recipients
from flightrules.ports import OutboundMessage
from flightrules.state.vocabulary import Audience
from tests.adapters.sending.dialects import DIALECTS, HOSTILE, Dialect
from tests.adapters.sending.receiver import Receiver, Reply, receiver
from tests.adapters.sending.sender_contract import NOON

ASYNC = pytest.mark.anyio
BY_NAME = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)


@contextmanager
def listening(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver of this kind on loopback; where a plugin knows one address alone, it is led there."""
    from apprise.plugins.discord import NotifyDiscord
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.telegram import NotifyTelegram

    with receiver(lambda _request: Reply(200, dialect.answer)) as there:
        monkeypatch.setattr(NotifySlack, "webhook_url", there.url)
        monkeypatch.setattr(NotifyDiscord, "notify_url", there.url)
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"{there.url}/bot")
        yield there


def update(title: str, text: str) -> OutboundMessage:
    plain = f"Incident Update - INC-000001\n\nStatus: Identified\n\nLatest Update: now\n{text}\n\nNext update: later"
    return OutboundMessage(
        id="INC-000001:7:internal",
        incident="INC-000001",
        audience=Audience.INTERNAL,
        title=title,
        text=f"## Incident Update - INC-000001\n\n**Status**: Identified\n\n{text}",
        plain=plain,
        markdown=True,
        at=NOON,
    )


async def sent(dialect: Dialect, outbound: OutboundMessage, there: Receiver) -> list[str]:
    there.requests.clear()
    receipt = await AppriseSender(SecretStr(dialect.address(there.port))).send(outbound)
    assert receipt.arrived, receipt
    assert not receipt.left
    return [text for request in there.requests for text in dialect.texts(request)]


@ASYNC
@BY_NAME
@pytest.mark.requirement("COM-calls-nobody")
async def test_hostile_text_in_four_scripts_keeps_the_rules_of_each_receiver(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(dialect, monkeypatch) as there:
        for text in HOSTILE:
            texts = await sent(dialect, update(text, text), there)
            assert [dialect.broken(one) for one in texts] == [""] * len(texts), texts
            assert any("INC-000001:7:internal" in one for one in texts)


@ASYNC
@BY_NAME
@pytest.mark.parametrize("letter", ["y", "支", "ж", "я_", "😀"])
async def test_what_is_longer_than_a_receiver_takes_is_parted_and_each_part_fits(
    dialect: Dialect, letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(dialect, monkeypatch) as there:
        texts = await sent(dialect, update("x" * 300, letter * (4_000 // len(letter))), there)
        for one in texts:
            size = len(one.encode()) if dialect.name == "ntfy" else len(one.encode("utf-16-le")) // 2
            assert size <= dialect.longest


SIGNS = [*"<>@!&|*_~`[]()#\\ \n:;.aя支ف", "channel", "here", "everyone", "<!", "](", "&lt;", "&amp;", "U0123ABC", "```"]


@ASYNC
@BY_NAME
async def test_no_made_up_text_breaks_the_rules_of_a_receiver_in_the_payload_of_its_plugin(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)  # noqa: S311 - the same texts each time
    with listening(dialect, monkeypatch) as there:
        for _ in range(40):
            text, title = ("".join(chance.choices(SIGNS, k=most)) for most in (60, 12))
            texts = await sent(dialect, update(title, text), there)
            assert [dialect.broken(one) for one in texts] == [""] * len(texts), texts


@BY_NAME
@given(st.lists(st.sampled_from(SIGNS), max_size=40), st.lists(st.sampled_from(SIGNS), max_size=10))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatsoever_breaks_the_rules_of_a_receiver(dialect: Dialect, text: list[str], title: list[str]) -> None:
    (to,) = recipients(dialect.address(1))
    for piece in _pieces(to, update("".join(title), "".join(text))):
        body = piece.body
        assert dialect.broken(body) == "", body
