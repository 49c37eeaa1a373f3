"""One target in production over SSH and HTTP: keeps ports.Production.

Knows: which host program answers which question, and what its exit statuses mean.
Must not know: the incident, or whether anything should be done.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from flightrules.adapters.frames import parse
from flightrules.adapters.gate import OUTDATED, REFUSED, SIGN, Role, digest, standing
from flightrules.adapters.handshakes import Handshakes
from flightrules.adapters.host_evidence import HostEvidence
from flightrules.adapters.login import open_to_others
from flightrules.adapters.programs import SENT, Verb, answer, command
from flightrules.adapters.reading import docker, git, journal, system
from flightrules.adapters.reading.comparison import comparison as read_comparison
from flightrules.adapters.reading.content import content
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.survey import survey as read_survey
from flightrules.adapters.requests import around, for_gate
from flightrules.adapters.runtimes.known import on_host
from flightrules.adapters.script import script
from flightrules.adapters.ssh import CommandResult, Limits, SshHost, unseen
from flightrules.adapters.web import Web
from flightrules.errors import Declined, Defect, Unavailable
from flightrules.ports import Clock, EvidenceSource, Wanted
from flightrules.state.evidence import Comparison, Finding
from flightrules.state.guard import Guard
from flightrules.state.operation import Operation, OperationStatus, Running, Survey
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line

T = TypeVar("T")

LOG_LINES = 200
"""Number of last lines that are read from each container's log."""

TRIAL = ("echo", "flightrules-tries-this")
"""A command that a gate must not run."""

MOST_LOG = 262_144
LOOK_WAIT_S = "1"
"""Seconds that a look at an operation waits on the host for its end, so that the end is seen when it comes."""
SURVEY_LIMIT_S = 180.0
"""A fetch over a slow line takes its time."""

_RELEASE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CUT_UPLOAD, _OTHER_PLAN, _BAD_ID, _TOO_LATE = 65, 66, 64, 67
_NOT_TAKEN = frozenset({69, 73})
"""Exit statuses of `launch` for a host that lacks a program, or room, to take an operation: nothing was started."""


class SshProduction:
    """Reads and changes the hosts of one target. Connections open when first needed."""

    def __init__(
        self,
        target: Target,
        clock: Clock,
        *,
        limits: Limits | None = None,
        handshakes: Handshakes | None = None,
        log_lines: int = LOG_LINES,
    ) -> None:
        self.target = target
        self._clock = clock
        handshakes = handshakes or Handshakes()
        self._digests: dict[Role, str] = {}
        self._hosts = {host.name: SshHost(host, limits, handshakes) for host in target.hosts}
        self.hosts = HostEvidence(target.runtime, tuple(self._hosts.values()), clock, self._probe, log_lines)
        self._sources: tuple[EvidenceSource, ...] = (Web(target), self.hosts)

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        """Run probes on all hosts and from outside at once; what could not be read says why."""
        wanted = Wanted(probes=tuple(probes), since=since, limit_s=limit_s)
        unknown = [name for name in probes if not any(source.makes(name) for source in self._sources)]
        found = await asyncio.gather(*(source.collect(wanted) for source in self._sources))
        no_such = (Finding(probe=name, why="there is no such probe") for name in unknown)
        return (*(finding for group in found for finding in group), *no_such)

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        """Read what a plan is held against; with `trial`, all that it needs, and the release written out on trial."""
        ssh = self._host(host)
        _checked(release)
        await ssh.ready()
        sent_at = self._clock.now()
        heard = await self._ask(ssh, "survey", release, "trial" if trial else "", stdin=SENT, limit_s=SURVEY_LIMIT_S)
        return _read(ssh, lambda: read_survey(self.target, host, release, _records(heard), sent_at=sent_at))

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        """Hand an operation to its host, which runs it at most once, and begins it only before `until` by its clock.

        Raises `Declined` if the host refused it, `Unreached` if nothing was sent, `Unavailable` if it did not say so,
        `Defect` if its id was used before for another plan.
        """
        ssh = self._host(operation.host)
        plan = script(operation, self.target).encode()
        latest = str(int(until.timestamp())) if until else ""
        heard = await self._done(ssh, "launch", operation.id, hashlib.sha256(plan).hexdigest(), latest, stdin=plan)
        if heard.status == 0 and f"accepted {operation.id}\n".encode() in answer(heard.out):
            return
        if heard.status in {_OTHER_PLAN, _BAD_ID}:
            raise Defect(f"{ssh.name} refuses operation {operation.id}: {_complaint(heard)}")
        if heard.status == _CUT_UPLOAD:
            raise Declined(ssh.name, "the plan did not arrive whole; nothing was started.", "Launch it again.")
        if heard.status == _TOO_LATE:
            raise Declined(ssh.name, f"it was too late there to begin {operation.id}.", "Ask for a new approval.")
        if heard.status in _NOT_TAKEN:
            raise Declined(ssh.name, f"it refuses operation {operation.id}: {_complaint(heard)}", "Look at the host.")
        raise Unavailable(ssh.name, f"it did not accept operation {operation.id}: {_complaint(heard)}.", "Look at it.")

    async def look(self, host: str, operation: str, *, offset: int = 0) -> OperationStatus:
        """See what became of an operation; one that runs is given a moment to end."""
        ssh = self._host(host)
        heard = await self._run(ssh, "look", operation, str(offset), str(MOST_LOG), LOOK_WAIT_S)
        return _read(ssh, lambda: journal.look(answer(heard.out), offset=offset, most=MOST_LOG))

    async def running(self, host: str, *, release: str = "") -> Running:
        """Read what runs on a host now; with a release, also what compose would change at it."""
        ssh = self._host(host)
        if release:
            _checked(release)
        heard = await self._ask(ssh, "running", release, limit_s=60.0)
        return _read(ssh, lambda: self._running(host, _records(heard), asked=bool(release)))

    async def compare(self, host: str, good: str, bad: str) -> Comparison:
        """Read what changed from one release to another."""
        ssh = self._host(host)
        for release in (good, bad):
            _checked(release)
        heard = await self._ask(ssh, "compare", good, bad, limit_s=60.0)
        return _read(ssh, lambda: read_comparison(self.target, good, bad, _records(heard)))

    async def remember(self, host: str, release: str) -> tuple[tuple[str, str], ...]:
        """Tag the images that run now as those of a release, and hold the newest releases' against a prune."""
        ssh = self._host(host)
        _checked(release)
        heard = await self._run(ssh, "remember", release)
        return _read(ssh, lambda: docker.remembered(answer(heard.out).decode(errors="replace")))

    async def break_lock(self, host: str, operation: str, *, who: str) -> str:
        """End an operation that does not end by itself; `killed` or `dead`."""
        ssh = self._host(host)
        heard = await self._run(ssh, "unlock", operation, stdin=one_line(who, 100).encode())
        said = answer(heard.out).decode(errors="replace").strip()
        outcomes = {"broken killed": "killed", "broken dead": "dead"}
        if said not in outcomes:
            raise Unavailable(ssh.name, f"it did not say what became of {operation}.", "Look at it.")
        return outcomes[said]

    async def guard(self, host: str) -> Guard:
        """Ask for a command and for a way through that no incident needs."""
        ssh = self._host(host)
        heard = await ssh.run(TRIAL)
        return Guard(
            gate=heard.status == REFUSED and heard.err.startswith(SIGN),
            commands=heard.status == 0 and TRIAL[-1].encode() in heard.out,
            forwarding=await ssh.forwards(),
            key_open=open_to_others(ssh.host),
        )

    async def close(self) -> None:
        """Let go of all connections."""
        await asyncio.gather(*(source.close() for source in self._sources))

    def _running(self, host: str, records: Records, *, asked: bool) -> Running:
        runtime = on_host(self.target.runtime)
        head, branch = git.head(records.text("head"))
        differs, why = runtime.differs(records)
        return Running(
            host=host,
            at=system.clock(records.text("clock")),
            head=head,
            branch=branch,
            services=runtime.states_or_unknown(records),
            release=runtime.told(records.frames.get("release")),
            differs=differs,
            differs_why=why,
            content=content(records) if asked else None,
            mounts=runtime.mounts(records) if asked else (),
        )

    async def _probe(self, ssh: SshHost, *words: str, limit_s: float) -> Records:
        return _records(await self._ask(ssh, "probe", *words, limit_s=limit_s))

    async def _ask(
        self, ssh: SshHost, verb: Verb, *varying: str, stdin: bytes = b"", limit_s: float = 30.0
    ) -> CommandResult:
        """Run a program of the host, behind its gate where it has one; the end need not be seen.

        Raises `Declined` if a gate does not let it through.
        """
        before, after = around(self.target, verb)
        asks = for_gate(self._digest(ssh.host.role), verb, varying)
        heard = await ssh.hear(command(verb, *before, *varying, *after), asks=asks, stdin=stdin, limit_s=limit_s)
        if heard.status == OUTDATED:
            why = (
                f"{standing(heard.err.decode(errors='replace'))}; nothing is read or changed there until it is renewed."
            )
            remedy = f"Run `flightrules host-setup {self.target.name} {ssh.host.name}` and install what it prints."
            raise Declined(ssh.name, why, remedy)
        if heard.status == REFUSED:
            raise Declined(ssh.name, _complaint(heard), "Look at the host: docs/host-setup.md.")
        return heard

    async def _done(self, ssh: SshHost, verb: Verb, *varying: str, stdin: bytes = b"") -> CommandResult:
        """Run a program to its end. Raises `Unavailable`, saying that the outcome is UNKNOWN, where none was seen."""
        heard = await self._ask(ssh, verb, *varying, stdin=stdin)
        if heard.status is None:
            raise unseen(ssh.name, heard)
        return heard

    async def _run(self, ssh: SshHost, verb: Verb, *varying: str, stdin: bytes = b"") -> CommandResult:
        heard = await self._done(ssh, verb, *varying, stdin=stdin)
        if heard.status != 0:
            raise Unavailable(ssh.name, _complaint(heard), "Look at the host.")
        return heard

    def _digest(self, role: Role) -> str:
        if role not in self._digests:
            self._digests[role] = digest(self.target, role)
        return self._digests[role]

    def _host(self, name: str) -> SshHost:
        host = self._hosts.get(name)
        if host is None:
            raise Unavailable(f"host {name}", f"target {self.target.name} has no such host.", "Name one of its hosts.")
        return host


def _checked(release: str) -> None:
    if not _RELEASE.fullmatch(release):
        raise Defect(f"{release!r} is not a full commit id")


def _records(heard: CommandResult) -> Records:
    """The records a program printed, and why the others are missing."""
    printed = answer(heard.out)
    missing = heard.why
    if not missing and not printed:
        missing = f"the host did not run the program: {_complaint(heard)}"
    return Records(parse(printed), missing or _complaint(heard))


def _complaint(heard: CommandResult) -> str:
    """Return what a program said of its failure, last line last, as a sentence."""
    said = one_line(heard.err.decode(errors="replace"), 400)
    why = heard.why or said or f"it ended with exit status {heard.status}"
    return why if why.endswith((".", "?", "!")) else f"{why}."


def _read(ssh: SshHost, read: Callable[[], T]) -> T:
    """Return what was read.

    Raises `Unavailable` if it is not understood.
    """
    try:
        return read()
    except ValueError as error:
        raise Unavailable(ssh.name, f"{one_line(str(error), 400)}.", "Look at the host.") from error
