"""A receiver that is away for a day loses nothing, and has nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.adapters.sending.github import GitHubSender
from flightrules.service.messages.delivering import Courier
from flightrules.state.log import Recorded
from flightrules.testing import ManualClock
from flightrules.testing.drill import Drill
from tests.adapters.sending.receiver import GitHub, Receiver, Reply, receiver
from tests.adapters.sending.sender_contract import SECRET

HOURS_AWAY = 24
ROUND_S = 900


@pytest.fixture
def token(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text(SECRET)
    path.chmod(0o600)
    return f"file:{path}"


@pytest.fixture
def github() -> Iterator[tuple[GitHub, Receiver]]:
    api = GitHub(SECRET)
    with receiver(api) as there:
        yield api, there


def sender(there: Receiver, token: str, clock: ManualClock) -> GitHubSender:
    return GitHubSender("acme/shop", token, clock, api=there.url, labels=("incident",), report_url="")


AWAY = (
    Reply(503, "<html>"),
    Reply(403, '{"message": "You have exceeded a secondary rate limit"}'),
    Reply(429, "{}", {"retry-after": "3600"}),
    Reply(404, "{}"),
)


@pytest.mark.requirement("PLA-sinks")
@pytest.mark.parametrize("answer", AWAY, ids=lambda one: str(one.status))
def test_the_brief_is_an_issue_after_an_outage_of_a_day_without_anybodys_hand(
    github: tuple[GitHub, Receiver], token: str, answer: Reply
) -> None:
    api, there = github
    with Drill() as drill:
        incidents = drill.server.app.incidents
        drill.send_to("planner/github", sender(there, token, drill.clock))
        there.answers = lambda _request: answer
        incident = drill.restored()
        drill.call("write_report", incident=incident, root_cause="The pool was cut in half.")
        drill.call("report_to_planner", incident=incident, technical_debt=["no canary"])
        courier = Courier(incidents)
        for _ in range(HOURS_AWAY * 3600 // ROUND_S):
            drill.server.portal.call(courier.deliver)
            drill.clock.advance(ROUND_S)
        assert api.issues == []
        assert len(there.requests) < 2 * HOURS_AWAY
        there.answers = api
        for _ in range(8):
            drill.server.portal.call(courier.deliver)
            drill.clock.advance(ROUND_S)
        (issue,) = api.issues
        assert "no canary" in issue["body"]
        ends = drill.server.records(f"outbox:{incident}")
        assert [kind(one) for one in ends].count("sent") == 1


def kind(record: Recorded) -> str:
    return str(record.data.get("outcome", ""))
