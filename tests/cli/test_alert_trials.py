"""`flightrules doctor` tries each source of alerts, and records nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flightrules.cli.alert_trials import alert_rows, proof
from flightrules.config import load
from flightrules.config.alerts import AlertSource
from flightrules.server.alerts import Gate
from flightrules.state.alerts.parsing import parse
from flightrules.state.alerts.trial import trial
from flightrules.testing import START
from tests.adapters.sending.receiver import Reply, receiver
from tests.cli.stage import Stage

pytestmark = pytest.mark.anyio

TYPES = ["alertmanager", "grafana", "sentry", "uptime-kuma", "pagerduty", "cloudevents", "json"]
SECRET = "a-secret-of-more-than-16"


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("auth", ["bearer", "basic", "signature"])
def test_a_test_alert_of_each_type_is_proven_and_opens_nothing(kind: Any, auth: str) -> None:  # noqa: ANN401 - a literal
    if auth == "signature" and kind in ("alertmanager", "uptime-kuma"):
        return
    fields = {"name": "one", "type": kind, "auth": auth, "secrets": ["env:X"], "user": "am" if auth == "basic" else ""}
    gate = Gate(source=AlertSource.model_validate_json(json.dumps(fields)), secrets=(SECRET,))
    body = trial(kind, START)
    headers = proof(gate, body, START)
    assert gate.knows(headers, body, START)
    assert not gate.knows({name: f"{value}x" for name, value in headers.items()}, body, START)
    assert all(alert.is_test for alert in parse(kind, body))


SOURCE = '[[alerts]]\nname = "am"\ntype = "alertmanager"\nsecrets = ["env:AM_SECRET"]\n'


async def test_a_secret_that_is_not_there_fails_and_one_that_is_there_does_not(
    at: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.set(SOURCE)
    settings = load(at.config)
    assert [row.state for row in await alert_rows(settings, START)] == ["FAIL"]
    monkeypatch.setenv("AM_SECRET", SECRET)
    (row,) = await alert_rows(settings, START)
    assert row.state == "ok"
    assert SECRET not in f"{row.saw}{row.mend}"


async def test_with_a_public_address_the_test_alert_goes_to_the_server_there(
    at: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AM_SECRET", SECRET)
    with receiver() as there:
        at.set(f'[server]\npublic_url = "{there.url}/mcp"\n{SOURCE}')
        there.replies += [Reply(202), Reply(404)]
        first, second = [(await alert_rows(load(at.config), START))[0] for _ in range(2)]
    assert (first.state, second.state) == ("ok", "warn")
    assert [(one.path, one.headers["authorization"]) for one in there.requests] == [
        ("/alerts/am", f"Bearer {SECRET}")
    ] * 2
