"""Errors are held against the assessment by what they say, not by the ids in them."""

from __future__ import annotations

import pytest

from flightrules.service.answers import Answer, Verified
from flightrules.state.vocabulary import Phase
from tests.service.house import House, build
from tests.service.pilot import assess, fly, opened, verify

pytestmark = pytest.mark.anyio


def log(house: House, *lines: str) -> None:
    house.production.logged += [(house.clock.now(), "web", line) for line in lines]


async def verified(house: House, incident: str) -> dict[str, tuple[str, str]]:
    answer: Answer[Verified] = await verify(house, incident)
    assert answer.result is not None
    return {item.item: (item.outcome, item.saw) for item in answer.result.checklist}


async def rolled_back(*lines: str) -> tuple[House, str]:
    house = build()
    log(house, *lines)
    incident = await opened(house)
    await fly(house, incident, until=Phase.VERIFYING)
    house.clock.advance(60)
    return house, incident


@pytest.mark.requirement("MON-by-template", "VER-errors")
async def test_the_same_error_with_another_request_id_goes_on() -> None:
    house, incident = await rolled_back("ERROR request failed req=aB3kLm")
    log(house, "ERROR request failed req=Zx9QpL")
    items = await verified(house, incident)
    assert items["errors stopped in logs"] == ("fail", "1 error signatures of the assessment go on")
    assert items["no new issues introduced"] == ("pass", "no new error signature")


@pytest.mark.requirement("MON-by-template", "VER-new-issues")
async def test_another_error_is_still_new() -> None:
    house, incident = await rolled_back("ERROR request failed req=aB3kLm")
    log(house, "ERROR cannot write the session file")
    items = await verified(house, incident)
    assert items["errors stopped in logs"][0] == "pass"
    assert items["no new issues introduced"] == ("unknown", "1 new error signatures; verify again")


@pytest.mark.requirement("MON-by-template")
async def test_an_assessment_shows_one_error_once_however_many_names_are_in_it() -> None:
    house = build()
    log(house, *(f"ERROR user {name} has no cart here" for name in ("alice", "bob", "carol")))
    answer = await assess(house, await opened(house))
    assert answer.result is not None
    shown = answer.result.untrusted_errors
    assert [(one.count, one.signature) for one in shown if "cart" in one.signature] == [
        (3, "ERROR user <*> has no cart here")
    ]
