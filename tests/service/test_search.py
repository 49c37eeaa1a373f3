"""Have we seen this before: earlier incidents found by what was seen, said and done."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.errors import Unavailable
from flightrules.ports import EventStore
from flightrules.service import opening, reporting, telling
from flightrules.service.answers import Answer, Status
from flightrules.state import commands as c
from flightrules.state.events import ActionItem, ReportInput
from flightrules.state.log import Recorded
from flightrules.state.vocabulary import Phase
from flightrules.tools.results import tool_result
from tests.service.house import House, build
from tests.service.pilot import PERSON, assess, call, fly, opened

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("CLO-search")]

GIVEN = ReportInput(
    summary="Payments timed out at the gateway.",
    actions=(ActionItem(action="Alert on refused certificates", assignee="Ada", due="2026-01-12"),),
    prevention=("Renew certificates by machine.",),
)


@pytest.fixture(params=["memory", "sqlite"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    return build().restarted(MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "log.db"))


async def search(house: House, query: str, incident: str = "") -> Answer[Status]:
    return await telling.status(house.incidents, call("incident_status", incident, query=query), query)


async def found(house: House, query: str, incident: str = "") -> list[str]:
    answer = await search(house, query, incident)
    assert answer.ok
    assert answer.result is not None
    return [like.incident for like in answer.result.found]


async def open_with(house: House, title: str, description: str = "") -> str:
    command = c.Open(incident="", target="shop", title=title, description=description)
    return (await opening.open_incident(house.incidents, call("open_incident"), command)).incident


async def test_an_incident_is_found_by_its_title_and_description_as_soon_as_it_is_open(house: House) -> None:
    slow = await open_with(house, "Checkout is slow", "Since the last deploy")
    await open_with(house, "Login fails")
    assert await found(house, "CHECKOUT") == [slow]
    assert await found(house, "deploy zebra") == [slow]
    assert await found(house, "zebra") == []
    await house.incidents.store.close()


async def test_it_is_found_by_what_its_logs_said_what_caused_it_and_what_was_done(house: House) -> None:
    incident = await opened(house)
    await assess(house, incident)
    facts = (await house.incidents.incident(incident)).facts
    assert facts is not None
    signature = facts.errors[0][0]
    assert await found(house, signature) == [incident]
    await fly(house, incident, until=Phase.MONITORING)
    report = c.PrepareReport(given=GIVEN, root_cause="An expired certificate")
    await reporting.write_report(house.incidents, call("write_report", incident), report)
    for words in ("expired", "gateway", "refused", "renew", incident, "shop"):
        assert await found(house, words) == [incident], words
    await house.incidents.store.close()


async def test_what_is_told_of_it_is_cause_resolution_and_report_and_the_incident_at_hand_is_left_out(
    house: House,
) -> None:
    earlier = await opened(house)
    await fly(house, earlier)
    now = await opened(house)
    answer = await search(house, "everything answers 500", now)
    assert answer.result is not None
    (like,) = answer.result.found
    assert (like.incident, like.phase, like.severity) == (earlier, Phase.CLOSED, "P1")
    assert like.root_cause == "v5 broke the health answer"
    assert like.resolution == "rollback from bbbbbbbbbbbb to 444444444444"
    assert like.report == f"docs/06-operations/incident-response/2026-01-05-{earlier}.md"
    assert answer.phase is None
    assert await found(house, "everything") == [now, earlier]
    await house.incidents.store.close()


async def test_an_incident_nothing_was_done_for_says_so(house: House) -> None:
    incident = await opened(house)
    close = c.Close(reason="a false alarm")
    await opening.close(house.incidents, call("close", incident, actor=PERSON), close)
    answer = await search(house, "everything")
    assert answer.result is not None
    (like,) = answer.result.found
    assert (like.root_cause, like.resolution, like.report) == ("not known", "nothing was done", "")
    await house.incidents.store.close()


@pytest.mark.parametrize(
    "query", ['"', "checkout OR", "NOT checkout", "text:checkout", "checkout*", "NEAR(checkout", "'; DROP"]
)
async def test_operators_are_only_words(house: House, query: str) -> None:
    incident = await open_with(house, "Checkout is slow")
    assert await found(house, query) == ([incident] if "checkout" in query else [])
    assert await found(house, "checkout") == [incident]
    await house.incidents.store.close()


async def test_an_answer_is_small_however_much_there_is_to_find(house: House) -> None:
    long = "checkout " * 33
    for _ in range(12):
        await open_with(house, long[:300], long * 12)
    answer = await search(house, "checkout")
    assert answer.result is not None
    assert len(answer.result.found) == telling.FOUND == 5
    result = tool_result(answer)
    assert len(str(result.content).encode()) < 4_000
    await house.incidents.store.close()


class OneUnreadable(MemoryStore):
    """A log in which one incident cannot be read."""

    lost = ""

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        if stream == self.lost:
            raise Unavailable("incident log", "an event cannot be read.", "Restore it.")
        return await super().load(stream, after=after)


async def test_an_incident_that_cannot_be_read_is_named_and_hides_no_other() -> None:
    store = OneUnreadable()
    house = build().restarted(store)
    first, second = await open_with(house, "Checkout is slow"), await open_with(house, "Checkout fails")
    store.lost = first
    house = house.restarted()
    answer = await search(house, "checkout")
    assert answer.result is not None
    assert [like.incident for like in answer.result.found] == [second]
    assert f"Not readable: {first}" in answer.says


async def test_what_a_restarted_server_is_asked_it_finds(tmp_path: Path) -> None:
    stores: list[EventStore] = [SqliteStore(tmp_path / "log.db") for _ in range(2)]
    house = build().restarted(stores[0])
    incident = await open_with(house, "Checkout is slow")
    await stores[0].close()
    assert await found(house.restarted(stores[1]), "checkout") == [incident]
    await stores[1].close()
