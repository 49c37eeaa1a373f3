"""`flightrules doctor --notify` sends a marked test to each kind of destination, and says what came back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from flightrules.adapters.sending.chat import AppriseSender
from flightrules.adapters.sending.github import GitHubSender
from flightrules.adapters.sending.webhook import WebhookSender
from flightrules.ports import Sender
from flightrules.service.checkup.notifying import MARK, notify_rows
from flightrules.service.checkup.target import Row
from flightrules.testing import ManualClock
from flightrules.testing.drill import Drill
from tests.adapters.sending.dialects import DIALECTS, Dialect
from tests.adapters.sending.mail import MailServer, mail_server
from tests.adapters.sending.receiver import GitHub, Receiver, Reply, receiver
from tests.adapters.sending.test_dialects import listening

TOKEN = "a-token-of-sixteen-and-more"
PAGER = Dialect(
    "pagerduty",
    lambda _port: "pagerduty://abcdefghijklmnopqrstuvwxyz012345@abcdefghijklmnopqrstuvwxyz012345/node01/app",
    lambda request: [request.json["payload"]["summary"]],
    lambda _text: "",
    1_024,
    "{}",
)
CHATS = (*DIALECTS, PAGER)


def checked(to: str, sender: Sender) -> Row:
    """The row of one destination."""
    with Drill() as drill:
        drill.server.app.incidents.senders = {to: sender}
        (row,) = drill.server.portal.call(notify_rows, drill.server.app.incidents)
    return row


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as made:
        from apprise.plugins.pagerduty import PAGERDUTY_API_LOOKUP, NotifyPagerDuty

        monkeypatch.setattr(NotifyPagerDuty, "notify_url", made.url, raising=False)
        for region in PAGERDUTY_API_LOOKUP:
            monkeypatch.setitem(PAGERDUTY_API_LOOKUP, region, made.url)
        yield made


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def token(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o600)
    return f"file:{path}"


@pytest.mark.parametrize("dialect", CHATS, ids=lambda one: one.name)
@pytest.mark.parametrize("refused", [False, True], ids=["takes", "refuses"])
def test_a_chat_or_pager_gets_a_marked_test_and_what_it_says_is_told(
    dialect: Dialect, *, refused: bool, monkeypatch: pytest.MonkeyPatch, there: Receiver
) -> None:
    with ExitStack() as stack:
        at = there if dialect is PAGER else stack.enter_context(listening(dialect, monkeypatch))
        status = 403 if refused else 202 if dialect is PAGER else 200
        at.answers = lambda _request: Reply(status, "" if refused else dialect.answer)
        row = checked("internal/1", AppriseSender(SecretStr(dialect.address(at.port))))
        texts = [text for request in at.requests for text in dialect.texts(request)]
    assert any(MARK in text.replace("\\", "") for text in texts), texts
    if refused:
        assert (row.state, bool(row.saw)) == ("FAIL", True), row
        assert "403" in row.saw, row
    else:
        assert row.saw.startswith("arrived"), row


def test_a_mail_server_that_refuses_the_recipient_is_told_with_its_codes(mail: MailServer) -> None:
    address = f"mailto://127.0.0.1:{mail.port}?from=server@shop.example&to=ana@shop.example"
    assert checked("internal/1", AppriseSender(SecretStr(address))).saw.startswith("arrived")
    assert MARK in mail.texts("ana@shop.example")[0]
    mail.refused.add("ana@shop.example")
    row = checked("internal/1", AppriseSender(SecretStr(address)))
    assert row.state == "FAIL", row
    assert "SMTP 550 5.1.1" in row.saw, row
    assert "ana@" not in row.saw


def test_the_planners_issues_and_webhook_get_a_marked_test(there: Receiver, token: str) -> None:
    there.answers = GitHub(TOKEN)
    at = {"api": there.url, "labels": ("incident",), "report_url": ""}
    row = checked("planner/github", GitHubSender("acme/shop", token, ManualClock(), **at))  # type: ignore[arg-type]
    assert "arrived at https://github.example/acme/shop/issues/1" in row.saw
    assert there.answers.issues[0]["title"].startswith(MARK)
    there.answers = GitHub("another token")
    row = checked("planner/github", GitHubSender("acme/shop", token, ManualClock(), **at))  # type: ignore[arg-type]
    assert row.state == "FAIL"
    assert "401" in row.saw
    there.answers = lambda _request: Reply()
    assert checked("planner/webhook", WebhookSender(there.url, token, ManualClock())).saw.startswith("arrived")
    assert MARK in there.requests[-1].json["title"]
