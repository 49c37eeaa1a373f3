"""A log that somebody touched: `flightrules log verify` names the first event that does not hold."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest

from flightrules.cli import main
from flightrules.state.report.whole import report_data
from flightrules.state.vocabulary import Phase
from flightrules.templates.render import incident_report
from tests.cli.stage import Stage
from tests.service.house import House

Capture = pytest.CaptureFixture[str]


def touched(at: Stage, stream: str, statements: str) -> None:
    """Change one stream behind the server's back."""
    connection = sqlite3.connect(at.log)
    for statement in statements.split(";"):
        connection.execute(statement, {"stream": stream})
    connection.commit()
    connection.close()


def test_an_untouched_log_holds_and_every_stream_is_named_with_its_head(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.MONITORING)
    assert main(["log", "verify"]) == 0
    told = capsys.readouterr().out
    head = at.records(incident)[-1].hash
    assert f"chain holds, head {head}" in told
    assert {line.split(": ")[0] for line in told.splitlines()} == {incident, "rollbacks:shop", "server", "target:shop"}


def test_a_log_with_nothing_in_it_says_so(at: Stage, capsys: Capture) -> None:
    assert main(["log", "verify"]) == 0
    assert capsys.readouterr().out == "the log is empty\n"
    del at


REMOVE_4 = "DELETE FROM events WHERE stream = :stream AND version = 4"
RENUMBER = "UPDATE events SET version = version - 1 WHERE stream = :stream AND version > 4"
ASIDE = "UPDATE events SET version = 1000 WHERE stream = :stream AND version = 6"
FORWARD = "UPDATE events SET version = 6 WHERE stream = :stream AND version = 7"
BACK = "UPDATE events SET version = 7 WHERE stream = :stream AND version = 1000"

TOUCHES: dict[str, tuple[str, str]] = {
    "edited": ("UPDATE events SET data = json_set(data, '$.id', 'E77') WHERE stream = :stream AND version = 6", "6"),
    "edited in its time": (
        "UPDATE events SET at = '2026-01-05T08:00:00+00:00' WHERE stream = :stream AND version = 5",
        "5",
    ),
    "edited in its actor": (
        "UPDATE events SET actor = replace(actor, 'agent', 'person') WHERE stream = :stream AND version = 3",
        "3",
    ),
    "removed": (REMOVE_4, "4"),
    "removed at its beginning": ("DELETE FROM events WHERE stream = :stream AND version = 1", "1"),
    "renumbered after a removal": (f"{REMOVE_4};{RENUMBER}", "4"),
    "put in another order": (f"{ASIDE};{FORWARD};{BACK}", "6"),
    "given a hash that fits nothing": (
        "UPDATE events SET hash = '0000' WHERE stream = :stream AND version = 5",
        "5",
    ),
}


@pytest.mark.parametrize("touch", TOUCHES)
@pytest.mark.requirement("LOG-chain")
def test_an_event_that_was_touched_is_named(at: Stage, capsys: Capture, touch: str) -> None:
    incident, other = at.incident(Phase.ASSESSED), at.incident(Phase.ASSESSED)
    statements, event = TOUCHES[touch]
    touched(at, incident, statements)
    assert main(["log", "verify"]) == 1
    told = capsys.readouterr().out
    assert f"{incident}: BROKEN at event {event}: " in told
    assert f"{other}: " in told
    assert told.count("BROKEN") == 1
    assert main(["log", "verify", incident]) == 1
    assert main(["log", "verify", other]) == 0


def test_an_event_that_is_no_json_any_more_is_told_and_the_others_are_still_checked(at: Stage, capsys: Capture) -> None:
    incident, other = at.incident(Phase.ASSESSED), at.incident(Phase.ASSESSED)
    touched(at, incident, "UPDATE events SET data = '{' WHERE stream = :stream AND version = 5")
    assert main(["log", "verify"]) == 1
    told = capsys.readouterr().out
    assert f"{incident}: UNREADABLE" in told
    assert f"{other}: " in told
    assert told.count("chain holds") >= 2


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET data = '{' WHERE stream = :stream AND version = 5",
        "UPDATE events SET kind = 'of_the_future' WHERE stream = :stream AND version = 5",
        "DELETE FROM events WHERE stream = :stream AND version = 1",
    ],
)
def test_one_incident_that_cannot_be_read_hides_no_other_and_no_rollback_under_way(
    at: Stage, capsys: Capture, damage: str
) -> None:
    incident, other = at.incident(Phase.ASSESSED), at.incident(Phase.ROLLING_BACK)
    touched(at, incident, damage)
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert f"{other}  P1  rolling_back" in told
    assert incident not in told.replace(f"Not readable: {incident}", "")

    async def resumed(house: House) -> list[str]:
        await house.app.rollbacks.resume()
        return list(house.app.rollbacks._running)

    assert at.run(resumed) == [other]


@pytest.mark.parametrize("stream", ["server", "target:shop"])
def test_a_stream_of_the_server_s_own_that_lost_its_first_event_is_noticed(
    at: Stage, capsys: Capture, stream: str
) -> None:
    at.incident(Phase.MONITORING)
    at.incident(Phase.MONITORING)
    touched(at, stream, "DELETE FROM events WHERE stream = :stream AND version = 1")
    assert main(["log", "verify"]) == 1
    assert f"{stream}: BROKEN at event 1" in capsys.readouterr().out


def test_an_incident_that_was_removed_whole_is_named(at: Stage, capsys: Capture) -> None:
    incident, other = at.incident(Phase.ASSESSED), at.incident(Phase.ASSESSED)
    touched(at, incident, "DELETE FROM events WHERE stream = :stream")
    assert main(["log", "verify"]) == 1
    told = capsys.readouterr().out
    assert f"{incident}: REMOVED" in told
    assert f"{other}: " in told
    assert main(["log", "verify", incident]) == 1


CUT_AFTER = {
    1: "DELETE FROM events WHERE stream = :stream AND version > 1",
    12: "DELETE FROM events WHERE stream = :stream AND version > 12",
}


@pytest.mark.parametrize("left", CUT_AFTER)
def test_a_log_that_was_cut_is_noticed_by_a_hash_that_somebody_noted(at: Stage, capsys: Capture, left: int) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    noted = at.records(incident)[-1].hash
    assert main(["log", "verify", incident, "--head", noted]) == 0
    touched(at, incident, CUT_AFTER[left])
    capsys.readouterr()
    assert main(["log", "verify", incident, "--head", noted]) == 1
    told = capsys.readouterr().out
    assert f"CUT: no event up to {left} " in told
    assert main(["log", "verify", "--head", noted]) == 1


def witnessing(at: Stage) -> str:
    """Give the log a witness, and let it hear of an incident as a server would."""
    at.config.write_text(at.config.read_text().replace("[outbox]", '[witness]\nfile = "heads"\n[outbox]', 1))
    assert main(["status"]) == 0
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["status", incident]) == 0
    return incident


@pytest.mark.requirement("LOG-witness", "PEER-ledger-truncation")
def test_an_end_that_was_cut_off_is_found_by_the_witness_of_the_settings(at: Stage, capsys: Capture) -> None:
    incident = witnessing(at)
    assert main(["log", "verify"]) == 0
    assert "witnessed up to event" in capsys.readouterr().out
    touched(at, incident, CUT_AFTER[12])
    assert main(["log", "verify"]) == 1
    assert f"{incident}: CUT at event 13: the log ends before it, and event" in capsys.readouterr().out


@pytest.mark.requirement("LOG-witness")
@pytest.mark.parametrize("emptied", [True, False])
def test_a_witness_that_is_gone_or_empty_beside_a_log_with_events_is_an_alarm(
    at: Stage, capsys: Capture, *, emptied: bool
) -> None:
    witnessing(at)
    heads = at.config.parent / "heads"
    assert heads.read_text()
    if emptied:
        heads.write_text("")
    else:
        heads.unlink()
    assert main(["log", "verify"]) == 1
    assert "ALARM: the log has events" in capsys.readouterr().out


@pytest.mark.requirement("LOG-witness")
def test_an_incident_that_was_removed_with_its_registration_is_found_by_a_witness(at: Stage, capsys: Capture) -> None:
    incident = witnessing(at)
    touched(at, incident, "DELETE FROM events WHERE stream = :stream;DELETE FROM events WHERE stream = 'server'")
    assert main(["log", "verify"]) == 1
    told = capsys.readouterr().out
    assert f"{incident}: REMOVED" in told
    assert "server: REMOVED" in told


@pytest.mark.requirement("LOG-witness")
def test_an_end_that_was_written_anew_is_found_by_a_copy_of_the_witness_s_lines(at: Stage, capsys: Capture) -> None:
    incident = witnessing(at)
    kept = at.folder / "fetched.jsonl"
    kept.write_text((at.folder / "heads").read_text())
    (at.folder / "heads").unlink()
    touched(at, incident, CUT_AFTER[12])
    for _ in range(8):
        main(["status", incident])
    (at.folder / "heads").unlink()
    capsys.readouterr()
    assert main(["log", "verify"]) == 1
    assert "REPLACED" not in capsys.readouterr().out  # that the witness is gone is all that shows
    assert main(["log", "verify", "--witness", str(kept)]) == 1
    assert f"{incident}: REPLACED at event " in capsys.readouterr().out


def test_a_witness_s_line_that_cannot_be_read_is_named_and_the_others_count(at: Stage, capsys: Capture) -> None:
    incident = witnessing(at)
    heads = at.folder / "heads"
    heads.write_text("{\n" + heads.read_text())
    assert main(["log", "verify", incident]) == 1
    told = capsys.readouterr().out
    assert "UNREADABLE at line 1" in told
    assert "chain holds" in told
    heads.unlink()
    heads.mkdir()
    assert main(["log", "verify", incident]) == 1
    assert "cannot be read" in capsys.readouterr().out
    assert main(["log", "verify", "--witness", "nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.requirement("LOG-export")
def test_an_export_holds_what_other_streams_have_of_the_incident_and_nothing_of_others(
    at: Stage, capsys: Capture
) -> None:
    incident, other = at.incident(Phase.MONITORING), at.incident(Phase.MONITORING)
    capsys.readouterr()
    assert main(["log", "export", incident]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["version"] for line in lines if line["stream"] == incident] == list(
        range(1, len(at.records(incident)) + 1)
    )
    beside = [(line["stream"], line["kind"]) for line in lines if line["stream"] != incident]
    assert ("server", "incident_registered") in beside
    assert ("target:shop", "release_observed") in beside
    assert not [line for line in lines if other in json.dumps(line)]


async def report_of(house: House, incident: str) -> str:
    managed = house.incidents.managed_targets["shop"]
    records = await house.incidents.records(incident)
    return incident_report(
        report_data(records, await house.incidents.incident(incident), managed.target, managed.policy)
    )


@pytest.mark.requirement("REP-evidence")
def test_whatever_a_report_names_can_be_looked_up_by_its_number(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.DOCUMENTED)
    records = at.records(incident)
    report = at.run(lambda house: report_of(house, incident))
    named = sorted(
        {one for span in re.findall(r"`((?:#\d+|E\d+)(?:-(?:#\d+|E\d+))?)`", report) for one in span.split("-")}
    )
    assert named
    capsys.readouterr()
    assert main(["log", "show", incident, *named]) == 0
    shown = capsys.readouterr().out
    for number in named:
        assert f'"version": {number[1:]},' in shown if number[0] == "#" else f'"id": "{number}"' in shown
    assert main(["log", "show", incident, "12"]) == 0
    assert json.loads(capsys.readouterr().out)["hash"] == records[11].hash


@pytest.mark.parametrize("number", ["0", "100000", "E99", "x", "", "#"])
def test_a_number_that_is_not_there_is_named_with_those_that_are(at: Stage, capsys: Capture, number: str) -> None:
    incident = at.incident(Phase.ASSESSED)
    assert main(["log", "show", incident, number]) == 1
    told = capsys.readouterr().err
    assert repr(number) in told
    assert f"1 to {len(at.records(incident))}" in told
