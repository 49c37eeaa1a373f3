"""The console on a house made of memory, and a browser of a person there. Not collected as tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from flightrules.adapters.console_sessions import SessionFile
from flightrules.adapters.signatures.passkeys import SignersPasskeys
from flightrules.adapters.signatures.signers import SignersFile
from flightrules.console.room import console
from flightrules.console.terms import Terms
from flightrules.ports import Role
from flightrules.service import observing, opening
from flightrules.service.invocation import Call
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import ActorKind, Impact
from tests.adapters.signatures.made_passkeys import ORIGIN, RP_ID, MadePasskey
from tests.service.house import House, build

ADA = "ada@example.org"
SIGNED_ONLY = ChannelsBySeverity(P1=("signed",), P2=("signed",), P3=("signed",), P4=("signed",))


@dataclass
class Browser:
    """A browser of one person: its cookie, and the headers that a browser sends from a page of the console."""

    client: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, /, **headers: str) -> httpx.Response:
        return self._kept(await self.client.get(path, headers=self._headers() | headers))

    async def post(self, path: str, said: Mapping[str, Any] | None = None, /, **headers: str) -> httpx.Response:
        own = {"Origin": str(self.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        return self._kept(await self.client.post(path, json=dict(said or {}), headers=self._headers() | own | headers))

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        return answer


@dataclass
class Room:
    """The console and everything a test may touch of it."""

    house: House
    sessions: SessionFile
    signers: Path
    client: httpx.AsyncClient
    console: ASGIApp
    origin: str
    terms: Terms

    async def visitor(self, name: str = ADA, role: Role = Role.LOOK) -> Browser:
        """A person who signed in by a link."""
        word = await self.sessions.link(name, role, until=self.house.clock.now() + timedelta(minutes=15))
        browser = Browser(self.client)
        assert (await browser.post("/sign-in/link", {"word": word})).json()["ok"]
        return browser

    def passkey(self, name: str = ADA) -> MadePasskey:
        """A passkey whose line stands in the file of signers."""
        made = MadePasskey()
        with self.signers.open("a") as file:
            file.write(made.line(name))
        return made

    async def planned(self, requester: str = "ben") -> str:
        """A P1 whose plan waits for approval."""
        incidents = self.house.incidents
        await observing.observe(incidents, "shop", agent("observe"))
        opened = c.Open(incident="", target="shop", title="Everything answers <b>500</b>")
        incident = (await opening.open_incident(incidents, agent("open_incident", title=opened.title), opened)).incident
        await observing.assess(incidents, agent("assess", incident))
        stated = c.Classify(impacts=(Impact.COMPLETE_OUTAGE,))
        await opening.classify(incidents, agent("classify", incident, impacts=["complete_outage"]), stated)
        await opening.decide(incidents, agent("decide", incident), c.Decide())
        await prepare(incidents, replace(agent("rollback", incident), account=requester))
        return incident

    async def rolled_back(self, incident: str) -> str:
        """The state of the rollback when the agent calls `rollback` once more."""
        asked = agent("rollback", incident)
        question = await prepare(self.house.incidents, asked)
        said = PersonSaid(question=question) if isinstance(question, Question) else PersonSaid()
        answer = await self.house.app.rollbacks.rollback(asked, said, wait_s=600)
        return str(answer.result.state) if answer.result else answer.says


def agent(tool: str, incident: str = "", **arguments: Any) -> Call:  # noqa: ANN401 - JSON
    """A call of an agent."""
    actor = Actor(kind=ActorKind.AGENT, name="claude", face="mcp")
    return Call(tool=tool, arguments=arguments, actor=actor, incident=incident, account="ben")


@asynccontextmanager
async def room(folder: Path, origin: str = ORIGIN, **approval: Any) -> AsyncIterator[Room]:  # noqa: ANN401 - settings
    """The console of a shop whose newest release is broken; `approval` are settings of [policy.approval]."""
    signers = folder / "allowed_signers"
    signers.touch()
    policy = Policy(approval=ApprovalPolicy(channels=SIGNED_ONLY, allowed_signers=str(signers), **approval))
    house = build(policy)
    managed = house.incidents.managed_targets["shop"]
    house.incidents.managed_targets = {"shop": replace(managed, signers=SignersFile(str(signers), origins=(origin,)))}
    sessions = SessionFile(folder / "console" / "console.db")
    terms = Terms(
        origin=origin,
        rp_id=RP_ID,
        sessions=sessions,
        passkeys=SignersPasskeys({"shop": SignersFile(str(signers))}, rp_id=RP_ID, origin=origin),
        clock=house.clock,
    )
    app = console(house.app, terms)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=origin) as client:
        try:
            yield Room(house, sessions, signers, client, app, origin, terms)
        finally:
            await house.app.close()
