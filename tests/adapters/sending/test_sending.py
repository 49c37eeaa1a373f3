"""Every sender keeps the contract, against a receiver on loopback where there is one."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from flightrules.adapters.files import AtomicFiles
from flightrules.adapters.secrets import secret_of
from flightrules.adapters.sending import posting
from flightrules.adapters.sending.chat import AppriseSender
from flightrules.adapters.sending.folder import FolderSender
from flightrules.adapters.sending.github import GitHubSender
from flightrules.adapters.sending.page import StatusPageSender
from flightrules.adapters.sending.resource import ResourceSender
from flightrules.adapters.sending.webhook import WebhookSender
from flightrules.errors import Refused, Unavailable
from flightrules.ports import OutboundMessage, Sender
from flightrules.testing import START, ManualClock, ScriptedSender
from tests.adapters.sending.receiver import GitHub, Receiver, Reply, Request, receiver
from tests.adapters.sending.sender_contract import SECRET, Harness, SenderContract, outbound

ASYNC = pytest.mark.anyio


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A reference to a file that holds the secret."""
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return f"file:{path}"


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


# -- the stand-in ------------------------------------------------------------------------------------------------------


@dataclass
class Scripted:
    memory: ScriptedSender = field(default_factory=ScriptedSender)
    keeps_ids: bool = True

    @property
    def sender(self) -> Sender:
        return self.memory

    def break_it(self) -> None:
        self.memory.why = "HTTP 500"

    def mend_it(self) -> None:
        self.memory.why = ""

    def received(self) -> list[str]:
        return [f"{one.id} {one.text}" for one in self.memory.arrived.values()]


class TestScripted(SenderContract):
    @pytest.fixture
    def harness(self) -> Harness:
        return Scripted()


# -- folder, resource, page --------------------------------------------------------------------------------------------


@dataclass
class Folder:
    sender: Sender
    root: Path
    keeps_ids: bool = True

    def break_it(self) -> None:
        for file in self.root.glob("*"):
            file.unlink()
        if self.root.exists():
            self.root.rmdir()
        self.root.write_text("a file in the way")

    def mend_it(self) -> None:
        self.root.unlink()

    def received(self) -> list[str]:
        return [
            f"{file.name} {file.read_text()}" for file in sorted(self.root.glob("*")) if file.suffix in {".md", ".html"}
        ]


class TestFolder(SenderContract):
    @pytest.fixture
    def harness(self, tmp_path: Path) -> Harness:
        root = tmp_path / "outbox"
        return Folder(FolderSender(AtomicFiles(root), str(root)), root)

    @ASYNC
    async def test_programs_read_the_same_as_json(self, tmp_path: Path) -> None:
        await FolderSender(AtomicFiles(tmp_path), "here").send(outbound())
        assert json.loads((tmp_path / "INC-000001.json").read_text())["technical_debt"] == ["no canary"]


class TestPage(SenderContract):
    @pytest.fixture
    def harness(self, tmp_path: Path) -> Harness:
        async def pages() -> dict[str, str]:
            return {"index.html": "<p>INC-000001: no canary</p>", "feed.json": "{}"}

        root = tmp_path / "public"
        return Folder(StatusPageSender(AtomicFiles(root), pages, str(root)), root)


@ASYNC
async def test_a_resource_is_there_as_soon_as_it_is_recorded() -> None:
    receipt = await ResourceSender().send(outbound())
    assert (receipt.arrived, receipt.reference) == (True, "incident://INC-000001/brief")
    assert "incident://" in await ResourceSender().check()


# -- webhook -----------------------------------------------------------------------------------------------------------


@dataclass
class Http:
    sender: Sender
    there: Receiver
    keeps_ids: bool = True

    def break_it(self) -> None:
        self.there.replies = [Reply(503)] * 9

    def mend_it(self) -> None:
        self.there.replies = []
        self.there.requests.clear()

    def received(self) -> list[str]:
        """As a receiver that keeps idempotency keys has them."""
        return list(
            {one.headers.get("idempotency-key", str(n)): one.body.decode() for n, one in self._posts()}.values()
        )

    def _posts(self) -> list[tuple[int, Request]]:
        return [(n, one) for n, one in enumerate(self.there.requests) if one.method == "POST"]


class TestWebhook(SenderContract):
    @pytest.fixture
    def harness(self, there: Receiver, secret: str) -> Harness:
        return Http(WebhookSender(f"{there.url}/hook", secret, ManualClock()), there)


@ASYNC
async def test_a_webhook_is_signed_over_the_time_and_the_exact_bytes(there: Receiver, secret: str) -> None:
    await WebhookSender(f"{there.url}/hook", secret, ManualClock()).send(outbound())
    (request,) = there.requests
    stamp = request.headers["x-flightrules-timestamp"]
    assert stamp == str(int(START.timestamp()))
    wanted = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-flightrules-signature"] == f"v1={wanted}"
    assert request.headers["idempotency-key"] == "INC-000001:7:planner"
    assert request.json["data"] == {"incident": "INC-000001", "technical_debt": ["no canary"]}


@ASYNC
@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(302, headers={"location": "http://127.0.0.1:1/"}), (False, 0, "redirects")),
        (Reply(400), (False, 0, "HTTP 400")),
        (Reply(401), (True, 0, "HTTP 401")),
        (Reply(422), (False, 0, "HTTP 422")),
        (Reply(429, headers={"retry-after": "120"}), (True, 120, "HTTP 429")),
        (Reply(429, headers={"retry-after": "99999999"}), (True, 3600, "HTTP 429")),
        (Reply(429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), (True, 0, "HTTP 429")),
        (Reply(500), (True, 0, "HTTP 500")),
    ],
)
async def test_each_answer_of_a_webhook_says_whether_another_try_makes_sense(
    there: Receiver, secret: str, reply: Reply, outcome: tuple[bool, int, str]
) -> None:
    again, wait_s, why = outcome
    there.replies = [reply]
    receipt = await WebhookSender(f"{there.url}/hook", secret, ManualClock()).send(outbound())
    assert (receipt.arrived, receipt.again, receipt.wait_s) == (False, again, wait_s)
    assert why in receipt.why
    assert len(there.requests) == 1


@ASYNC
async def test_a_webhook_that_is_slow_or_gone_is_not_waited_for(
    there: Receiver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 0.2)
    there.slow.set()
    receipt = await WebhookSender(f"{there.url}/hook", secret, ManualClock()).send(outbound())
    assert (receipt.arrived, receipt.again) == (False, True)
    assert "no answer within" in receipt.why
    gone = await WebhookSender("http://127.0.0.1:1/hook", secret, ManualClock()).send(outbound())
    assert gone.why == "no answer (ConnectError)"


# -- GitHub ------------------------------------------------------------------------------------------------------------


@dataclass
class Issues:
    sender: Sender
    there: Receiver
    github: GitHub
    keeps_ids: bool = True

    def break_it(self) -> None:
        self.there.replies = [Reply(502)] * 9

    def mend_it(self) -> None:
        self.there.replies = []

    def received(self) -> list[str]:
        return [str(issue["body"]) for issue in self.github.issues]


def github_sender(there: Receiver, token: str, *, labels: tuple[str, ...] = ("incident",)) -> GitHubSender:
    return GitHubSender(
        "acme/shop",
        token,
        ManualClock(),
        api=there.url,
        labels=labels,
        report_url="https://github.example/acme/shop/blob/main/{path}",
    )


@pytest.fixture
def issues(secret: str) -> Iterator[Issues]:
    github = GitHub(SECRET)
    with receiver(github) as there:
        yield Issues(github_sender(there, secret, labels=("incident", "planner")), there, github)


class TestGitHub(SenderContract):
    @pytest.fixture
    def harness(self, issues: Issues) -> Harness:
        return issues


@ASYNC
async def test_an_issue_has_labels_a_link_to_the_report_and_tells_where_it_is(issues: Issues) -> None:
    receipt = await issues.sender.send(outbound(report="docs/a b.md"))
    (issue,) = issues.github.issues
    assert receipt.reference == "https://github.example/acme/shop/issues/1"
    assert issue["labels"] == ["incident", "planner"]
    assert issue["title"] == "Incident INC-000001: brief for the planner"
    assert "https://github.example/acme/shop/blob/main/docs/a%20b.md" in issue["body"]


@ASYNC
@pytest.mark.requirement("PLA-sinks")
async def test_an_issue_made_by_a_try_whose_answer_was_lost_is_found_behind_others_and_not_made_again(
    issues: Issues,
) -> None:
    await issues.sender.send(outbound())
    for number in range(5):
        await issues.sender.send(outbound(id=f"INC-00000{number + 2}:7:planner"))
    issues.github.page = 2
    receipt = await issues.sender.send(outbound())
    assert receipt.reference.endswith("/issues/1")
    assert len(issues.github.issues) == 6


@ASYNC
async def test_an_issue_is_found_again_where_our_clock_is_ahead_of_that_of_github(issues: Issues) -> None:
    await issues.sender.send(outbound())
    (issue,) = issues.github.issues
    issue["updated_at"] = f"{outbound().at - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    await issues.sender.send(outbound())
    assert len(issues.github.issues) == 1


@ASYNC
async def test_nothing_is_made_where_it_cannot_be_told_whether_it_is_there(issues: Issues) -> None:
    issues.there.replies = [Reply(500)]
    assert not (await issues.sender.send(outbound())).arrived
    assert issues.github.issues == []
    assert [one.method for one in issues.there.requests] == ["GET"]


@ASYNC
@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(401, "{}"), (True, 0)),
        (Reply(403, "{}"), (True, 0)),
        (Reply(404, "{}"), (True, 0)),
        (Reply(410, "{}"), (False, 0)),
        (Reply(422, '{"message": "Validation Failed"}'), (False, 0)),
        (Reply(429, "{}", {"retry-after": "30"}), (True, 30)),
        (
            Reply(403, "{}", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(START.timestamp()) + 600)}),
            (True, 600),
        ),
        (Reply(403, "{}", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}), (True, 0)),
        (Reply(500, "<html>"), (True, 0)),
        (Reply(301, "", {"location": "https://elsewhere.example"}), (False, 0)),
    ],
)
@pytest.mark.parametrize("first", ["listing", "making"])
async def test_each_answer_of_github_says_whether_another_try_makes_sense(
    issues: Issues, first: str, reply: Reply, outcome: tuple[bool, int]
) -> None:
    issues.there.replies = [reply] if first == "listing" else [Reply(200, "[]"), reply]
    receipt = await issues.sender.send(outbound())
    assert (receipt.arrived, receipt.again, receipt.wait_s) == (False, *outcome)
    assert f"HTTP {reply.status}" in receipt.why


@ASYNC
@pytest.mark.parametrize("listed", ["not json", "[1, null]", '{"a": 1}'])
async def test_what_github_answers_without_sense_breaks_nothing(issues: Issues, listed: str) -> None:
    issues.there.replies = [Reply(200, listed), Reply(201, "[")]
    assert (await issues.sender.send(outbound())).arrived


@ASYNC
async def test_a_brief_that_is_too_long_is_cut_and_keeps_link_and_id(issues: Issues) -> None:
    await issues.sender.send(outbound(text="x" * 100_000))
    (issue,) = issues.github.issues
    assert len(issue["body"]) <= 60_000
    assert "cut here" in issue["body"]
    assert "flightrules:INC-000001:7:planner" in issue["body"]


@ASYNC
async def test_the_check_of_github_asks_with_the_token_and_makes_nothing(issues: Issues) -> None:
    assert "acme/shop" in await issues.sender.check()
    issues.there.replies = [Reply(401, "{}")]
    with pytest.raises(Unavailable, match="HTTP 401"):
        await issues.sender.check()
    assert issues.github.issues == []


# -- Apprise -----------------------------------------------------------------------------------------------------------


class Chat(Http):
    """Apprise's JSON service keeps no ids; the message's id stands in its text."""

    def received(self) -> list[str]:
        return [one.json["message"] for _, one in self._posts()]


class TestApprise(SenderContract):
    @pytest.fixture
    def harness(self, there: Receiver) -> Harness:
        return Chat(AppriseSender(SecretStr(f"json://user:{SECRET}@127.0.0.1:{there.port}/in")), there, keeps_ids=False)


@ASYNC
async def test_people_read_title_text_and_id(there: Receiver) -> None:
    await AppriseSender(SecretStr(f"json://127.0.0.1:{there.port}/in")).send(outbound(text="Down", markdown=False))
    (request,) = there.requests
    assert request.json["title"] == "Incident INC-000001: brief for the planner"
    assert request.json["message"] == "Down\n\n(INC-000001:7:planner)"


@ASYNC
async def test_an_address_may_stand_in_a_file_or_in_the_environment(
    there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "address"
    path.write_text(f"json://127.0.0.1:{there.port}/file\n")
    path.chmod(0o600)
    monkeypatch.setenv("CHAT_ADDRESS", f"json://127.0.0.1:{there.port}/env")
    for reference in (f"file:{path}", "env:CHAT_ADDRESS"):
        sender = AppriseSender(SecretStr(reference))
        assert await sender.check() == "json through Apprise"
        assert (await sender.send(outbound())).arrived
    assert [request.path for request in there.requests] == ["/file", "/env"]


@ASYNC
@pytest.mark.parametrize(
    ("status", "why"), [(401, "json: HTTP 401"), (500, "json: HTTP 500"), (0, "json: no connection")]
)
async def test_what_apprise_was_answered_is_told_without_the_address(
    there: Receiver, status: int, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    there.replies = [Reply(status)]
    port = there.port if status else 1
    receipt = await AppriseSender(SecretStr(f"json://u:{SECRET}@127.0.0.1:{port}/{SECRET}")).send(outbound())
    assert (receipt.arrived, receipt.why) == (False, why)
    assert SECRET not in caplog.text


@ASYNC
@pytest.mark.parametrize("address", [f"nothing://{SECRET}", SECRET, f"mailto://{SECRET}"])
async def test_an_address_that_apprise_does_not_know_is_told_and_not_repeated(
    address: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    sender = AppriseSender(SecretStr(address))
    with pytest.raises(Refused) as no:
        await sender.check()
    receipt = await sender.send(outbound())
    assert not receipt.arrived
    assert SECRET not in f"{no.value}{receipt}{caplog.text}{capfd.readouterr()}"


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_a_secret_comes_from_a_file_of_its_own_or_from_the_environment(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", f" {SECRET}\n")
    assert secret_of(secret) == secret_of("env:HOOK_SECRET") == SECRET


def test_a_secret_that_others_can_read_or_that_is_missing_is_told_with_the_way_out(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(secret.removeprefix("file:"))
    with pytest.raises(Refused, match="too easy"):
        secret_of(secret, least=99)
    path.chmod(0o644)
    with pytest.raises(Refused, match="Others can read"):
        secret_of(secret)
    path.chmod(0o600)
    path.write_text(" \n")
    with pytest.raises(Refused, match="empty"):
        secret_of(secret)
    path.write_bytes(bytes(range(128, 160)))
    with pytest.raises(Refused, match="not one line of text"):
        secret_of(secret)
    path.unlink()
    with pytest.raises(Unavailable, match="cannot be read"):
        secret_of(secret)
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    with pytest.raises(Unavailable, match="HOOK_SECRET"):
        secret_of("env:HOOK_SECRET")


def test_a_parcel_for_a_program_holds_what_a_parcel_for_people_says() -> None:
    assert OutboundMessage.model_validate_json(outbound().model_dump_json()) == outbound()
