"""Definition of a target: a service in production, its hosts, its runtime and how to see that it works.

Knows: the shape a person writes in `flightrules.toml`; field docstrings are the reference documentation.
Must not know: how a host is reached or a check is made (adapters), nor where the file came from (config).
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from flightrules.state.value import Value

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""A name of a target, host or check: lower case letters, digits, `-` and `_`."""

Argv = Annotated[tuple[str, ...], Field(min_length=1)]
"""A command as a list of words; it is never joined into shell text by hand."""

AbsolutePath = Annotated[str, Field(pattern=r"^/[^\x00-\x1f]*$")]

FilePath = Annotated[str, Field(pattern=r"^[^\x00-\x1f]+$")]
"""A path on the host, absolute or relative to the target's `app_dir`."""

ServiceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
"""A name of a service in compose files."""

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""A name of an environment variable."""


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


class ComposeRuntime(Value):
    """Services run by Docker Compose v2."""

    kind: Literal["compose"] = "compose"
    """Docker Compose v2."""
    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    """The compose project name; always passed, never derived from a folder."""
    folder: FilePath = "."
    """The project directory, relative to `app_dir`: where relative paths of the compose files begin."""
    files: tuple[FilePath, ...] = ()
    """Compose files (`-f`), relative to `app_dir` or absolute; unset, those that compose takes by itself, override
    included. Files that are not in git count too."""
    env_files: tuple[FilePath, ...] = ()
    """Files of variables for the compose files (`--env-file`), relative to `app_dir` or absolute; unset, compose takes
    `.env`. Secrets that the deployment exports belong in such a file on the host."""
    profiles: tuple[Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]*|\*)$")], ...] = ()
    """Profiles that the deployment enables (`--profile`)."""
    scale: dict[ServiceName, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    """Number of containers of a service (`--scale`), where the compose files do not say it."""
    variables: dict[VariableName, Annotated[str, Field(pattern=r"^[^\x00-\x1f]*$")]] = Field(default_factory=dict)
    """Variables that the deployment exports, with their values; `{release}` stands for the full commit of the release,
    `{short}` for its first seven characters. They are shown in plans: no secret belongs here."""
    release_variable: Annotated[str, Field(pattern=r"^([A-Z_][A-Z0-9_]*)?$")] | None = "GIT_SHA"
    """Environment variable that compose files use for the release's commit; set for every compose command. Empty:
    there is none."""
    kept_releases: Annotated[int, Field(ge=0, le=50)] = 5
    """Of so many releases seen healthy last the images are held on the host by containers that are never started, so
    that `docker image prune --all` leaves them. With 0 they are only tagged."""


class CommandsRuntime(Value):
    """Services run by anything else (systemd, pm2 ...), through the user's own commands."""

    kind: Literal["commands"] = "commands"
    """The user's own commands."""
    service: Name = "app"
    """Name of the one service that these commands are about."""
    status: Argv
    """Exits with 0 when the service runs. 3 means down, and so do 1 and 2 unless the command complains of something
    else than a service that does not run. Anything else tells nothing: the state is unknown, in the command's words."""
    down_statuses: tuple[Annotated[int, Field(ge=1, le=255)], ...] = ()
    """Exit statuses of `status` that mean down, whatever it says; no others do then. For commands of your own."""
    logs: Argv
    """Prints recent log lines to stdout, best with an ISO time and zone before each: without, old errors look new."""
    restart: Argv
    """Restarts the service on the code in `app_dir`, or behind `current_link` with the layout `releases`."""
    release: Argv | None = None
    """Prints the commit that the running process was started from, where the service can tell."""
    layout: Literal["checkout", "releases"] = "checkout"
    """`checkout`: the service runs out of `app_dir`. `releases`: each release has a folder of its own and a link says
    which one is current, as Capistrano does it; `app_dir` is then a clone, kept for its objects."""
    releases_dir: AbsolutePath | None = None
    """Folder that holds one folder for each release (layout `releases`); `releases` beside `app_dir` unless set."""
    current_link: AbsolutePath | None = None
    """Link to the folder of the current release (layout `releases`); `current` beside `app_dir` unless set."""


Runtime = Annotated[ComposeRuntime | CommandsRuntime, Field(discriminator="kind")]


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


class SideBySide(Value):
    """Location of releases that lie side by side, each in a folder of its own."""

    folder: str
    """Path of the folder that holds the releases."""
    link: str
    """Path of the link that says which release is current."""


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
        if not isinstance(self.runtime, CommandsRuntime) or self.runtime.layout != "releases":
            return None
        beside = PurePosixPath(self.app_dir).parent
        return SideBySide(
            folder=self.runtime.releases_dir or str(beside / "releases"),
            link=self.runtime.current_link or str(beside / "current"),
        )
