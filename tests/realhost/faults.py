"""What the fault tests are made with: a small shop on a host of its own, gates that hold its programs, servers to kill.

Knows: how to stop the world at one exact point and how to look at log and host. Must not know: what must come of it.
Points are found by gates and by triggers in the log's file, never by waiting for some time.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, ElicitRequestFormParams, ElicitRequestParams, ElicitResult

import flightrules
from sandbox.process import Started, run, wait_until
from sandbox.production import Kind, Production, sandbox_production
from sandbox.shop.repository import Release, checkout
from sandbox.sshd import Sshd, start_sshd
from sandbox.toml import dump

LIMIT_S = 40.0
"""No condition takes longer on a machine with other work to do; a test that waits so long has failed."""

_OURS = str(Path(flightrules.__file__).parents[1])
"""The package under test, for the processes that tests start."""

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
_GATE = """\
#!/bin/sh
# Stands in front of a program: writes down what it is asked, and waits while a gate for it is closed.
here={here}
printf '%s %s\\n' {name} "$*" >>"$here/calls"
for gate in "$here"/closed/*; do
  [ -e "$gate" ] || continue
  read -r word <"$gate"
  case " {name} $* " in *$word*) ;; *) continue ;; esac
  : >"$here/reached/${{gate##*/}}"
  while [ -e "$gate" ]; do sleep 0.02; done
done
exec {program} "$@"
"""


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


class Gates:
    """Programs of the host that can be stopped where they are called with certain words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("closed", "reached", "bin"):
            (folder / name).mkdir(parents=True)
        for name in ("git", "docker", "sha256sum"):
            self._stand_before(name)

    @property
    def path(self) -> str:
        """The search path of the host's commands."""
        return os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])

    def _stand_before(self, name: str) -> None:
        program = shutil.which(name)
        if program is not None:
            script = self.folder / "bin" / name
            script.write_text(_GATE.format(here=self.folder, name=name, program=program))
            script.chmod(0o755)

    def close(self, name: str, words: str) -> None:
        """Hold every program called with these words from now on."""
        (self.folder / "reached" / name).unlink(missing_ok=True)
        fresh = self.folder / f"{name}.new"
        fresh.write_text(f"{words}\n")
        fresh.rename(self.folder / "closed" / name)

    async def reached(self, name: str) -> None:
        """Wait until a program stands before a closed gate."""
        await eventually((self.folder / "reached" / name).exists, f"gate {name} reached")

    def open(self, name: str) -> None:
        """Let go what stands before a gate."""
        (self.folder / "closed" / name).unlink(missing_ok=True)

    def calls(self, *words: str) -> list[str]:
        """The calls, in order, that hold all of these words."""
        seen = self.folder / "calls"
        lines = seen.read_text().splitlines() if seen.exists() else []
        return [line for line in lines if all(word in f"{line} " for word in words)]


async def eventually(condition: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> None:
    """Wait for a condition without holding up the loop; the test fails where it does not come."""
    came = await to_thread.run_sync(lambda: wait_until(condition, limit_s=limit_s, every_s=0.02))
    assert came, f"never: {what}"


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The small shop, broken by its newest release, on a host of its own."""

    production: Production
    sshd: Sshd
    gates: Gates
    policy: dict[str, dict[str, Any]] = field(default_factory=dict)
    store: str = "incidents"

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
        """Where the host keeps its operations."""
        return self.app / ".git" / "flightrules"

    def settings(self) -> Path:
        """The settings file of this shop's server."""
        path = self.production.folder / f"{self.store}.toml"
        policy = {"verification": {"settle_seconds": 1, "health_timeout_seconds": 60}} | self.policy
        store = {"store": {"path": f"{self.store}.db"}, "policy": policy}
        path.write_text(self.production.toml + "\n" + dump(store))
        return path

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

    def head(self) -> str:
        return run("git", "-C", self.app, "rev-parse", "HEAD").strip()

    def audit(self) -> list[str]:
        """What the host's own audit log says was done."""
        path = self.base / "audit.log"
        return [line.rsplit("\t", 1)[-1] for line in path.read_text().splitlines()] if path.exists() else []

    def log_of_operation(self) -> str:
        """What the steps of all operations printed on the host."""
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
            await production.settle(500)
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


Person = Callable[[str], Any]
"""Answers the question that the server asks; an awaitable that gives yes or no."""


async def approves(_text: str) -> bool:
    """A person who says yes to everything."""
    return True


@dataclass
class Agent:
    """An agent over stdio, and the server process it talks to."""

    client: Client
    server: Started
    progress: list[str] = field(default_factory=list)
    killed: bool = False

    async def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool and give its structured answer."""

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            del progress, total
            self.progress.append(message or "")

        result = await self.client.call_tool(tool, arguments, progress_callback=progressed)
        assert isinstance(result, CallToolResult)
        assert result.structured_content is not None, result.content
        return dict(result.structured_content)

    async def call_and_forget(self, tool: str, incident: str) -> None:
        """Call a tool and leave the answer to nobody."""
        await self.call(tool, incident=incident)

    async def decided(self) -> str:
        """Take an incident to the decision to roll back; gives its id."""
        opened = await self.call("open_incident", target="shop", title="The shop answers 500")
        incident = str(opened["incident"])
        for tool, given in (("assess", {}), ("classify", {"impacts": ["complete_outage"]}), ("decide", {})):
            answer = await self.call(tool, incident=incident, **given)
            assert answer["ok"], answer
        return incident

    async def rolled_back(self, incident: str) -> dict[str, Any]:
        """Call rollback until it has ended."""
        for _ in range(20):
            answer = await self.call("rollback", incident=incident)
            if answer.get("phase") != "rolling_back":
                assert "result" in answer, answer
                return answer
        pytest.fail("the rollback did not end")

    @asynccontextmanager
    async def rolling_back(self, incident: str) -> AsyncIterator[dict[str, Any]]:
        """Call rollback meanwhile; the answer is in the dict afterwards, unless the server died."""
        found: dict[str, Any] = {}

        async def calling() -> None:
            try:
                found.update(await self.rolled_back(incident))
            except Exception as lost:
                if not self.killed:
                    raise
                found["lost"] = lost

        async with anyio.create_task_group() as group:
            group.start_soon(calling)
            yield found

    async def kill(self) -> None:
        """End the server as a power cut does."""
        self.killed = True
        os.kill(self.server.pid, signal.SIGKILL)
        await eventually(lambda: not self.server.alive(), "the server is gone")


@asynccontextmanager
async def serving(
    shop: Shop, person: Person | None = approves, *, program: str = "", acknowledges: bool = True
) -> AsyncIterator[Agent]:
    """The real server in a process of its own; `program` is Python text that runs in it first."""
    settings = shop.settings()

    async def elicited(context: object, params: ElicitRequestParams) -> ElicitResult:
        del context
        assert person is not None
        assert isinstance(params, ElicitRequestFormParams)
        content: dict[str, Any] = {"approve": await person(params.message)}
        if "acknowledge" in params.requested_schema["properties"]:
            content["acknowledge"] = acknowledges
        return ElicitResult(action="accept", content=content)

    pid = settings.with_suffix(".pid")
    pid.unlink(missing_ok=True)
    main = "from flightrules.cli import main; raise SystemExit(main())"
    tell = f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))"
    words = ["-c", f"{tell}\n{program}\n{main}", "--config", str(settings), "serve"]
    server = StdioServerParameters(
        command=sys.executable, args=words, cwd=str(shop.production.folder), env={"PYTHONPATH": _OURS}
    )
    callback = elicited if person is not None else None
    async with Client(server, elicitation_callback=callback) as client:
        yield Agent(client, _process(int(pid.read_text())))


def _process(pid: int) -> Started:
    return Started(pid, int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]))


async def in_terminal(shop: Shop, words: Sequence[str], *typed: str) -> str:
    """A person runs flightrules in a terminal and types these lines; gives what they saw."""
    command = [sys.executable, "-m", "flightrules.cli", "--config", str(shop.settings()), *words]
    return await to_thread.run_sync(lambda: _in_terminal(command, typed))


def _in_terminal(command: Sequence[str], typed: Sequence[str]) -> str:
    ours, theirs = os.openpty()
    env = {**os.environ, "PYTHONPATH": _OURS}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=env
    ) as program:
        os.close(theirs)
        os.write(ours, "".join(f"{line}\n" for line in typed).encode())
        seen = b""
        with suppress(OSError):  # Linux says so when the other end of a terminal closes
            while data := os.read(ours, 65536):
                seen += data
        os.close(ours)
        program.wait(LIMIT_S)
    return seen.decode(errors="replace")


class Wire:
    """A network between server and host that can be broken: forwards TCP to the host's SSH port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._servers_ends: list[asyncio.StreamWriter] = []
        self._hosts_ends: list[asyncio.StreamWriter] = []
        self._pumps: list[asyncio.Task[None]] = []
        self._believed: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[int]:
        """Forward while the block lasts; gives the port at which the host is reached."""
        listener = await asyncio.start_server(self._join, "127.0.0.1", 0)
        try:
            yield int(listener.sockets[0].getsockname()[1])
        finally:
            listener.close()
            for end in (*self._servers_ends, *self._hosts_ends):
                end.transport.abort()
            await asyncio.gather(*self._pumps)
            await asyncio.sleep(0)  # transports close in the turn after

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._servers_ends.append(writer)
        self._hosts_ends.append(back)
        self._pumps += [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        if writer not in self._believed:
            writer.transport.abort()

    def break_servers_end(self) -> int:
        """Reset the connections at the server; the host goes on believing in them."""
        broken = [end for end in self._servers_ends if not end.is_closing()]
        self._believed.update(self._hosts_ends)
        for end in broken:
            end.transport.abort()
        return len(broken)


def whole_audit(*steps: str) -> list[str]:
    """What the host's audit log says of an operation whose steps each ran once and succeeded."""
    lines = []
    for index, name in enumerate(steps):
        lines += [f"step {index} {name} started", f"step {index} {name} ended with exit status 0"]
    return ["started", *lines, "ended with exit status 0"]
