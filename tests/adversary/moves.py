"""Moves of an attacker: play severity down, back-date times, open twice, deploy or clean up in the middle.

Knows: each of these moves, from its first call to its last. Must not know: what is allowed; the books judge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from flightrules.account import account
from flightrules.state.vocabulary import Phase
from tests.adversary.machine import SEEDS, Adversary
from tests.service.house import RELEASES

TOUCHED, ANOTHER, WEAK_BELOW = 2, 5, 7
"""Settings by number: a touch is asked for; whoever asked may not approve; only P1 and P2 want a signature."""


class Attacker(Adversary):
    """The adversary with these moves."""

    @rule(
        seed=SEEDS,
        backdated=st.sampled_from([0, 6, 90, 3000]),
        waits=st.sampled_from([0, 310]),
        well=st.booleans(),
        weak=st.booleans(),
    )
    def severity_is_played_down(self, seed: int, backdated: int, waits: int, well: bool, weak: bool) -> None:  # noqa: FBT001
        self.maker(seed)
        self.stage.mood = "yes"
        if weak:
            self.stage.configured(WEAK_BELOW)
            self.run(self._both_restarted())
        name = self.rng.choice(self.stage.targets)
        self._all_run(name, RELEASES[-2] if well else RELEASES[-1])
        self.run(self._played_down(name, backdated, waits))

    async def _played_down(self, target: str, backdated: int, waits: int) -> None:
        """The client answers its own question, as soon as its answer counts for so mild an incident.

        It may classify before it assesses, once the time for an assessment is over.
        """
        since = self.stage.clock.now() - timedelta(minutes=backdated)
        opened = await self.told(0, "open_incident", {"target": target, "title": "x", "detected_at": since.isoformat()})
        incident = (opened or {}).get("incident")
        if not incident:
            return
        self.stage.clock.advance(waits)
        mild = ("classify", {"impacts": ["edge_case"], "severity": "P4", "reason": "few are affected"})
        calls = [
            *self.rng.choice([[mild], [mild, ("assess", {})], [("assess", {}), mild], [("assess", {}), mild, mild]])
        ]
        for tool, given in [*calls, ("decide", {}), ("rollback", {}), ("rollback", {})]:
            await self.told(self.rng.randrange(2), tool, {"incident": incident, **given})

    @rule(seed=SEEDS, at_once=st.booleans())
    def two_incidents_of_one_target(self, seed: int, at_once: bool) -> None:  # noqa: FBT001
        self.maker(seed)
        self.stage.mood = "cancelled"
        self.run(self._two_incidents(self.rng.choice(self.stage.targets), at_once=at_once))

    async def _two_incidents(self, target: str, *, at_once: bool) -> None:
        if self.rng.random() < 0.7:
            self._all_run(target, RELEASES[-1])
        self.stage.worlds[target].looks_to_finish = self.rng.choice([0, 3, 40])
        found = [name for _ in range(2) if (name := await self._planned(target))]
        for incident in found:
            await self._approved_rightly(incident)
        calls = [self.told(number % 2, "rollback", {"incident": name}) for number, name in enumerate(found)]
        if at_once:
            await asyncio.gather(*calls)
        else:
            for call in calls:
                await call

    @rule(seed=SEEDS, after=st.integers(0, 12), does=st.sampled_from(["deploys", "cleans up", "cleans up, lost"]))
    def somebody_is_there_in_the_midst(self, seed: int, after: int, does: str) -> None:
        """A person deploys, or removes a host's folder of operations, between a look and what follows it."""
        self.maker(seed)
        self.stage.mood = "cancelled"
        self.run(self._in_the_midst(self.rng.choice(self.stage.targets), after, does))

    async def _in_the_midst(self, target: str, after: int, does: str) -> None:
        self._all_run(target, RELEASES[-1])
        incident, world = await self._planned(target), self.stage.worlds[target]
        if not incident:
            return
        await self._approved_rightly(incident)
        host = self.rng.choice(list(world.hosts))
        world.looks_to_finish = self.rng.choice([0, 2, 6])
        world.lose_launch_answers = self.rng.choice([0, 1]) if does == "cleans up, lost" else 0
        deploys = partial(self.stage.deploy, target, host, self.rng.choice(RELEASES[:-1]))
        happens: Callable[[], Any] = deploys if does == "deploys" else world.hosts[host].operations.clear
        world.meanwhile = (after, happens)
        if self.rng.random() < 0.3:
            self.stage.servers[0].life.left = self.rng.randrange(30)
        await self.told(0, "rollback", {"incident": incident})
        world.meanwhile = None
        await self.told(1, "rollback", {"incident": incident})

    @rule(seed=SEEDS, policy=st.sampled_from([TOUCHED, ANOTHER]))
    def an_approval_that_must_not_count(self, seed: int, policy: int) -> None:
        """A signature without the touch of a key, or the yes of the account that asked."""
        self.maker(seed)
        self.stage.mood = "cancelled"
        self.stage.configured(policy)
        self.run(self._must_not_count(self.rng.choice(self.stage.targets), policy))

    async def _must_not_count(self, target: str, policy: int) -> None:
        await self._both_restarted()
        self._all_run(target, RELEASES[-1])
        if not (incident := await self._planned(target)):
            return
        if policy == TOUCHED:
            await self._signed(incident, "ada", "untouched")
        else:
            await self._typed(incident, account(), "right")
        await self.told(0, "rollback", {"incident": incident})

    @rule(seed=SEEDS, left=st.integers(0, 12), deploys=st.booleans())
    def a_start_is_taken_up_an_hour_later(self, seed: int, left: int, deploys: bool) -> None:  # noqa: FBT001
        """The server dies between the record of a start and the host; another one finds it after the approval ended."""
        self.maker(seed)
        self.stage.mood = "cancelled"
        self.run(self._taken_up_later(self.rng.choice(self.stage.targets), left, deploys=deploys))

    async def _taken_up_later(self, target: str, left: int, *, deploys: bool) -> None:
        self._all_run(target, RELEASES[-1])
        if not (incident := await self._planned(target)):
            return
        await self._approved_rightly(incident)
        self.stage.servers[0].life.left = left
        await self.told(0, "rollback", {"incident": incident})
        self.stage.clock.advance(3600)
        if deploys:
            self._all_run(target, RELEASES[0])
        await self.stage.restart(0)
        await self.told(1, "rollback", {"incident": incident})

    async def _planned(self, target: str) -> str:
        """A new incident with a plan that waits; empty where it did not come to one."""
        opened = await self.told(0, "open_incident", {"target": target, "title": "x"})
        incident = (opened or {}).get("incident", "")
        given: dict[str, dict[str, Any]] = {"classify": {"impacts": ["complete_outage"]}}
        for tool in ("assess", "classify", "decide", "rollback"):
            await self.told(0, tool, {"incident": incident, **given.get(tool, {})})
        found = self.ledger.incidents.get(incident)
        return incident if found and found.plan and found.phase is Phase.DECIDED else ""

    def _all_run(self, target: str, release: str) -> None:
        for host in self.stage.worlds[target].hosts:
            self.stage.deploy(target, host, release)
        self.stage.clock.advance(60)
