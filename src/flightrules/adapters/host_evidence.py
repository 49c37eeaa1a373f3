"""The hosts of a target as a source of evidence: one program on each reads all that is asked for.

Knows: which probes are made on a host, and its clock. Must not know: how a program is run there (production.py).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Protocol

from flightrules.adapters.reading import findings
from flightrules.adapters.reading.logs import MOST_LINES_SINCE
from flightrules.adapters.reading.records import Records
from flightrules.adapters.ssh import SshHost
from flightrules.errors import Unavailable
from flightrules.ports import Clock, Wanted
from flightrules.state.evidence import Finding
from flightrules.state.target import Runtime

EARLIER_S = 30
"""So much more of a log is asked for than is wanted: the question takes its time to get there."""

_LOG_PROBE = re.compile(r"logs:[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Ask(Protocol):
    """Runs the program `probe` on a host."""

    async def __call__(self, ssh: SshHost, *words: str, limit_s: float) -> Records:
        """Return what it printed. Raises `Unavailable` if the host cannot be asked."""
        ...


class HostEvidence:
    """Reads all hosts of one target at once."""

    def __init__(self, runtime: Runtime, hosts: Sequence[SshHost], clock: Clock, ask: Ask, log_lines: int) -> None:
        self._runtime = runtime
        self._hosts = hosts
        self._clock = clock
        self._ask = ask
        self._log_lines = log_lines

    def makes(self, probe: str) -> bool:
        """Return True if a probe is made on the hosts."""
        return probe in findings.probes(self._runtime) or bool(_LOG_PROBE.fullmatch(probe))

    async def collect(self, wanted: Wanted) -> tuple[Finding, ...]:
        """Make the probes on all hosts; what could not be read says why."""
        made = findings.probes(self._runtime)
        names = tuple(name for name in wanted.probes if self.makes(name)) if wanted.probes else made
        found = await asyncio.gather(*(self._probe(host, names, wanted) for host in self._hosts)) if names else ()
        return tuple(finding for group in found for finding in group)

    async def close(self) -> None:
        """Let go of the connections."""
        await asyncio.gather(*(host.close() for host in self._hosts))

    async def _probe(self, ssh: SshHost, names: Sequence[str], wanted: Wanted) -> tuple[Finding, ...]:
        # By the host's clock, which may be another than ours: so long ago, and what is older is left out when read.
        since, sent_at = wanted.since, self._clock.now()
        from_then = f"{max(0, int((sent_at - since).total_seconds())) + EARLIER_S}s" if since else ""
        lines = self._log_lines if since is None else MOST_LINES_SINCE
        words = (str(max(1, int(wanted.limit_s * 0.6))), str(lines), from_then, ",".join(names))
        try:
            records = await self._ask(ssh, *words, limit_s=wanted.limit_s)
        except Unavailable as error:
            records = Records({}, str(error))
        skew = findings.skew(records, sent_at)
        # Reading a quarter of a megabyte of log takes a while, and others wait for the event loop.
        found = await asyncio.to_thread(
            findings.findings, ssh.host.name, self._runtime, names, records, since=since and since + skew
        )
        return tuple(findings.by_our_clock(finding, skew) for finding in found)
