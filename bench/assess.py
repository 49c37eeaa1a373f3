"""`assess`, full evidence of a compose target with three services, on a real host: Docker, compose, OpenSSH.

Its floors, in turns in one run: the protocol's commands one after the other through the `ssh` program, each with its
own connection, and each single probe collected alone through the adapter that `assess` uses, connection warm.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from mcp import Client, StdioServerParameters

from bench.call import call
from bench.hands import ssh_words
from bench.measuring import Goal, Outcome, Row
from flightrules.adapters.clock import SystemClock
from flightrules.adapters.production import SshProduction
from sandbox import prodhost
from sandbox.production import Production, sandbox_production

ROUNDS = 7
FASTER = 10.0
OVER_SLOWEST = 1.5
TITLE = "assess, full evidence of three services in compose"
SSH, CALL = "protocol's commands, one ssh call each", "assess over MCP, stdio"

SERVICES = ("web", "worker", "mailer")
PROBES = (
    *("services", "stats", "disk", "memory", "deploys", *(f"logs:{name}" for name in SERVICES)),
    *("health", "check:characters", "check:avatar"),
)
"""Everything `assess` collects, one by one."""

Taken = dict[str, list[float]]


def bench() -> list[Outcome]:
    """Assess a fresh production over and over."""
    why_not = prodhost.obstacle()
    if why_not is not None:
        return [Outcome(title=TITLE, notes=[f"Not measured: {why_not}."])]
    taken, first = asyncio.run(_measure())
    probes = {name: taken[name] for name in PROBES}
    slowest = max(probes, key=lambda name: median(probes[name]))
    assess = median(taken[CALL])
    return [
        Outcome(
            title=TITLE,
            rows=[
                Row(name=SSH, seconds=taken[SSH]),
                Row(name=CALL, seconds=taken[CALL]),
                *(Row(name=f"probe {name}, alone", seconds=seconds) for name, seconds in probes.items()),
            ],
            goals=[
                Goal(
                    name="protocol's commands / assess, median",
                    value=median(taken[SSH]) / assess,
                    limit=FASTER,
                    at_most=False,
                ),
                Goal(
                    name=f"assess / slowest probe alone ({slowest}), median",
                    value=assess / median(probes[slowest]),
                    limit=OVER_SLOWEST,
                ),
            ],
            notes=[f"The first assess, which connects and imports, took {1000 * first:.0f} ms."],
        )
    ]


async def _measure() -> tuple[Taken, float]:
    with _host() as host:
        async with AsyncExitStack() as stack:
            shop = await stack.enter_async_context(sandbox_production("compose", ssh=host.ssh, deployed=["v4", "v5"]))
            await shop.settle(500)
            client = await stack.enter_async_context(_client(shop))
            adapter = SshProduction(shop.target, SystemClock())
            stack.push_async_callback(adapter.close)
            return await _in_turns(shop, client, adapter)


async def _in_turns(shop: Production, client: Client, adapter: SshProduction) -> tuple[Taken, float]:
    opened = await call(client, "open_incident", target=shop.name, title="Everything answers 500")
    assert opened.structured_content is not None
    incident = str(opened.structured_content["incident"])
    first = await _assess(client, incident)
    await adapter.collect()
    taken: Taken = {name: [] for name in (SSH, CALL, *PROBES)}
    for _ in range(ROUNDS):
        taken[SSH].append(await asyncio.to_thread(_by_hand, shop))
        taken[CALL].append(await _assess(client, incident))
        for probe in PROBES:
            start = perf_counter()
            (finding,) = await adapter.collect((probe,))
            taken[probe].append(perf_counter() - start)
            assert finding.readable, finding
    return taken, first


async def _assess(client: Client, incident: str) -> float:
    start = perf_counter()
    answer = await call(client, "assess", incident=incident)
    taken = perf_counter() - start
    assert answer.structured_content is not None
    result = answer.structured_content["result"]
    assert not result.get("unreadable"), result
    assert len(result["services"]) == len(SERVICES), result
    return taken


def _by_hand(shop: Production) -> float:
    """Run the commands that the protocol has a person type in its first phase; return how long they took."""
    ssh = ssh_words(shop.ssh, shop.folder / "known_hosts")
    start = perf_counter()
    for command in _commands(shop):
        subprocess.run([*ssh, command], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)
    return perf_counter() - start


def _commands(shop: Production) -> Iterator[str]:
    compose = f"cd {shop.app_dir} && docker compose --project-name {shop.project}"
    yield f"{compose} ps"
    for service in SERVICES:
        yield f"{compose} logs --tail=500 {service}"
    yield "docker stats --no-stream"
    yield "df -h"
    yield "free -h"
    yield f"git -C {shop.app_dir} log --oneline -10"
    yield f"curl --silent --show-error {shop.health_url}"


@asynccontextmanager
async def _client(shop: Production) -> AsyncIterator[Client]:
    """An agent's client of a server with settings for this production."""
    settings = shop.folder / "flightrules.toml"
    settings.write_text(shop.toml)
    arguments = ["-m", "flightrules.cli", "--config", str(settings), "serve"]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
        yield client


@contextmanager
def _host() -> Iterator[prodhost.Prodhost]:
    """The real host; one that is up already is named by REALHOST_DIR and stays up."""
    given = os.environ.get("REALHOST_DIR")
    with tempfile.TemporaryDirectory(prefix="prodhost-") if not given else contextlib.nullcontext(given) as folder:
        try:
            yield prodhost.up(Path(folder))
        finally:
            if not given:
                prodhost.down(Path(folder))
