"""Everything that an agent can call, a person can type: the same service, the same rules."""

from __future__ import annotations

import re
from typing import Any

import pytest

from flightrules.account import account
from flightrules.cli import main, session
from flightrules.service.approval import typed as typed_approvals
from tests.cli.night import Night
from tests.cli.stage import Stage
from tests.service.house import House
from tests.service.pilot import PERSON, call

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def night(at: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A folder whose commands meet one production made of memory."""
    monkeypatch.setattr(session, "application", Night(broken=True).application)
    return at


def run(capsys: Capture, *words: str) -> tuple[int, str]:
    code = main(list(words))
    said = capsys.readouterr()
    return code, said.out + said.err


def follow(capsys: Capture, *commands: list[str]) -> None:
    """Run commands, each with what it must tell behind it."""
    for *words, shown in commands:
        code, said = run(capsys, *words)
        assert code == 0, said
        assert shown in said


def approve(at: Stage, incident: str) -> None:
    """Another terminal: somebody types the digest."""

    async def typed(house: House) -> Any:  # noqa: ANN401 - an answer
        plan = (await house.incidents.incident(incident)).plan
        assert plan is not None
        said = call("approve", incident, actor=PERSON, digest=plan.short)
        return await typed_approvals.approve(
            house.incidents, said, approver="ada", digest=plan.short, acknowledged=True
        )

    assert at.run(typed).ok


@pytest.mark.requirement("PEO-alone")
def test_each_call_is_a_command_and_tells_what_to_type_next(night: Stage, capsys: Capture) -> None:
    code, said = run(capsys, "open", "shop", "Checkout answers 500", "--via", "a customer")
    assert code == 0
    (incident,) = re.findall(r"Incident (INC-\w+) is open", said)
    assert f"next: flightrules assess {incident}" in said
    code, said = run(capsys, "verify", incident)
    assert code == 1
    assert "not legal in phase detected" in said
    follow(
        capsys,
        ["assess", incident, "Reading services, logs"],
        ["classify", incident, "--impact", "complete_outage", "--users-affected", "all", "Severity P1"],
        ["decide", incident, "rules", "Decision: rollback"],
        ["rollback", incident, f"flightrules approve {incident}"],
    )
    approve(night, incident)
    cause = "the pool was cut [E1, E2]"
    follow(
        capsys,
        ["rollback", incident, "Rolled back"],
        ["verify", incident, "--user-reports", "decreased", "restored"],
        ["analyze", incident, "--why", cause, "--root-cause", cause, "Analysis"],
        ["report", incident, "--summary", "Down.", "--action", "Test it; kim; 2026-02-01; prevent", "Report written"],
        ["brief", incident, "--technical-debt", "no canary", "The brief is queued"],
    )
    calls = [record for record in night.records(incident) if record.kind == "call_received"]
    assert {(record.actor.kind, record.actor.name) for record in calls if record.actor.name != "ada"} == {
        ("person", account())
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "INC-1", "--action", "no date"), "bad_action"),
        (("report", "INC-1", "--action", "x; kim; 2026-01-31; nonsense"), "bad_arguments"),
        (("fix", "INC-1", "begin", "--check", "nonsense=x"), "bad_check"),
        (("open", "shop", "x", "--detected-at", "yesterday"), "bad_time"),
        (("open", "shop", " \t\x1b[0m\u200b"), "Say what users see: flightrules open shop 'The shop answers 500'"),
        (("analyze", "INC-1", "--observed", "09:00"), "bad_observation"),
        (("assess", "INC-NOSUCH"), "INC-NOSUCH"),
    ],
)
@pytest.mark.usefixtures("night")
def test_words_that_make_no_call_are_refused_with_the_way_to_write_them(
    capsys: Capture, words: tuple[str, ...], said: str
) -> None:
    code, told = run(capsys, *words)
    assert code == 1
    assert said in told
    assert "Traceback" not in told


def test_the_check_up_sends_each_destination_a_marked_test_and_says_what_came_back(
    night: Stage, capsys: Capture
) -> None:
    _, said = run(capsys, "doctor", "--notify")
    assert "test message to planner/folder" in said
    assert "arrived" in said
    (written,) = (night.folder / "outbox").glob("TEST-*.md")
    assert written.read_text().startswith("[test]")
