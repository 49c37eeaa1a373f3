"""A rollback on a real host: by remembered image, with a build, and by the protocol's commands typed through `ssh`.

Its floor is what no rollback can do without: `docker compose up -d --no-build` alone on the host, and one connection.
All are taken in turns in one run. How long services must stay healthy is policy, not speed: it is set to nothing.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.hands import real_host, ssh_words, typed
from bench.measuring import Goal, Outcome, Row
from flightrules.adapters.ssh import SshHost
from flightrules.bootstrap import application
from flightrules.config.reading import load
from flightrules.service import observing, opening
from flightrules.service.application import Application
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Impact
from sandbox import prodhost
from sandbox.engine import BASE_IMAGE
from sandbox.process import run, wait_until
from sandbox.production import Production, sandbox_production
from sandbox.shop import repository
from sandbox.shop.repository import Release, checkout
from sandbox.toml import dump

ROUNDS = 5
BUILDS = 3
BUILD_S = 10
WAIT_S = 90.0
COMPOSE = Path(repository.__file__).parent / "files" / "compose.yml"
OVER_FLOOR = 1.3
FASTER_THAN_BUILD = 5.0
TITLE = "Rollback on a real host: three services in compose"

CONNECT, UP = "one SSH connection, our client", "docker compose up -d --no-build, alone on the host"
HEALTHY = "the same, until every container is healthy and the health check answers"
REMEMBERED, PRUNED, BUILT = "remembered image", "remembered image, its name pruned", "with a build"
TYPED, TYPED_BUILD = "protocol's commands through ssh, image cached", "protocol's commands through ssh, with a build"
AGENT = Actor(kind=ActorKind.AGENT, name="bench", face="mcp")
POLICY = {"policy": {"verification": {"settle_seconds": 0, "health_timeout_seconds": 60}}}

NOTE = (
    "`yes` is the person's approval, `started` the record that the rollback starts, `ended` the operation's end on the "
    "host, `proven` the record of the proof; between `yes` and `started` the host is surveyed a second time. The "
    "settle time is 0 here (3 s unless configured). What is typed through ssh proves nothing, and asks for health once."
)

Taken = dict[str, list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One rollback through the service, in seconds."""

    surveyed: float
    """From the person's yes to the record that the rollback started: mostly the second survey."""
    ended: float
    """From that record to the end of the operation on the host."""
    proven: float
    """From that record to the proof."""

    @property
    def whole(self) -> float:
        """From the person's yes to the proof."""
        return self.surveyed + self.proven


def bench(rounds: int = ROUNDS, builds: int = BUILDS) -> list[Outcome]:
    """Roll the same bad release back over and over."""
    why_not = prodhost.obstacle()
    if why_not is not None:
        return [Outcome(title=TITLE, notes=[f"Not measured: {why_not}."])]
    taken, ours = asyncio.run(_measure(rounds, builds))
    return [_outcome(taken, ours)]


def _outcome(taken: Taken, ours: Mapping[str, list[Timed]]) -> Outcome:
    connect = median(taken[CONNECT])
    ended, proven = median(taken[UP]) + connect, median(taken[HEALTHY]) + connect
    middle = {name: median(timed.ended for timed in all_timed) for name, all_timed in ours.items()}
    whole = {name: median(timed.whole for timed in all_timed) for name, all_timed in ours.items()}
    return Outcome(
        title=TITLE,
        rows=[
            *(Row(name=name, seconds=taken[name]) for name in (CONNECT, UP, HEALTHY)),
            *(row for name, all_timed in ours.items() for row in _rows(name, all_timed)),
            *(Row(name=name, seconds=taken[name]) for name in (TYPED, TYPED_BUILD) if name in taken),
        ],
        goals=[
            Goal(
                name=f"{REMEMBERED}, started to ended / (up + connection)",
                value=middle[REMEMBERED] / ended,
                limit=OVER_FLOOR,
            ),
            Goal(
                name=f"{REMEMBERED}, yes to ended / (up + connection)",
                value=median(timed.surveyed + timed.ended for timed in ours[REMEMBERED]) / ended,
                limit=OVER_FLOOR,
            ),
            Goal(
                name=f"{REMEMBERED}, yes to proven / (up until healthy + connection)",
                value=whole[REMEMBERED] / proven,
                limit=OVER_FLOOR,
            ),
            Goal(
                name=f"{BUILT} / {REMEMBERED}, started to ended",
                value=middle[BUILT] / middle[REMEMBERED],
                limit=FASTER_THAN_BUILD,
                at_most=False,
            ),
            Goal(
                name=f"{BUILT} / {REMEMBERED}, yes to proven",
                value=whole[BUILT] / whole[REMEMBERED],
                limit=FASTER_THAN_BUILD,
                at_most=False,
            ),
        ],
        notes=[NOTE],
    )


def _rows(name: str, all_timed: list[Timed]) -> list[Row]:
    return [
        Row(name=f"{name}: yes to started", seconds=[timed.surveyed for timed in all_timed]),
        Row(name=f"{name}: started to ended", seconds=[timed.ended for timed in all_timed]),
        Row(name=f"{name}: yes to ended", seconds=[timed.surveyed + timed.ended for timed in all_timed]),
        Row(name=f"{name}: yes to proven", seconds=[timed.whole for timed in all_timed]),
    ]


async def _measure(rounds: int, builds: int) -> tuple[Taken, dict[str, list[Timed]]]:
    slow = [f"slow{number}" for number in range(2 * builds)]
    releases = [Release("good", "Open the shop"), *(_slow(name) for name in slow)]
    releases.append(Release("bad", "Use the connection pool", behaviour="error500"))
    with real_host() as ssh:
        async with sandbox_production("compose", ssh=ssh, releases=releases, deployed=["good"]) as shop:
            await shop.settle(200)
            run_ = Run(shop=shop)
            await run_.remember()
            for _ in range(rounds):
                await run_.floor()
                await run_.typed(TYPED, "good")
                await run_.ours(REMEMBERED, "good")
                await run_.ours(PRUNED, "good", pruned=True)
            for ours, theirs in zip(slow[::2], slow[1::2], strict=True):
                await run_.ours(BUILT, ours)
                await run_.typed(TYPED_BUILD, theirs)
            return run_.taken, run_.timed


def _slow(name: str) -> Release:
    """A release whose image takes a while to build, and that no build before can have left in a cache."""
    recipe = f"FROM {BASE_IMAGE}\nRUN sleep {BUILD_S} # {uuid.uuid4()}\nCOPY app VERSION behaviour.conf /app/\n"
    # A build that only sleeps needs no network, and so does not depend on the engine's own bridge.
    services = COMPOSE.read_text().replace("build: .\n", "build: {context: ., network: none}\n")
    return Release(
        name, f"Make {name}", files={"Dockerfile": f'{recipe}CMD ["sh", "/app/web.sh"]\n', "compose.yml": services}
    )


@dataclass(slots=True, kw_only=True)
class Run:
    """One run: the production it works on, and what was taken so far."""

    shop: Production
    taken: Taken = field(default_factory=dict)
    timed: dict[str, list[Timed]] = field(default_factory=dict)

    async def remember(self) -> None:
        """Have the image of the good release remembered, as each healthy observation does."""
        async with _application(self.shop) as app:
            await app.incidents.managed(self.shop.name).production.remember("shop-1", self.shop.releases["good"])

    async def floor(self) -> None:
        """Connect once, and bring the services up without anything else."""
        await self.broken("good")
        host = SshHost(self.shop.target.hosts[0])
        start = perf_counter()
        await host.ready()
        self._took(CONNECT, start)
        await host.close()
        checkout(self.shop.app_dir, self.shop.releases["good"])
        start = perf_counter()
        await asyncio.to_thread(self.shop.compose, "up", "-d", "--no-build", release="good")
        self._took(UP, start)
        healthy = await asyncio.to_thread(wait_until, self._healthy, limit_s=WAIT_S, every_s=0.02)
        assert healthy
        self._took(HEALTHY, start)

    async def typed(self, name: str, release: str) -> None:
        """Type what the protocol has a person type in phase 3A."""
        await self.broken(release)
        sha, project = self.shop.releases[release], self.shop.project
        compose = f"cd {self.shop.app_dir} && GIT_SHA={sha} docker compose --project-name {project}"
        commands = (
            f"git -C {self.shop.app_dir} checkout --quiet {sha}",
            f"{compose} up -d --build",
            f"{compose} ps",
            f"{compose} logs --tail=50",
            f"curl --silent --show-error {self.shop.health_url}",
        )
        start = perf_counter()
        await asyncio.to_thread(typed, ssh_words(self.shop.ssh, self.shop.folder / "known_hosts"), commands)
        self._took(name, start)

    async def ours(self, name: str, release: str, *, pruned: bool = False) -> None:
        """Roll back through the service, with a log of its own, as an incident that just began."""
        await self.broken(release)
        if pruned:
            run("docker", "image", "rm", "--no-prune", f"{self.shop.project}-web:{self.shop.releases[release]}")
        async with _application(self.shop) as app:
            timed = await _rolled_back(app, self.shop, self.shop.releases[release])
        self.timed.setdefault(name, []).append(timed)
        await self.shop.settle(200)

    async def broken(self, good: str) -> None:
        """The bad release serves since four minutes; the one before it served for a day."""
        now = datetime.now(UTC)
        checkout(self.shop.app_dir, self.shop.releases["bad"])  # a checkout of what is checked out leaves no entry
        (self.shop.app_dir / ".git" / "logs" / "HEAD").write_text("")
        checkout(self.shop.app_dir, self.shop.releases[good], at=now - timedelta(days=1))
        await self.shop.deploy("bad", at=now - timedelta(minutes=4))
        await self.shop.settle(500)

    def _healthy(self) -> bool:
        """Return True if users are served and Docker itself says so.

        The first check of Docker comes after an interval (1 s here).
        """
        return self.shop.get(self.shop.health_url)[0] == HTTPStatus.OK and "(healthy)" in self.shop.compose(
            "ps", "web", release="good"
        )

    def _took(self, name: str, start: float) -> None:
        self.taken.setdefault(name, []).append(perf_counter() - start)


@asynccontextmanager
async def _application(shop: Production) -> AsyncIterator[Application]:
    """The application on a production, its log fresh."""
    settings = shop.folder / "flightrules.toml"
    store = {"store": {"path": f"{uuid.uuid4().hex}.db"}}
    settings.write_text(f"{shop.toml}\n{dump({**store, **POLICY})}")
    async with application(load(settings)) as app:
        yield app


async def _rolled_back(app: Application, shop: Production, release: str) -> Timed:
    """An incident up to the person's yes, and from there against the clock."""
    incident, question = await _asked(app.incidents, shop)
    plan = (await app.incidents.incident(incident)).plan
    assert plan is not None
    assert plan.to_release == release, plan
    said = PersonSaid(verdict="yes", question=question, approver="ada")
    yes = app.incidents.clock.now()
    answer = await app.rollbacks.rollback(_call("rollback", incident), said, wait_s=WAIT_S)
    assert answer.result is not None, answer
    ((operation, _),) = (await app.incidents.incident(incident)).operations
    folder = shop.app_dir / ".git" / "flightrules" / "ops" / operation
    assert answer.result.state == "succeeded", (answer.says, (folder / "log").read_text()[-1000:])
    at = {record.kind: record.at for record in await app.incidents.records(incident)}
    ended = (folder / "rc").stat().st_mtime
    started, proven = at["rollback_started"], at["rollback_finished"]
    return Timed(
        surveyed=(started - yes).total_seconds(),
        ended=ended - started.timestamp(),
        proven=(proven - started).total_seconds(),
    )


async def _asked(incidents: IncidentService, shop: Production) -> tuple[str, Question]:
    """An incident whose rollback waits for a person's yes."""
    opened = c.Open(incident="", target=shop.name, title="Everything answers 500")
    incident = (await opening.open_incident(incidents, _call("open_incident"), opened)).incident
    await observing.assess(incidents, _call("assess", incident))
    await opening.classify(incidents, _call("classify", incident), c.Classify(impacts=(Impact.COMPLETE_OUTAGE,)))
    await opening.decide(incidents, _call("decide", incident), c.Decide())
    question = await prepare(incidents, _call("rollback", incident))
    assert isinstance(question, Question), question
    return incident, question


def _call(tool: str, incident: str = "") -> Call:
    return Call(tool=tool, arguments={}, actor=AGENT, incident=incident)
