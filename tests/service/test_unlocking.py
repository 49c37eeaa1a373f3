"""Breaking a lock: a person's act, on record before and after."""

from __future__ import annotations

import pytest

from flightrules.errors import Refused, Unavailable
from flightrules.service.invocation import Call
from flightrules.service.unlocking import Stuck, break_lock
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind
from tests.service.house import House, build

pytestmark = pytest.mark.anyio

STUCK = Stuck(target="shop", host="web-1", operation="OP-1", reason="it hangs in a pull")


async def asked(house: House, kind: ActorKind, stuck: Stuck = STUCK) -> str:
    call = Call(tool="unlock", arguments={}, actor=Actor(kind=kind, name="ada", face="cli"))
    return await break_lock(house.incidents, house.incidents.invocation(call), stuck)


async def recorded(house: House) -> list[str]:
    return [record.kind for record in await house.store.load("target:shop")]


@pytest.mark.parametrize("kind", [ActorKind.AGENT, ActorKind.SYSTEM])
async def test_only_a_person_may_break_a_lock(kind: ActorKind) -> None:
    house = build()
    with pytest.raises(Refused, match="Only a person"):
        await asked(house, kind)
    assert await recorded(house) == []


async def test_breaking_a_lock_needs_a_reason() -> None:
    house = build()
    with pytest.raises(Refused, match="reason"):
        await asked(house, ActorKind.PERSON, Stuck(target="shop", host="web-1", operation="OP-1", reason=" "))


async def test_a_lock_that_cannot_be_broken_is_on_record_with_why() -> None:
    house = build()
    with pytest.raises(Unavailable, match="holds no lock"):
        await asked(house, ActorKind.PERSON)
    assert await recorded(house) == ["lock_breaking", "lock_broken"]
    assert "failed" in str((await house.store.load("target:shop"))[-1].data["outcome"])
