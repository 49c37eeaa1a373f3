"""Webhooks of Sentry's integration platform: issue alerts, metric alerts and issues.

Knows: these forms. Must not know: targets, nor what is done with an alert.
An issue alert never says that it is over; `issue` with `resolved` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flightrules.state.alerts.alert import Alert, AlertState
from flightrules.state.alerts.fields import found, labels, moment, not_understood, table, text

METRIC_STATES: dict[str, AlertState] = {"critical": "firing", "warning": "firing", "resolved": "resolved"}
ISSUE_STATES: dict[str, AlertState] = {"created": "firing", "unresolved": "firing", "resolved": "resolved"}


def parse_sentry(document: object) -> tuple[Alert, ...]:
    """The alert of one delivery; none for what tells of no alert (an installation, a comment, an ignored issue)."""
    body = table(document, "the body")
    action, data = text(body, "action"), table(body.get("data"), "`data`")
    if not action:
        raise not_understood("it has no `action`")
    if isinstance(data.get("event"), dict):
        return (_event(data),)
    if isinstance(data.get("metric_alert"), dict) and action in METRIC_STATES:
        return (_metric(data, METRIC_STATES[action], action),)
    if isinstance(data.get("issue"), dict) and action in ISSUE_STATES:
        return (_issue(data["issue"], ISSUE_STATES[action]),)
    return ()


def _event(data: Mapping[str, Any]) -> Alert:
    event = table(data["event"], "`data.event`")
    issue = text(event, "issue_id")
    if not issue:
        raise not_understood("`data.event` has no `issue_id`")
    named = {name: text(event, name) for name in ("level", "environment", "release", "platform", "project")}
    return Alert(
        fingerprint=f"issue:{issue}",
        state="firing",
        title=text(event, "title"),
        description=text(event, "culprit"),
        labels=labels({**dict(_tags(event)), **named, "rule": text(data, "triggered_rule")}),
        starts_at=moment(event, "datetime"),
        url=text(event, "web_url"),
    )


def _tags(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    tags = event.get("tags")
    for pair in tags if isinstance(tags, list) else ():
        if name := text(pair, "0"):
            yield name, text(pair, "1")


def _metric(data: Mapping[str, Any], state: AlertState, action: str) -> Alert:
    metric = table(data["metric_alert"], "`data.metric_alert`")
    key = text(metric, "id") or text(metric, "identifier")
    if not key:
        raise not_understood("`data.metric_alert` has no `id`")
    named = {
        "project": text(metric, "projects", "0"),
        "rule": text(metric, "alert_rule", "name"),
        "environment": text(metric, "alert_rule", "environment"),
        # A resolved one has no severity of its own.
        "level": action if state == "firing" else "",
    }
    return Alert(
        fingerprint=f"metric:{key}",
        state=state,
        title=text(data, "description_title") or text(metric, "title"),
        description=text(data, "description_text"),
        labels=labels(named),
        starts_at=moment(metric, "date_started") or moment(metric, "date_detected"),
        ends_at=moment(metric, "date_closed"),
        url=text(data, "web_url"),
    )


def _issue(issue: Mapping[str, Any], state: AlertState) -> Alert:
    key = text(issue, "id")
    if not key:
        raise not_understood("`data.issue` has no `id`")
    project = text(found(issue, ("project",)), "slug") or text(issue, "project")
    named = {"project": project, "level": text(issue, "level"), "platform": text(issue, "platform")}
    return Alert(
        fingerprint=f"issue:{key}",
        state=state,
        title=text(issue, "title"),
        description=text(issue, "culprit"),
        labels=labels(named),
        starts_at=moment(issue, "lastSeen") or moment(issue, "firstSeen"),
        url=text(issue, "web_url") or text(issue, "permalink"),
    )
