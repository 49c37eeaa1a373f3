"""The real service behind the real MCP face, twice, over one log and one world; and the people around it.

Knows: how a server is started, dies and is started again, and which act of a person is a true approval.
Must not know: what is tried in which order (machine.py). Not collected as tests.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult
from pydantic import JsonValue

from flightrules.account import account
from flightrules.adapters.memory import MemoryStore
from flightrules.adapters.signatures.signers import SignersFile
from flightrules.errors import FlightrulesError
from flightrules.ports import EventStore
from flightrules.server.front import FlightrulesServer
from flightrules.server.mcp import furnish
from flightrules.service import observing
from flightrules.service.application import Application
from flightrules.service.approval import signed as signed_approvals
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call
from flightrules.service.rollback import planning
from flightrules.state.evidence import Deploy, Finding
from flightrules.state.log import Actor, Recorded
from flightrules.state.operation import Operation, OperationStatus
from flightrules.state.plan import Plan
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.signing.sshsig import armored, string
from flightrules.state.signing.statements import PlanApproved
from flightrules.state.target import Target
from flightrules.state.vocabulary import ActorKind
from flightrules.testing import ScriptedProduction
from flightrules.testing.host import ScriptedHost
from tests.adapters.signatures.people import SecurityKey
from tests.adversary.ledger import Grant, Ledger
from tests.adversary.life import Life, mortal
from tests.adversary.seeing import reading_of
from tests.service.house import HOST, RELEASES, Documents, build, target

HUNG_S = 20.0
"""Seconds of the processor after which a call counts as hanging; a machine that others use gives few of them."""
IDLE_S = 0.01
"""The same for one that does nothing at all for so many real seconds."""

PEOPLE = {"ada": SecurityKey(), "bob": SecurityKey()}
MALLORY = SecurityKey()
"""Key that no file names."""


def policies(signers: str) -> tuple[Policy, ...]:
    """The settings that are tried."""
    alone = ChannelsBySeverity(P1=("signed",), P2=("signed",), P3=("signed",), P4=("signed",))
    weak_below = ChannelsBySeverity(P1=("signed",), P2=("signed",), P3=("elicitation",), P4=("elicitation", "cli"))
    mixed = ChannelsBySeverity(P1=("cli", "signed"), P2=("elicitation",), P3=("cli",), P4=("elicitation", "cli"))
    return tuple(
        Policy(approval=ApprovalPolicy(allowed_signers=signers, **changes))
        for changes in (
            {},
            {"approvers": 2},
            {"channels": alone, "require_touch": True},
            {"channels": alone, "standing": True},
            {"standing": True},
            {"requester_must_differ": True, "channels": mixed},
            {"approvers": 2, "standing": True, "channels": alone},
            {"channels": weak_below},
        )
    )


class WitnessedProduction(ScriptedProduction):
    """A production whose hosts tell the ledger what arrives at them."""

    ledger: Ledger
    meanwhile: tuple[int, Callable[[], None]] | None = None
    """Number of further requests to production before somebody else acts, and what they do then."""

    def _reach(self, name: str) -> ScriptedHost:
        self._meanwhile()
        return super()._reach(name)

    def _meanwhile(self) -> None:
        if self.meanwhile is None:
            return
        left, happens = self.meanwhile
        self.meanwhile = (left - 1, happens) if left else None
        if not left:
            happens()

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        self._meanwhile()
        findings = await super().collect(probes, since=since, limit_s=limit_s)
        if reading := reading_of(findings, self.target):
            self.ledger.readings[self.target.name] = reading
        return findings

    def _run(self, operation: Operation, host: ScriptedHost) -> OperationStatus:
        unlike, before = self.ledger.unlike(operation, self), len(host.ran)
        look = super()._run(operation, host)
        if len(host.ran) > before:
            self.ledger.judge_run(operation, unlike=unlike, whole=look.state == "done" and not look.exit_status)
        return look

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        host = self.hosts.get(operation.host)
        late = until is not None and self.clock.now() >= until  # the host itself refuses it then
        if host is not None and not host.unreachable and operation.id not in host.operations and not late:
            self.ledger.judge(operation, self)
        await super().launch(operation, until=until)

    async def break_lock(self, host: str, operation: str, *, who: str) -> str:
        if operation not in self.ledger.unlocked:
            self.ledger.wrong(f"{operation} on {host} was ended and no person asked for it")
        return await super().break_lock(host, operation, who=who)


class Face:
    """The MCP face and a client of it, built once: building takes longer than a hundred steps.

    A process that dies takes its application with it; the next one's stands behind the same face.
    """

    def __init__(self) -> None:
        self.app: Application | None = None
        self.answering: Callable[[str], Awaitable[ElicitResult]] | None = None
        self.client: Client | None = None
        self._ready, self._over = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def _opened(self) -> Application:
        assert self.app is not None
        return self.app

    async def open(self) -> None:
        """Build the server and connect the client, unless that was done before."""
        if self._task is None:
            self._task = asyncio.create_task(self._serve())
            await self._ready.wait()

    async def _serve(self) -> None:
        async def elicited(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
            del context
            assert self.answering is not None
            return await self.answering(params.message)

        server = FlightrulesServer(self._opened, furnish, guard_stdout=False, request_state_keys=[b"k" * 32])
        async with Client(server, mode="auto", elicitation_callback=elicited) as client:
            self.client = client
            self._ready.set()
            await self._over.wait()

    async def close(self) -> None:
        """Disconnect."""
        self._over.set()
        if self._task is not None:
            await self._task


@dataclass(kw_only=True)
class Server:
    """One process: the application behind a face."""

    life: Life
    app: Application
    face: Face

    @property
    def incidents(self) -> IncidentService:
        return self.app.incidents

    async def call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        assert self.face.client is not None
        result = await self.face.client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        return result

    async def stop(self) -> None:
        """The process is gone, in whatever it was doing."""
        self.life.dead.set()
        await self.app.close()


async def _one_of(doing: asyncio.Future[Any], dying: asyncio.Future[Any]) -> None:
    """Wait until one is done, or what is done hangs."""
    began = last = time.process_time()
    while not (await asyncio.wait({doing, dying}, timeout=HUNG_S, return_when=asyncio.FIRST_COMPLETED))[0]:
        now = time.process_time()
        if now - began > HUNG_S or now - last < IDLE_S:
            return
        last = now


class Died(Exception):
    """The process died in the middle of what it was asked to do."""


class QuickStore(MemoryStore):
    """Reads each event back once, and not for each process anew: that is most of what a step takes."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[str, list[Recorded]] = {}

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        read = self._read.setdefault(stream, [])
        read += await super().load(stream, after=len(read))
        return read[max(after, 0) :]


@dataclass
class Stage:
    """Two servers, one log, two targets, and everybody who acts on them."""

    folder: Path
    rng: random.Random
    faces: Sequence[Face]
    policy: int = 0
    store: EventStore = field(default_factory=lambda: QuickStore())  # noqa: PLW0108 - looked up late: broken.py has others

    def __post_init__(self) -> None:
        self.house = build()
        self.clock = self.house.clock
        self.ledger = Ledger(self.clock)
        self.documents = Documents()
        self.signers = self.folder / "allowed_signers"
        self.signers.write_text("".join(f"{name}@example.org {key.line}\n" for name, key in PEOPLE.items()))
        self.signers.chmod(0o600)
        self.policies = policies(str(self.signers))
        hosts = [{**HOST, "name": name} for name in ("shed-1", "shed-2")]
        self.worlds = {item.name: self._world(item) for item in (target(), target(name="shed", hosts=hosts))}
        self.mood = "yes"
        self._terminal: tuple[Life, Application] | None = None
        self.servers: list[Server] = []
        self.signed: list[tuple[str, str]] = []
        """Every message that was ever signed, for whoever wants to hand it in again."""
        self.digests: list[str] = []

    def _world(self, item: Target) -> WitnessedProduction:
        world = WitnessedProduction(item, self.clock, releases=RELEASES, serving=RELEASES[-2])
        world.ledger = self.ledger
        return world

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(self.worlds)

    # -- processes ----------------------------------------------------------------------------------------------------

    def configured(self, policy: int) -> None:
        """Change what the settings file says from now on; a server reads it when it starts."""
        self.ledger.approvers_before = self.settings.approval.approvers
        self.policy, self._terminal = policy, None
        self.ledger.policies = dict.fromkeys(self.worlds, self.settings)
        self.ledger.policy = policy % len(self.policies)
        self.ledger.policy_since = self.clock.now()

    def wired(self) -> tuple[Life, Application]:
        life = Life()
        process = self.house.restarted(mortal(self.store, life, self.ledger.note))
        signers = SignersFile(str(self.signers))
        common = replace(
            process.incidents.managed_targets["shop"], policy=self.settings, documents=self.documents, signers=signers
        )
        process.incidents.managed_targets = {
            name: replace(common, target=world.target, production=mortal(world, life))
            for name, world in self.worlds.items()
        }
        return life, process.app

    @property
    def settings(self) -> Policy:
        """The policy in force."""
        return self.policies[self.policy % len(self.policies)]

    async def start(self, index: int) -> Server:
        life, app = self.wired()
        face = self.faces[index]
        server = Server(life=life, app=app, face=face)
        face.app, face.answering = app, self._answer
        await face.open()
        await app.rollbacks.resume()
        return server

    async def open(self, policy: int) -> None:
        """Both servers, and a shop that was well until the newest release was deployed."""
        self.configured(policy)
        self.servers = [await self.start(0), await self.start(1)]
        for name, world in self.worlds.items():
            await observing.observe(self.servers[0].incidents, name, self.call_of("observe", "", "ada"))
            world.broken.add(RELEASES[-1])
            self.clock.advance(30)
            for host in world.hosts:
                self.deploy(name, host, RELEASES[-1])
        self.clock.advance(300)

    async def restart(self, index: int) -> None:
        await self.servers[index].stop()
        self.servers[index] = await self.start(index)

    async def close(self) -> None:
        for server in self.servers:
            await server.stop()

    async def called(self, index: int, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        """Call a tool of one server; where that dies meanwhile it is started again, and `Died` raised."""
        await self.revived(index)
        server = self.servers[index]
        doing = asyncio.ensure_future(server.call(tool, arguments))
        dying = asyncio.ensure_future(server.life.dead.wait())
        await _one_of(doing, dying)
        dying.cancel()
        if doing.done() and not server.life.dead.is_set():
            return await doing
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        if not server.life.dead.is_set():
            self.ledger.wrong(f"`{tool}` did not end within {HUNG_S} s")
        await self.revived(index)
        raise Died

    async def revived(self, index: int) -> None:
        """Start a server again that died, whatever it died of."""
        if self.servers[index].life.dead.is_set():
            await self.restart(index)

    async def at_terminal(
        self, work: Callable[[IncidentService], Awaitable[Any]], *, effects: int | None = None
    ) -> Any:  # noqa: ANN401
        """Do what a person does at the command line.

        The command is a process of its own, which may die after `effects` effects.
        """
        life, app = self._terminal = self._terminal or self.wired()
        life.left = effects
        doing, dying = asyncio.ensure_future(work(app.incidents)), asyncio.ensure_future(life.dead.wait())
        await _one_of(doing, dying)
        dying.cancel()
        if not doing.done():
            if not life.dead.is_set():
                self.ledger.wrong(f"a command did not end within {HUNG_S} s")
            doing.cancel()
        try:
            return (await asyncio.gather(doing, return_exceptions=True))[0] if doing.cancelled() else await doing
        except (FlightrulesError, asyncio.CancelledError):
            return None
        finally:
            life.left = None
            if life.dead.is_set():
                self._terminal = None
                await app.close()

    # -- the world ----------------------------------------------------------------------------------------------------

    def deploy(self, name: str, host: str, release: str) -> None:
        """Somebody deploys, past all protocols."""
        there = self.worlds[name].hosts[host]
        if there.unreachable:
            return
        there.head = there.serving = release
        there.branch, there.stopped, there.started_at = "main", set(), self.clock.now()
        there.deploys.insert(0, Deploy(sha=release, at=self.clock.now(), how="pull"))

    # -- people -------------------------------------------------------------------------------------------------------

    def call_of(self, tool: str, incident: str, who: str, **given: JsonValue) -> Call:
        """A person's call at a terminal, with what the command line would give."""
        actor = Actor(kind=ActorKind.PERSON, name=who, face="cli")
        return Call(tool=tool, arguments=given, actor=actor, incident=incident, account=who)

    def plan_of(self, incident: str) -> Plan | None:
        """The plan that waits, as the log says."""
        found = self.ledger.incidents.get(incident)
        return found.plan if found else None

    def granted(self, who: str, channel: str, plan: Plan, *, until: Any = None, touched: bool = False) -> None:  # noqa: ANN401
        """A person truly approved this plan."""
        span = timedelta(minutes=self.policies[0].approval.expires_minutes)
        grant = Grant(
            who=who,
            channel=channel,
            plan=plan.id,
            review=plan.review,
            until=until or self.clock.now() + span + timedelta(seconds=10),
            policy=self.ledger.policy,
            at=self.clock.now(),
            touched=touched,
        )
        self.ledger.grants.append(grant)

    async def _answer(self, question: str) -> ElicitResult:
        """Return the answer of the person at the client; in some moods the person does something else first."""
        found = re.search(r"Plan `(PLAN-\w+)`, incident `(INC-\w+)`", question)
        assert found is not None, question[:200]
        plan = self.ledger.plans[found[1]]
        assert f"has the digest `{plan.short}`" in question
        if self.mood == "late":
            self.clock.advance(self.rng.choice([30, 700]))
        if self.mood == "replanned":
            self.mood = self.rng.choice(["yes", "no"])  # the next question is answered plainly
            await self._replanned(found[2])
        if self.mood == "moved":
            self.deploy(plan.target, plan.hosts[0].host, RELEASES[0])
        if self.mood == "no":
            return ElicitResult(action="accept", content={"approve": False, "reason": "not now"})
        if self.mood == "declined":
            return ElicitResult(action="decline")
        if self.mood == "cancelled":
            return ElicitResult(action="cancel")
        self.granted(account(), "elicitation", plan)
        return ElicitResult(action="accept", content={"approve": True, "acknowledge": True})

    def _agent_of(self, incident: str) -> Call:
        """A rollback call as an agent's client makes it."""
        actor = Actor(kind=ActorKind.AGENT, name="mcp", face="mcp")
        return Call(tool="rollback", arguments={}, actor=actor, incident=incident, account=account())

    async def _replanned(self, incident: str) -> None:
        """While one person reads, another one rejects, and the agent has a new plan made."""

        async def work(incidents: IncidentService) -> None:
            call = self.call_of("reject", incident, "bob", reason="no")
            await typed_approvals.reject(incidents, call, approver="bob", reason="no")
            await planning.prepare(incidents, self._agent_of(incident))

        await self.at_terminal(work)

    def sign(self, who: str, message: str, *, flags: int = 1) -> str:
        """A signature as this person's key makes it."""
        signature = (PEOPLE.get(who) or MALLORY).sign(message, flags=flags)
        self.signed.append((message, signature))
        return signature

    def forged(self, message: str) -> str:
        """A signature that shows Ada's key and was not made by it."""
        key = PEOPLE["ada"]
        noise = bytes(self.rng.randrange(256) for _ in range(64))
        signature = armored(key.public, string(key.kind.encode()) + string(noise) + bytes([1]) + (7).to_bytes(4, "big"))
        self.signed.append((message, signature))
        return signature

    async def statement(self, incident: str, who: str, *, acknowledged: bool) -> PlanApproved | None:
        """Return the statement that this person is shown to sign; None if nothing waits."""
        name = f"{who}@example.org"
        shown: PlanApproved | None = await self.at_terminal(
            lambda incidents: signed_approvals.to_sign(incidents, incident, approver=name, acknowledged=acknowledged)
        )
        return shown

    def known_incidents(self) -> Sequence[str]:
        return tuple(self.ledger.incidents)
