"""A production on several hosts that are one machine: each has its own view of the app's folder, its own SSH server.

Knows: mount namespaces, and how a team deploys on many hosts. Must not know: how flightrules rolls back.
All hosts of a target share one `app_dir`, so each host sees a folder of its own under that one path. Needs root.
"""

from __future__ import annotations

import http.client
import shlex
import shutil
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

from anyio import to_thread

from sandbox.process import SandboxError, Started, run, start, stop_all_in, wait_until
from sandbox.production import Production
from sandbox.shop.repository import Release, build_repository, checkout, clone
from sandbox.ssh import free_port
from sandbox.sshd import Sshd, start_sshd

RELEASES = (Release("good", "Open the shop"), Release("bad", "Use the connection pool", behaviour="error500"))
"""A good release that served for a day, and a bad one that was deployed four minutes ago."""

_AGES = {"good": timedelta(days=1), "bad": timedelta(minutes=4)}
_LIMIT_S = 10.0


@dataclass(slots=True, kw_only=True)
class Machine:
    """One host of the fleet."""

    name: str
    role: str
    folder: Path
    """Path that this host sees as the app's folder."""
    app_dir: Path
    port: int
    """Port on which its shop listens."""
    view: Started
    """Holds the host's view open."""
    sshd: Sshd

    @property
    def inside(self) -> tuple[str, ...]:
        """Words that run a program on this host."""
        return _inside(self.view)

    def ctl(self, *words: str) -> str:
        """Run the shop's own control script, here."""
        return run(*self.inside, self.app_dir / "ctl", *words)

    def head(self) -> str:
        """The commit that is checked out."""
        return run("git", "-C", self.folder, "rev-parse", "HEAD").strip()

    def serving(self) -> str:
        """The release the shop's process was started from; empty where none runs."""
        with suppress(SandboxError):
            return self.ctl("release").strip()
        return ""

    def audit(self) -> list[str]:
        """Return what operations did by the host's own audit log; nothing if there never was one."""
        path = self.folder / ".git" / "flightrules" / "audit.log"
        lines = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
        return [act for _, operation, _, _, act in lines if operation != "-"]

    def unplug(self) -> None:
        """Stop its SSH server: the host cannot be reached any more, what runs on it goes on."""
        self.sshd.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet(Production):
    """The shop on several hosts, behind one address."""

    machines: Mapping[str, Machine]
    canary: int = 1
    batch: int = 1
    own_addresses: bool = True
    """True if flightrules is told the address at which each host alone answers."""

    def serving(self) -> dict[str, str]:
        """The name of the release that each host serves."""
        names = {sha: name for name, sha in self.releases.items()}
        return {name: names.get(machine.serving(), "") for name, machine in self.machines.items()}

    def _table(self) -> dict[str, object]:
        rollout = {"canary": self.canary, "batch": self.batch}
        hosts = [self._host_table(machine) for machine in self.machines.values()]
        return {**super(Fleet, self)._table(), "rollout": rollout, "hosts": hosts}

    def _host_table(self, machine: Machine) -> dict[str, object]:
        ssh = machine.sshd.ssh
        own = (
            {"health_url": f"http://127.0.0.1:{machine.port}/api/v1/health"}
            if machine.role == "services" and self.own_addresses
            else {}
        )
        return {
            "name": machine.name,
            "address": ssh.address,
            "port": ssh.port,
            "user": ssh.user,
            "key": str(ssh.key),
            "host_key": ssh.host_key,
            "role": machine.role,
            **own,
        }


@contextmanager
def balanced(ports: Sequence[int]) -> Iterator[int]:
    """One address for many hosts, each request to the next one, while the block lasts; gives its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Forward, cycle(ports)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Forward(BaseHTTPRequestHandler):
    """Passes a GET on to the next host, and its answer back; a host that does not answer is a bad gateway."""

    def __init__(self, ports: Iterator[int], *args: Any) -> None:  # noqa: ANN401 - what the server hands over
        self._port = next(ports)
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer as the host does."""
        status, body = get(self._port, self.path)
        self.send_response(status or 502)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gave it
        """Stay silent."""


def get(port: int, path: str) -> tuple[int, bytes]:
    """The status and body of a GET on loopback; the status is 0 where nothing answered."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""


@asynccontextmanager
async def sandbox_fleet(
    count: int = 3,
    *,
    migrations: bool = False,
    env: Mapping[str, str] | None = None,
    rollout: tuple[int, int] = (1, 1),
    own_addresses: bool = True,
) -> AsyncIterator[Fleet]:
    """Put the shop on so many hosts, `web-1` and so on, and with `migrations` a checkout on `db-1` that runs nothing.

    `env` is the environment of what runs over SSH, `rollout` the size of the canary and of a batch.
    """
    names = {f"web-{number}": "services" for number in range(1, count + 1)}
    names |= {"db-1": "migrations"} if migrations else {}
    folder = await to_thread.run_sync(_make_folder)
    machines: dict[str, Machine] = {}
    async with AsyncExitStack() as stack:
        stack.push_async_callback(to_thread.run_sync, _remove, folder, machines)
        shas = await to_thread.run_sync(build_repository, folder / "origin", RELEASES)
        for name, role in names.items():
            machines[name] = await to_thread.run_sync(_machine, folder, name, role, dict(env or {}))
            await to_thread.run_sync(_deploy, machines[name], shas)
        ports = [machine.port for machine in machines.values() if machine.role == "services"]
        yield Fleet(
            kind="commands",
            name="shop",
            folder=folder,
            project=folder.name,
            releases=shas,
            port=stack.enter_context(balanced(ports)),
            ssh=machines["web-1"].sshd.ssh,
            host=None,
            machines=machines,
            canary=rollout[0],
            batch=rollout[1],
            own_addresses=own_addresses,
        )


def _make_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sandbox-fleet-")).resolve()


def _inside(view: Started) -> tuple[str, ...]:
    return ("nsenter", "--target", str(view.pid), "--mount", "--")


def _machine(folder: Path, name: str, role: str, env: dict[str, str]) -> Machine:
    """A host with a clone of its own, nothing checked out yet."""
    app, own = folder / "app", folder / "hosts" / name
    app.mkdir(exist_ok=True)
    own.mkdir(parents=True)
    clone(folder / "origin", own / "app")
    port = free_port()
    settings = {"SHOP_PORT": str(port), "PYTHON": shlex.quote(sys.executable)}
    (own / "app" / ".env").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    view = _view(own, app)
    try:
        sshd = start_sshd(own / "ssh", env=env, inside=_inside(view))
    except SandboxError:
        view.stop()
        raise
    return Machine(name=name, role=role, folder=own / "app", app_dir=app, port=port, view=view, sshd=sshd)


def _view(own: Path, app: Path) -> Started:
    """A mount namespace in which this host's clone lies at the path all hosts share."""
    words = ("unshare", "--mount", "--propagation", "private", "sh", "-c")
    mount = 'mount --bind "$1" "$2" && exec sleep infinity'
    view = start(*words, mount, "view", own / "app", app, log=own / "view.log")
    mounted = f" {app} "
    table = Path(f"/proc/{view.pid}/mountinfo")
    if not wait_until(lambda: view.alive() and mounted in table.read_text(), limit_s=_LIMIT_S, every_s=0.01):
        view.stop()
        raise SandboxError(f"no view of its own for a host: {(own / 'view.log').read_text()[-500:]}")
    return view


def _deploy(machine: Machine, shas: Mapping[str, str]) -> None:
    now = datetime.now(UTC)
    for name, age in _AGES.items():
        checkout(machine.folder, shas[name], at=now - age)
    if machine.role == "services":
        machine.ctl("restart")


def _remove(folder: Path, machines: Mapping[str, Machine]) -> None:
    for machine in machines.values():
        machine.sshd.stop()
    stop_all_in(folder)
    for machine in machines.values():
        machine.view.stop()
    shutil.rmtree(folder, ignore_errors=True)
