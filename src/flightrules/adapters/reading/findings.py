"""Findings out of the records of host/probe.sh: one for each probe that was asked for, readable or not.

Knows: which records make up which probe. Must not know: how they were collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from flightrules.adapters.reading import docker, git, system
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.adapters.runtimes.known import on_host
from flightrules.state.evidence import Deploys, Disk, Finding, FindingData, Services, Stats
from flightrules.state.target import Runtime
from flightrules.state.untrusted import one_line

__all__ = ["Records", "by_our_clock", "findings", "probes", "skew"]

SKEW_UNSURE = timedelta(seconds=15)
"""Less is what a question may take to get to a busy host."""


def probes(runtime: Runtime) -> tuple[str, ...]:
    """The probes that are made on a host."""
    return on_host(runtime).probes


def findings(
    host: str, runtime: Runtime, wanted: Iterable[str], records: Records, *, since: datetime | None = None
) -> tuple[Finding, ...]:
    """One finding for each wanted probe; `logs` gives one for each service, from `since` on by the host's clock."""
    found: list[Finding] = []
    for probe in wanted:
        if probe == "logs" or probe.startswith("logs:"):
            found.extend(_logs(host, runtime, probe.removeprefix("logs").removeprefix(":"), records, since))
        else:
            read, parts = _READERS[probe]
            found.append(_finding(host, probe, lambda read=read: read(runtime, records), records.took_ms(*parts)))  # type: ignore[misc]
    return tuple(found)


def skew(records: Records, sent_at: datetime) -> timedelta:
    """Return how far the host's clock is ahead of ours.

    It is zero if that is not known, or if it is within the time that a question takes.
    """
    try:
        ahead = system.clock(records.text("clock")) - sent_at
    except Unreadable:
        return timedelta(0)
    return ahead if abs(ahead) > SKEW_UNSURE else timedelta(0)


def by_our_clock(finding: Finding, skew: timedelta) -> Finding:
    """Return the finding with the times of deployments converted from the host's clock to ours.

    They are compared with the onset, which is told by our clock and not by the host's.
    """
    if not skew or not isinstance(finding.data, Deploys):
        return finding
    deploys = tuple(deploy.model_copy(update={"at": deploy.at - skew}) for deploy in finding.data.deploys)
    return finding.model_copy(update={"data": finding.data.model_copy(update={"deploys": deploys})})


def _finding(host: str, probe: str, read: Callable[[], FindingData], took_ms: int) -> Finding:
    try:
        return Finding(probe=probe, host=host, data=read(), took_ms=took_ms)
    except ValueError as error:  # Unreadable, or a value that fits no field
        return Finding(probe=probe, host=host, why=one_line(str(error), 400) or "not understood", took_ms=took_ms)


def _services(runtime: Runtime, records: Records) -> Services:
    return Services(services=on_host(runtime).states(records))


def _stats(runtime: Runtime, records: Records) -> Stats:
    del runtime
    names = docker.containers(records.text("containers"))
    return Stats(containers=docker.stats(records.text("stats"), names))


def _disk(runtime: Runtime, records: Records) -> Disk:
    del runtime
    inodes = records.frames.get("inodes")
    counted = inodes.text if inodes is not None and inodes.status == 0 else ""
    return Disk(filesystems=system.filesystems(records.text("disk"), counted))


def _memory(runtime: Runtime, records: Records) -> FindingData:
    del runtime
    return system.memory(records.text("memory"))


def _deploys(runtime: Runtime, records: Records) -> Deploys:
    del runtime
    head, branch = git.head(records.text("head"))
    return Deploys(
        head=head,
        branch=branch,
        dirty=git.dirty(records.text("dirty")),
        commits=git.commits(records.text("commits")),
        deploys=git.moves(records.text("moves")),
    )


_READERS: Mapping[str, tuple[Callable[[Runtime, Records], FindingData], tuple[str, ...]]] = {
    "services": (_services, ("services", "status")),
    "stats": (_stats, ("stats",)),
    "disk": (_disk, ("disk",)),
    "memory": (_memory, ("memory",)),
    "deploys": (_deploys, ("head", "dirty", "commits", "moves")),
}


def _logs(host: str, runtime: Runtime, only: str, records: Records, since: datetime | None) -> Iterable[Finding]:
    """The logs of each service, or of one; a service's containers are read as one log."""
    own = on_host(runtime)
    try:
        names = own.log_parts(records)
    except ValueError as error:
        probe = f"logs:{only}" if only else "logs"
        yield Finding(probe=probe, host=host, why=one_line(str(error), 400))
        return
    if only and only not in names:
        yield Finding(probe=f"logs:{only}", host=host, why="the service has no container")
    for service, parts in sorted(names.items()):
        if only in {"", service}:
            read = lambda service=service, parts=parts: own.log(service, [records.get(part) for part in parts], since)  # noqa: E731
            yield _finding(host, f"logs:{service}", read, records.took_ms(*parts))
