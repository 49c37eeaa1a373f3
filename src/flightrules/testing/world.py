"""A target in memory as it stands: its hosts, its faults, and what each probe shows of them.

Knows: the switches that a test may set. Must not know: ports; production.py keeps their promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from flightrules.errors import Unavailable, Unreached
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
from flightrules.state.logs import read_log
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import Target
from flightrules.testing.clock import START, ManualClock
from flightrules.testing.host import ScriptedHost, image_of

GIB = 1024**3
CONFIG_HASH = "0" * 64


class ScriptedWorld:
    """A target's hosts and what can be seen of them; every switch is an attribute that a test may set at any time."""

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
        """Number of looks that still see an operation as `running`."""
        self.refuse_launches = ""
        """Reason that hosts take no operation; empty if they do."""
        self.lose_launch_answers = 0
        """Number of launches that reach the host although their answer does not come back."""
        self.absent: set[str] = set()
        """Releases whose commit the hosts do not have, even after a fetch."""
        self.changed_paths: tuple[str, ...] = ("web/app.py",)
        self.errors_per_service = 0
        self.logged: list[tuple[datetime, str, str]] = []
        """(when, service, line) that stand in the services' logs, besides what a broken release writes."""
        self.asked: list[tuple[str, ...]] = []
        """The probes of each look, as they were named."""
        self.closed = False

    def _host(self, current: str) -> ScriptedHost:
        names = runtime_of(self.target).services or ("web", "worker")
        deploys = [Deploy(sha=sha, at=self.committed[sha], how="checkout") for sha in reversed(self.releases)]
        images = {(name, sha) for name in names for sha in self.releases}
        return ScriptedHost(head=current, serving=current, services=names, images=images, deploys=deploys)

    def deploy(self, release: str) -> None:
        """Somebody deploys a release on every host, beside the server."""
        now = self.clock.now()
        if release not in self.releases:
            self.releases.append(release)
            self.committed[release] = now
        for host in self.hosts.values():
            host.head = host.serving = release
            host.images |= {(name, release) for name in host.services}
            host.deploys.insert(0, Deploy(sha=release, at=now, how="checkout"))
            host.started_at = now

    def _reach(self, name: str) -> ScriptedHost:
        host = self.hosts.get(name)
        if host is None:
            raise Unavailable(f"host {name}", f"target {self.target.name} has no such host.", "Name one of its hosts.")
        if host.unreachable:
            raise Unreached(f"host {name}", host.unreachable, "Look at its network and sshd.")
        return host

    def _inside(self, host: ScriptedHost, since: datetime | None) -> Iterator[tuple[str, Callable[[], FindingData]]]:
        yield "services", lambda: Services(services=self._services(host))
        for service in host.services:
            yield f"logs:{service}", lambda service=service: self._logs(service, host, since)  # type: ignore[misc]
        if runtime_of(self.target).containers:
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
                config_hash=CONFIG_HASH if runtime_of(self.target).containers else "",
                started_at=host.started_at,
            )
            for name in host.services
        )

    def _logs(self, service: str, host: ScriptedHost, since: datetime | None) -> Logs:
        own = [f"{at:%Y-%m-%dT%H:%M:%SZ} {line}" for at, name, line in self.logged if name == service]
        if own:
            return read_log(service, "\n".join(own), since=since)
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
        name, _, host = probe.removeprefix("check:").partition(":")
        if why := self.unreadable.get(probe):
            return Finding(probe=probe, why=why)
        release = (self.hosts[host] if host else next(iter(self.hosts.values()))).serving
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
