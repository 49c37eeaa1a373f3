"""The shape of the settings: as the file has them, and as the program gets them.

Knows: which tables there are. Must not know: TOML, nor how a mistake is worded (complaints.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

from pydantic import ConfigDict, Field, JsonValue

from flightrules.config.access import Address, OAuthSettings, TokenTable
from flightrules.config.alerts import AgentSettings, AlertSource, PagerDutySettings
from flightrules.config.console import ConsoleSettings
from flightrules.config.notices import NotifySettings, PlannerSettings, Reference, StatusPageSettings
from flightrules.config.patterns import Pattern
from flightrules.errors import Refused
from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.state.value import Value

FilePath = Annotated[str, Field(min_length=1)]


class StoreSettings(Value):
    """Store in which the log of all incidents is kept."""

    path: FilePath = ".flightrules/incidents.db"
    """The SQLite file; it and its folder are made where missing. With `url` it is not used."""
    url: Annotated[str, Field(pattern=r"^postgresql://([^\s:/@]+@)?[^\s@]+$")] | None = None
    """The PostgreSQL database that keeps the log instead, for servers on several machines (docs/scale.md). TLS is
    verified unless the address says otherwise (`?sslmode=`), or names a socket. No password belongs in it."""
    password: Reference | None = None
    """Place of its password: `file:PATH` or `env:NAME`. Without it, what libpq finds: `PGPASSFILE`, a certificate."""


class WitnessSettings(Value):
    """Witness outside the log of how far it goes, so that a log whose end was cut off is noticed (docs/record.md)."""

    file: FilePath | None = None
    """A file that gets a line for each head and is never shortened, best on another disk. Its folder must be there."""
    url: Address | None = None
    """An address to which heads are posted, as JSON lines. It must keep them; a 2xx answer says that it did."""


class OutboxSettings(Value):
    """Folder for documents for people and other programs, if no other place is set for them."""

    path: FilePath = ".flightrules/outbox"
    """The folder; it is made where missing."""


class ServerSettings(Value):
    """Settings of the server towards its clients."""

    request_state_keys: tuple[FilePath, ...] = ()
    """Files with a secret of 32 bytes or more each, readable by the server's user alone, which seal a question that
    waits for an answer, so that a restart or a second server does not lose it. The first seals, all of them open:
    put a new one second, then first, then take the old one away. Without any, a restart asks again."""
    public_url: Address | None = None
    """Over HTTP: the address at which clients reach the server, such as `https://flightrules.example/mcp`.
    Without it, where it listens."""
    approval_page: Address | None = None
    """The page at which people approve, such as `https://flightrules.example/approve/{incident}`: clients that open
    addresses (MCP elicitation in URL mode) are sent there where no form is asked. To open it approves nothing."""
    allowed_hosts: tuple[str, ...] = ()
    """Over HTTP: further `Host` headers that are answered, such as `flightrules.example` or `10.0.0.5:*`. Those of
    `public_url` and of this machine always are; all others are refused, so that no web page can rebind its name."""
    allowed_origins: tuple[str, ...] = ()
    """Over HTTP: further web pages that may call, such as `https://inspector.example`."""
    calls_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 240
    """Over HTTP: so many tool calls and resource reads each caller may make."""
    tokens: tuple[TokenTable, ...] = ()
    """Over HTTP: bearer tokens that count, one `[[server.tokens]]` table each."""
    oauth: OAuthSettings | None = None
    """Over HTTP: the authorization server whose tokens count."""
    console: ConsoleSettings | None = None
    """Over HTTP: the web console for people. Without this table there is none."""

    @property
    def page(self) -> str:
        """Return the address of the page at which people approve, the console's own by default; empty without one."""
        return self.approval_page or (self.console.approval_page if self.console else "")


class RedactionSettings(Value):
    """Rules for what is taken out of text from production before it is stored or shown, beside the known secrets."""

    patterns: Annotated[tuple[Pattern, ...], Field(max_length=20)] = ()
    """Regular expressions (Python's `re`) for secrets of your own, such as `acme-[A-Za-z0-9]{20,}`; all that matches
    becomes `[redacted]`, but commit ids, image digests and UUIDs stay. Each is cast on up to 1,000 characters of a line
    at once and may take half a second on a text; then the rest of the text is left out."""


class TargetTable(Target):
    """A service in production."""

    policy: Annotated[dict[str, JsonValue], Field(default_factory=dict)]
    """Values of `[policy]` that differ for this target; all others stay as they are there."""


class SettingsFile(Value):
    """Everything that may stand in `flightrules.toml`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    store: StoreSettings = StoreSettings()
    """Store in which the log of all incidents is kept."""
    witness: WitnessSettings = WitnessSettings()
    """Witness outside the log of how far it goes."""
    outbox: OutboxSettings = OutboxSettings()
    """Folder for documents for people and other programs."""
    server: ServerSettings = ServerSettings()
    """Settings of the server towards its clients."""
    notify: NotifySettings = NotifySettings()
    """Addresses, as Apprise has them, of those who are told of an incident.
    One that holds a secret is given by its place: `file:PATH`, a file that its user alone can read, or `env:NAME`."""
    planner: PlannerSettings = PlannerSettings()
    """Destinations to which `report_to_planner` hands its brief."""
    status_page: StatusPageSettings = StatusPageSettings()
    """The page and feeds that the public reads, as files for any web server."""
    redaction: RedactionSettings = RedactionSettings()
    """Secrets of your own in text from production."""
    alerts: Annotated[tuple[AlertSource, ...], Field(max_length=50)] = ()
    """Systems whose alerts open incidents, one `[[alerts]]` table each."""
    pagerduty: PagerDutySettings | None = None
    """A paging service that gets one alarm for each incident."""
    agent: AgentSettings = AgentSettings()
    """A program that is told of each incident that an alert opened."""
    targets: Annotated[tuple[TargetTable, ...], Field(min_length=1)]
    """The services in production, one `[[targets]]` table each."""
    policy: Policy = Policy()
    """The numbers and permissions of the protocol."""


class PolicyFile(SettingsFile):
    """A settings file of which the policy is wanted, which may hold nothing else."""

    targets: tuple[TargetTable, ...] = ()
    """Targets with a policy of their own."""


class Settings(Value):
    """The settings as the program gets them: all paths absolute, a policy for each target."""

    file: Path
    """The file they were read from."""
    store: StoreSettings
    outbox: OutboxSettings
    witness: WitnessSettings = WitnessSettings()
    server: ServerSettings = ServerSettings()
    notify: NotifySettings = NotifySettings()
    planner: PlannerSettings = PlannerSettings()
    status_page: StatusPageSettings = StatusPageSettings()
    redaction: RedactionSettings = RedactionSettings()
    alerts: tuple[AlertSource, ...] = ()
    pagerduty: PagerDutySettings | None = None
    agent: AgentSettings = AgentSettings()
    targets: tuple[Target, ...]
    policy: Policy
    """The policy where a target says nothing else."""
    policies: tuple[tuple[str, Policy], ...]
    """Each target's name and policy."""

    def target(self, name: str) -> Target:
        """The target of that name. Raises `Refused` when there is none."""
        return next((target for target in self.targets if target.name == name), None) or self._no_target(name)

    def policy_of(self, name: str) -> Policy:
        """The policy for the target of that name. Raises `Refused` when there is none."""
        return dict(self.policies).get(name) or self._no_target(name)

    def _no_target(self, name: str) -> NoReturn:
        names = ", ".join(target.name for target in self.targets)
        raise Refused("target", f"There is no target {name!r} in {self.file}.", f"Its targets are: {names}.")

    def __repr__(self) -> str:
        """Name file and targets, and nothing that a log should not hold."""
        return f"Settings({str(self.file)!r}, targets={[target.name for target in self.targets]})"

    __str__ = __repr__
