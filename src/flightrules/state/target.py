"""Definition of a target: a service in production, its hosts, its runtime and how to see that it works.

Knows: the shape a person writes in `flightrules.toml`; field docstrings are the reference documentation.
Must not know: how a host is reached or a check is made (adapters), nor where the file came from (config).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from flightrules.state.metrics.queries import MetricsSource
from flightrules.state.runtimes.commands.settings import CommandsRuntime
from flightrules.state.runtimes.compose.settings import ComposeRuntime
from flightrules.state.runtimes.settings import SideBySide
from flightrules.state.runtimes.systemd.settings import SystemdRuntime
from flightrules.state.setting_types import AbsolutePath, Argv, Name
from flightrules.state.value import Value

__all__ = [
    "Argv",
    "Check",
    "CommandsRuntime",
    "ComposeRuntime",
    "Host",
    "JsonCondition",
    "Jump",
    "Name",
    "Rollout",
    "Runtime",
    "SideBySide",
    "SystemdRuntime",
    "Target",
]


HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,1000}$")]


User = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.@\\-]*\$?$")]
"""An account; those of a directory have a domain in them, as `ann@example.com` or `EXAMPLE\\ann`."""


class Jump(Value):
    """The SSH server through which a host is reached: a bastion, as ProxyJump of ssh_config names it."""

    address: Annotated[str, Field(min_length=1, pattern=r"^[^\s\x00]+$")]
    """Its host name or IP address."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """Port of its SSH server."""
    user: User
    """User to log in as there; it needs no shell, but must be allowed to open connections."""
    key: str
    """Path of the private key for it on the server's machine; `~` is expanded."""
    host_key: Annotated[str, Field(pattern=r"^(ssh-|ecdsa-|sk-)[^\s]+ [A-Za-z0-9+/=]+( .*)?$")]
    """Its public key, `type base64`."""


class Host(Value):
    """One machine, reached over SSH with a pinned host key."""

    name: Name
    """Name of the host; no other host of the target has the same name."""
    jump: Jump | None = None
    """The SSH server through which the host is reached, if it is not reached at once."""
    address: Annotated[str, Field(min_length=1, pattern=r"^[^\s\x00]+$")]
    """Host name or IP address to connect to."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """Port of the SSH server."""
    user: User
    """User to log in as: the one who owns `app_dir` and may run the runtime's commands."""
    key: str
    """Path of the private key on the server's machine; `~` is expanded. A certificate beside it (`KEY-cert.pub`) is
    shown with it."""
    host_key: Annotated[
        str,
        Field(
            pattern=r"^(ssh-|ecdsa-|sk-)[^\s]+ [A-Za-z0-9+/=]+( .*)?$",
            description="without the host's name that `ssh-keyscan` prints before it",
        ),
    ]
    """The host's public key, `type base64`, as `ssh-keyscan` prints it after the name."""
    ssh_config: Annotated[str, Field(exclude_if=lambda path: not path)] = ""
    """An ssh_config of OpenSSH on the server's machine, in which `address` is a name: its HostName, Port, User,
    IdentityFile and ProxyJump count unless they are set here. Unset, none is read. No host key is taken from there."""
    role: Literal["services", "migrations"] = "services"
    """`services`: runs them, and is rolled back. `migrations`: runs migrations, and is never rolled back by itself."""
    health_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] | None = None
    """Address at which this host alone answers, where there are several: else it is proven by what is seen on it."""


Runtime = Annotated[ComposeRuntime | CommandsRuntime | SystemdRuntime, Field(discriminator="kind")]


class JsonCondition(Value):
    """One value inside a JSON body that must equal another."""

    pointer: Annotated[str, Field(pattern=r"^(/[^/]*)*$")]
    """RFC 6901 JSON pointer."""
    equals: JsonValue
    """The value that must stand there."""


class Check(Value):
    """One HTTP check made from outside."""

    name: Name
    """Name of the check; no other check of the target has the same name."""
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    """HTTP method; the request has no body."""
    path: Annotated[str, Field(pattern=r"^/[^\x00-\x20]*$")]
    """Path on the origin of `health_url`."""
    status: Annotated[int, Field(ge=100, le=599)] = 200
    """The HTTP status that must come back."""
    contains: str | None = None
    """Text that the body must contain."""
    json_condition: Annotated[JsonCondition | None, Field(alias="json")] = None
    """A value that the body, as JSON, must hold."""
    latency_ms: Annotated[int, Field(ge=1)] | None = None
    """Slower than this is a failure of performance, not of function."""
    major: bool = True
    """True if the feature behind this check is a major one (protocol: P2), false if it is a minor one (P3)."""


class Rollout(Value):
    """In which order the hosts of a target are rolled back."""

    canary: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of hosts that go first, alone; the others only follow when these are proven."""
    batch: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of hosts that are rolled back at once after that."""


class Target(Value):
    """A service in production."""

    name: Name
    """Name of the target; no other target has the same name."""
    hosts: Annotated[tuple[Host, ...], Field(min_length=1)]
    """The machines it runs on, one `[[targets.hosts]]` table each."""
    app_dir: AbsolutePath
    """The git checkout on each host, or a folder inside it."""
    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")] | None = None
    """Account that `app_dir` belongs to, if it is not the one that logs in: git runs what that account's repository
    names, its content filters among it. Unset, such a checkout is refused."""
    runtime: Runtime
    """Runtime that runs the target."""
    health_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
    """Address that answers with 200 when the service works, as users reach it."""
    answer_within_seconds: Annotated[int, Field(ge=1, le=20)] = 10
    """Seconds that the health address and each check may take to answer, in every look: doctor's, proof's and all."""
    ca_file: AbsolutePath | None = None
    """File on the server's machine with certificate authorities (PEM) that sign this target's certificates, beside the
    machine's own."""
    proxy: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] | None = None
    """Proxy through which the health address and checks are asked; the environment's has no say."""
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")], HeaderValue] = Field(default_factory=dict)
    """HTTP headers that the health address and checks are asked with; a secret as `env:NAME` or `file:PATH`."""
    release_pointer: Annotated[str, Field(pattern=r"^(/[^/]*)+$")] | None = None
    """RFC 6901 pointer to the running commit in the health answer, where the service tells it."""
    checks: tuple[Check, ...] = ()
    """Further HTTP checks, one for each feature that matters, one `[[targets.checks]]` table each."""
    metrics: Annotated[tuple[MetricsSource, ...], Field(exclude_if=lambda sources: not sources)] = ()
    """Servers that measure this target, one `[[targets.metrics]]` table each (docs/metrics.md)."""
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] = "main"
    """The branch that is deployed."""
    migrations: tuple[str, ...] = ()
    """Paths whose change means that data changed with the release, relative to the repository's root. Empty: the usual
    places, `migrations` in any folder, `db/migrate`, `db/migration`, `prisma/migrations` and `alembic/versions`."""
    rollout: Rollout = Rollout()
    """In which order the hosts are rolled back."""
    checkout: AbsolutePath | None = None
    """Your git checkout of the service on the server's machine: branches of fixes are created and tests run there."""
    test: Argv | None = None
    """Command that tests a fix, run in `checkout`; exits with 0 when all tests pass."""
    docs_dir: str = "."
    """Folder on the server's machine under which the incident report is written."""

    @property
    def service_hosts(self) -> tuple[str, ...]:
        """Names of the hosts that run the services."""
        return tuple(host.name for host in self.hosts if host.role == "services")

    @property
    def side_by_side(self) -> SideBySide | None:
        """Return the location of releases that lie side by side; None if the service runs out of `app_dir`."""
        return self.runtime.side_by_side(self.app_dir)
