"""The shape of the settings of alerts: their sources, and whom an incident that one opened is told.

Knows: secrets by their place. Must not know: how a delivery is read, or how anything is sent.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from flightrules.config.access import Address
from flightrules.config.notices import Reference, WebhookSettings
from flightrules.state.alerts.mapped import AlertMapping
from flightrules.state.alerts.routing import Routing
from flightrules.state.alerts.signatures import SIGNS, AlertAuth, AlertKind
from flightrules.state.value import Value

OWN_AUTH: dict[str, AlertAuth] = {"grafana": "signature", "sentry": "signature", "pagerduty": "signature"}
"""Proof that a kind of sender gives where the settings say nothing else; all others send a bearer token."""


class AlertSource(Routing):
    """A system that sends alerts over HTTP, to `/alerts/` and its name (docs/alerts.md)."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    """Name of the source, which is the end of its address."""
    type: AlertKind
    """Form of what it sends."""
    auth: AlertAuth | None = None
    """Proof that a delivery is from it: `bearer`, `basic`, or `signature`, its own HMAC. By default `signature` for
    grafana, sentry and pagerduty, else `bearer`."""
    secrets: Annotated[tuple[Reference, ...], Field(min_length=1, max_length=3)]
    """Places of its secret: `file:PATH` or `env:NAME`. Any of them counts: while one is changed, two stand here."""
    user: str = ""
    """User of `basic`."""
    timestamp_header: str = ""
    """Header in which Grafana sends the time that it signs, if its contact point sets one."""
    mapping: AlertMapping | None = None
    """Places of the fields in the JSON of type `json` or `cloudevents`."""

    @property
    def proof(self) -> AlertAuth:
        """The proof that counts."""
        return self.auth or OWN_AUTH.get(self.type, "bearer")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> AlertSource:
        if self.proof == "signature" and self.type not in SIGNS:
            raise ValueError(f"{self.type} signs nothing. Allowed: auth bearer or basic.")
        if (self.proof == "basic") != bool(self.user):
            raise ValueError("`user` belongs to auth basic. Allowed: both, or neither.")
        if self.mapping is not None and self.type not in ("json", "cloudevents"):
            raise ValueError(f"{self.type} has a form of its own. Allowed: no mapping.")
        if self.timestamp_header and self.type != "grafana":
            raise ValueError("`timestamp_header` belongs to grafana. Allowed: no timestamp_header.")
        return self


class PagerDutySettings(Value):
    """A service of PagerDuty, or of what takes its Events API v2: one alarm there for each incident."""

    routing_key: Reference
    """Place of the integration key: `file:PATH` or `env:NAME`."""
    url: Address = "https://events.pagerduty.com/v2/enqueue"
    """Address of the Events API."""


class AgentSettings(Value):
    """A program that is told of each incident that an alert opened, such as one that starts an agent."""

    command: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Program and arguments, started without a shell. It reads one JSON object from standard input, and has 20 s."""
    webhook: WebhookSettings | None = None
    """An address that gets the same, signed."""
