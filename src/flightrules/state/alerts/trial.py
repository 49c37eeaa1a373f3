"""A test delivery of each kind of source: it is understood and matched, and opens nothing.

Knows: the least of each form. Must not know: how it is proven or sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flightrules.state.alerts.alert import TEST_LABEL
from flightrules.state.alerts.mapped import OF_CLOUDEVENTS, AlertMapping
from flightrules.state.alerts.pagerduty import OWN_KEY
from flightrules.state.alerts.signatures import AlertKind

TITLE = "test of flightrules: nothing happened"
LABELS = {TEST_LABEL: "1"}


def trial(kind: AlertKind, now: datetime, mapping: AlertMapping | None = None) -> bytes:
    """The body of a test delivery."""
    at = now.isoformat()
    if kind in ("json", "cloudevents"):
        document = _mapped(mapping or (AlertMapping() if kind == "json" else OF_CLOUDEVENTS))
        if kind == "cloudevents":
            attributes = {"specversion": "1.0", "id": at, "source": "/flightrules/doctor", "type": "test"}
            document = {**document, **attributes}
        return json.dumps(document).encode()
    forms: dict[str, dict[str, Any]] = {
        "alertmanager": _group(at),
        "grafana": _group(at),
        "sentry": {
            "action": "triggered",
            "data": {"event": {"issue_id": "0", "title": TITLE, "tags": [[TEST_LABEL, "1"]]}},
        },
        "uptime-kuma": {
            "heartbeat": {"monitorID": 0, "status": 0, "msg": TITLE},
            "monitor": {"id": 0, "tags": [{"name": TEST_LABEL, "value": "1"}]},
            "msg": TITLE,
        },
        # Its alerts have no labels of their own: the key of one of our own pages is what opens nothing there.
        "pagerduty": {
            "event": {
                "event_type": "incident.triggered",
                "data": {"id": "0", "title": TITLE, "incident_key": f"{OWN_KEY}test"},
            }
        },
    }
    return json.dumps(forms[kind]).encode()


def _group(at: str) -> dict[str, Any]:
    alert = {"status": "firing", "labels": LABELS, "annotations": {"summary": TITLE}, "startsAt": at}
    return {"version": "4", "status": "firing", "alerts": [alert], "groupKey": "test"}


def _mapped(mapping: AlertMapping) -> dict[str, Any]:
    """A document with the fields where the mapping has them."""
    document: dict[str, Any] = {}
    word = mapping.firing[0] if mapping.firing else ""
    fields: Mapping[str, object] = {mapping.title: TITLE, mapping.status: word, mapping.labels: LABELS}
    for place, value in fields.items():
        inner = document
        *path, last = place.split(".")
        for key in path:
            inner = inner.setdefault(key, {})
        if last:
            inner[last] = value
    return document
