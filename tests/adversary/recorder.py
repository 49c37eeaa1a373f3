"""An adversary whose incidents are taken out as sessions. Not collected as tests.

Knows: what people and clients do beside the adversary's own rules: leave, come back under another account, reuse keys.
Must not know: how a replay is made. What it finds is a session that this version recorded and cannot replay.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from flightrules.errors import FlightrulesError
from flightrules.replay.recording import recorded
from flightrules.service.application import Application
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call
from flightrules.service.messages import updating
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.log import Actor, Recorded
from flightrules.state.policy import Budgets, Policy
from flightrules.state.vocabulary import ActorKind
from flightrules.testing import ManualClock
from tests.adversary.arguments import Maker
from tests.adversary.life import Life, mortal
from tests.adversary.machine import SEEDS, SERVERS, Adversary
from tests.adversary.stage import Stage
from tests.service.house import HOST, target

STAYS = 3000
"""Turns of the loop that a client waits which does not leave: more than any call takes."""
ACCOUNTS = ("root", "eve", "mallory")
BUDGETS = (Budgets(), Budgets(rollback=0, assessment=1), Budgets(monitoring_health_every=1, fix_limit=3))


class Ticking(Life):
    """A process whose every effect takes a moment, as it does in the world: no two events have one time."""

    def __init__(self, clock: ManualClock, rng: random.Random) -> None:
        super().__init__()
        self._clock, self._rng = clock, rng

    async def beat(self) -> None:
        self._clock.advance(self._rng.choice([0.001, 0.003, 0.02]))
        for _ in range(self._rng.choice([0, 0, 1, 3])):
            await asyncio.sleep(0)
        await super().beat()


class Town(Stage):
    """The stage with a checkout to fix in, budgets that change with the settings, and time that passes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        hosts = [{**HOST, "name": name} for name in ("shed-1", "shed-2")]
        fix = {"checkout": "/srv/checkout", "test": ["make", "test"]}
        self.worlds = {item.name: self._world(item) for item in (target(**fix), target(name="shed", hosts=hosts))}

    @property
    def settings(self) -> Policy:
        policy = super().settings
        return policy.model_copy(update={"budgets": BUDGETS[self.policy % len(BUDGETS)]})

    def wired(self) -> tuple[Life, Application]:
        _, app = super().wired()
        life = Ticking(self.clock, self.rng)
        app.incidents.store = mortal(self.store, life, self.ledger.note)
        app.incidents.managed_targets = {
            name: replace(
                managed,
                production=mortal(self.worlds[name], life),
                checkout=mortal(self.house.checkout, life) if managed.target.checkout else None,
            )
            for name, managed in app.incidents.managed_targets.items()
        }
        return life, app


class Recorder(Adversary):
    """One run, at the end of which each incident becomes a session."""

    sessions: ClassVar[list[str]] = []
    logs: ClassVar[list[dict[str, list[Recorded]]]] = []
    """Each run's whole log, by stream."""
    make_stage: ClassVar[Callable[..., Stage]] = Town

    @invariant()
    def nothing_was_broken(self) -> None:
        """Count the step: what must hold always is the adversary's own test."""
        type(self).steps += 1

    async def _end(self) -> None:
        for server in self.stage.servers:
            await server.stop()
        _, app = self.stage.wired()
        self.logs.append({name: await self.stage.store.load(name) for name in await self.stage.store.streams()})
        for incident in self.stage.known_incidents():
            self.sessions.append(await recorded(app.incidents, incident))

    async def _forge(self, incident: str, kind: str) -> None:
        """Do nothing: a log that was written to past the service is not a session of it."""

    # -- what else is done ---------------------------------------------------------------------------------------------

    @rule(seed=SEEDS, seconds=st.sampled_from([1, 61, 600]))
    def the_watch_looks(self, seed: int, seconds: int) -> None:
        self.maker(seed)
        self.stage.clock.advance(seconds)
        self.run(self._alive(0, lambda app: app.watching.once()))

    @rule(index=SERVERS, seed=SEEDS)
    def agent_calls_as_no_schema_says(self, index: int, seed: int) -> None:
        maker = self.maker(seed)
        tool = maker.rng.choice(list(self.schemas))
        self.run(self._told_what_can_be_sent(index, tool, maker.hostile(self.schemas[tool])))

    async def _told_what_can_be_sent(self, index: int, tool: str, given: dict[str, Any]) -> None:
        with suppress(RecursionError, ValueError):  # this side could not even write it down
            await self.told(index, tool, given)

    @rule(seed=SEEDS, many=st.integers(2, 5), mood=st.sampled_from(["yes", "no", "cancelled", "late", "replanned"]))
    def people_and_clients_meet(self, seed: int, many: int, mood: str) -> None:
        maker = self.maker(seed)
        self.stage.mood = mood
        self.run(self._meet(maker, self.waiting(), many))

    async def _meet(self, maker: Maker, incident: str, many: int) -> None:
        await asyncio.gather(*(self._anybody(maker, incident) for _ in range(many)))

    async def _anybody(self, maker: Maker, incident: str) -> None:
        """One act of somebody, after a while; all of them are drawn before they begin."""
        rng = maker.rng
        pause, index, account = rng.randrange(30), rng.randrange(2), rng.choice(ACCOUNTS)
        stays, said = rng.choice([5, 20, 60, STAYS, STAYS]), rng.choice(["yes", "yes", "no", "not_asked"])
        tool = rng.choice(["incident_status", "decide", "classify", "assess", "verify", "fix", "rollback", "rollback"])
        given = maker.valid(self.schemas[tool], optional=0.3) | {"incident": incident}
        verb, draw = rng.choice(["reject", "decide", "classify", "close", "update", "approve"]), rng.random()
        for _ in range(pause):
            await asyncio.sleep(0)
        if draw < 0.35:
            await self._alive(index, lambda app: self._rolls_back(app, incident, account, said), stays=stays)
        elif draw < 0.65:
            await self.told(index, tool, given)
        elif verb == "approve":
            await self._typed(incident, rng.choice(["ada", "bob"]), "right")
        elif verb == "update":
            await self.person(lambda incidents: self._said_of_an_update(incidents, incident))
        else:
            await self.person(lambda incidents: self.verb(incidents, verb, incident))

    async def _rolls_back(self, app: Application, incident: str, account: str, said: str) -> None:
        """A client of that account, which has the name of every other client."""
        actor = Actor(kind=ActorKind.AGENT, name="mcp", face="mcp")
        call = Call(tool="rollback", arguments={}, actor=actor, incident=incident, account=account)
        invocation = app.incidents.invocation(call)
        question = await prepare(app.incidents, invocation)
        if isinstance(question, Stop):
            return
        for _ in range(self.rng.randrange(20)):
            await asyncio.sleep(0)
        answer = PersonSaid()
        if isinstance(question, Question) and question.elicitation_counts and said != "not_asked":
            name = f"{account} (as mcp says)"
            verdict: Literal["yes", "no"] = "yes" if said == "yes" else "no"
            answer = PersonSaid(verdict=verdict, question=question, approver=name, acknowledged=True, reason="not now")
        await app.rollbacks.rollback(invocation, answer)

    async def _said_of_an_update(self, incidents: IncidentService, incident: str) -> None:
        held = (await incidents.incident(incident)).held
        name = held[0].id if held else "U1"
        if self.rng.random() < 0.5:
            call = self.stage.call_of("update", incident, "ada", action="approve", update=name)
            await updating.approve_update(incidents, call, c.ApproveUpdate(update=name, approver="ada"))
        else:
            call = self.stage.call_of("update", incident, "ada", action="reject", update=name, reason="not yet")
            await updating.reject_update(incidents, call, c.RejectUpdate(update=name, approver="ada", reason="not yet"))

    async def _alive(self, index: int, work: Callable[[Application], Awaitable[Any]], *, stays: int = STAYS) -> None:
        """Do something at a server, until it dies or whoever asked leaves."""
        await self.stage.revived(index)
        server = self.stage.servers[index]
        doing = asyncio.ensure_future(work(server.app))
        for _ in range(stays):
            if doing.done() or server.life.dead.is_set():
                break
            await asyncio.sleep(0)
        doing.cancel()
        with suppress(FlightrulesError, asyncio.CancelledError):
            await doing
