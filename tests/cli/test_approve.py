"""`flightrules approve` and `reject` as a person at a terminal meets them: a real process on a real terminal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from flightrules.account import account
from flightrules.cli import main
from tests.cli.stage import Stage
from tests.cli.terminal import Terminal
from tests.server.process import LIMIT_S, environment

Capture = pytest.CaptureFixture[str]


Sit = Callable[..., Terminal]


@pytest.fixture
def sit(at: Stage) -> Iterator[Sit]:
    """Seats a person at a terminal in the folder."""
    with ExitStack() as stack:

        def seated(*words: str, **more: str) -> Terminal:
            terminal = Terminal(at, *words, **more)
            stack.callback(terminal.leave)
            return terminal

        yield seated


def kinds(at: Stage, incident: str) -> list[str]:
    """Return the kinds of the events in the log."""
    return [record.kind for record in at.records(incident)]


def test_who_reads_the_plan_and_types_its_digest_approves_it(at: Stage, sit: Sit) -> None:
    incident = at.incident(planned=True)
    digest = at.digest(incident)
    terminal = sit("approve", incident, LOGNAME="somebody-else")
    terminal.waits_for("to approve, anything else to stop: ")
    assert f"{incident} on shop, P1: Everything answers 500" in terminal.shown
    assert "checkout" in terminal.shown
    assert "4" * 40 in terminal.shown
    assert f"Type {digest} to approve" in terminal.shown
    terminal.types(f"{digest}\n")
    assert terminal.ends() == 0, terminal.shown
    assert "Approved until" in terminal.shown
    (granted,) = [record for record in at.records(incident) if record.kind == "approval_granted"]
    assert (granted.actor.kind, granted.data["channel"], granted.data["approver"]) == ("person", "cli", account())


@pytest.mark.parametrize("typed", ["\n", "00000000\n"])
def test_who_types_anything_else_approves_nothing(at: Stage, sit: Sit, typed: str) -> None:
    incident = at.incident(planned=True)
    terminal = sit("approve", incident)
    terminal.waits_for("to approve, anything else to stop: ")
    terminal.types(typed)
    assert terminal.ends() == 1
    assert "not the digest" in terminal.shown
    assert "approval_granted" not in kinds(at, incident)


@pytest.mark.parametrize("key", ["\x04", "\x03"])
def test_who_leaves_at_the_question_approves_nothing_and_sees_no_stack_trace(at: Stage, sit: Sit, key: str) -> None:
    incident = at.incident(planned=True)
    terminal = sit("approve", incident)
    terminal.waits_for("to approve, anything else to stop: ")
    terminal.insists(key)
    assert terminal.ends() != 0
    assert "Traceback" not in terminal.shown
    assert "approval_granted" not in kinds(at, incident)


def test_where_there_is_no_plan_nothing_is_asked(at: Stage, sit: Sit) -> None:
    incident = at.incident()
    terminal = sit("approve", incident)
    assert terminal.ends() == 1
    assert "no plan that waits" in terminal.shown
    assert "Traceback" not in terminal.shown


@pytest.mark.requirement("APP-channel")
def test_where_only_signatures_count_that_is_said_at_once_and_how_to_sign(at: Stage, sit: Sit) -> None:
    at.set('[policy.approval]\nallowed_signers = "signers"\nchannels.P1 = ["signed"]')
    incident = at.incident(planned=True)
    terminal = sit("approve", incident)
    assert terminal.ends() == 1
    assert "anything else to stop" not in terminal.shown
    assert f"What counts: sign it: flightrules approve {incident} --key PATH (signed)." in terminal.shown
    assert kinds(at, incident)[-1] == "call_refused"


@pytest.mark.requirement("APP-policy-changed")
def test_a_plan_of_settings_that_changed_is_not_asked_about(at: Stage, sit: Sit) -> None:
    incident = at.incident(planned=True)
    at.set("[policy.approval]\nexpires_minutes = 5")
    terminal = sit("approve", incident)
    assert terminal.ends() == 1
    assert "anything else to stop" not in terminal.shown
    assert "The settings changed after this plan was made" in terminal.shown
    assert "Have the agent call `rollback`" in terminal.shown
    assert "approval_granted" not in kinds(at, incident)


@pytest.mark.requirement("APP-exact-plan")
def test_a_plan_that_changes_while_it_is_read_is_not_approved_and_its_digest_is_not_told(at: Stage, sit: Sit) -> None:
    incident = at.incident(planned=True)
    read = at.digest(incident)
    terminal = sit("approve", incident)
    terminal.waits_for("to approve, anything else to stop: ")
    at.plan_again(incident)
    terminal.types(f"{read}\n")
    assert terminal.ends() == 1
    assert f"'{read}' is not the digest of the plan that waits now. Read it" in terminal.shown
    assert at.digest(incident) not in terminal.shown
    assert "approval_granted" not in kinds(at, incident)


@pytest.mark.requirement("PLAN-acknowledge")
def test_who_does_not_acknowledge_is_not_asked_for_the_digest(at: Stage, sit: Sit) -> None:
    incident = at.incident(planned=True, changed=("migrations/7.sql",))
    terminal = sit("approve", incident)
    terminal.waits_for("Type yes to acknowledge these points: ")
    terminal.types("no\n")
    assert terminal.ends() == 1
    assert "anything else to stop" not in terminal.shown
    assert "points to acknowledge" in terminal.shown


def test_who_approved_is_not_asked_twice(at: Stage, sit: Sit) -> None:
    incident = at.incident(planned=True)
    first = sit("approve", incident)
    first.waits_for("to approve, anything else to stop: ")
    first.types(f"{at.digest(incident)}\n")
    assert first.ends() == 0
    again = sit("approve", incident)
    assert again.ends() == 1
    assert "anything else to stop" not in again.shown
    assert "already approved" in again.shown


def test_an_unknown_incident_is_named_on_the_terminal(sit: Sit) -> None:
    terminal = sit("approve", "INC-NOSUCH")
    assert terminal.ends() == 1
    assert "INC-NOSUCH" in terminal.shown
    assert "Traceback" not in terminal.shown


def test_without_a_terminal_nobody_approves_by_typing(at: Stage) -> None:
    incident = at.incident(planned=True)
    piped = subprocess.run(
        [sys.executable, "-m", "flightrules.cli", "approve", incident],
        cwd=at.folder,
        env=environment(),
        input=at.digest(incident) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert piped.returncode == 1
    assert "no_terminal" in piped.stderr
    assert "approval_granted" not in kinds(at, incident)


def test_who_rejects_says_why_and_the_plan_is_gone(at: Stage, capsys: Capture) -> None:
    incident = at.incident(planned=True)
    assert main(["reject", incident, "--reason", " "]) == 1
    assert "reason_missing" in capsys.readouterr().err
    assert "approval_rejected" not in kinds(at, incident)
    assert main(["reject", incident, "--reason", "not during the sale"]) == 0
    (rejected,) = [record for record in at.records(incident) if record.kind == "approval_rejected"]
    assert rejected.data["reason"] == "not during the sale"
    capsys.readouterr()
    assert main(["reject", incident, "--reason", "again"]) == 1
    assert "no plan" in capsys.readouterr().out
