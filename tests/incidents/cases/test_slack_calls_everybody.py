"""Chats show text and call nobody (PostHog pull 95054, librefang pull 6397, Apprise pull 1669)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack
from pydantic import SecretStr

from flightrules.adapters.sending.chat import AppriseSender
from flightrules.testing.drill import Drill
from tests.adapters.sending.receiver import Receiver, Reply, receiver

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
QUOTED = ("Deploy bot wrote <!channel> into the log", "Log says: <!channel> deploy of api_v2 failed, see <@U123ABC>")


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver on this machine, in place of Slack and Discord."""
    with receiver() as there:
        monkeypatch.setattr(NotifySlack, "webhook_url", there.url)
        monkeypatch.setattr(NotifyDiscord, "notify_url", there.url)
        there.answers = lambda _request: Reply(200, "ok")
        yield there


def told(drill: Drill, address: str, title: str, text: str) -> None:
    """Open an incident and post an update, to a chat."""
    drill.send_to("internal/1", AppriseSender(SecretStr(address)))
    drill.call("post_update", incident=drill.opened(title), text=text)
    drill.advance(1)


def test_slack_gets_no_call_and_no_markdown(chat: Receiver) -> None:
    with Drill() as drill:
        told(drill, SLACK, *QUOTED)
    assert len(chat.requests) > 0
    for request in chat.requests:
        said = request.body.decode()
        assert "<!channel>" not in said, "no call of the channel in the payload for Slack"
        assert "**Status**" not in said, "no raw Markdown in Slack"
        assert "&amp;lt;" not in said, "no raw Markdown in Slack"


def test_what_goes_to_discord_has_at_most_2000_characters(chat: Receiver) -> None:
    with Drill() as drill:
        told(drill, DISCORD, "x" * 300, "y" * 1500)
    longest = max(len(request.json["content"]) for request in chat.requests)
    assert longest <= 2000, f"what goes to Discord has at most 2,000 characters: {longest}"


def test_a_receiver_that_asks_for_120_s_gets_them(chat: Receiver) -> None:
    chat.answers = lambda _request: Reply(429, "rate limited", {"Retry-After": "120"})
    with Drill() as drill:
        told(drill, SLACK, *QUOTED)
        tries = len(chat.requests)
        chat.answers = lambda _request: Reply(200, "ok")
        drill.advance(110)
        assert len(chat.requests) == tries, "a receiver that asks for 120 s gets them (docs/communication.md)"
        drill.advance(15)
        assert len(chat.requests) > tries


def test_a_channel_that_has_it_is_not_sent_it_again_because_another_is_gone(chat: Receiver) -> None:
    chat.answers = lambda one: Reply(404, "channel_not_found") if b"#gone" in one.body else Reply(200, "ok")
    with Drill() as drill:
        told(drill, SLACK.replace("#general", "#a/#gone"), *QUOTED)
        for _ in range(10):
            drill.advance(600)
    there = [json.dumps(one.json, sort_keys=True) for one in chat.requests if b"#gone" not in one.body]
    again = "a channel that has it is not sent it again because another is gone"
    assert there, again
    assert len(there) == len(set(there)), again
