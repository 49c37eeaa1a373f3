"""Records of releases: the one that was restored is good, the one that was left behind is not."""

from __future__ import annotations

import pytest

from flightrules.service import observing
from tests.service.house import RELEASES, build
from tests.service.test_many_hosts import call, decided, rolled_back

pytestmark = pytest.mark.anyio

GOOD, BROKEN = RELEASES[-2], RELEASES[-1]


async def test_a_verified_rollback_remembers_the_good_release_and_condemns_the_one_it_left_behind() -> None:
    house = build()
    incident = await decided(house)
    assert (await rolled_back(house, incident)).state == "succeeded"
    verified = await observing.verify(house.incidents, call("verify", incident), "unknown")
    assert verified.result is not None
    assert verified.result.verdict == "restored"
    seen = {o.release: o.healthy for o in await observing.observations_of(house.incidents, "shop")}
    assert seen == {GOOD: True, BROKEN: False}


async def test_a_condemned_release_is_good_again_once_it_is_seen_healthy() -> None:
    house = build()
    incident = await decided(house)
    await rolled_back(house, incident)
    await observing.verify(house.incidents, call("verify", incident), "unknown")
    host = house.production.hosts["web-1"]
    host.head = host.serving = BROKEN
    house.production.broken.clear()
    await observing.observe(house.incidents, "shop", call("observe", ""))
    seen = {o.release: o.healthy for o in await observing.observations_of(house.incidents, "shop")}
    assert seen[BROKEN]
