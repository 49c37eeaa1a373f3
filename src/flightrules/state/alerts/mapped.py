"""Plain JSON and CloudEvents, read by a mapping of the settings from our fields to places in the document.

Knows: paths, and the attributes of CloudEvents 1.0. Must not know: targets, nor what is done with an alert.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import from_json

from flightrules.state.alerts.alert import Alert, AlertState
from flightrules.state.alerts.fields import found, labels, moment, not_understood, rows, table, text
from flightrules.state.value import Value

Place = Annotated[str, Field(max_length=200)]
"""A place in a document: keys with dots between them, positions in lists as numbers (`data.items.0.name`)."""


class AlertMapping(Value):
    """Places in the sender's JSON at which the fields of an alert stand, such as `data.alert.name`."""

    title: Place = "title"
    """Text that says what the alert is about."""
    description: Place = "description"
    """Longer text; may be missing."""
    key: Place = "key"
    """Key of what it is about, the same in each repeat; if it is missing, the title is the key."""
    status: Place = "status"
    """Word that says if it fires or is over; if it is missing, it fires."""
    firing: tuple[str, ...] = ("firing", "triggered", "alerting", "down", "open")
    """Words that mean it fires."""
    resolved: tuple[str, ...] = ("resolved", "ok", "up", "closed")
    """Words that mean it is over. A delivery with any other word is refused."""
    starts_at: Place = "starts_at"
    """Time at which it began, as RFC 3339; may be missing."""
    ends_at: Place = "ends_at"
    """Time at which it ended; may be missing."""
    url: Place = "url"
    """Address for people; may be missing."""
    target: Place = "target"
    """Name of the target; becomes the label `flightrules_target`."""
    severity: Place = "severity"
    """Word that becomes the label `severity`."""
    labels: Place = "labels"
    """A table of names and texts that become labels."""


OF_CLOUDEVENTS = AlertMapping(
    title="data.title",
    description="data.description",
    key="data.key",
    status="data.status",
    starts_at="data.starts_at",
    ends_at="data.ends_at",
    url="data.url",
    target="data.target",
    severity="data.severity",
    labels="data.labels",
)
"""The same fields, inside `data`, and what the attributes tell if they are missing there."""

ATTRIBUTES = ("source", "type", "subject")
"""Attributes of a CloudEvent that become labels."""


def parse_json(document: object, mapping: AlertMapping) -> tuple[Alert, ...]:
    """The alerts of one document, or of a list of them. Raises `Refused` where one has no title."""
    several = rows(document, "the body") if isinstance(document, list) else [table(document, "the body")]
    return tuple(_alert(one, mapping) for one in several)


def parse_cloudevents(document: object, mapping: AlertMapping | None, headers: Mapping[str, str]) -> tuple[Alert, ...]:
    """The alerts of one event in binary or structured mode, or of a batch of them."""
    if "ce-specversion" in headers:
        attributes = {name.removeprefix("ce-"): value for name, value in headers.items() if name.startswith("ce-")}
        document = {**attributes, "data": document}
    several = rows(document, "the body") if isinstance(document, list) else [table(document, "the body")]
    return tuple(_of_event(one, mapping or OF_CLOUDEVENTS) for one in several)


def _of_event(event: dict[str, Any], mapping: AlertMapping) -> Alert:
    if not all(text(event, name) for name in ("specversion", "id", "source", "type")):
        raise not_understood("a CloudEvent has `specversion`, `id`, `source` and `type`")
    whole = {**event, "data": _data(event)}
    attributes = {name: text(event, name) for name in ATTRIBUTES}
    default = " ".join(part for part in (attributes["type"], attributes["subject"]) if part)
    alert = _alert(whole, mapping, title=default, key="\x00".join((attributes["source"], default)))
    return alert.model_copy(
        update={
            "labels": tuple(sorted({**attributes, **dict(alert.labels)}.items())),
            "starts_at": alert.starts_at or moment(event, "time"),
        }
    )


def _data(event: Mapping[str, Any]) -> object:
    """The data of an event, also where they came in base64 or as text."""
    data = event.get("data")
    try:
        if isinstance(coded := event.get("data_base64"), str):
            return from_json(base64.b64decode(coded, validate=True))
        return from_json(data) if isinstance(data, str) and data[:1] in "{[" else data
    except ValueError:
        return data


def _alert(document: dict[str, Any], mapping: AlertMapping, *, title: str = "", key: str = "") -> Alert:
    title = _at(document, mapping.title) or title
    if not title:
        raise not_understood(f"there is no title at `{mapping.title}`")
    own = {"flightrules_target": _at(document, mapping.target), "severity": _at(document, mapping.severity)}
    return Alert(
        fingerprint=_at(document, mapping.key) or key or title,
        state=_state(_at(document, mapping.status), mapping),
        title=title,
        description=_at(document, mapping.description),
        labels=labels({**dict(labels(found(document, mapping.labels.split(".")))), **own}),
        starts_at=moment(_at(document, mapping.starts_at)),
        ends_at=moment(_at(document, mapping.ends_at)),
        url=_at(document, mapping.url),
    )


def _at(document: dict[str, Any], place: str) -> str:
    return text(document, *place.split(".")) if place else ""


def _state(word: str, mapping: AlertMapping) -> AlertState:
    said = word.strip().lower()
    if not said or said in {one.lower() for one in mapping.firing}:
        return "firing"
    if said in {one.lower() for one in mapping.resolved}:
        return "resolved"
    raise not_understood(f"the word at `{mapping.status}` is none of `firing` and `resolved` in the mapping")
