"""Confirmation at a terminal of what only a person may say; the log has how it was given."""

from __future__ import annotations

import subprocess
import sys

import pytest

from flightrules.account import account
from flightrules.cli import main
from flightrules.state.vocabulary import Phase
from tests.cli.stage import Stage
from tests.cli.test_approve import Sit, kinds, sit
from tests.server.process import LIMIT_S, environment

Capture = pytest.CaptureFixture[str]

__all__ = ["sit"]

VERBS: dict[str, tuple[Phase, list[str], str]] = {
    "decide": (Phase.CLASSIFIED, ["decide", "INC", "investigate", "--reason", "x"], "path_decided"),
    "classify": (Phase.CLASSIFIED, ["classify", "INC", "--severity", "P4", "--reason", "x"], "severity_classified"),
    "accept": (Phase.VERIFYING, ["accept", "INC", "--reason", "x"], "verification_recorded"),
    "close": (Phase.CLASSIFIED, ["close", "INC", "--reason", "x"], "stood_down"),
}
"""Commands that a person gives, each with the phase it is given in and the event it leads to."""

LACKING: dict[str, tuple[Phase, list[str], str]] = {
    "decide, no reason": (Phase.CLASSIFIED, ["decide", "INC", "investigate", "--reason", " "], "needs a reason"),
    "decide, no such release": (
        Phase.CLASSIFIED,
        ["decide", "INC", "rollback", "--reason", "x", "--to", "abcdef1"],
        "is not in the deploy history",
    ),
    "decide, no such host": (
        Phase.CLASSIFIED,
        ["decide", "INC", "rollback", "--reason", "x", "--without", "web-9"],
        "Not among the hosts: web-9",
    ),
    "classify, no reason": (Phase.CLASSIFIED, ["classify", "INC", "--severity", "P4", "--reason", ""], "reason"),
    "accept, nothing to accept": (Phase.VERIFYING, ["accept", "INC", "--reason", "x"], "No inconclusive verification"),
    "close, no reason": (Phase.CLASSIFIED, ["close", "INC"], "Stand it down early with --reason TEXT"),
    "close, too early": (Phase.ROLLING_BACK, ["close", "INC", "--reason", "x"], "A rollback is running"),
    "let out, no such update": (Phase.CLASSIFIED, ["update", "approve", "INC", "U7"], "No update 'U7' waits"),
    "tell the public, nothing": (Phase.CLASSIFIED, ["update", "post", "INC", " ", "--external"], "has no text"),
    "tell the public, a host": (
        Phase.CLASSIFIED,
        ["update", "post", "INC", "web-1 is down", "--external"],
        "must not name a host",
    ),
}
"""Commands that are refused whoever gives them, each with the phase and what the person is told."""


def words(verb: str, incident: str, of: dict[str, tuple[Phase, list[str], str]] = VERBS) -> list[str]:
    return [incident if word == "INC" else word for word in of[verb][1]]


def ready(at: Stage, verb: str) -> str:
    """An incident in which this may be said."""
    return at.inconclusive() if verb == "accept" else at.incident(VERBS[verb][0])


def given(at: Stage, incident: str, verb: str) -> list[object]:
    """Return how each call of this verb was given, as the log has it."""
    received = [record for record in at.records(incident) if record.kind == "call_received"]
    mine = [record for record in received if record.data["tool"] == verb and record.actor.kind == "person"]
    assert all(record.actor.name == account() for record in mine)
    arguments = [record.data["arguments"] for record in mine]
    return [each.get("given") for each in arguments if isinstance(each, dict)]


@pytest.mark.requirement("PER-terminal")
@pytest.mark.parametrize("verb", VERBS)
def test_a_person_says_yes_at_a_terminal_and_the_log_has_account_and_way(at: Stage, sit: Sit, verb: str) -> None:
    incident = ready(at, verb)
    terminal = sit(*words(verb, incident))
    terminal.waits_for("anything else to stop: ")
    assert incident in terminal.shown
    terminal.types("yes\n")
    terminal.ends()
    assert kinds(at, incident)[-3:].count(VERBS[verb][2]) == 1, terminal.shown
    assert given(at, incident, verb) == ["terminal"]


@pytest.mark.requirement("PER-terminal")
@pytest.mark.parametrize("verb", VERBS)
def test_whoever_types_anything_else_has_said_nothing(at: Stage, sit: Sit, verb: str) -> None:
    incident = ready(at, verb)
    before = at.records(incident)
    terminal = sit(*words(verb, incident))
    terminal.waits_for("anything else to stop: ")
    terminal.types("no\n")
    assert terminal.ends() == 1
    assert "Nothing was done" in terminal.shown
    assert at.records(incident) == before


@pytest.mark.requirement("PER-terminal")
@pytest.mark.parametrize("verb", VERBS)
def test_a_pipe_says_nothing_for_a_person(at: Stage, verb: str) -> None:
    incident = ready(at, verb)
    before = at.records(incident)
    piped = subprocess.run(
        [sys.executable, "-m", "flightrules.cli", *words(verb, incident)],
        cwd=at.folder,
        env=environment(),
        input="yes\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert piped.returncode == 1
    assert "no_terminal" in piped.stderr
    assert "Run it in a terminal" in piped.stderr
    assert at.records(incident) == before


@pytest.mark.requirement("PER-scripts")
@pytest.mark.parametrize("verb", VERBS)
def test_a_script_says_yes_only_where_policy_lets_scripts(at: Stage, capsys: Capture, verb: str) -> None:
    incident = ready(at, verb)
    before = at.records(incident)
    assert main([*words(verb, incident), "--yes"]) == 1
    assert "no_scripts" in capsys.readouterr().err
    assert at.records(incident) == before
    at.let_scripts()
    main([*words(verb, incident), "--yes"])
    assert given(at, incident, verb) == ["script"]


@pytest.mark.requirement("PER-terminal")
@pytest.mark.parametrize("lacking", LACKING)
def test_what_is_missing_is_said_before_anybody_is_asked(at: Stage, sit: Sit, lacking: str) -> None:
    phase, _, why = LACKING[lacking]
    incident = at.incident(phase)
    terminal = sit(*words(lacking, incident, LACKING))
    assert terminal.ends() == 1  # nobody types anything
    assert "anything else to stop" not in terminal.shown
    assert why in terminal.shown
    assert kinds(at, incident)[-1] == "call_refused"


@pytest.mark.parametrize(
    ("place", "why"),
    [(["web-1", "PLAN-1-1", "--reason", " "], "needs a reason"), (["web-9", "PLAN-1-1", "--reason", "x"], "web-9")],
)
def test_unlocking_says_what_is_missing_before_it_asks(sit: Sit, place: list[str], why: str) -> None:
    terminal = sit("unlock", "shop", *place)
    assert terminal.ends() == 1
    assert "anything else to stop" not in terminal.shown
    assert why in terminal.shown


def test_unlocking_asks_too(at: Stage, capsys: Capture) -> None:
    unlock = ["unlock", "shop", "web-1", "PLAN-1-1", "--reason", "hangs"]
    assert main(unlock) == 1
    assert "no_terminal" in capsys.readouterr().err
    assert main([*unlock, "--yes"]) == 1
    assert "no_scripts" in capsys.readouterr().err
    at.let_scripts()
    assert main([*unlock, "--yes"]) == 1
    assert "host web-1" in capsys.readouterr().err


def test_raising_the_severity_asks_nothing(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["classify", incident, "--severity", "P1", "--reason", "it is worse"]) == 0
    assert given(at, incident, "classify") == ["unasked"]
    assert "Severity P1" in capsys.readouterr().out


def test_what_a_person_pastes_into_a_reason_is_cleaned_too(at: Stage) -> None:
    at.let_scripts()
    incident = at.incident(Phase.CLASSIFIED)
    pasted = "it\x1b[31m says\u202e password=hunter2"
    assert main(["decide", incident, "investigate", "--reason", pasted, "--yes"]) == 0
    (decided,) = [
        record for record in at.records(incident) if record.kind == "path_decided" and "says" in str(record.data)
    ]
    assert decided.data["reason"] == "it says password=[redacted]"
