"""Receivers on loopback, each of which checks its own rules of what a message may be and whom it calls.

The rules are those of the receivers' documentation, and not what our own code takes them for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.adapters.sending.receiver import Request

HOSTILE = (
    "Log says: <!channel> deploy of api_v2 failed, see <@U123ABC>",
    "<!here|here> <!subteam^S012AB3CD> <#C012AB3CD> &lt;!channel&gt; &amp;lt;!everyone&gt;",
    "@everyone @here @channel @all <@&123456789012345678> <@!123456789012345678>",
    "[Pay here](https://evil.example/x) and <https://evil.example|bank.example>",
    "**Status**: ```nothing to see``` ||hidden|| # heading\n# heading\n> quote",
    "Оплата упала, смотри @дежурный и -@sam (Кириллица)",
    "支付失败 @所有人 <!channel> 请看 api_v2",
    "فشل الدفع @الجميع <!channel> انظر",
    "भुगतान विफल @सब <@U123ABC> देखें",
)
"""Texts as they stand in logs and as agents write them, in five scripts."""


@dataclass(frozen=True)
class Dialect:
    """One kind of receiver."""

    name: str
    address: Callable[[int], str]
    """The Apprise address of one on a port of loopback."""
    texts: Callable[[Request], list[str]]
    """Function that gives the texts that people read of a request, before any markup is read."""
    broken: Callable[[str], str]
    """Function that names the rule that a text breaks; empty if it breaks none."""
    longest: int
    answer: str = "ok"


SLACK_TOKEN = re.compile(r"<[^>]*>")
BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
SLACK_CALL = re.compile(r"&lt;[!@#][^&]*&gt;|(?<!\w)@(?:channel|here|everyone)\b")


def slack_texts(request: Request) -> list[str]:
    (attachment,) = request.json["attachments"]
    return [attachment["title"], attachment["text"]]


def slack_broken(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text: <, > and & are Slack's own."""
    if SLACK_TOKEN.search(text) or "<" in text or ">" in text:
        return "a token of Slack's own"
    if BARE_AMPERSAND.search(text):
        return "an ampersand that is not escaped"
    return "a call" if SLACK_CALL.search(text) else ""


def discord_broken(text: str) -> str:
    """https://docs.discord.com/developers/reference#message-formatting, and the calls of everybody."""
    if re.search(r"<(?:@[!&]?|#|/|:)", text) or re.search(r"@(?:everyone|here)", text):
        return "a call"
    return "a masked link" if re.search(r"(?<!\\)\[[^\]]*\]\(", text) else ""


def mattermost_broken(text: str) -> str:
    """https://docs.mattermost.com: @ before a name calls it."""
    if re.search(r"(?<![a-z0-9])@[a-z]", text, re.IGNORECASE):
        return "a call"
    return "a masked link" if re.search(r"(?<!\\)\[[^\]]*\]\(", text) else ""


def telegram_broken(text: str) -> str:
    """https://core.telegram.org/bots/api#html-style: no tag but its own, and @name calls."""
    if re.search(r"</?(?!b>|i>|pre>|code>)[^>]*>", text) or BARE_AMPERSAND.search(text):
        return "markup"
    return "a call" if "@" in text else ""


def plain_broken(text: str) -> str:
    """A receiver that shows text as it stands: no sign is there for a reader that nobody wrote."""
    return "Markdown that is shown" if re.search(r"\*\*(?:Started|Impact|Latest Update)\*\*|^## ", text) else ""


DIALECTS = (
    Dialect(
        "slack",
        lambda _port: "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        slack_texts,
        slack_broken,
        35_000,
    ),
    Dialect(
        "discord",
        lambda _port: "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        lambda request: [request.json["content"]],
        discord_broken,
        2_000,
        "",
    ),
    Dialect(
        "telegram",
        lambda _port: "tgram://123456789:abcdefg_hijklmnop/12315544",
        lambda request: [request.json["text"]],
        telegram_broken,
        4_096,
        json.dumps({"ok": True}),
    ),
    Dialect(
        "mattermost",
        lambda port: f"mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4",
        lambda request: [request.json["text"]],
        mattermost_broken,
        4_000,
    ),
    Dialect(
        "ntfy",
        lambda port: f"ntfy://127.0.0.1:{port}/topic",
        lambda request: [request.json["title"], request.json["message"]],
        plain_broken,
        4_096,
        "{}",
    ),
    Dialect(
        "json",
        lambda port: f"json://127.0.0.1:{port}/in",
        lambda request: [request.json["title"], request.json["message"]],
        plain_broken,
        40_000,
    ),
)
