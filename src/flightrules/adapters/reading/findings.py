"""Findings out of the records of host/probe.sh: one for each probe that was asked for, readable or not.

Knows: which records make up which probe. Must not know: how they were collected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading import docker, git, system
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import UNKNOWN, Deploys, Disk, Finding, FindingData, Logs, Services, ServiceState, Stats
from flightrules.state.logs import read_log, timed_lines
from flightrules.state.target import CommandsRuntime, ComposeRuntime, Runtime
from flightrules.state.untrusted import lines_of, one_line
from flightrules.state.value import changed

COMPOSE_PROBES = ("services", "logs", "stats", "disk", "memory", "deploys")
COMMANDS_PROBES = ("services", "logs", "disk", "memory", "deploys")
MOST_TOLD = 100
MOST_LINES_SINCE = 5_000
"""Number of last lines that are read when all lines since a moment are asked for."""
SKEW_UNSURE = timedelta(seconds=15)
"""Less is what a question may take to get to a busy host."""
CANNOT_RUN = frozenset({124, 125, 126, 127})
"""A command that did not end in time or could not be started says nothing about the service."""
KILLED = 128
"""Above it stands the signal that ended a command."""
NOT_RUNNING = 3
"""The status of systemctl, supervisorctl and every LSB script for a service that does not run."""
PERHAPS_DOWN = frozenset({1, 2})
"""Dead by the LSB, but also what most programs end with when they fail themselves."""
MOST_LOG = 262_144
"""So much of the end of a log is printed at most (host/probe.sh)."""

_SAYS_DOWN = re.compile(
    r"\bno such process\b|\bnot (?:running|active|started|online)\b|\bis (?:stopped|down|dead|inactive)\b"
    r"|^(?:inactive|failed|dead|stopped)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_COMPLAINS = re.compile(
    r"failed to (?:connect|get|determine)|(?:could not|cannot|can't|unable to) (?:connect|open|find|access)"
    r"|no such file|(?:permission|access) denied|refused connection|connection refused|not permitted|no medium found"
    r"|not (?:been )?booted with|command not found|interactive authentication|password is required",
    re.IGNORECASE,
)
_MAY_NOT_READ = re.compile(
    r"not seeing messages from other users|insufficient permissions|permission denied|not permitted|cannot open"
    r"|could not be opened|no journal files|failed to (?:open|connect|get|add)",
    re.IGNORECASE,
)
_LINES_ASKED = re.compile(r"(?:^| )(?:-n ?|--lines[= ]|--tail[= ]|-)(\d+)\b")
_NO_LINE = re.compile(r"^-- .* --$")
"""Pattern of what journalctl prints between the lines of a log, and in place of them."""


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
        """Return what that probe printed."""
        return self.get(name).text

    def took_ms(self, *names: str) -> int:
        """Return the time that the slowest of some probes took, in milliseconds."""
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


def service_states(runtime: Runtime, records: Records) -> tuple[ServiceState, ...]:
    """Return the state of each service that runs.

    Raises `Unreadable`.
    """
    if isinstance(runtime, CommandsRuntime):
        return (_commanded(runtime, records),)
    listed = docker.containers(records.text("containers"))
    states = docker.services(records.text("services"))
    if {state.container for state in states} != {ident[:12] for ident in listed}:
        raise Unreadable("the containers that were inspected are not those that were listed")
    return states


def states_or_unknown(runtime: Runtime, records: Records) -> tuple[ServiceState, ...]:
    """Return the state of each service that runs.

    If a status command says nothing, perhaps since it came with another release, the state says so.
    """
    try:
        return service_states(runtime, records)
    except Unreadable as error:
        if not isinstance(runtime, CommandsRuntime) or "status" not in records.frames:
            raise
        return (ServiceState(service=runtime.service, state=UNKNOWN, why=one_line(str(error), 300)),)


def told(runtime: Runtime, frame: Frame | None) -> str | None:
    """Return what the service's own `release` command says.

    It is empty if the command says nothing, and None if there is no such command.
    """
    if not isinstance(runtime, CommandsRuntime) or runtime.release is None:
        return None
    return one_line(frame.text, MOST_TOLD) if frame is not None and frame.status == 0 else ""


def _commanded(runtime: CommandsRuntime, records: Records) -> ServiceState:
    """Return the state that the exit status of the status command tells.

    Raises `Unreadable` with the command's own words if it cannot tell.
    """
    frame = records.frames.get("status")
    if frame is None:
        raise Unreadable(records.missing)
    if frame.status in CANNOT_RUN or frame.status > KILLED:
        raise Unreadable(f"the status command said nothing: {_words_of(frame) or frame.why}")
    if not frame.status:
        if complaint := _complaint(frame.err):
            raise Unreadable(f"the status command cannot tell: {complaint}")
        return ServiceState(service=runtime.service, state="running")
    if not _means_down(runtime, frame):
        hint = "" if _words_of(frame) else "; if that means down, name it in `down_statuses`"
        raise Unreadable(f"the status command cannot tell: {_words_of(frame) or frame.why}{hint}")
    return ServiceState(service=runtime.service, state="exited", exit_code=frame.status)


def _means_down(runtime: CommandsRuntime, frame: Frame) -> bool:
    if runtime.down_statuses:
        return frame.status in runtime.down_statuses
    if frame.status in PERHAPS_DOWN:
        said = frame.err.decode(errors="replace") or _complaint(frame.out)
        return not said.strip() or _SAYS_DOWN.search(said) is not None
    return frame.status == NOT_RUNNING


def _complaint(printed: bytes) -> str:
    """Return what a program complains of, if these are the words of one that could not do its work."""
    said = one_line(printed.decode(errors="replace"), 300)
    return said if _COMPLAINS.search(said) else ""


def _words_of(frame: Frame) -> str:
    """A program's own words for its failure, and its exit status."""
    said = one_line((frame.err or frame.out).decode(errors="replace"), 300)
    return f"{said} (exit status {frame.status})" if said else ""


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
            read = lambda service=service, parts=parts: _log(service, parts, records, since, runtime)  # noqa: E731
            yield _finding(host, f"logs:{service}", read, records.took_ms(*parts))


def _log_records(runtime: Runtime, records: Records) -> dict[str, list[str]]:
    if isinstance(runtime, CommandsRuntime):
        return {runtime.service: [f"log:{runtime.service}:"]}
    names: dict[str, list[str]] = {}
    for ident, service in docker.containers(records.text("containers")).items():
        names.setdefault(service, []).append(f"log:{service}:{ident}")
    return names


def _log(service: str, parts: Iterable[str], records: Records, since: datetime | None, runtime: Runtime) -> Logs:
    # The engine leaves older lines out itself; a command of the user's own prints what it prints.
    frames = [records.get(part) for part in parts]
    if isinstance(runtime, CommandsRuntime):
        return _own_log(service, frames[0], runtime, since)
    texts = [frame.text for frame in frames]
    lines = lines_of(texts[0]) if len(texts) == 1 else sorted(line for text in texts for line in lines_of(text))
    log = read_log(service, "\n".join(lines), since=since)  # each begins with the engine's time
    most_lines = since is not None and any(len(lines_of(text)) >= MOST_LINES_SINCE for text in texts)
    return changed(log, cut=_cut(frames) or (f"only the last {MOST_LINES_SINCE} lines were read" if most_lines else ""))


def _own_log(service: str, frame: Frame, runtime: CommandsRuntime, since: datetime | None) -> Logs:
    """The log of a command of the user's own. Raises `Unreadable` if it printed only what keeps it from reading."""
    lines = [line for line in lines_of(frame.text) if not _NO_LINE.match(line)]
    said = one_line(frame.err.decode(errors="replace"), 300)
    if said and (not any(map(str.strip, lines)) or _MAY_NOT_READ.search(said)):
        raise Unreadable(f"the logs command says: {said}")
    log = read_log(service, "\n".join(lines), since=since)
    cut = _cut([frame]) or (f"the logs command also wrote to its standard error: {said}" if said else "")
    return changed(log, cut=cut or _too_short(lines, runtime, since))


def _cut(frames: Iterable[Frame]) -> str:
    cut = any(len(frame.out) >= MOST_LOG for frame in frames)
    return f"only the last {MOST_LOG // 1024} KiB were read" if cut else ""


def _too_short(lines: Sequence[str], runtime: CommandsRuntime, since: datetime | None) -> str:
    """Return a complaint if the printed lines may not reach back to the time that is asked for.

    That is so if the command printed as many lines as it was told to, and none of them is older than that time.
    """
    told = _LINES_ASKED.findall(" ".join(runtime.logs))
    if since is None or str(len(lines)) not in told:
        return ""
    first = next((at for at, _ in timed_lines("\n".join(lines))), None)
    if first is None or first <= since:
        return ""
    return f"the logs command printed {len(lines)} lines, and the first is younger than what is asked for"
