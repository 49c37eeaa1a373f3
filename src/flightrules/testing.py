"""Stand-ins that keep the promises of ports.py without a world: a clock, ids, and a production made of memory.

Knows: the ports and the values they speak in. Must not know: the service that uses them.
`ScriptedProduction` passes the same contract tests as the SSH adapter (tests/adapters/production_contract.py).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flightrules.errors import Defect, Unavailable
from flightrules.state.evidence import (
    Commit,
    ContainerStats,
    Deploy,
    Deploys,
    Disk,
    ErrorGroup,
    Filesystem,
    Finding,
    FindingData,
    Http,
    Logs,
    Memory,
    Services,
    ServiceState,
    Stats,
)
from flightrules.state.operation import ImageState, Look, Operation, Running, Step, StepOutcome, Survey
from flightrules.state.target import ComposeRuntime, Target

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
GIB = 1024**3
CONFIG_HASH = "0" * 64


class ManualClock:
    """Time that only moves when told to; with `runs`, a sleep moves it by itself."""

    def __init__(self, start: datetime = START, *, runs: bool = False) -> None:
        self._now = start
        self._runs = runs
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        """The time as last set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time on and wake the sleepers whose time has come."""
        self._now += timedelta(seconds=seconds)
        for until, event in self._sleepers:
            if until <= self._now:
                event.set()
        self._sleepers = [(until, event) for until, event in self._sleepers if not event.is_set()]

    @property
    def sleepers(self) -> int:
        """How many sleeps are waiting for the time to move."""
        return len(self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until the time has moved that far; always lets other tasks run."""
        if self._runs:
            self.advance(seconds)
        elif seconds > 0:
            event = asyncio.Event()
            self._sleepers.append((self._now + timedelta(seconds=seconds), event))
            await event.wait()
            return
        await asyncio.sleep(0)


class SequentialIds:
    """Ids that count up: `INC-000001`, `OP-000002`."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        """The next id."""
        self._count += 1
        return f"{prefix}-{self._count:06d}"


def image_of(service: str, release: str) -> str:
    """The image id that the scripted world gives to a service built at a release."""
    return "sha256:" + hashlib.sha256(f"{service}@{release}".encode()).hexdigest()


@dataclass
class ScriptedOperation:
    """An operation as a scripted host holds it."""

    operation: Operation
    looks_left: int
    looked: Look = field(default_factory=lambda: Look(state="running"))


@dataclass
class ScriptedHost:
    """The state of one host. Tests set it and read it."""

    head: str
    serving: str
    """The release that the containers run."""
    branch: str | None = "main"
    services: tuple[str, ...] = ("web",)
    images: set[tuple[str, str]] = field(default_factory=set)
    """(service, release) whose image is on the host."""
    remembered: set[tuple[str, str]] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    """Services whose container does not run."""
    dirty: tuple[str, ...] = ()
    deploys: list[Deploy] = field(default_factory=list)
    lock_holder: str = ""
    shadowed: tuple[str, ...] = ()
    unreachable: str = ""
    """Why nothing reaches the host; empty when it answers."""
    operations: dict[str, ScriptedOperation] = field(default_factory=dict)
    started_at: datetime = START - timedelta(hours=1)
    """When the services that run were started."""
    ran: list[Step] = field(default_factory=list)
    """Every step that was started, undos left out."""


class ScriptedProduction:
    """A production made of memory; every switch is an attribute that a test may set at any time."""

    def __init__(self, target: Target, clock: ManualClock, *, releases: Sequence[str], serving: str = "") -> None:
        """`releases` are full commit ids, oldest first; the last one serves unless `serving` names another."""
        self.target = target
        self.clock = clock
        self.releases = list(releases)
        self.committed = {sha: START - timedelta(days=len(releases) - n) for n, sha in enumerate(releases)}
        current = serving or self.releases[-1]
        self.hosts = {host.name: self._host(current) for host in target.hosts}
        self.broken: set[str] = set()
        """Releases whose health answer and checks fail."""
        self.broken_checks: set[tuple[str, str]] = set()
        """(check, release) that fail."""
        self.slow: set[tuple[str, str]] = set()
        """(check or `health`, release) that answer too slowly."""
        self.down = False
        """Nothing listens at the health address."""
        self.unreadable: dict[str, str] = {}
        """Probe and why it cannot be read, on every host."""
        self.fail_hosts: set[str] = set()
        """Hosts on which the step that changes what serves users fails."""
        self.fail_steps: dict[str, int] = {}
        """Step name and the exit status it ends with."""
        self.crash_at = ""
        """Name of the step during which the host loses the operation."""
        self.looks_to_finish = 0
        """How many looks still see an operation `running`."""
        self.lose_launch_answers = 0
        """How many launches reach the host although their answer does not come back."""
        self.absent: set[str] = set()
        """Releases whose commit the hosts do not have, even after a fetch."""
        self.changed_paths: tuple[str, ...] = ("web/app.py",)
        self.errors_per_service = 0
        self.closed = False

    def _host(self, current: str) -> ScriptedHost:
        names = ("web", "worker") if isinstance(self.target.runtime, ComposeRuntime) else (self.target.runtime.service,)
        deploys = [Deploy(sha=sha, at=self.committed[sha], how="checkout") for sha in reversed(self.releases)]
        images = {(name, sha) for name in names for sha in self.releases}
        return ScriptedHost(head=current, serving=current, services=names, images=images, deploys=deploys)

    def _reach(self, name: str) -> ScriptedHost:
        host = self.hosts.get(name)
        if host is None:
            raise Unavailable(f"host {name}", f"target {self.target.name} has no such host.", "Name one of its hosts.")
        if host.unreachable:
            raise Unavailable(f"host {name}", host.unreachable, "Look at its network and sshd.")
        return host

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        """The scripted findings, in the order of `Finding.probe`'s documentation."""
        del since, limit_s
        wanted = set(probes)
        found = [self._outside(name) for name in ["health", *(f"check:{check.name}" for check in self.target.checks)]]
        for name, host in self.hosts.items():
            for probe, read in self._inside(host):
                why = host.unreachable or self.unreadable.get(probe, "")
                found.append(Finding(probe=probe, host=name, why=why, data=None if why else read()))
        known = {name for item in found for name in (item.probe, "logs" if item.probe[:5] == "logs:" else item.probe)}
        unknown = [Finding(probe=name, why="there is no such probe") for name in probes if name not in known]
        asked = [item for item in found if not wanted or {item.probe, item.probe.replace("logs:", "logs", 1)} & wanted]
        return (*asked, *unknown)

    def _inside(self, host: ScriptedHost) -> Iterator[tuple[str, Callable[[], FindingData]]]:
        yield "services", lambda: Services(services=self._services(host))
        for service in host.services:
            yield f"logs:{service}", lambda service=service: self._logs(service, host)  # type: ignore[misc]
        if isinstance(self.target.runtime, ComposeRuntime):
            used = tuple(ContainerStats(service=s, cpu_percent=1.0, memory_bytes=GIB // 8) for s in host.services)
            yield "stats", lambda: Stats(containers=used)
        yield "disk", lambda: Disk(filesystems=(Filesystem(mount="/", size_bytes=40 * GIB, available_bytes=20 * GIB),))
        yield "memory", lambda: Memory(total_bytes=4 * GIB, available_bytes=2 * GIB)
        yield "deploys", lambda: self._deploys(host)

    def _services(self, host: ScriptedHost) -> tuple[ServiceState, ...]:
        return tuple(
            ServiceState(
                service=name,
                container=image_of(name, host.serving)[7:19],
                state="exited" if name in host.stopped else "running",
                health="unhealthy" if host.serving in self.broken else "healthy",
                image=image_of(name, host.serving),
                image_ref=f"{self.target.name}-{name}:{host.serving}",
                config_hash=CONFIG_HASH if isinstance(self.target.runtime, ComposeRuntime) else "",
                started_at=host.started_at,
            )
            for name in host.services
        )

    def _logs(self, service: str, host: ScriptedHost) -> Logs:
        count = self.errors_per_service or (12 if host.serving in self.broken else 0)
        group = ErrorGroup(signature="ERROR request failed id=<n>", count=count, example="ERROR request failed id=7")
        text = "".join(f"ERROR request failed id={n}\n" for n in range(count)) or "INFO ok\n"
        return Logs(service=service, lines=max(count, 1), errors=count, groups=(group,) if count else (), text=text)

    def _deploys(self, host: ScriptedHost) -> Deploys:
        commits = [Commit(sha=s, at=self.committed[s], subject=f"Release {s[:7]}") for s in reversed(self.releases)]
        return Deploys(
            head=host.head,
            branch=host.branch,
            dirty=host.dirty,
            commits=tuple(commits[:20]),
            deploys=tuple(host.deploys),
        )

    def _outside(self, probe: str) -> Finding:
        name = probe.removeprefix("check:")
        if why := self.unreadable.get(probe):
            return Finding(probe=probe, why=why)
        release = next(iter(self.hosts.values())).serving
        if self.down:
            data = Http(check=name, ok=False, failed=("The service does not answer: connection refused.",))
            return Finding(probe=probe, data=data)
        bad = release in self.broken or (name, release) in self.broken_checks
        slow = (name, release) in self.slow
        tells = release if name == "health" and self.target.release_pointer else None
        data = Http(
            check=name,
            ok=not bad,
            slow=slow,
            status=500 if bad else 200,
            latency_ms=5_000 if slow else 20,
            failed=("The status is 500, not 200.",) if bad else (),
            body="error" if bad else "ok",
            release=tells,
        )
        return Finding(probe=probe, data=data, took_ms=data.latency_ms)

    async def survey(self, host: str, release: str) -> Survey:
        """What the scripted host holds, seen from a release."""
        there = self._reach(host)
        compose = isinstance(self.target.runtime, ComposeRuntime)
        present = release in self.releases and release not in self.absent
        images = tuple(
            ImageState(
                service=name,
                ref=f"{self.target.name}-{name}:{release}",
                present=image_of(name, release) if (name, release) in there.images else "",
                remembered=image_of(name, release) if (name, release) in there.remembered else "",
                buildable=True,
            )
            for name in there.services
        )
        return Survey(
            host=host,
            head=there.head,
            branch=there.branch,
            dirty=there.dirty,
            dirty_patch="".join(f"--- a/{path}\n+++ b/{path}\n" for path in there.dirty),
            release_present=present,
            changed_paths=self.changed_paths if release != there.head else (),
            services=self._services(there),
            config_ok=present,
            config_why="" if present else "the release is not there",
            config_hashes=tuple((name, CONFIG_HASH) for name in there.services) if compose and present else (),
            images=images if compose and present else (),
            free_bytes=20 * GIB,
            lock_holder=there.lock_holder,
            lock_alive=bool(there.lock_holder),
            shadowed=there.shadowed,
        )

    async def launch(self, operation: Operation) -> None:
        """Take the operation once; the same id again changes nothing, another content under it is a defect."""
        host = self._reach(operation.host)
        known = host.operations.get(operation.id)
        if known is not None and known.operation != operation:
            msg = f"operation {operation.id} reached host {operation.host} before with other steps"
            raise Defect(msg)
        if known is None:
            host.operations[operation.id] = ScriptedOperation(operation, self.looks_to_finish)
        if self.lose_launch_answers:
            self.lose_launch_answers -= 1
            raise Unavailable(f"host {operation.host}", "the connection broke; the outcome is UNKNOWN.", "Look at it.")

    async def look(self, host: str, operation: str, *, offset: int = 0) -> Look:
        """See the operation; each look brings a slow one nearer to its end."""
        there = self._reach(host)
        held = there.operations.get(operation)
        if held is None:
            return Look(state="absent")
        if held.looked.state == "running":
            if held.looks_left > 0:
                held.looks_left -= 1
            else:
                held.looked = self._run(held.operation, there)
        log = held.looked.log.encode()
        return held.looked.model_copy(update={"log": log[offset:].decode(), "next_offset": max(len(log), offset)})

    async def break_lock(self, host: str, operation: str, *, who: str) -> str:  # noqa: ARG002 - no audit in memory
        """End an operation that still runs."""
        held = self._reach(host).operations.get(operation)
        if held is None or held.looked.state == "done":
            raise Unavailable(f"host {host}", f"operation {operation} holds no lock.", "Look at the host.")
        alive = held.looked.state == "running"
        held.looked = held.looked.model_copy(update={"state": "lost"})
        return "killed" if alive else "dead"

    def _run(self, operation: Operation, host: ScriptedHost) -> Look:
        if host.lock_holder:
            return Look(state="done", exit_status=75, log=f"busy: {host.lock_holder}\n")
        outcomes: list[StepOutcome] = []
        for index, step in enumerate(operation.steps):
            host.ran.append(step)
            began = StepOutcome(index=index, name=step.name, started_at=self.clock.now())
            if step.name == self.crash_at:
                return Look(state="lost", steps=(*outcomes, began), same_boot=False, log=f"{step.name}\n")
            refuses = step.argv == ("false",) or (step.changes and operation.host in self.fail_hosts)
            failed = 1 if refuses else self.fail_steps.get(step.name, 0)
            status = failed or self._effect(step, operation, host)
            outcomes.append(began.model_copy(update={"ended_at": self.clock.now(), "exit_status": status}))
            if status:
                undone = self._undo(operation, host, outcomes)
                return Look(state="done", exit_status=status, steps=undone, log=f"{step.name} failed: {status}\n")
        return Look(state="done", exit_status=0, steps=tuple(outcomes), log="done\n")

    def _effect(self, step: Step, operation: Operation, host: ScriptedHost) -> int:
        release = operation.to_release
        if step.name == "checkout":
            host.head, host.branch = release, None
            host.deploys.insert(0, Deploy(sha=release, at=self.clock.now(), how="checkout"))
        elif step.name == "build":
            host.images |= {(name, release) for name in host.services}
        elif step.name == "retag":
            host.images |= {(name, sha) for name, sha in host.remembered if sha == release}
        elif step.name == "up":
            if any((name, release) not in host.images for name in host.services):
                return 1
            if host.serving != release or host.stopped:
                host.started_at = self.clock.now()
            host.serving, host.stopped = release, set()
        elif step.name == "restart":
            host.serving, host.stopped, host.started_at = host.head, set(), self.clock.now()
        return 0

    def _undo(
        self, operation: Operation, host: ScriptedHost, outcomes: Sequence[StepOutcome]
    ) -> tuple[StepOutcome, ...]:
        if any(operation.steps[item.index].changes for item in outcomes):
            return tuple(outcomes)
        undone = []
        for item in outcomes:
            undoable = item.exit_status == 0 and operation.steps[item.index].undo is not None
            if undoable and item.name == "checkout":
                host.head = operation.from_release
            undone.append(item.model_copy(update={"undone": undoable}))
        return tuple(undone)

    async def running(self, host: str) -> Running:
        """What the scripted host runs."""
        there = self._reach(host)
        told = None if isinstance(self.target.runtime, ComposeRuntime) else there.serving
        services = self._services(there)
        return Running(
            host=host, at=self.clock.now(), head=there.head, branch=there.branch, services=services, release=told
        )

    async def remember(self, host: str, release: str) -> tuple[tuple[str, str], ...]:
        """Remember the running images under a release; only when HEAD is that release."""
        there = self._reach(host)
        if there.head != release:
            raise Unavailable(f"host {host}", f"HEAD is {there.head}, not {release}.", "Nothing was tagged.")
        there.remembered |= {(name, release) for name in there.services}
        return tuple((name, image_of(name, there.serving)) for name in there.services)

    async def close(self) -> None:
        """Note that it was let go of."""
        self.closed = True
