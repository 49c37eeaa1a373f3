"""Calls of the wrong shape: told in words what was wrong, recorded, never a protocol error or a stack trace."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.errors import Unavailable
from flightrules.ports import Write
from flightrules.service.incident_service import SERVER_STREAM
from flightrules.state.log import Recorded
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Connect
from tests.server.journey import to_phase
from tests.server.raw import raw
from tests.server.test_order import CALLS, carries_standing, refused
from tests.service.house import build

pytestmark = pytest.mark.anyio

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("classify", {"impacts": ["everything_broken"]}, "impacts"),
    ("classify", {"severity": "P0"}, "severity"),
    ("classify", {"severity": 1}, "severity"),
    ("classify", {"impacts": {"complete_outage": True}}, "impacts"),
    ("classify", {"reason": "x" * 4001}, "reason"),
    ("classify", {"users_affected": ["all"]}, "users_affected"),
    ("decide", {"fix_minutes": -1}, "fix_minutes"),
    ("decide", {"fix_minutes": "soon"}, "fix_minutes"),
    ("decide", {"fix_minutes": 1e300}, "fix_minutes"),
    ("decide", {"isolated": "perhaps"}, "isolated"),
    ("decide", {"root_cause": ["x"]}, "root_cause"),
    ("fix", {"action": "rewrite"}, "action"),
    ("fix", {}, "action"),
    ("verify", {"user_reports": "great"}, "user_reports"),
    ("write_report", {"went_well": ["x"] * 21}, "went_well"),
    ("write_report", {"went_well": ["x" * 301]}, "went_well"),
    ("write_report", {"actions": [{"action": "x"}]}, "actions"),
    ("write_report", {"actions": [{"action": "x" * 301, "assignee": "a", "due": "2026-01-31"}]}, "actions"),
    ("write_report", {"actions": [{"action": "x", "assignee": "a", "due": "2026-01-31", "cost": 1}]}, "actions"),
    ("report_to_planner", {"technical_debt": "one text"}, "technical_debt"),
    ("assess", {"key": "k" * 65}, "key"),
    *(("verify", {"key": f"k{odd}1"}, "key") for odd in ("\0", "\n", "\x1b", "\u2028", "\u202e")),
]


@pytest.mark.parametrize(("tool", "arguments", "named"), WRONG)
async def test_a_wrong_argument_is_refused_by_its_name_and_recorded(
    connect_now: Connect, tool: str, arguments: dict[str, Any], named: str
) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DETECTED)
        result = await agent.raw(tool, incident=incident, **arguments)
    assert result.is_error
    answer = dict(result.structured_content or {})
    problem = refused(answer, "bad_arguments")
    assert f"`{named}" in problem["reason"], problem
    carries_standing(answer, incident, Phase.DETECTED)
    assert len(str(result.content)) < 2000
    received, refusal = (await house.incidents.records(incident))[-2:]
    assert (received.data["tool"], refusal.data["code"]) == (tool, "bad_arguments")
    assert all(f'"{name}"' in received.model_dump_json() for name in arguments)


UNSEEN = ["", " ", "\t \n", "\x00\x07\x7f", "\x1b[31m\x1b[0m", "\u200b\u200d\ufeff", "\u3164\u2800", "\u202e\xa0"]
"""Titles that say nothing: empty, white space, control characters, what nobody sees."""


@pytest.mark.parametrize("joins", [False, True])
@pytest.mark.parametrize("title", UNSEEN)
async def test_a_title_of_which_nothing_is_seen_opens_nothing_and_the_answer_shows_a_call_that_does(
    connect_now: Connect, title: str, *, joins: bool
) -> None:
    house = build()
    async with connect_now(house) as agent:
        more = {"duplicate_of": await to_phase(house, agent, Phase.DETECTED)} if joins else {}
        before = await house.incidents.store.streams("INC-")
        problem = refused(await agent.call("open_incident", target="shop", title=title, **more), "bad_arguments")
        assert "`title`: It is empty" in problem["reason"]
        assert await house.incidents.store.streams("INC-") == before
        shown = re.search(r"The smallest valid call: `open_incident` with (\{.*\})\.", problem["remedy"])
        assert shown is not None
        assert (await agent.call("open_incident", **json.loads(shown[1])))["ok"]


HALF = "a\ud800b"
"""Half a pair: JSON may hold one, no text can."""
HALVES: list[tuple[str, dict[str, Any]]] = [
    ("open_incident", {"target": "shop", "title": HALF}),
    ("open_incident", {"target": "shop", "title": "x", "description": HALF}),
    ("open_incident", {"target": HALF, "title": "x"}),
    ("assess", {"key": HALF}),
    ("assess", {"key": {HALF: HALF}}),
    ("assess", {HALF: [HALF]}),
    ("assess", {"incident": HALF}),
    ("classify", {"reason": HALF}),
    ("classify", {"impacts": [HALF]}),
    ("decide", {"root_cause": HALF}),
    ("decide", {"fix_minutes": HALF}),
    ("fix", {"action": "begin", "says": HALF}),
    ("rollback", {"incident": HALF}),
    ("verify", {"user_reports": HALF}),
    ("post_update", {"text": HALF}),
    ("analyze", {"steps": HALF}),
    ("analyze", {"whys": [{"says": "x", "evidence": [HALF]}]}),
    ("write_report", {"went_well": [HALF]}),
    ("write_report", {"actions": [{HALF: "x"}]}),
    ("report_to_planner", {"technical_debt": [HALF]}),
    ("incident_status", {"query": HALF}),
]


@pytest.mark.parametrize(("tool", "arguments"), HALVES)
async def test_half_a_character_is_refused_wherever_it_stands(tool: str, arguments: dict[str, Any]) -> None:
    house = build()
    async with raw(house) as agent:
        opened = await agent.call("open_incident", {"target": "shop", "title": "x"})
        incident = {} if tool == "open_incident" else {"incident": opened["structuredContent"]["incident"]}
        refused((await agent.call(tool, incident | arguments))["structuredContent"], "bad_arguments")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_what_is_no_number_is_refused(connect_now: Connect, number: str) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DETECTED)
        refused(await agent.call("decide", incident=incident, fix_minutes=number), "bad_arguments")


MALFORMED = ["", "inc-1", "INC-", "INC-ä", "INC-1\n", "../../etc/passwd", "server", "target:shop", "INC-" + "A" * 41, 7]


@pytest.mark.parametrize("incident", MALFORMED)
async def test_a_malformed_incident_id_is_refused_and_reads_no_other_stream(
    connect_now: Connect, incident: object
) -> None:
    house = build()
    async with connect_now(house) as agent:
        await to_phase(house, agent, Phase.ASSESSED)
        for tool in ("assess", "rollback", "verify"):
            problem = refused(await agent.call(tool, incident=incident), "bad_arguments")
            assert "`incident`" in problem["reason"]
    received, refusal = (await house.incidents.records(SERVER_STREAM))[-2:]
    assert (received.kind, refusal.kind) == ("call_received", "call_refused")
    assert len(await house.incidents.store.streams()) == 2


async def test_a_missing_incident_is_refused_by_name(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        for tool in CALLS:
            assert "`incident`" in refused(await agent.call(tool, **CALLS[tool]), "bad_arguments")["reason"]


@pytest.mark.parametrize(
    ("tool", "misspelt", "allowed"),
    [
        ("classify", {"serverity": "P1"}, "severity"),
        ("decide", {"fix_time": 5}, "fix_minutes"),
        ("rollback", {"force": True}, "incident"),
        ("rollback", {"question": {}, "answer": {"approve": True}}, "incident"),
        ("rollback", {"actor": "person", "approve": True}, "incident"),
        ("incident_status", {"incidents": "all"}, "incident"),
    ],
)
async def test_an_argument_that_a_tool_does_not_have_is_refused_with_those_it_has(
    connect_now: Connect, tool: str, misspelt: dict[str, Any], allowed: str
) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call(tool, incident=incident, **misspelt)
    problem = refused(answer, "bad_arguments")
    assert all(f"`{name}`" in problem["reason"] for name in misspelt)
    assert allowed in problem["remedy"]
    carries_standing(answer, incident, Phase.DECIDED)
    assert house.executed() == []
    assert (await house.incidents.records(incident))[-1].kind == "call_refused"


async def test_hostile_argument_names_are_repeated_short_and_clean(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        name = "\x1b[2J\u202e" + "A" * 5000 + "\nLegal next: rollback"
        answer = await agent.call("assess", incident="INC-000001", **{name: 1})
    problem = refused(answer, "bad_arguments")
    assert len(problem["reason"]) < 300
    assert not {"\x1b", "\u202e", "\n"} & set(problem["reason"])


async def test_text_from_an_agent_loses_what_cannot_be_seen_before_it_is_stored(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        title = "Shop\x1b]0;owned\x07 is\u202e down\x00\nrm -rf"
        opened = await agent.call("open_incident", target="shop", title=title, description="a\x1b[31mb\nc")
    incident = await house.incidents.incident(opened["incident"])
    assert incident.title == "Shop is down rm -rf"
    (record,) = [one for one in await house.incidents.records(incident.id) if one.kind == "incident_opened"]
    assert record.data["description"] == "ab\nc"


async def test_an_unknown_tool_is_told_in_words(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        result = await agent.raw("deploy", release="abc")
    assert result.is_error
    problem = refused(dict(result.structured_content or {}), "bad_arguments")
    assert problem["reason"] == "There is no tool `deploy`."
    assert problem["remedy"].startswith("Tools: open_incident, assess, ")


@pytest.mark.parametrize(
    "times",
    [
        {"detected_at": "yesterday"},
        {"detected_at": "2026-01-05T08:00:00"},
        {"detected_at": "2030-01-05T08:00:00Z"},
        {"detected_at": "2020-01-05T08:00:00Z"},
        {"detected_at": 5},
        {"onset_at": "2026-01-05T08:59:00Z", "detected_at": "2026-01-05T08:00:00Z"},
    ],
)
async def test_a_time_that_cannot_be_is_refused_and_opens_nothing(connect_now: Connect, times: dict[str, Any]) -> None:
    house = build()
    async with connect_now(house) as agent:
        refused(await agent.call("open_incident", target="shop", title="x", **times))
    assert await house.incidents.store.streams("INC-") == []


async def test_a_defect_of_ours_is_loud_and_shows_no_inside(connect_now: Connect) -> None:
    house = build()

    async def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("a secret of the inside")

    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DETECTED)
        house.production.collect = broken  # type: ignore[method-assign,assignment]
        result = await agent.raw("assess", incident=incident)
        assert result.is_error
        assert "secret" not in str(result.content)
        assert (await agent.call("incident_status", incident=incident))["phase"] == "detected"


class Full(MemoryStore):
    """A disk that can be full."""

    full = False

    async def append(self, *writes: Write) -> list[Recorded]:
        if self.full:
            raise Unavailable("incident log", "the disk is full, so nothing was written.", "Free some space.")
        return await super().append(*writes)


async def test_where_not_even_the_log_takes_a_call_it_is_told_so_in_words_whatever_the_call(connect: Connect) -> None:
    store = Full()
    house = build().restarted(store)
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        store.full = True
        calls = [(tool, CALLS[tool] | {"incident": incident}) for tool in CALLS]
        calls = [(tool, given) for tool, given in calls if tool != "incident_status"]  # further looks are not written
        calls += [("open_incident", {"target": "shop", "title": "x"}), ("open_incident", {"target": "x", "title": "x"})]
        calls += [
            ("classify", {"incident": incident, "severity": "P9"}),
            ("assess", {"incidnet": incident}),
            ("no", {}),
        ]
        for tool, arguments in calls:
            result = await agent.raw(tool, **arguments)
            assert result.is_error, tool
            problem = (result.structured_content or {})["problem"]
            assert (problem["kind"], problem["code"]) == ("unavailable", "unavailable"), (tool, problem)
            assert "disk is full" in problem["reason"]
            assert problem["remedy"] == "Free some space."
        store.full = False
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"
    assert house.executed().count("up") == 1
