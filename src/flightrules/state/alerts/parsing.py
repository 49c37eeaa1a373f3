"""The parser of each kind of source, behind one function.

Knows: which parser reads which kind. Must not know: any of the forms.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import from_json

from flightrules.state.alerts.alert import Alert
from flightrules.state.alerts.alertmanager import parse_alertmanager, parse_grafana
from flightrules.state.alerts.fields import not_understood
from flightrules.state.alerts.mapped import AlertMapping, parse_cloudevents, parse_json
from flightrules.state.alerts.pagerduty import parse_pagerduty
from flightrules.state.alerts.sentry import parse_sentry
from flightrules.state.alerts.signatures import AlertKind
from flightrules.state.alerts.uptime_kuma import parse_uptime_kuma

PARSERS = {
    "alertmanager": parse_alertmanager,
    "grafana": parse_grafana,
    "sentry": parse_sentry,
    "uptime-kuma": parse_uptime_kuma,
    "pagerduty": parse_pagerduty,
}
"""Parsers of the kinds that need nothing but the document."""


def parse(
    kind: AlertKind, body: bytes, *, mapping: AlertMapping | None = None, headers: Mapping[str, str] | None = None
) -> tuple[Alert, ...]:
    """The alerts of one delivery, each state of a fingerprint once. Raises `Refused` for what is not of this kind."""
    try:
        document = from_json(body)
    except ValueError as error:
        raise not_understood("the body is not JSON") from error
    if kind == "cloudevents":
        return parse_cloudevents(document, mapping, headers or {})
    if kind == "json":
        return parse_json(document, mapping or AlertMapping())
    return PARSERS[kind](document)
