"""Alerts over HTTP: who may send, and that each is answered once it is on record."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from flightrules.config.alerts import AlertSource
from flightrules.errors import Unavailable
from flightrules.server.alerts import LARGEST, AlertsRoute, Gate
from flightrules.service.alerts.follow_up import FollowUp
from flightrules.service.alerts.intake import Intake
from flightrules.state.alerts.signatures import SKEW_S
from tests.service.house import House, build
from tests.state.alerts.captured import kind_of, names, raw

pytestmark = pytest.mark.anyio

SECRET = "a-secret-of-more-than-16"
OTHER = "another-secret-of-more-than-16"


def gate(kind: str = "alertmanager", *secrets: str, **fields: object) -> Gate:
    """A source of that kind."""
    settings = {"name": kind, "type": kind, "secrets": ["env:SECRET"], **fields}
    source = AlertSource.model_validate_json(json.dumps(settings))
    return Gate(source=source, secrets=secrets or (SECRET,))


class Sender:
    """A monitoring system in front of a house."""

    def __init__(self, *gates: Gate) -> None:
        self.house: House = build()
        self.gates = {one.source.name: one for one in gates}
        routings = {name: one.source for name, one in self.gates.items()}
        self.intake = Intake(incidents=self.house.incidents, routings=routings)
        self.follow_up = FollowUp(self.intake)
        beside = PlainTextResponse("another route")
        self.app = AlertsRoute(beside, self.gates, self.intake.hear, self.house.clock.now)

    async def send(
        self, source: str, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> httpx.Response:
        """Send a body as it is."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, f"/alerts/{source}", content=body, headers=dict(headers or {}))


def hmac_of(message: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def proof(kind: str, body: bytes) -> dict[str, str]:
    """The headers by which that kind of sender proves who it is."""
    return {
        "alertmanager": {"Authorization": f"Bearer {SECRET}"},
        "uptime-kuma": {"Authorization": f"Bearer {SECRET}"},
        "grafana": {"X-Grafana-Alerting-Signature": hmac_of(body)},
        "sentry": {"Sentry-Hook-Signature": hmac_of(body)},
        "pagerduty": {"X-PagerDuty-Signature": f"v1={hmac_of(body)}"},
    }[kind]


@pytest.mark.parametrize("name", names())
async def test_a_payload_is_taken_from_its_sender_and_from_nobody_else(name: str) -> None:
    kind, body = kind_of(name), raw(name)
    sender = Sender(gate(kind))
    assert (await sender.send(kind, body)).status_code == 401
    forged = {
        key: value.replace(SECRET, OTHER)[:-1] + "0f"[value[-1] == "0"] for key, value in proof(kind, body).items()
    }
    assert (await sender.send(kind, body, forged)).status_code == 401
    assert not sender.intake.book.known
    answer = await sender.send(kind, body, proof(kind, body))
    assert answer.status_code == 202
    assert answer.json()["news"] == len(sender.intake.book.known) >= 1


async def test_a_firing_alert_over_http_opens_one_incident() -> None:
    sender = Sender(gate())
    body = raw("alertmanager-1-firing")
    for _ in range(3):
        assert (await sender.send("alertmanager", body, proof("alertmanager", body))).status_code == 202
    await sender.follow_up.work()
    (name,) = await sender.house.incidents.store.streams("INC-")
    assert (await sender.house.incidents.incident(name)).called_at is not None


async def test_basic_authentication_needs_user_and_secret() -> None:
    sender = Sender(gate(auth="basic", user="am"))
    body = raw("alertmanager-7-truncated")
    for user, secret, status in (("am", SECRET, 202), ("am", OTHER, 401), ("root", SECRET, 401)):
        given = base64.b64encode(f"{user}:{secret}".encode()).decode()
        assert (await sender.send("alertmanager", body, {"Authorization": f"Basic {given}"})).status_code == status


async def test_either_secret_counts_while_one_is_changed() -> None:
    sender = Sender(gate("alertmanager", OTHER, SECRET))
    body = raw("alertmanager-1-firing")
    for secret in (SECRET, OTHER):
        answer = await sender.send("alertmanager", body, {"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 202


async def test_one_of_several_signatures_of_pagerduty_is_enough() -> None:
    sender = Sender(gate("pagerduty"))
    body = raw("example-pagerduty-triggered")
    both = f"v1={hmac_of(body, OTHER)}, v1={hmac_of(body)}"
    assert (await sender.send("pagerduty", body, {"X-PagerDuty-Signature": both})).status_code == 202
    only = f"v1={hmac_of(body, OTHER)},v2={hmac_of(body)}"
    assert (await sender.send("pagerduty", body, {"X-PagerDuty-Signature": only})).status_code == 401


async def test_a_signature_is_over_every_byte_of_the_body() -> None:
    sender = Sender(gate("sentry"))
    body = raw("example-sentry-event-alert")
    answer = await sender.send("sentry", body + b" ", proof("sentry", body))
    assert answer.status_code == 401


async def test_grafana_may_sign_the_time_with_the_body() -> None:
    sender = Sender(gate("grafana", timestamp_header="X-Grafana-Time"))
    body, now = raw("example-grafana-firing"), int(sender.house.clock.now().timestamp())
    for stamp, status in ((now, 202), (now - SKEW_S - 1, 401), (now + SKEW_S + 1, 401)):
        signature = hmac_of(f"{stamp}:".encode() + body)
        headers = {"X-Grafana-Alerting-Signature": signature, "X-Grafana-Time": str(stamp)}
        assert (await sender.send("grafana", body, headers)).status_code == status
    assert (await sender.send("grafana", body, proof("grafana", body))).status_code == 401


async def test_plain_json_may_be_signed_as_our_own_webhooks_are() -> None:
    sender = Sender(gate("json", auth="signature"))
    body, stamp = b'{"title": "down", "target": "shop"}', str(int(sender.house.clock.now().timestamp()))
    headers = {
        "X-Flightrules-Timestamp": stamp,
        "X-Flightrules-Signature": f"v1={hmac_of(stamp.encode() + b'.' + body)}",
    }
    assert (await sender.send("json", body, headers)).status_code == 202


async def test_a_test_alert_is_understood_and_not_recorded() -> None:
    sender = Sender(gate("json"))
    body = b'{"title": "test", "target": "shop", "labels": {"flightrules_test": "1"}}'
    answer = await sender.send("json", body, {"Authorization": f"Bearer {SECRET}"})
    assert (answer.status_code, answer.json()) == (202, {"news": 0, "repeats": 0, "tests": 1})
    assert not sender.intake.book.known


async def test_what_is_not_of_the_kind_is_refused_and_an_unknown_target_is_not() -> None:
    sender = Sender(gate("json"))
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert (await sender.send("json", b"{}", headers)).status_code == 400
    assert (await sender.send("json", b'{"title": "x", "target": "nobody"}', headers)).status_code == 202


async def test_other_methods_sources_and_paths_are_answered_as_such() -> None:
    sender = Sender(gate())
    assert (await sender.send("elsewhere", b"{}")).status_code == 404
    assert (await sender.send("alertmanager", b"", method="GET")).status_code == 405
    transport = httpx.ASGITransport(app=sender.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/mcp")).text == "another route"


async def test_a_body_that_is_too_large_is_refused() -> None:
    sender = Sender(gate())
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert (await sender.send("alertmanager", b" " * (LARGEST + 1), headers)).status_code == 413


async def test_a_sender_comes_again_if_the_log_takes_nothing() -> None:
    sender = Sender(gate())

    async def failing(*_given: Any) -> Any:  # noqa: ANN401 - whatever it is asked
        raise Unavailable("the log", "the disk is full.", "Make room.")

    sender.app = AlertsRoute(PlainTextResponse(""), sender.gates, failing, sender.house.clock.now)
    body = raw("alertmanager-1-firing")
    answer = await sender.send("alertmanager", body, proof("alertmanager", body))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_an_answer_names_no_secret_and_a_stranger_learns_nothing() -> None:
    sender = Sender(gate())
    answer = await sender.send("alertmanager", b"{}", {"Authorization": "Bearer guess"})
    assert SECRET not in answer.text
    assert answer.json() == {"error": "This is not proven to be from the source."}
