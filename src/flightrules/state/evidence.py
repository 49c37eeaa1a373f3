"""Findings about production: one per probe, readable or not.

Knows: the shape of what probes read. Must not know: how it was read, nor what follows from it.
A probe that failed is a finding too (`unreadable`, with why): missing evidence is a fact, never a pass.
All text in here comes from production and is data from strangers; untrusted.py cleans it before it gets here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.metrics.measured import MeasuredQuery, Series
from flightrules.state.value import Value

UNKNOWN = "unknown"
"""The state of a service whose own status command said nothing."""


class ServiceState(Value):
    """One service (container or process) as the host's engine reports it."""

    service: str
    container: str = ""
    """Short container id; empty where there is none."""
    state: str
    """`running`, `exited`, `created`, `restarting`, `paused`, `dead`, `absent` or `unknown`."""
    health: Literal["healthy", "unhealthy", "starting", "none"] = "none"
    """The engine's own health verdict; `none` where no health check is defined."""
    image: str = ""
    """Full id of the image the container was created from (`sha256:...`)."""
    image_ref: str = ""
    started_at: datetime | None = None
    created_at: Annotated[datetime | None, Field(exclude_if=lambda at: at is None)] = None
    """Time at which the container was made.

    It is left out if it is not known, as it was in earlier versions, because digests cover plans.
    """
    restarts: int = 0
    exit_code: int | None = None
    config_hash: str = ""
    pid: Annotated[int | None, Field(exclude_if=lambda pid: pid is None)] = None
    """Process id of a unit's main process; left out if there is none, because digests cover plans."""
    invocation: Annotated[str, Field(exclude_if=lambda invocation: not invocation)] = ""
    """Id that systemd gave to this run of a unit; left out if there is none."""
    why: str = ""
    """Reason that the state is not known, in the words of the command that should report it."""


class Services(Value):
    """Services and their health."""

    kind: Literal["services"] = "services"
    services: tuple[ServiceState, ...]


class ErrorGroup(Value):
    """Error lines that differ only in numbers, ids and quoted values."""

    signature: str
    count: int
    first_at: datetime | None = None
    last_at: datetime | None = None
    example: str


class Logs(Value):
    """The last lines of one service's log, its errors counted and grouped."""

    kind: Literal["logs"] = "logs"
    service: str
    lines: int
    errors: int
    groups: tuple[ErrorGroup, ...] = ()
    text: str = ""
    """The lines themselves, cleaned and bounded."""
    cut: str = ""
    """Reason that the logs are not all that was asked for; empty if they are.

    Errors that are missing here may be in the rest.
    """


class ContainerStats(Value):
    """Resources that one container uses."""

    service: str
    cpu_percent: float
    """Percent of one core."""
    memory_bytes: int
    memory_limit_bytes: int | None = None


class Stats(Value):
    """Container resource use, sampled once."""

    kind: Literal["stats"] = "stats"
    containers: tuple[ContainerStats, ...]


class Filesystem(Value):
    """One mounted filesystem."""

    mount: str
    size_bytes: int
    available_bytes: int
    inodes: int | None = None
    """Number of files that the filesystem can hold; None if there is no fixed number, or it was not reported."""
    free_inodes: int | None = None


class Disk(Value):
    """Disk space."""

    kind: Literal["disk"] = "disk"
    filesystems: tuple[Filesystem, ...]


class Memory(Value):
    """Memory of the host."""

    kind: Literal["memory"] = "memory"
    total_bytes: int
    available_bytes: int


class Commit(Value):
    """One commit."""

    sha: str
    at: datetime
    subject: str


class Deploy(Value):
    """One moment at which the work tree of production moved to a commit."""

    sha: str
    at: datetime
    how: str = ""
    """The reflog's words."""


class Deploys(Value):
    """The last commits, and when each was deployed (newest first)."""

    kind: Literal["deploys"] = "deploys"
    head: str
    branch: str | None = None
    """None when HEAD is detached."""
    dirty: tuple[str, ...] = ()
    """Tracked files that differ from HEAD."""
    commits: tuple[Commit, ...] = ()
    deploys: tuple[Deploy, ...] = ()


class Http(Value):
    """One HTTP check from outside."""

    kind: Literal["http"] = "http"
    check: str
    """`health`, or the check's configured name."""
    ok: bool
    """Function is there: the answer came, with the wanted status and body."""
    slow: bool = False
    """It took longer than the configured bound."""
    status: int | None = None
    latency_ms: int = 0
    failed: tuple[str, ...] = ()
    """Expectations that the answer did not meet, one sentence each."""
    body: str = ""
    """Start of the body, cleaned and bounded."""
    release: str | None = None
    """The running commit as the service itself tells it."""


class FileChange(Value):
    """One file that differs between two releases, and by how many lines; None for a file that is no text."""

    path: str
    added: int | None
    removed: int | None


class Comparison(Value):
    """Changes between a good and a bad release."""

    kind: Literal["comparison"] = "comparison"
    good: str
    bad: str
    files_changed: int
    added: int
    removed: int
    files: tuple[FileChange, ...] = ()
    """Those that fit; `files_changed` counts all."""
    configuration: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    settings: tuple[tuple[Literal["added", "removed", "changed"], tuple[str, ...]], ...] = ()
    """Names of settings in environment and compose files whose lines differ; their values are never read."""
    commits: tuple[Commit, ...] = ()
    """The newest that the bad release has and the good one has not."""
    commits_count: int = 0


FindingData = Annotated[
    Services | Logs | Stats | Disk | Memory | Deploys | Http | Comparison | MeasuredQuery | Series,
    Field(discriminator="kind"),
]


class Finding(Value):
    """Result of one probe, or the reason that it could not be read."""

    probe: str
    """`services`, `logs:SERVICE`, `stats`, `disk`, `memory`, `deploys`, `health`, `check:NAME`, `compare`,
    `metric:NAME`, or a question that an agent asked, as `promql:up`."""
    host: str | None = None
    """The host it was read on; None for checks from outside."""
    data: FindingData | None = None
    why: str = ""
    """Reason that the probe could not be read; empty if `data` is there."""
    took_ms: int = 0

    @property
    def readable(self) -> bool:
        """Return True if the probe could be read."""
        return self.data is not None
