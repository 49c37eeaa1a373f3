"""The shape of the settings that say where messages go: people, the planner, the public.

Knows: destinations, and that addresses and secrets are secrets. Must not know: how anything is sent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from flightrules.config.access import Address
from flightrules.state.value import Value

Destination = Annotated[SecretStr, Field(min_length=1)]
Reference = Annotated[
    str,
    Field(pattern=r"^(file:.+|env:[A-Za-z_][A-Za-z0-9_]*)$", json_schema_extra={"format": "password"}),
]
"""Place of a secret: never the secret itself, which may stand here by mistake and so is not repeated."""

Sink = Literal["folder", "webhook", "github", "resource"]


class NotifySettings(Value):
    """Addresses, as Apprise has them, of those who are told of an incident."""

    internal: tuple[Destination, ...] = ()
    """Those who work on it: every turn an incident takes, status updates, overdue ones."""
    external: tuple[Destination, ...] = ()
    """The public: updates for it alone."""
    approvers: tuple[Destination, ...] = ()
    """Those who approve: what waits for them, and what to type."""
    escalation: tuple[Destination, ...] = ()
    """Those to wake: what is critical, went wrong, came back, or ran out of time."""


class WebhookSettings(Value):
    """Webhook at which the planner takes briefs over HTTP."""

    url: Address
    """Its address. Requests carry an idempotency key and a signature; redirects are not followed."""
    secret: Reference
    """Place of the secret of the signature: `file:PATH` or `env:NAME`."""


class GitHubSettings(Value):
    """Repository in which briefs become GitHub issues."""

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$")]
    """Owner and name."""
    token: Reference
    """Place of the token: `file:PATH` or `env:NAME`. It needs to read and write issues of this repository."""
    labels: tuple[Annotated[str, Field(min_length=1, max_length=50)], ...] = ("incident",)
    """Labels of each issue."""
    report_url: str = ""
    """Address of the incident report, with `{path}` for its path; empty: no link."""
    api_url: Address = "https://api.github.com"
    """The API; that of GitHub Enterprise Server ends in `/api/v3`."""


class PlannerSettings(Value):
    """Destinations to which `report_to_planner` hands its brief."""

    sinks: Annotated[tuple[Sink, ...], Field(min_length=1)] = ("folder",)
    """`folder`: files in the folder of `outbox`. `webhook`, `github`: see their tables. `resource`: another MCP client
    reads `incident://{incident}/brief`."""
    webhook: WebhookSettings | None = None
    """Webhook at which the planner takes briefs over HTTP."""
    github: GitHubSettings | None = None
    """Repository in which briefs become GitHub issues."""

    @model_validator(mode="after")
    def _tables_of_sinks(self) -> PlannerSettings:
        for sink in ("webhook", "github"):
            if sink in self.sinks and getattr(self, sink) is None:
                raise ValueError(f"the sink {sink} has no table. Allowed: [planner.{sink}], or sinks without it.")
        return self


class StatusPageSettings(Value):
    """The page and feeds that the public reads, as files for any web server."""

    path: str = ""
    """The folder they are written to, `index.html`, `feed.json` and `feed.atom`; empty: there is no page."""
    title: Annotated[str, Field(min_length=1, max_length=100)] = "Status"
    """Name of the page."""
    url: Address | None = None
    """Its address, for links in the feeds."""
