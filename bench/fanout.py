"""Evidence and a no-op command on 1, 8, 32 and 100 hosts, beside ansible, pyinfra, fabric and parallel-ssh.

Every run is a process of its own, interpreter start included. The hosts are loopback addresses of this one machine
behind sshds with a default server's limits, so evidence measures the machine as well: compare CPU there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench.fan_hosts import FanHosts, fan_hosts
from bench.measuring import Goal, Outcome, table
from bench.peers import Plan, Said, Tool, install, peers, versions, worked
from sandbox import prodhost
from sandbox.process import stop_all_in

SIZES = (1, 8, 32, 100)
ROUNDS = 3
EVIDENCE_ROUNDS = 3
LIMIT_S = 120.0
EVERY_S = 0.05
FLAT_KB = 512.0
"""Memory that one more host may cost."""
PROBES = ("disk", "memory", "deploys")
TITLE = "Fan-out over many hosts"
NOOP = "true"
WORK_NOTE = (
    "`wall` and `client CPU` are the whole process; `work` is the fan-out alone, connecting included, interpreter and "
    "imports left out: what it takes in a server that runs already. "
    "`lost` is the number of hosts without a result in each run."
)
EVIDENCE_NOTE = (
    "Every tool runs one shell line that prints disk, memory and git's history; what comes back is thrown away. "
    "`flightrules, as assess does` runs the evidence program of the product instead and reads, bounds and cleans "
    "what it prints."
)
HEAD = (
    "tool",
    "hosts",
    "wall s: min",
    "median",
    "max",
    "client CPU s",
    "work s",
    "work CPU s",
    "lost",
    "host keys checked",
)
OURS, COLLECTED = "flightrules", "flightrules, as `assess` does"


@dataclass(slots=True, kw_only=True)
class Runs:
    """All runs of one tool on one number of hosts."""

    tool: Tool
    hosts: int
    wall: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    """The fan-out alone, where a tool is a library and its driver can tell."""
    work_cpu: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    said: str = ""
    """The end of what it complained about last."""

    @property
    def cells(self) -> tuple[str, ...]:
        """One row of the table."""
        walls = (f"{seconds:.2f}" for seconds in (min(self.wall), median(self.wall), max(self.wall)))
        lost = "/".join(map(str, self.lost)) if any(self.lost) else "0"
        alone = (f"{median(seconds):.2f}" if seconds else "-" for seconds in (self.work, self.work_cpu))
        return self.tool.name, str(self.hosts), *walls, f"{median(self.cpu):.2f}", *alone, lost, self.tool.host_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One run of one program."""

    wall: float
    work: Said | None
    cpu: float
    fine: int
    said: str


def bench(sizes: Sequence[int] = SIZES, rounds: int = ROUNDS, evidence: int = EVIDENCE_ROUNDS) -> list[Outcome]:
    """Run every tool on every number of hosts."""
    why_not = prodhost.obstacle()
    if why_not is not None:
        return [Outcome(title=TITLE, notes=[f"Not measured: {why_not}."])]
    missing = install()
    tools = [_ours(OURS), *([] if missing else peers())]
    notes = [f"Peers not measured, they could not be installed: {missing}" if missing else f"Peers: {versions()}."]
    with tempfile.TemporaryDirectory(prefix="fanout-") as name:
        folder = Path(name).resolve()
        try:
            with fan_hosts(folder, max(sizes)) as hosts:
                noop = _in_turns(folder, hosts, tools, sizes, rounds, NOOP)
                memory = [_memory(folder, hosts, tool, sizes) for tool in tools]
                both = [tools[0], _ours(COLLECTED), *tools[1:]]
                read = _in_turns(folder, hosts, both, sizes, evidence, _evidence(hosts))
                notes.append(f"The servers dropped {hosts.dropped()} connections in all runs together.")
        finally:
            stop_all_in(folder)
    return [
        _outcome(f"{TITLE}: `true`", noop, [WORK_NOTE, *notes]),
        _memory_outcome(memory, sizes),
        _outcome(f"{TITLE}: evidence ({', '.join(PROBES)})", read, [EVIDENCE_NOTE]),
    ]


def _ours(name: str) -> Tool:
    words = (sys.executable, "-m", "bench.fan_ours")
    mode = "probes" if name == COLLECTED else "command"
    return Tool(
        name=name,
        host_keys="yes, pinned",
        argv=lambda folder, _plan: (*words, str(folder / "plan.json"), mode),
        driven=True,
    )


def _evidence(hosts: FanHosts) -> str:
    git = f"git -C {hosts.app_dir}"
    return (
        f"df -P -k && cat /proc/meminfo && {git} rev-parse HEAD && {git} status --porcelain && "
        f"{git} log -n 20 --oneline && {git} reflog -n 50"
    )


def _in_turns(  # noqa: PLR0913, PLR0917 - where, on what, with what, how often
    folder: Path, hosts: FanHosts, tools: Sequence[Tool], sizes: Sequence[int], rounds: int, shell: str
) -> list[Runs]:
    """Tool after tool, and again: what else this machine does meets all of them."""
    all_runs = [Runs(tool=tool, hosts=size) for size in sizes for tool in tools]
    for _ in range(rounds):
        for runs in all_runs:
            ended = _run(folder, runs.tool, _plan(hosts, runs.hosts, shell))
            runs.wall.append(ended.wall)
            runs.cpu.append(ended.cpu)
            if ended.work is not None:
                runs.work.append(ended.work.wall)
                runs.work_cpu.append(ended.work.cpu)
            runs.lost.append(runs.hosts - ended.fine)
            if ended.fine < runs.hosts:
                runs.said = ended.said
    return all_runs


def _plan(hosts: FanHosts, count: int, shell: str) -> Plan:
    common = {"port": hosts.port, "user": hosts.user, "key": str(hosts.key)}
    pairs = zip(hosts.addresses[:count], hosts.host_keys, strict=False)
    return {
        "hosts": [{"name": f"h{n}", "address": a, "host_key": k, **common} for n, (a, k) in enumerate(pairs)],
        "key": str(hosts.key),
        "known_hosts": str(hosts.known_hosts),
        "app_dir": str(hosts.app_dir),
        "shell": shell,
        "probes": list(PROBES),
    }


def _run(folder: Path, tool: Tool, plan: Plan, watch: Callable[[int], None] | None = None) -> Ended:
    """Run a program to its end, or stop it when it takes too long; its processor time includes its children's."""
    (folder / "plan.json").write_text(json.dumps(plan))
    argv = tool.argv(folder, plan)
    env = {**os.environ, "PYTHONPATH": str(Path.cwd()), "HOME": str(folder), **tool.env}
    with (folder / "out").open("w+b") as out, (folder / "err").open("w+b") as err:
        start = perf_counter()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, env=env)
        timer = threading.Timer(LIMIT_S, process.kill)
        timer.start()
        if watch is not None:
            threading.Thread(target=watch, args=(process.pid,), daemon=True).start()
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        timer.cancel()
        process.returncode = status
    said = (folder / "err").read_text(errors="replace")
    printed = said + (folder / "out").read_text(errors="replace")
    return Ended(
        wall=wall,
        work=worked(tool, printed),
        cpu=used.ru_utime + used.ru_stime,
        fine=tool.count(printed),
        said=said[-300:],
    )


def _memory(folder: Path, hosts: FanHosts, tool: Tool, sizes: Sequence[int]) -> tuple[str, list[float]]:
    """Most memory of the program and its children at once, in MB, for each number of hosts; runs of their own."""
    peaks = []
    for size in sizes:
        most = [0]

        def watch(pid: int, most: list[int] = most) -> None:
            here = Path(f"/proc/{pid}/exe")
            while here.exists():
                sleep(EVERY_S)  # first of all, since a process begins as a copy of this one
                most[0] = max(most[0], sum(map(_pss, _family(pid))))

        _run(folder, tool, _plan(hosts, size, NOOP), watch)
        peaks.append(most[0] / 1024)
    return tool.name, peaks


def _family(pid: int) -> Iterable[int]:
    """A process and all that descend from it."""
    yield pid
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    known = {pid}
    for child in sorted(parents):  # children are younger, and ids only begin anew after thousands
        if parents[child] in known:
            known.add(child)
            yield child


def _pss(pid: int) -> int:
    """The memory of a process in kB, shared pages by its share; 0 when it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _outcome(title: str, all_runs: Sequence[Runs], notes: Sequence[str]) -> Outcome:
    rows = "\n".join(table(HEAD, [runs.cells for runs in all_runs]))
    goals = [goal for size in dict.fromkeys(runs.hosts for runs in all_runs) for goal in _goals(all_runs, size)]
    said = dict.fromkeys(
        f"{runs.tool.name} lost some: `{' '.join(runs.said.split())}`" for runs in all_runs if runs.said
    )
    return Outcome(title=title, goals=goals, notes=[rows, *notes, *said])


def _goals(all_runs: Sequence[Runs], size: int) -> Iterable[Goal]:
    ours = next(runs for runs in all_runs if runs.hosts == size and runs.tool.name == OURS)
    theirs = [runs for runs in all_runs if runs.hosts == size and runs.tool.name not in {OURS, COLLECTED}]
    if theirs:
        fastest = min(theirs, key=lambda runs: median(runs.wall))
        lightest = min((runs for runs in theirs if not runs.tool.compiled), key=lambda runs: median(runs.cpu))
        wall, cpu = median(ours.wall) / median(fastest.wall), median(ours.cpu) / median(lightest.cpu)
        yield Goal(name=f"{size} hosts: wall, {OURS} / {fastest.tool.name}", value=wall, limit=1.0)
        if whole := [runs for runs in theirs if not any(runs.lost)]:
            first = min(whole, key=lambda runs: median(runs.wall))
            name = f"{size} hosts: wall, {OURS} / {first.tool.name}, the fastest that lost none"
            yield Goal(name=name, value=median(ours.wall) / median(first.wall), limit=1.0)
        yield from _work(ours, [runs for runs in theirs if runs.work])
        yield Goal(name=f"{size} hosts: CPU, {OURS} / {lightest.tool.name}", value=cpu, limit=1.0)
    yield Goal(name=f"{size} hosts: connections lost", value=sum(ours.lost), limit=0, unit="")


def _work(ours: Runs, theirs: Sequence[Runs]) -> Iterable[Goal]:
    """The fan-out alone, as it is in a server that runs already, beside the libraries."""
    if not (ours.work and theirs):
        return
    fastest = min(theirs, key=lambda runs: median(runs.work))
    value = median(ours.work) / median(fastest.work)
    yield Goal(name=f"{ours.hosts} hosts: work alone, {OURS} / {fastest.tool.name}", value=value, limit=1.0)
    lightest = min((runs for runs in theirs if not runs.tool.compiled), key=lambda runs: median(runs.work_cpu))
    value = median(ours.work_cpu) / median(lightest.work_cpu)
    yield Goal(name=f"{ours.hosts} hosts: CPU of the work alone, {OURS} / {lightest.tool.name}", value=value, limit=1.0)


def _memory_outcome(memory: Sequence[tuple[str, Sequence[float]]], sizes: Sequence[int]) -> Outcome:
    head = ("tool", *(f"{size} hosts, MB" for size in sizes), "kB for each host more")
    each = {name: 1024 * (peaks[-1] - peaks[0]) / max(1, sizes[-1] - sizes[0]) for name, peaks in memory}
    rows = [(name, *(f"{peak:.0f}" for peak in peaks), f"{each[name]:.0f}") for name, peaks in memory]
    goal = Goal(name=f"{OURS}: memory for each host more", value=each[OURS], limit=FLAT_KB, unit="kB")
    return Outcome(title=f"{TITLE}: most memory at once", goals=[goal], notes=["\n".join(table(head, rows))])
