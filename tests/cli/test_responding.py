"""A person without an agent takes whole incidents through the terminal, led by questions."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flightrules.account import account
from tests.cli.stage import Stage
from tests.cli.terminal import Terminal

ROOT = Path(__file__).parents[2]

Sit = Callable[..., Terminal]


@pytest.fixture
def night(at: Stage) -> Iterator[Sit]:
    """Seats a person at a terminal in the folder, over a production made of memory."""
    with ExitStack() as stack:

        def seated(*words: str) -> Terminal:
            command = [sys.executable, "-m", "tests.cli.night", *words]
            terminal = Terminal(at, command=command, PYTHONPATH=str(ROOT))
            stack.callback(terminal.leave)
            return terminal

        yield seated


def play(terminal: Terminal, *turns: tuple[str, str]) -> None:
    """Wait for each question, and type the answer."""
    for question, answer in turns:
        terminal.waits_for(question)
        terminal.shown = terminal.shown.rpartition(question)[2]
        terminal.types(f"{answer}\n")


def kinds(at: Stage, incident: str) -> list[str]:
    return [record.kind for record in at.records(incident)]


def only_incident(at: Stage) -> str:
    (name,) = at.run(lambda house: house.incidents.store.streams("INC-"))
    return name


OPENING = (
    ("What do users see, in one line: ", "Checkout answers 500"),
    ("How was it noticed [a person]: ", "a customer called"),
    ("When did it begin", ""),
)


@pytest.mark.requirement("PEO-alone")
def test_a_person_alone_takes_a_critical_incident_from_opening_to_the_brief(at: Stage, night: Sit) -> None:
    terminal = night("respond", "shop")
    play(
        terminal,
        *OPENING,
        ("Number [1]: ", "1"),
        ("Numbers, with spaces between", "1"),
        ("How many users are affected", "everybody"),
        ("What does it cost the business", ""),
        ("Number [1]: ", "1"),
        ("What is the root cause", ""),
        ("roll back: a plan is made and shown", ""),
    )
    terminal.waits_for("to approve, anything else to stop: ")
    (digest,) = re.findall(r"Type ([0-9a-f]{8}) to approve", terminal.shown)
    play(
        terminal,
        ("to approve, anything else to stop: ", digest),
        ("Reports of users since then?", "2"),
        ("Production is restored and watched", "1"),
        ("Read from production what changed", "n"),
        ("  > ", "the pool was cut in half [E1]"),
        ("  > ", ""),
        ("The root cause, with its evidence in brackets", "the pool was cut in half [E1]"),
        ("What happened, in a sentence or two", "Checkout was down for everybody."),
        ("How many users were affected", ""),
        ("What did it cost the business", "no orders for ten minutes"),
        ("What set it off", ""),
        ("What contributed to it?", "nobody load-tested it"),
        ("  > ", ""),
        ("What went well?", "the rollback was quick"),
        ("  > ", ""),
        ("Where did we get lucky?", "it was before the sale"),
        ("  > ", ""),
        ("What could be improved?", ""),
        ("What is to be done", "Test the pool under load; kim; 2026-02-01; prevent"),
        ("  >", ""),
        ("What would prevent it?", ""),
        ("Feature specs, ADRs, follow-up issues?", ""),
        ("For the planner: which quality issues", "no load test"),
        ("  > ", ""),
        ("Improvements of the process?", ""),
        ("Feature specs to update?", ""),
        ("Technical debt?", ""),
        ("The planner has its brief. What now?", "1"),
    )
    assert terminal.ends() == 0, terminal.shown
    incident = only_incident(at)
    happened = kinds(at, incident)
    for kind in ("approval_granted", "rollback_finished", "report_written", "planner_reported", "incident_closed"):
        assert happened.count(kind) == 1, kind
    people = {record.actor.name for record in at.records(incident) if record.kind == "call_received"}
    assert people == {account()}
    assert {record.actor.kind for record in at.records(incident) if record.kind == "call_received"} == {"person"}
    assert "Test the pool under load" in next((at.folder / "outbox").glob("*.md")).read_text()


def test_a_person_alone_takes_a_mild_incident_that_is_fixed_from_opening_to_the_brief(at: Stage, night: Sit) -> None:
    terminal = night("--healthy", "respond", "shop")
    play(
        terminal,
        *OPENING,
        ("Number [1]: ", "1"),
        ("Numbers, with spaces between", "7"),
        ("How many users are affected", "a few"),
        ("What does it cost the business", ""),
        ("Number [1]: ", "1"),
        ("What is the root cause", "a wrong label"),
        ("Could it be fixed, instead of rolled back?", "y"),
        ("Is it confined to a minor feature?", "y"),
        ("Can it be fixed safely in under 15 minutes?", "y"),
        ("How many minutes would a fix take", "5"),
        ("Would a rollback be more disruptive?", "y"),
        ("Why do these hold", "one word in a template"),
        ("begin the fix", "1"),
        ("What is changed", "the label"),
        ("How is the fix?", "1"),
        ("Say more", "the label is right again"),
        ("Its commit or pull request", "#512"),
        ("How was it deployed", "by CI"),
        *[("What shows that it", "seen by kim")] * 5,
        ("Reports of users since then?", "2"),
        ("Nothing shows for certain", "2"),
        ("How do you know?", "I clicked through it"),
        ("Production is restored and watched", "1"),
        ("Read from production what changed", "n"),
        ("  > ", "nobody read the label aloud"),
        ("  > ", ""),
        ("The root cause, with its evidence in brackets", "a typing mistake [E1]"),
        ("What happened, in a sentence or two", "A label was wrong."),
        ("How many users were affected", ""),
        ("What did it cost the business", "nothing"),
        ("What set it off", "the sale began"),
        ("What contributed to it?", ""),
        ("What went well?", ""),
        ("Where did we get lucky?", ""),
        ("What could be improved?", ""),
        ("What is to be done", "Spell-check templates; kim; 2026-02-01; detect"),
        ("  >", ""),
        ("What would prevent it?", ""),
        ("Feature specs, ADRs, follow-up issues?", ""),
        ("For the planner: which quality issues", "no spell-check"),
        ("  > ", ""),
        ("Improvements of the process?", ""),
        ("Feature specs to update?", ""),
        ("Technical debt?", ""),
        ("The planner has its brief. What now?", "1"),
    )
    assert terminal.ends() == 0, terminal.shown
    happened = kinds(at, only_incident(at))
    for kind in ("fix_started", "fix_ended", "report_written", "planner_reported", "incident_closed"):
        assert happened.count(kind) == 1, kind
    assert {record.actor.kind for record in at.records(only_incident(at)) if record.kind == "call_received"} == {
        "person"
    }
    assert "Spell-check templates" in next((at.folder / "outbox").glob("*.md")).read_text()


def test_a_false_alarm_is_stood_down_with_a_reason_and_the_night_can_be_left_and_gone_on_with(
    at: Stage, night: Sit
) -> None:
    terminal = night("--healthy", "respond", "shop")
    play(terminal, *OPENING, ("What now?", "quit"))
    assert terminal.ends() == 0
    assert "Go on with: flightrules respond shop" in terminal.shown
    again = night("--healthy", "respond", "shop")
    play(
        again,
        ("Go on with it? [Y/n]: ", ""),
        ("What now?", "3"),
        ("What is it?", "1"),
        ("Why is it stood down?", "the probe was wrong, users see nothing"),
        ("[y/N]: ", "y"),
    )
    assert again.ends() == 0, again.shown
    assert kinds(at, only_incident(at)).count("stood_down") == 1


def test_what_was_over_by_itself_is_recorded_and_verified(at: Stage, night: Sit) -> None:
    terminal = night("--healthy", "respond", "shop")
    play(
        terminal,
        *OPENING,
        ("it is over by itself", "5"),
        ("What shows that it is over", "the provider mended it"),
        ("When, ", ""),
        ("Reports of users since then?", "1"),
    )
    terminal.waits_for("What now?")
    terminal.types("quit\n")
    assert terminal.ends() == 0, terminal.shown
    assert {"mitigated_otherwise", "verification_recorded"} <= set(kinds(at, only_incident(at)))


def test_people_are_told_the_page_is_taken_and_times_are_put_right_beside_the_next_step(at: Stage, night: Sit) -> None:
    terminal = night("respond", "shop")
    play(
        terminal,
        *OPENING,
        ("What now?", "6"),
        ("What else?", "1"),
        ("What now?", "6"),
        ("What else?", "2"),
        ("What do you tell the team", "we look at the pool"),
        ("What now?", "6"),
        ("What else?", "3"),
        ("What does the public read", "Orders are kept and sent later."),
        ("Let everybody read exactly this?", "y"),
        ("What now?", "6"),
        ("What else?", "4"),
        ("What now?", "6"),
        ("What else?", "5"),
        ("How long may the fix take", "4h"),
        ("Cadence of updates", "60m"),
        ("Why? The answer goes into the log", "a restore"),
        ("What now?", "6"),
        ("What else?", "6"),
        ("When did it begin", "2026-01-05T08:50Z"),
        ("When was it noticed", ""),
        ("When were users well again", ""),
        ("How do you know?", "the proxy's log"),
    )
    terminal.waits_for("What now?")
    terminal.types("quit\n")
    assert terminal.ends() == 0, terminal.shown
    happened = kinds(at, only_incident(at))
    for kind in ("acknowledged", "pace_set", "times_corrected"):
        assert happened.count(kind) == 1, kind
    told = [record.data for record in at.records(only_incident(at)) if record.kind == "update_posted"]
    assert [one["text"] for one in told if not one["external"]] == ["we look at the pool"]
    assert "Orders are kept and sent later." in [one["text"] for one in told if one["external"]]


@pytest.mark.usefixtures("at")
def test_without_a_terminal_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    from flightrules.cli import main

    assert main(["respond", "shop"]) == 1
    assert "no_terminal" in capsys.readouterr().err
