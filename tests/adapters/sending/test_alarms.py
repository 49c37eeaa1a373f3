"""Senders for an incident that an alert opened keep the contract: a paging service, and a program."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flightrules.adapters.sending.command import CommandSender
from flightrules.adapters.sending.pagerduty import PagerDutySender
from flightrules.errors import Unavailable
from flightrules.ports import Sender
from flightrules.testing import ManualClock
from tests.adapters.sending.receiver import Receiver, Reply, receiver
from tests.adapters.sending.sender_contract import SECRET, Harness, SenderContract, outbound

ASYNC = pytest.mark.anyio


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """A reference to the key of the integration."""
    monkeypatch.setenv("ALARM_KEY", SECRET)
    return "env:ALARM_KEY"


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@dataclass
class Pager:
    """A paging service, which keeps one alarm a key."""

    sender: Sender
    there: Receiver
    keeps_ids: bool = True

    def break_it(self) -> None:
        self.there.replies.append(Reply(500))

    def mend_it(self) -> None:
        self.there.replies.clear()
        self.there.requests.clear()

    def received(self) -> list[str]:
        alarms = {one.json["dedup_key"]: one.body.decode() for one in self.there.requests}
        return list(alarms.values())


class TestPagerDuty(SenderContract):
    @pytest.fixture
    def harness(self, there: Receiver, key: str) -> Harness:
        return Pager(PagerDutySender(key, f"{there.url}/v2/enqueue", ManualClock()), there)

    @ASYNC
    async def test_each_action_goes_out_under_the_key_of_the_incident(self, there: Receiver, key: str) -> None:
        sender = PagerDutySender(key, f"{there.url}/v2/enqueue", ManualClock())
        for action in ("trigger", "acknowledge", "resolve"):
            data = {"action": action, "severity": "P1", "target": "shop"}
            assert (await sender.send(outbound(data=data))).arrived
        sent = [one.json for one in there.requests]
        assert [one["event_action"] for one in sent] == ["trigger", "acknowledge", "resolve"]
        assert {one["dedup_key"] for one in sent} == {"flightrules/INC-000001"}
        assert sent[0]["payload"]["severity"] == "critical"
        assert [set(one) for one in sent[1:]] == [{"routing_key", "event_action", "dedup_key"}] * 2

    @ASYNC
    async def test_a_refusal_names_no_key(self, there: Receiver, key: str) -> None:
        sender = PagerDutySender(key, f"{there.url}/v2/enqueue", ManualClock())
        there.replies.append(Reply(400, SECRET))
        receipt = await sender.send(outbound())
        assert (receipt.arrived, receipt.again) == (False, False)
        assert SECRET not in receipt.why
        assert SECRET not in await sender.check()


@dataclass
class Program:
    """A program that keeps what it read in a file of its own."""

    sender: Sender
    folder: Path
    keeps_ids: bool = False

    def break_it(self) -> None:
        (self.folder / "broken").touch()

    def mend_it(self) -> None:
        (self.folder / "broken").unlink()

    def received(self) -> list[str]:
        kept = self.folder / "kept"
        return kept.read_text().splitlines() if kept.exists() else []


def program(folder: Path) -> list[str]:
    """A program that takes a message unless it is broken."""
    here = shlex.quote(str(folder))
    return [
        "sh",
        "-c",
        f"if [ -e {here}/broken ]; then echo is broken >&2; exit 3; fi; cat >>{here}/kept; echo >>{here}/kept",
    ]


class TestCommand(SenderContract):
    @pytest.fixture
    def harness(self, tmp_path: Path) -> Harness:
        return Program(CommandSender(program(tmp_path)), tmp_path)

    @ASYNC
    async def test_it_reads_one_object_and_no_shell_reads_its_arguments(self, tmp_path: Path) -> None:
        script = tmp_path / "take"
        script.write_text(f'#!/bin/sh\nprintf %s "$1" >{tmp_path}/argument\ncat >{tmp_path}/read\n')
        script.chmod(0o700)
        assert (await CommandSender([str(script), "$(id) ; x"]).send(outbound())).arrived
        assert (tmp_path / "argument").read_text() == "$(id) ; x"
        read = json.loads((tmp_path / "read").read_text())
        assert (read["incident"], read["data"]["incident"]) == ("INC-000001", "INC-000001")

    @ASYNC
    async def test_one_that_fails_says_why_and_one_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "broken").touch()
        receipt = await CommandSender(program(tmp_path)).send(outbound())
        assert receipt.why == "sh ended with 3: is broken"
        missing = CommandSender([str(tmp_path / "nothing")])
        assert "No such file" in (await missing.send(outbound())).why
        with pytest.raises(Unavailable, match="nothing"):
            await missing.check()

    @ASYNC
    async def test_one_that_reads_nothing_and_ends_well_has_it(self) -> None:
        assert (await CommandSender(["true"]).send(outbound(text="x" * 200_000))).arrived
