"""Findings out of the records of host/probe.sh: one for each probe that was asked for, readable or not.

Knows: which records make up which probe. Must not know: how they were collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading import docker, git, system
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import UNKNOWN, Deploys, Disk, Finding, FindingData, Logs, Services, ServiceState, Stats
from flightrules.state.logs import read_log
from flightrules.state.target import CommandsRuntime, ComposeRuntime, Runtime
from flightrules.state.untrusted import lines_of, one_line

COMPOSE_PROBES = ("services", "logs", "stats", "disk", "memory", "deploys")
COMMANDS_PROBES = ("services", "logs", "disk", "memory", "deploys")
MOST_TOLD = 100
SKEW_UNSURE = timedelta(seconds=15)
"""Less is what a question may take to get to a busy host."""
CANNOT_RUN = frozenset({124, 125, 126, 127, 137})
"""A command that did not end in time or could not be started says nothing about the service."""


class Records:
    """The records of one program run, and why one that is not among them is missing."""

    def __init__(self, frames: Mapping[str, Frame], missing: str) -> None:
        self.frames = frames
        self.missing = missing or "the host did not print it"

    def get(self, name: str) -> Frame:
        """A record of a probe that succeeded. Raises `Unreadable` with why it did not."""
        frame = self.frames.get(name)
        if frame is None:
            raise Unreadable(self.missing)
        if frame.why:
            raise Unreadable(frame.why)
        return frame

    def text(self, name: str) -> str:
        """What that probe printed."""
        return self.get(name).text

    def took_ms(self, *names: str) -> int:
        """How long the slowest of some probes took."""
        return max((self.frames[name].took_ms for name in names if name in self.frames), default=0)


def probes(runtime: Runtime) -> tuple[str, ...]:
    """The probes that are made on a host."""
    return COMPOSE_PROBES if isinstance(runtime, ComposeRuntime) else COMMANDS_PROBES


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
    """How far the host's clock is ahead of ours; zero where it is not known, or within the time a question takes."""
    try:
        ahead = system.clock(records.text("clock")) - sent_at
    except Unreadable:
        return timedelta(0)
    return ahead if abs(ahead) > SKEW_UNSURE else timedelta(0)


def by_our_clock(finding: Finding, skew: timedelta) -> Finding:
    """When a release was deployed is held against onset, which is told by our clock and not by the host's."""
    if not skew or not isinstance(finding.data, Deploys):
        return finding
    deploys = tuple(deploy.model_copy(update={"at": deploy.at - skew}) for deploy in finding.data.deploys)
    return finding.model_copy(update={"data": finding.data.model_copy(update={"deploys": deploys})})


def _finding(host: str, probe: str, read: Callable[[], FindingData], took_ms: int) -> Finding:
    try:
        return Finding(probe=probe, host=host, data=read(), took_ms=took_ms)
    except ValueError as error:  # Unreadable, or a value that fits no field
        return Finding(probe=probe, host=host, why=one_line(str(error), 400) or "not understood", took_ms=took_ms)


def service_states(runtime: Runtime, records: Records) -> tuple[ServiceState, ...]:
    """What runs. Raises `Unreadable`."""
    if isinstance(runtime, CommandsRuntime):
        return (_commanded(runtime, records),)
    listed = docker.containers(records.text("containers"))
    states = docker.services(records.text("services"))
    if {state.container for state in states} != {ident[:12] for ident in listed}:
        raise Unreadable("the containers that were inspected are not those that were listed")
    return states


def states_or_unknown(runtime: Runtime, records: Records) -> tuple[ServiceState, ...]:
    """What runs; a status command that says nothing, perhaps since it came with another release, says so."""
    try:
        return service_states(runtime, records)
    except Unreadable:
        if not isinstance(runtime, CommandsRuntime) or "status" not in records.frames:
            raise
        return (ServiceState(service=runtime.service, state=UNKNOWN),)


def told(runtime: Runtime, frame: Frame | None) -> str | None:
    """What the service's own `release` command says; empty where it says nothing, None where there is none."""
    if not isinstance(runtime, CommandsRuntime) or runtime.release is None:
        return None
    return one_line(frame.text, MOST_TOLD) if frame is not None and frame.status == 0 else ""


def _commanded(runtime: CommandsRuntime, records: Records) -> ServiceState:
    frame = records.frames.get("status")
    if frame is None:
        raise Unreadable(records.missing)
    if frame.status in CANNOT_RUN:
        raise Unreadable(f"the status command said nothing: {frame.why}")
    if frame.status == 0:
        return ServiceState(service=runtime.service, state="running")
    return ServiceState(service=runtime.service, state="exited", exit_code=frame.status)


def _services(runtime: Runtime, records: Records) -> Services:
    return Services(services=service_states(runtime, records))


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
    try:
        names = _log_records(runtime, records)
    except ValueError as error:
        probe = f"logs:{only}" if only else "logs"
        yield Finding(probe=probe, host=host, why=one_line(str(error), 400))
        return
    if only and only not in names:
        yield Finding(probe=f"logs:{only}", host=host, why="the service has no container")
    for service, parts in sorted(names.items()):
        if only in {"", service}:
            read = lambda service=service, parts=parts: _log(service, parts, records, since)  # noqa: E731
            yield _finding(host, f"logs:{service}", read, records.took_ms(*parts))


def _log_records(runtime: Runtime, records: Records) -> dict[str, list[str]]:
    if isinstance(runtime, CommandsRuntime):
        return {runtime.service: [f"log:{runtime.service}:"]}
    names: dict[str, list[str]] = {}
    for ident, service in docker.containers(records.text("containers")).items():
        names.setdefault(service, []).append(f"log:{service}:{ident}")
    return names


def _log(service: str, parts: Iterable[str], records: Records, since: datetime | None) -> Logs:
    # The engine leaves older lines out itself; a command of the user's own prints what it prints.
    texts = [records.text(part) for part in parts]
    if len(texts) == 1:
        return read_log(service, texts[0], since=since)
    lines = sorted(line for text in texts for line in lines_of(text))  # each begins with the engine's time
    return read_log(service, "\n".join(lines), since=since)
