"""Webhooks of PagerDuty, version 3: one event of an incident there each.

Knows: this form, and the key under which our own pages are there. Must not know: targets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flightrules.state.alerts.alert import Alert, AlertState
from flightrules.state.alerts.fields import labels, moment, not_understood, table, text

FIRING = frozenset(
    {"triggered", "reopened", "acknowledged", "unacknowledged", "escalated", "delegated", "reassigned"}
    | {"priority_updated"}
)
"""Events of an incident that is not over: the first that is heard of it opens, the rest are repeats."""
OWN_KEY = "flightrules/"
"""Prefix of the key of our own pages: what comes back of them is not an alert."""


def parse_pagerduty(document: object) -> tuple[Alert, ...]:
    """The alert of one event; none for what tells of no alert, and for what our own page made there."""
    event = table(table(document, "the body").get("event"), "`event`")
    kind = text(event, "event_type")
    if not kind:
        raise not_understood("`event` has no `event_type`")
    subject, _, what = kind.partition(".")
    state: AlertState | None = "firing" if what in FIRING else "resolved" if what == "resolved" else None
    if subject != "incident" or state is None:
        return ()
    data = table(event.get("data"), "`event.data`")
    return () if text(data, "incident_key").startswith(OWN_KEY) else (_alert(event, data, state),)


def _alert(event: Mapping[str, Any], data: Mapping[str, Any], state: AlertState) -> Alert:
    key = text(data, "id")
    if not key:
        raise not_understood("`event.data` has no `id`")
    named = {
        "service": text(data, "service", "summary"),
        "service_id": text(data, "service", "id"),
        "priority": text(data, "priority", "summary"),
        "urgency": text(data, "urgency"),
    }
    return Alert(
        fingerprint=f"incident:{key}",
        state=state,
        title=text(data, "title"),
        labels=labels(named),
        starts_at=moment(data, "created_at"),
        ends_at=moment(event, "occurred_at") if state == "resolved" else None,
        url=text(data, "html_url"),
    )
