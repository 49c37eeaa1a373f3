"""Equipment of the fault tests: a small shop on its own host, gates that hold its programs, servers to kill.

Knows: how to stop the world at one exact point and how to look at log and host. Must not know: what must come of it.
Points are found by gates and by triggers in the log's file, never by waiting for some time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from flightrules.state.target import Target
from sandbox.process import run
from sandbox.production import Kind, Production, sandbox_production
from sandbox.shop.repository import Release, checkout
from sandbox.sshd import Sshd, put_behind_gate, start_sshd
from sandbox.toml import dump
from tests.realhost.fault_gates import Gates, eventually

_SERVICE = """\
  {name}:
    image: ${{COMPOSE_PROJECT_NAME}}-{name}:{tag}
    build: .
    environment:
      RELEASE: ${{GIT_SHA:-dev}}
    stop_grace_period: 1s
    restart: unless-stopped
"""
_WEB = """\
    ports:
      - "127.0.0.1:${SHOP_PORT}:8080"
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/api/v1/health"]
      interval: 1s
      timeout: 5s
      retries: 2
"""
_LOOP = '    command: ["sh", "/app/loop.sh", "{name}"]\n'


def compose_file(*others: str, web: str = "web", tag: str = "${GIT_SHA:-dev}") -> str:
    """A compose file with the web service and, beside it, services that only live."""
    text = "services:\n" + _SERVICE.format(name=web, tag=tag) + _WEB
    return text + "".join(_SERVICE.format(name=name, tag=tag) + _LOOP.format(name=name) for name in others)


def building(text: str, build: str) -> str:
    """A compose file whose services are built in another way."""
    return text.replace("build: .", f"build: {build}")


def release(name: str, behaviour: str = "ok", **files: str) -> Release:
    """A release of the small shop; `files` by path, a double underscore for a dot."""
    named = {path.replace("__", "."): text for path, text in files.items()}
    return Release(name, f"Make {name}", behaviour, {"compose.yml": compose_file(), **named})


GOOD, BAD = release("good"), release("bad", "error500")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The small shop, broken by its newest release, on a host of its own."""

    production: Production
    sshd: Sshd
    gates: Gates
    policy: dict[str, dict[str, Any]] = field(default_factory=dict)
    notify: dict[str, list[str]] = field(default_factory=dict)
    store: str = "incidents"
    gated: bool = False
    """True if the server's key is behind the gate of the target, as the settings have it."""

    @property
    def good(self) -> str:
        return self.production.releases["good"]

    @property
    def bad(self) -> str:
        return self.production.releases["bad"]

    @property
    def app(self) -> Path:
        return self.production.app_dir

    @property
    def base(self) -> Path:
        """Return the folder in which the host keeps its operations."""
        return self.app / ".git" / "flightrules"

    def settings(self) -> Path:
        """The settings file of this shop's server."""
        path = self.production.folder / f"{self.store}.toml"
        policy = {"verification": {"settle_seconds": 1, "health_timeout_seconds": 60}} | self.policy
        store = {"store": {"path": f"{self.store}.db"}, "policy": policy, "notify": self.notify}
        path.write_text(self.production.toml + "\n" + dump(store))
        self._stand_gate(self.production.target)
        return path

    def behind_gate(self, gated: bool = True) -> Self:  # noqa: FBT001, FBT002 - it reads as a sentence
        """The same shop, whose servers come no further than the gate lets them."""
        return replace(self, gated=gated)

    def _stand_gate(self, target: Target) -> None:
        if self.gated:
            put_behind_gate(self.production.ssh, target)

    def log(self) -> Log:
        return Log(self.production.folder / f"{self.store}.db")

    def at_port(self, port: int) -> Shop:
        """The same shop with its SSH server behind another port."""
        production = replace(self.production, ssh=replace(self.production.ssh, port=port))
        return replace(self, production=production)

    def other(self, store: str) -> Shop:
        """The same shop seen by servers with another log."""
        return replace(self, store=store)

    def with_policy(self, **tables: dict[str, Any]) -> Shop:
        """The same shop under another policy."""
        return replace(self, policy={**self.policy, **tables})

    def telling(self, **addresses: list[str]) -> Shop:
        """The same shop, whose server tells these addresses what it has to tell."""
        return replace(self, notify=addresses)

    def head(self) -> str:
        return run("git", "-C", self.app, "rev-parse", "HEAD").strip()

    def audit(self) -> list[str]:
        """Return what operations did by the host's own audit log; images kept and commits fetched are not among it."""
        path = self.base / "audit.log"
        lines = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
        return [act for _, operation, _, _, act in lines if operation != "-"]

    def log_of_operation(self) -> str:
        """Return the output on the host of the steps of all operations."""
        return "".join(path.read_text() for path in sorted(self.base.glob("ops/*/log")))

    def images(self) -> dict[str, str]:
        """The image each service runs."""
        names = self.production.compose("ps", "--all", "--format", "{{.Service}} {{.ID}}").split()
        inspect = ("docker", "inspect", "--format", "{{.Image}}")
        return {service: run(*inspect, ident).strip() for service, ident in zip(names[::2], names[1::2], strict=True)}

    def forget_image(self, service: str, sha: str) -> None:
        """Take an image's name away, so that a rollback to it has to build."""
        run("docker", "image", "rm", "--no-prune", self.tag(service, sha))

    async def looked_at(self, more: int = 2) -> None:
        """Wait until a server looked at the operation some times more."""
        before = len(self.gates.calls("rev-parse --git-common-dir"))
        await eventually(
            lambda: len(self.gates.calls("rev-parse --git-common-dir")) >= before + more, "the host is looked at"
        )

    async def answers(self, status: int) -> None:
        """Wait until the shop answers so, as its users see it."""
        await eventually(lambda: self.production.get("/api/v1/health")[0] == status, f"the shop answers {status}")

    def image(self, name: str) -> str:
        """The id behind an image's name; empty where there is none."""
        return run("docker", "image", "ls", "--no-trunc", "--quiet", name).strip()

    def tag(self, service: str, sha: str) -> str:
        return f"{self.production.project}-{service}:{sha}"

    def remembered(self, service: str, sha: str) -> str:
        return f"flightrules/{self.production.project}/{service}:{sha}"


@asynccontextmanager
async def broken_shop(
    kind: Kind = "compose",
    *,
    good: Release = GOOD,
    bad: Release = BAD,
    good_was_built: bool = True,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[Shop]:
    """The small shop: `good` served for a day, `bad` since four minutes."""
    now = datetime.now(UTC)
    with _own_host(env or {}) as (sshd, gates):
        async with sandbox_production(kind, ssh=sshd.ssh, releases=[good, bad], deployed=()) as production:
            earlier = now - timedelta(days=1)
            if good_was_built:
                await production.ship("good", at=earlier)
            else:
                checkout(production.app_dir, production.releases["good"], at=earlier)
            await production.deploy("bad", at=now - timedelta(minutes=4))
            await production.settle(200 if bad.behaviour == "avatar404" else 500)
            yield Shop(production=production, sshd=sshd, gates=gates)


@contextmanager
def _own_host(env: Mapping[str, str]) -> Iterator[tuple[Sshd, Gates]]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="fault-host-") as name:
        folder = Path(name).resolve()
        gates = Gates(folder / "gates")
        sshd = start_sshd(folder / "ssh", env={"PATH": gates.path, **env})
        try:
            yield sshd, gates
        finally:
            for gate in (gates.folder / "closed").iterdir():
                gate.unlink()
            sshd.stop()


class Log:
    """The server's log, read by somebody else."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, timeout=20)) as database:
            return database.execute(query, values).fetchall()

    def events(self, kind: str = "%") -> list[dict[str, Any]]:
        """The data of all events of a kind, in order."""
        rows = self._rows("SELECT data FROM events WHERE kind LIKE ? AND stream LIKE 'INC-%' ORDER BY rowid", kind)
        return [json.loads(data) for (data,) in rows]

    def kinds(self) -> list[str]:
        """The kinds of all events of incidents, in order."""
        return [kind for (kind,) in self._rows("SELECT kind FROM events WHERE stream LIKE 'INC-%' ORDER BY rowid")]

    def tried(self, to: str) -> set[str]:
        """The messages that somebody began to send to a destination."""
        rows = self._rows("SELECT data FROM events WHERE kind = 'send_began'")
        return {began["message"] for began in (json.loads(data) for (data,) in rows) if began["to"] == to}

    def refuse(self, kind: str) -> None:
        """From now on no event of this kind can be recorded."""
        when = f"CREATE TRIGGER no_{kind} BEFORE INSERT ON events WHEN NEW.kind = '{kind}'"
        self._rows(f"{when} BEGIN SELECT RAISE(ABORT, 'held'); END")

    def accept(self, kind: str) -> None:
        """Let events of this kind be recorded again."""
        self._rows(f"DROP TRIGGER no_{kind}")

    async def has(self, kind: str, count: int = 1) -> None:
        """Wait until so many events of a kind are recorded."""
        await eventually(lambda: len(self.events(kind)) >= count, f"{count} {kind} in the log")

    async def sees_running(self, step: str, count: int = 1) -> None:
        """Wait until a server has recorded so often that it saw this step run."""

        def seen() -> bool:
            looks = [event["look"]["steps"] for event in self.events("operation_seen")]
            return sum(1 for s in looks if s and s[-1]["name"] == step and s[-1]["ended_at"] is None) >= count

        await eventually(seen, f"step {step} seen to run")


def whole_audit(*steps: str) -> list[str]:
    """Return the audit log of an operation whose steps each ran once and succeeded; a checkout saves first."""
    steps = ("save", *steps) if steps[:1] == ("checkout",) else steps
    lines = []
    for index, name in enumerate(steps):
        lines += [f"step {index} {name} started", f"step {index} {name} ended with exit status 0"]
    return ["started", *lines, "ended with exit status 0"]
