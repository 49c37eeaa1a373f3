from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.errors import Refused
from flightrules.state.alerts.alert import Alert
from flightrules.state.alerts.mapped import AlertMapping
from flightrules.state.alerts.parsing import parse
from tests.state.alerts.captured import body_of, kind_of, names, raw

EXPECTED: dict[str, list[tuple[str, str]]] = {
    "alertmanager-1-firing": [("2f56e6db0bec9fc4", "firing")],
    "alertmanager-2-repeat": [("2f56e6db0bec9fc4", "firing")],
    "alertmanager-3-resolved": [("2f56e6db0bec9fc4", "resolved")],
    "alertmanager-4-flapping-firing": [("5f7f47c26b38698e", "firing")],
    "alertmanager-5-flapping-resolved": [("5f7f47c26b38698e", "resolved")],
    "alertmanager-6-late": [("a44babc203c70c19", "firing")],
    "alertmanager-7-truncated": [
        ("afff69b56f68621a", "firing"),
        ("9e233d367de96bc7", "firing"),
        ("3d64136bb2235e58", "firing"),
        ("4 unnamed", "firing"),
    ],
    "alertmanager-8-truncated-resolved": [
        ("afff69b56f68621a", "resolved"),
        ("9e233d367de96bc7", "resolved"),
        ("3d64136bb2235e58", "resolved"),
        ("4 unnamed", "resolved"),
    ],
    "alertmanager-9-resolved-while-down": [("2f56e6db0bec9fc4", "resolved")],
    "alertmanager-10-resolved-prometheus-died": [("2f56e6db0bec9fc4", "resolved")],
    "alertmanager-11-group-one": [("1f7d34f0850da535", "firing")],
    "alertmanager-12-group-two": [("1f7d34f0850da535", "firing"), ("73ec80c0975925c2", "firing")],
    "alertmanager-13-group-one-over": [("1f7d34f0850da535", "resolved"), ("73ec80c0975925c2", "firing")],
    "alertmanager-14-group-over": [("73ec80c0975925c2", "resolved")],
    "example-grafana-firing": [("c6eadffa33fcdf37", "firing")],
    "example-pagerduty-triggered": [("incident:PGR0VU2", "firing")],
    "example-sentry-event-alert": [("issue:1170820242", "firing")],
    "example-sentry-metric-alert": [("metric:5", "firing")],
    "example-uptime-kuma-down": [("monitor:4", "firing")],
    "example-uptime-kuma-up": [("monitor:4", "resolved")],
}


def key_of(alert: Alert) -> str:
    return f"{alert.unnamed} unnamed" if alert.unnamed else alert.fingerprint


def test_every_payload_is_expected_here() -> None:
    assert set(names()) == set(EXPECTED)


@pytest.mark.parametrize("name", names())
def test_a_payload_gives_its_alerts(name: str) -> None:
    found = parse(kind_of(name), raw(name))
    assert [(key_of(alert), alert.state) for alert in found] == EXPECTED[name]
    assert all(alert.title for alert in found)


def test_the_unnamed_alerts_of_a_group_keep_one_key_until_they_are_over() -> None:
    before, after = (
        parse("alertmanager", raw("alertmanager-7-truncated")),
        parse("alertmanager", raw("alertmanager-8-truncated-resolved")),
    )
    assert before[-1].fingerprint == after[-1].fingerprint
    assert dict(before[-1].labels)["kind"] == "many"


def test_the_year_one_is_no_end_and_fractions_of_any_length_are_read() -> None:
    body = body_of("alertmanager-1-firing")
    body["alerts"][0]["startsAt"] = "2026-11-29T17:15:39.123456789Z"
    (alert,) = parse("alertmanager", json.dumps(body).encode())
    assert alert.starts_at == datetime(2026, 11, 29, 17, 15, 39, 123456, tzinfo=UTC)
    assert alert.ends_at is None


def test_labels_of_each_product_are_there_to_be_matched() -> None:
    wanted = {
        "example-grafana-firing": ("flightrules_target", "shop"),
        "example-pagerduty-triggered": ("service_id", "PF9KMXH"),
        "example-sentry-event-alert": ("environment", "production"),
        "example-sentry-metric-alert": ("project", "shop"),
        "example-uptime-kuma-down": ("flightrules", "shop"),
        "example-uptime-kuma-up": ("monitor", "4"),
    }
    for name, label in wanted.items():
        assert label in parse(kind_of(name), raw(name))[0].labels


def test_times_of_each_product_are_read_in_utc() -> None:
    starts = {name: parse(kind_of(name), raw(name))[0].starts_at for name in names() if name.startswith("example-")}
    assert starts["example-uptime-kuma-down"] == datetime(2026, 11, 29, 16, 58, 2, 114000, tzinfo=UTC)
    assert starts["example-pagerduty-triggered"] == datetime(2026, 11, 29, 16, 58, 2, tzinfo=UTC)
    assert all(at is not None for at in starts.values())


def changed(name: str, **event: object) -> bytes:
    body = body_of(name)
    body.update(event)
    return json.dumps(body).encode()


def test_events_that_tell_of_no_alert_give_none() -> None:
    event = body_of("example-pagerduty-triggered")["event"]
    annotated = changed("example-pagerduty-triggered", event={**event, "event_type": "incident.annotated"})
    ping = changed("example-pagerduty-triggered", event={**event, "event_type": "pagey.ping"})
    beat = body_of("example-uptime-kuma-down")["heartbeat"]
    maintenance = changed("example-uptime-kuma-down", heartbeat={**beat, "status": 3})
    assert [parse("pagerduty", annotated), parse("pagerduty", ping)] == [(), ()]
    assert parse("uptime-kuma", maintenance) == ()
    assert parse("uptime-kuma", b'{"heartbeat": null, "monitor": null, "msg": "Testing"}') == ()
    assert parse("sentry", b'{"action": "created", "data": {"installation": {}}}') == ()


def test_our_own_page_that_comes_back_from_pagerduty_is_no_alert() -> None:
    event = body_of("example-pagerduty-triggered")["event"]
    own = {**event, "data": {**event["data"], "incident_key": "flightrules/INC-7K2QMX"}}
    assert parse("pagerduty", changed("example-pagerduty-triggered", event=own)) == ()


def test_plain_json_needs_a_title_and_no_more() -> None:
    (alert,) = parse("json", b'{"title": "the shop is down"}')
    assert (alert.fingerprint, alert.state) == ("the shop is down", "firing")
    with pytest.raises(Refused, match="title"):
        parse("json", b'{"status": "firing"}')


def test_a_mapping_finds_the_fields_in_any_document() -> None:
    mapping = AlertMapping(title="check.name", key="check.id", status="event", labels="tags", target="tags.service")
    document = {"event": "OK", "check": {"name": "checkout", "id": 7}, "tags": {"service": "shop"}}
    (alert,) = parse("json", json.dumps(document).encode(), mapping=mapping)
    assert (alert.fingerprint, alert.state, dict(alert.labels)["flightrules_target"]) == ("7", "resolved", "shop")


def test_a_word_that_the_mapping_does_not_know_is_refused() -> None:
    with pytest.raises(Refused, match="status"):
        parse("json", b'{"title": "x", "status": "snoozed"}')


@pytest.mark.parametrize("mode", ["structured", "binary", "batch"])
def test_a_cloudevent_is_read_in_each_mode(mode: str) -> None:
    data = {"title": "checkout fails", "key": "c1", "target": "shop"}
    attributes = {
        "specversion": "1.0",
        "id": "1",
        "source": "/checks",
        "type": "failed",
        "time": "2026-11-29T16:58:02Z",
    }
    event: Any = {**attributes, "data": data}
    headers: dict[str, str] = {}
    if mode == "binary":
        event, headers = data, {f"ce-{name}": value for name, value in attributes.items()}
    body = [event] if mode == "batch" else event
    (alert,) = parse("cloudevents", json.dumps(body).encode(), headers=headers)
    assert (alert.fingerprint, alert.title) == ("c1", "checkout fails")
    assert alert.starts_at == datetime(2026, 11, 29, 16, 58, 2, tzinfo=UTC)
    assert ("flightrules_target", "shop") in alert.labels


def test_secrets_and_invisible_signs_do_not_pass() -> None:
    body = {"title": "a\x1b[31mb\u202e password=hunter2hunter2", "labels": {"a": "b" * 5_000}}
    (alert,) = parse("json", json.dumps(body).encode())
    clean = alert.cleaned()
    assert clean.title.startswith("ab")
    assert "hunter2" not in clean.title
    assert all(len(value) <= 200 for _, value in clean.labels)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(names()), st.data())
def test_a_payload_with_any_field_replaced_is_read_or_refused(name: str, data: st.DataObject) -> None:
    body = body_of(name)
    place: Any = body
    for _ in range(data.draw(st.integers(0, 4))):
        inner = [key for key, item in _items(place) if isinstance(item, dict | list) and item]
        if not inner:
            break
        place = place[data.draw(st.sampled_from(inner))]
    keys = [key for key, _ in _items(place)]
    place[data.draw(st.sampled_from(keys))] = data.draw(JSON)
    try:
        found = parse(kind_of(name), json.dumps(body).encode())
    except Refused:
        return
    assert all(alert.cleaned().fingerprint for alert in found)


def _items(place: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    return list(place.items()) if isinstance(place, dict) else list(enumerate(place))


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"null", b"3", b'{"alerts": 3}', b"[" * 10_000])
@pytest.mark.parametrize(
    "kind", ["alertmanager", "grafana", "sentry", "uptime-kuma", "pagerduty", "cloudevents", "json"]
)
def test_what_is_not_of_a_kind_is_refused(kind: Any, body: bytes) -> None:  # noqa: ANN401 - a literal
    if kind in ("cloudevents", "json") and body == b"[]":
        assert parse(kind, body) == ()
        return
    with pytest.raises(Refused, match="not a delivery"):
        parse(kind, body)
