"""Messages to one destination under any failures, in any order of events, with any clock: what must hold, holds.

MESSAGES_STEPS=20000 runs as many steps; `make messages` does.
"""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta

import pytest

from flightrules.ports import SEND_LIMIT_S
from flightrules.state import events as e
from flightrules.state.log import GENESIS, Recorded, record
from flightrules.state.messages.due import Message
from flightrules.state.messages.entry import Entry
from flightrules.state.messages.outbox import began, ended, failed, ledger
from flightrules.state.vocabulary import Audience
from tests.state.core import NOON, SYSTEM

STEPS = int(os.environ.get("MESSAGES_STEPS", "3000"))
PLACES = ("internal/1", "escalation/1", "external/1", "approvers/1")


class Play:
    """One incident's outbox; every choice comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a test
        self.now: datetime = NOON
        self.messages: list[Message] = []
        self.outbox: list[Recorded] = []
        self.open: list[tuple[Entry, e.SendBegan]] = []
        self.read: dict[str, list[tuple[int, frozenset[int]]]] = {place: [] for place in PLACES}
        """What arrived at each place: the version of the message, and those that it carried."""

    def append(self, event: e.Event) -> None:
        draft = event.draft(at=self.now, actor=SYSTEM, call="")
        before = self.outbox[-1].hash if self.outbox else GENESIS
        self.outbox.append(record(draft, stream="outbox:INC-1", version=len(self.outbox) + 1, previous=before))

    def stand(self) -> tuple[Entry, ...]:
        return ledger(self.messages, self.outbox, PLACES, self.now)

    def step(self) -> None:
        seconds = self.dice.choice([0, 1, 15, 40, 300, 900, 7200, -30, -3600])
        while self.open and seconds > SEND_LIMIT_S:
            self.end()  # no sender takes longer
        self.now += timedelta(seconds=seconds)
        self.dice.choice([self.news, self.news, self.begin, self.begin, self.end, self.end, self.moot])()

    def news(self) -> None:
        version = len(self.messages) + 1
        audience = self.dice.choice([Audience(place.partition("/")[0]) for place in PLACES])
        name = f"INC-1:{version}:{audience}"
        fields = {"id": name, "incident": "INC-1", "version": version, "at": self.now, "audience": audience}
        self.messages.append(Message.model_validate({**fields, "title": name}))

    def moot(self) -> None:
        if self.messages and self.dice.random() < 0.1:
            number = self.dice.randrange(len(self.messages))
            self.messages[number] = self.messages[number].model_copy(update={"moot": True})

    def begin(self) -> None:
        """Every place gets at most one message at a time; nothing that was told later is overtaken."""
        due = [entry for entry in self.stand() if entry.due(self.now)]
        assert len({entry.to for entry in due}) == len(due)
        for entry in due:
            intent = began(entry)
            self.append(intent)
            if self.dice.random() < 0.9:
                self.open.append((entry, intent))  # else the process died before it was sent

    def end(self) -> None:
        if not self.open:
            return
        entry, intent = self.open.pop(self.dice.randrange(len(self.open)))
        how = self.dice.random()
        if how < 0.5:
            self.append(ended(intent, reference="there"))
            self.arrive(entry)
        elif how < 0.6:
            self.arrive(entry)  # it arrived, and nobody heard of it
        else:
            wait = self.dice.choice([0, 0, 600])
            self.append(failed(intent, why="HTTP 500", again=self.dice.random() < 0.9, wait_s=wait))

    def arrive(self, entry: Entry) -> None:
        carried = frozenset(one.version for one in entry.carries)
        self.read[entry.to].append((entry.message.version, carried))


@pytest.mark.parametrize("seed", range(10))
def test_what_was_told_last_is_never_older_than_what_was_told_before(seed: int) -> None:
    play = Play(seed)
    for number in range(STEPS // 10):
        if number % 120 == 0:
            play = Play(seed * 1000 + number)
        before = {place: len(told) for place, told in play.read.items()}
        play.step()
        for place, told in play.read.items():
            for version, carried in told[before[place] :]:
                earlier = [one for one, _ in told[: before[place]]]
                late = place != "approvers/1" and earlier and version < max(earlier)
                assert not late, (place, version, earlier)
                assert all(one < version for one in carried)
                assert not (carried and place == "approvers/1")


@pytest.mark.parametrize("seed", range(5))
def test_once_everything_works_everybody_has_read_the_newest(seed: int) -> None:
    play = Play(seed + 77)
    for _ in range(60):
        play.step()
    for entry, intent in play.open:
        play.append(ended(intent, reference="there"))
        play.arrive(entry)
    for _ in range(200):
        play.now += timedelta(minutes=5)
        for entry in play.stand():
            if entry.due(play.now):
                intent = began(entry)
                play.append(intent)
                play.append(ended(intent, reference="there"))
                play.arrive(entry)
    for entry in play.stand():
        assert entry.state not in ("waiting", "under_way"), entry
    newest = {m.audience: m for m in play.messages if not m.moot}
    refused = {entry.message.id for entry in play.stand() if entry.state in ("given_up", "stale")}
    for audience, message in newest.items():
        told = [version for version, _ in play.read[f"{audience}/1"]]
        assert message.version in told or message.id in refused
