"""What only a person may say takes a yes at a terminal, and the log has how it was given."""

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
    "accept": (Phase.VERIFYING, ["accept", "INC", "--reason", "x"], "call_refused"),
    "close": (Phase.CLASSIFIED, ["close", "INC", "--reason", "x"], "stood_down"),
}
"""What a person says, and what it leads to; nothing is inconclusive here, so that accepting is refused in the end."""


def words(verb: str, incident: str) -> list[str]:
    return [incident if word == "INC" else word for word in VERBS[verb][1]]


def given(at: Stage, incident: str, verb: str) -> list[object]:
    """How each call of this verb was given, in the log."""
    received = [record for record in at.records(incident) if record.kind == "call_received"]
    mine = [record for record in received if record.data["tool"] == verb and record.actor.kind == "person"]
    assert all(record.actor.name == account() for record in mine)
    arguments = [record.data["arguments"] for record in mine]
    return [each.get("given") for each in arguments if isinstance(each, dict)]


@pytest.mark.requirement("PER-terminal")
@pytest.mark.parametrize("verb", VERBS)
def test_a_person_says_yes_at_a_terminal_and_the_log_has_account_and_way(at: Stage, sit: Sit, verb: str) -> None:
    incident = at.incident(VERBS[verb][0])
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
    incident = at.incident(VERBS[verb][0])
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
    incident = at.incident(VERBS[verb][0])
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
    incident = at.incident(VERBS[verb][0])
    before = at.records(incident)
    assert main([*words(verb, incident), "--yes"]) == 1
    assert "no_scripts" in capsys.readouterr().err
    assert at.records(incident) == before
    at.let_scripts()
    main([*words(verb, incident), "--yes"])
    assert given(at, incident, verb) == ["script"]


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
