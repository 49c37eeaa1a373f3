"""Commands that a person types besides approving, and what they read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from flightrules.account import account
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.cli import main
from flightrules.state.vocabulary import Phase
from tests.cli.stage import Stage

Capture = pytest.CaptureFixture[str]


def test_status_lists_incidents_and_tells_one(at: Stage, capsys: Capture) -> None:
    assert main(["status"]) == 0
    assert "0 open incidents; targets: shop" in capsys.readouterr().out
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("1 open incident; targets: shop")
    assert f"{incident}  P1  classified" in told
    assert main(["status", incident]) == 0
    told = capsys.readouterr().out
    assert "phase classified, severity P1; the agent may call: decide" in told
    assert "title: Everything answers 500" in told
    assert "time: response over by " in told
    assert "09:00:00" in told
    assert "waits for a person" not in told


def test_status_says_what_a_person_can_do_for_a_plan_that_waits_for_one(at: Stage, capsys: Capture) -> None:
    incident = at.incident(planned=True)
    assert main(["status", incident]) == 0
    told = capsys.readouterr().out
    assert f"waits for a person: Review and approve in a terminal: flightrules approve {incident}" in told
    assert at.digest(incident) in told
    assert f"flightrules reject {incident} --reason TEXT" in told


def test_status_names_no_way_to_approve_a_plan_of_settings_that_changed(at: Stage, capsys: Capture) -> None:
    incident = at.incident(planned=True)
    at.set("[policy.approval]\nexpires_minutes = 5")
    assert main(["status", incident]) == 0
    told = capsys.readouterr().out
    assert "waits for a person: The settings changed after the plan was made: have the agent call `rollback`" in told
    assert "flightrules approve" not in told


def test_deployments_wait_while_an_incident_of_the_target_is_open(at: Stage, capsys: Capture) -> None:
    assert main(["deployable", "shop"]) == 0
    assert "deployments may go on" in capsys.readouterr().out
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["deployable", "shop"]) == 1
    assert f"{incident} is open on shop (P1, classified): Everything answers 500" in capsys.readouterr().out
    assert main(["deployable", "nosuch"]) == 1


def test_deployments_may_go_on_once_it_is_closed(at: Stage, capsys: Capture) -> None:
    at.incident(Phase.CLOSED)
    assert main(["deployable", "shop"]) == 0, capsys.readouterr().out


def test_a_log_that_cannot_be_read_is_no_free_way_for_a_deployment(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLOSED)
    with sqlite3.connect(at.log) as log:
        log.execute("UPDATE events SET data = '{}' WHERE stream = ? AND version = 1", (incident,))
    assert main(["deployable", "shop"]) == 1
    assert f"{incident} cannot be read" in capsys.readouterr().out


@pytest.mark.requirement("CLO-search")
def test_status_finds_earlier_incidents_by_words(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.DOCUMENTED)
    assert main(["status", "--search", "broke OR zebra*"]) == 0
    told = capsys.readouterr().out
    assert f"Best match first: {incident}." in told
    assert "cause:    v5 broke the health answer" in told
    assert "resolved: rollback from bbbbbbbbbbbb to 444444444444" in told
    assert main(["status", "--search", "zebra"]) == 0
    assert "No incident is found by any of these words." in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["status", "INC-NOSUCH"],
        ["reject", "INC-NOSUCH", "--reason", "x"],
        ["decide", "INC-NOSUCH", "rollback", "--reason", "x"],
        ["classify", "INC-NOSUCH", "--severity", "P4", "--reason", "x"],
        ["accept", "INC-NOSUCH", "--reason", "x"],
        ["close", "INC-NOSUCH", "--reason", "x"],
        ["log", "export", "INC-NOSUCH"],
    ],
)
def test_an_unknown_incident_is_named_and_the_command_fails(at: Stage, capsys: Capture, words: list[str]) -> None:
    known = at.incident(Phase.DETECTED)
    assert main(words) == 1
    said = capsys.readouterr()
    assert "INC-NOSUCH" in said.out + said.err
    assert known in said.out + said.err or "flightrules status" in said.err
    assert "Traceback" not in said.err


def test_a_person_decides_against_the_rules_and_is_on_record_by_account(
    at: Stage, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    at.let_scripts()
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["decide", incident, "investigate", "--reason", "it is the database", "--yes"]) == 0
    assert "investigate" in capsys.readouterr().out
    (decided,) = [record for record in at.records(incident) if record.kind == "path_decided"]
    assert (decided.actor.kind, decided.actor.name, decided.actor.face) == ("person", account(), "cli")
    assert decided.data["by"] == "person"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rollback", "--to", "abcdef1"], "unknown_release"),
        (["rollback", "--reason", ""], "reason"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_in_words(at: Stage, capsys: Capture, words: list[str], said: str) -> None:
    at.let_scripts()
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["decide", incident, "--reason", "x", "--yes", *words]) == 1
    told = capsys.readouterr()
    text = told.out + told.err
    assert said in text.replace("abcdef1 is not in the deploy history", "unknown_release")
    assert "Traceback" not in text


@pytest.mark.parametrize("release", ["HEAD~1", "v4", "abcdef1; rm -rf /", "abcdef", "ABCDEF1"])
def test_a_release_that_is_no_commit_is_named_before_anything_is_asked(
    at: Stage, capsys: Capture, release: str
) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["decide", incident, "rollback", "--reason", "x", "--to", release]) == 1
    assert f"{release!r} is not a commit id. Give --to 7 to 64 hex digits of it." in capsys.readouterr().err


@pytest.mark.requirement("SEV-person-lowers")
def test_a_person_sets_a_severity_below_the_floor_with_a_reason(at: Stage, capsys: Capture) -> None:
    at.let_scripts()
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["classify", incident, "--severity", "P4", "--reason", "a test system", "--yes"]) == 0
    assert "Severity P4" in capsys.readouterr().out
    assert main(["classify", incident, "--severity", "P3", "--reason", "x" * 5000, "--yes"]) == 1
    assert "bad_arguments" in capsys.readouterr().err


@pytest.mark.requirement("ORD-stand-down", "ORD-person-closes")
def test_closing_early_takes_a_reason_and_a_closed_incident_stays_closed(at: Stage, capsys: Capture) -> None:
    at.let_scripts()
    incident = at.incident(Phase.ASSESSED)
    assert main(["close", incident, "--yes"]) == 1
    assert "--reason" in capsys.readouterr().out
    assert main(["close", incident, "--reason", "false alarm", "--yes"]) == 0
    assert f"{incident} is closed" in capsys.readouterr().out
    assert main(["close", incident, "--reason", "again", "--yes"]) == 1
    assert at.records(incident)[-1].kind == "call_refused"


def test_accepting_takes_an_inconclusive_verification(at: Stage, capsys: Capture) -> None:
    at.let_scripts()
    incident = at.incident(Phase.VERIFYING)
    assert main(["accept", incident, "--reason", "I looked", "--yes"]) == 1
    assert "inconclusive" in capsys.readouterr().out


def test_observing_a_host_nobody_can_reach_is_not_clear_and_fails(at: Stage, capsys: Capture) -> None:
    assert main(["observe"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("shop: not")
    assert "unknown" in told
    assert main(["observe", "nosuch"]) == 1
    assert "nosuch" in capsys.readouterr().err
    del at


@pytest.mark.parametrize(
    "words", [[], ["flie"], ["decide", "INC-1", "guess", "--reason", "x"], ["log"], ["reject", "X"]]
)
def test_words_that_are_no_command_exit_with_two_and_usage(at: Stage, capsys: Capture, words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "usage: flightrules" in capsys.readouterr().err
    del at


def test_settings_errors_name_file_key_and_what_is_allowed(at: Stage, capsys: Capture) -> None:
    at.config.write_text(
        at.config.read_text().replace('kind = "commands"', 'kind = "podman"').replace("[store]", "[stoer]")
    )
    assert main(["status"]) == 1
    told = capsys.readouterr().err
    assert "flightrules.toml" in told
    assert "stoer" in told
    assert "podman" in told
    assert "compose" in told
    assert "Traceback" not in told


def test_settings_that_are_not_there_say_how_to_make_them(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["status"]) == 1
    assert "flightrules init" in capsys.readouterr().err
    assert main(["--config", "nowhere.toml", "status"]) == 1
    assert "nowhere.toml" in capsys.readouterr().err


def test_a_damaged_log_is_named_with_the_way_out(at: Stage, capsys: Capture) -> None:
    at.log.write_bytes(b"this is not a database" * 100)
    assert main(["status"]) == 1
    told = capsys.readouterr().err
    assert "log.db" in told
    assert "Traceback" not in told
    assert at.log.read_bytes().startswith(b"this is not")


def test_a_locked_log_is_named_and_nothing_is_lost(at: Stage, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    at.let_scripts()
    incident = at.incident(Phase.ASSESSED)
    before = at.records(incident)
    other = sqlite3.connect(at.log, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        defaults = SqliteStore.__init__.__kwdefaults__ or {}
        monkeypatch.setitem(defaults, "busy_s", 0.1)
        assert main(["close", incident, "--reason", "x", "--yes"]) == 1
        assert "locked" in capsys.readouterr().err
    finally:
        other.close()
    assert at.records(incident) == before


def test_an_export_is_every_event_as_one_line_of_json(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.VERIFYING)
    assert main(["log", "export", incident]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    lines = [line for line in lines if line["stream"] == incident]
    assert [line["version"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines == [json.loads(record.model_dump_json()) for record in at.records(incident)]
