"""Contract that every event store keeps; a test module subclasses `StoreContract` and says what `store` is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import JsonValue

from flightrules.errors import Conflict, Defect
from flightrules.ports import EventStore, Write
from flightrules.state.log import GENESIS, Actor, Draft, Recorded, broken
from flightrules.state.vocabulary import ActorKind
from tests.state.core import Plain

AT = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)


def draft(kind: str = "noted", *, call: str = "", **data: JsonValue) -> Draft:
    """A small event."""
    actor = Actor(kind=ActorKind.AGENT, name="tester", face="mcp")
    return Draft(kind=kind, at=AT, actor=actor, call=call, content=Plain(data))


async def findable(store: EventStore, stream: str, text: str) -> None:
    """Let a stream be found by a text."""
    await store.append(Write(stream, None, [draft()], words=text))


def versions(events: list[Recorded]) -> list[tuple[str, int]]:
    """Stream and version of each event."""
    return [(event.stream, event.version) for event in events]


@pytest.mark.anyio
class StoreContract:
    """The promises of ports.EventStore."""

    async def test_an_unknown_stream_has_no_events(self, store: EventStore) -> None:
        assert await store.load("INC-000001") == []

    async def test_what_was_appended_is_loaded_again_exactly(self, store: EventStore) -> None:
        data: dict[str, Any] = {
            "text": 'Grüße \u2028 "quoted" \x00 \U0001f680',
            "numbers": [0, -1, 2**70, 0.1, 1.0, -0.0, 1e300],
            "nested": {"b": None, "a": [True, False, {}], "": []},
        }
        appended = await store.append(Write("INC-000001", 0, [draft(**data), draft("closed", call="c-1")]))
        loaded = await store.load("INC-000001")
        assert loaded == appended
        assert loaded[0].data == data
        assert json.dumps(loaded[0].data) == json.dumps(data)
        assert loaded[0].at == AT
        assert loaded[0].actor.face == "mcp"

    async def test_a_time_keeps_its_zone_and_its_seal(self, store: EventStore) -> None:
        local = datetime.fromisoformat("2026-03-01T10:30:15.000001+05:30")
        await store.append(Write("a", 0, [replace(draft(), at=local)]))
        (event,) = await store.load("a")
        assert event.at == local
        assert event.at.utcoffset() == timedelta(hours=5, minutes=30)
        assert broken([event]) is None

    async def test_versions_count_from_one_without_a_gap(self, store: EventStore) -> None:
        await store.append(Write("a", 0, [draft(), draft()]))
        later = await store.append(Write("a", 2, [draft()]))
        assert versions(later) == [("a", 3)]
        assert versions(await store.load("a")) == [("a", 1), ("a", 2), ("a", 3)]

    async def test_events_after_a_version_are_loaded_alone(self, store: EventStore) -> None:
        await store.append(Write("a", 0, [draft(), draft(), draft()]))
        assert versions(await store.load("a", after=2)) == [("a", 3)]
        assert await store.load("a", after=3) == []
        assert await store.load("a", after=99) == []

    async def test_the_chain_runs_from_genesis_over_all_appends(self, store: EventStore) -> None:
        for version in range(4):
            await store.append(Write("a", version, [draft(n=version)]))
        events = await store.load("a")
        assert events[0].previous == GENESIS
        assert [event.previous for event in events[1:]] == [event.hash for event in events[:-1]]
        assert broken(events) is None

    async def test_a_second_append_at_the_same_version_is_a_conflict(self, store: EventStore) -> None:
        await store.append(Write("a", 0, [draft("first")]))
        with pytest.raises(Conflict) as caught:
            await store.append(Write("a", 0, [draft("second")]))
        assert (caught.value.stream, caught.value.expected) == ("a", 0)
        assert [event.kind for event in await store.load("a")] == ["first"]

    async def test_a_write_without_an_expected_version_goes_to_the_end(self, store: EventStore) -> None:
        await store.append(Write("server", None, [draft()]))
        await store.append(Write("INC-000001", 0, [draft()]), Write("server", None, [draft()]))
        assert versions(await store.load("server")) == [("server", 1), ("server", 2)]
        assert broken(await store.load("server")) is None

    @pytest.mark.parametrize("expected", [1, 2, -1])
    async def test_a_version_that_is_not_there_is_a_conflict(self, store: EventStore, expected: int) -> None:
        with pytest.raises(Conflict):
            await store.append(Write("a", expected, [draft()]))
        assert await store.streams() == []

    async def test_several_streams_are_appended_together(self, store: EventStore) -> None:
        events = await store.append(Write("a", 0, [draft()]), Write("b", 0, [draft(), draft()]))
        assert versions(events) == [("a", 1), ("b", 1), ("b", 2)]
        assert broken(await store.load("b")) is None

    async def test_one_conflict_leaves_no_stream_changed(self, store: EventStore) -> None:
        await store.append(Write("b", 0, [draft()]))
        with pytest.raises(Conflict) as caught:
            await store.append(Write("a", 0, [draft()]), Write("b", 0, [draft()]), Write("c", 0, [draft()]))
        assert caught.value.stream == "b"
        assert await store.streams() == ["b"]
        assert len(await store.load("b")) == 1

    async def test_one_stream_may_be_written_twice_in_one_append(self, store: EventStore) -> None:
        await store.append(Write("a", 0, [draft()]), Write("a", 1, [draft()]))
        assert broken(await store.load("a")) is None
        assert len(await store.load("a")) == 2

    async def test_a_write_without_events_only_checks_the_version(self, store: EventStore) -> None:
        assert await store.append() == []
        assert await store.append(Write("a", 0, [])) == []
        assert await store.streams() == []
        with pytest.raises(Conflict):
            await store.append(Write("a", 3, []), Write("b", 0, [draft()]))
        assert await store.streams() == []

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
    async def test_what_json_cannot_hold_is_our_defect_and_changes_nothing(
        self, store: EventStore, value: JsonValue
    ) -> None:
        with pytest.raises(Defect):
            await store.append(Write("b", 0, [draft()]), Write("a", 0, [draft(), draft(value=value)]))
        assert await store.streams() == []
        await store.append(Write("a", 0, [draft()]))

    async def test_a_name_that_utf8_cannot_hold_has_nothing_and_gets_nothing(self, store: EventStore) -> None:
        await store.append(Write("a", 0, [draft(call="c-1")]))
        assert await store.load("\ud800") == []
        assert await store.find_call("a", "\ud800") == []
        assert await store.streams("\ud800") == []
        with pytest.raises(Defect):
            await store.append(Write("\ud800", 0, [draft()]))
        with pytest.raises(Defect):
            await store.append(Write("a", 1, [draft(call="\ud800")]))

    async def test_of_many_appends_at_one_version_exactly_one_wins(self, store: EventStore) -> None:
        outcomes = await asyncio.gather(
            *(store.append(Write("a", 0, [draft(n=n)])) for n in range(8)), return_exceptions=True
        )
        assert sum(isinstance(outcome, list) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 7
        assert len(await store.load("a")) == 1

    async def test_nobody_changes_an_event_by_holding_on_to_it(self, store: EventStore) -> None:
        tags: list[JsonValue] = ["one"]
        (appended,) = await store.append(Write("a", 0, [draft(tags=tags)]))
        tags.append("two")
        appended.data["more"] = True
        (await store.load("a"))[0].data.clear()
        (event,) = await store.load("a")
        assert event.data == {"tags": ["one"]}

    async def test_streams_are_named_oldest_first(self, store: EventStore) -> None:
        for name in ("INC-b", "INC-a", "inc-c", "REV-a"):
            await store.append(Write(name, 0, [draft()]))
        await store.append(Write("INC-b", 1, [draft()]))
        assert await store.streams() == ["INC-b", "INC-a", "inc-c", "REV-a"]

    async def test_streams_are_found_by_a_literal_prefix(self, store: EventStore) -> None:
        for name in ("INC-1", "INC_1", "inc-1", "I%", "XINC-1"):
            await store.append(Write(name, 0, [draft()]))
        assert await store.streams("INC-") == ["INC-1"]
        assert await store.streams("INC_") == ["INC_1"]
        assert await store.streams("I%") == ["I%"]
        assert await store.streams("nothing") == []

    async def test_the_events_of_a_call_are_found_in_order(self, store: EventStore) -> None:
        await store.append(
            Write("a", 0, [draft("one", call="c-1"), draft("two", call="c-2"), draft("three", call="c-1")]),
            Write("b", 0, [draft("four", call="c-1")]),
        )
        found = await store.find_call("a", "c-1")
        assert [event.kind for event in found] == ["one", "three"]
        assert found == [event for event in await store.load("a") if event.call == "c-1"]
        assert await store.find_call("a", "c-3") == []
        assert await store.find_call("c", "c-1") == []

    async def test_the_empty_call_has_no_events(self, store: EventStore) -> None:
        await store.append(Write("a", 0, [draft()]))
        assert await store.find_call("a", "") == []

    async def test_a_stream_is_found_by_any_of_its_words(self, store: EventStore) -> None:
        await findable(store, "a", "Checkout answers 502 since the last deploy")
        await findable(store, "b", "Disk full on db-1")
        assert await store.search("checkout") == ["a"]
        assert await store.search("zebra DISK") == ["b"]
        assert await store.search("check") == []
        assert await store.search("zebra") == []

    async def test_the_stream_that_holds_more_of_the_words_comes_first(self, store: EventStore) -> None:
        await findable(store, "a", "payment gateway timeout")
        await findable(store, "b", "payment page slow")
        await findable(store, "c", "login page broken")
        assert await store.search("payment timeout") == ["a", "b"]

    async def test_of_equal_matches_the_newest_comes_first_and_the_limit_holds(self, store: EventStore) -> None:
        for name in ("a", "b", "c"):
            await findable(store, name, "same words here")
        assert await store.search("words") == ["c", "b", "a"]
        assert await store.search("words", limit=2) == ["c", "b"]

    async def test_indexing_again_replaces_what_was_there(self, store: EventStore) -> None:
        await findable(store, "a", "disk full")
        await findable(store, "a", "login broken")
        assert await store.search("disk") == []
        assert await store.search("login") == ["a"]

    async def test_what_says_nothing_of_words_leaves_them_as_they_are(self, store: EventStore) -> None:
        await findable(store, "a", "disk full")
        await store.append(Write("a", 1, [draft()]))
        assert await store.search("disk") == ["a"]
        await store.append(Write("a", 2, [], words=""))
        assert await store.search("disk") == []

    async def test_a_lost_race_changes_no_word(self, store: EventStore) -> None:
        await findable(store, "a", "disk full")
        with pytest.raises(Conflict):
            await store.append(Write("b", None, [draft()], words="login"), Write("a", 0, [draft()], words="login"))
        assert await store.search("login") == []
        assert await store.search("disk") == ["a"]

    async def test_case_and_accents_do_not_matter_to_search(self, store: EventStore) -> None:
        await findable(store, "a", "Störung im Café, STRASSE gesperrt")
        assert await store.search("storung") == ["a"]
        assert await store.search("CAFÉ") == ["a"]
        assert await store.search("straße") == ["a"]

    @pytest.mark.parametrize(
        "text",
        ["", "   ", '"', 'disk"', "NOT disk", "disk AND (", "text:disk", "disk*", "NEAR(disk", "-disk", "\ud800 disk"],
    )
    async def test_operators_in_a_search_are_only_words(self, store: EventStore, text: str) -> None:
        await findable(store, "a", "disk full")
        assert await store.search(text) == (["a"] if "disk" in text else [])

    async def test_a_search_may_be_as_long_as_a_log(self, store: EventStore) -> None:
        await findable(store, "a", "disk full")
        assert await store.search(" ".join(f"word{n}" for n in range(5000)) + " disk") == ["a"]

    async def test_closing_twice_is_allowed(self, store: EventStore) -> None:
        await store.append(Write("a", 0, [draft()]))
        await store.close()
        await store.close()
