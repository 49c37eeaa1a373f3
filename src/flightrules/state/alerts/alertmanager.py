"""Webhooks of Prometheus Alertmanager (version 4) and of Grafana's unified alerting, which has the same form.

Knows: these two forms. Must not know: targets, nor what is done with an alert.
An alert is known by its fingerprint and never by `startsAt`: that changes when Prometheus restarts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flightrules.state.alerts.alert import Alert, AlertState, bounded_key
from flightrules.state.alerts.fields import labels, moment, not_understood, rows, table, text, whole

TITLES = ("summary", "title", "message", "description")
"""Annotations that tell what an alert is about, the best first."""


def parse_alertmanager(document: object) -> tuple[Alert, ...]:
    """The alerts of one group. Raises `Refused` for another form."""
    group = table(document, "the body")
    alerts = [_alert(one, group) for one in rows(group.get("alerts"), "`alerts`")]
    return (*alerts, *_unnamed(group))


def parse_grafana(document: object) -> tuple[Alert, ...]:
    """The alerts of one group of Grafana. Raises `Refused` for another form."""
    return parse_alertmanager(document)


def _alert(one: Mapping[str, Any], group: Mapping[str, Any]) -> Alert:
    own = labels(one.get("labels"))
    notes = dict(labels(one.get("annotations")))
    name = dict(own).get("alertname", "")
    summary = next((notes[title] for title in TITLES if notes.get(title)), "")
    return Alert(
        fingerprint=text(one, "fingerprint") or _labels_key(own),
        state=_state(one.get("status")),
        title=": ".join(part for part in (name, summary) if part) or text(group, "title"),
        description=notes.get("description", ""),
        labels=own,
        starts_at=moment(one, "startsAt"),
        ends_at=moment(one, "endsAt"),
        url=text(one, "panelURL") or text(one, "dashboardURL") or text(one, "generatorURL"),
    )


def _state(word: object) -> AlertState:
    if word == "firing":
        return "firing"
    if word == "resolved":
        return "resolved"
    raise not_understood("`status` is neither firing nor resolved")


def _labels_key(own: tuple[tuple[str, str], ...]) -> str:
    """A key for an alert whose source gave none: its labels."""
    return bounded_key("labels\x00" + "\x00".join(f"{name}={value}" for name, value in own))


def _unnamed(group: Mapping[str, Any]) -> Iterator[Alert]:
    """One alert that stands for those that were cut off: the source never names them, also not once they are over."""
    count = whole(group, "truncatedAlerts")
    if not count:
        return
    key = text(group, "groupKey")
    common = labels(group.get("commonLabels"))
    yield Alert(
        fingerprint=bounded_key(f"group\x00{key or _labels_key(common)}"),
        state=_state(group.get("status")),
        title=f"{dict(common).get('alertname', 'Alerts')}: {count} more that the source did not name",
        labels=common,
        unnamed=count,
    )
