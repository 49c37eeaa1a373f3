"""The server as a real process over stdio: stdout is the protocol's, whatever anybody prints."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from flightrules.state.vocabulary import Phase
from flightrules.tools.catalog import TOOLS
from tests.cli.stage import Stage, stage
from tests.server.process import LIMIT_S, MODERN, environment, serving

NOISY = """
import atexit, ctypes, logging, os, sqlite3, subprocess, sys, threading, time, warnings

libc = ctypes.CDLL(None)
real, kept = sqlite3.connect, sys.stdout


def noise(when):
    print(f"NOISE print {when}")
    sys.stdout.write(f"NOISE sys.stdout {when}\\n")
    sys.__stdout__.write(f"NOISE sys.__stdout__ {when}\\n")
    kept.write(f"NOISE kept {when}\\n")
    sys.stdout.flush()
    os.write(1, f"NOISE descriptor {when}\\n".encode())
    with open(1, "w", closefd=False) as again:
        again.write(f"NOISE opened {when}\\n")
    libc.puts(f"NOISE puts {when}".encode())
    libc.fflush(None)
    libc.printf(f"NOISE printf {when}\\n".encode())
    subprocess.run(["echo", f"NOISE child {when}"])
    subprocess.run(["sh", "-c", f"(echo NOISE grandchild {when}) & wait"])
    logging.getLogger("noisy").error(f"NOISE logging {when}")
    warnings.warn(f"NOISE warning {when}")


class Import:
    def find_spec(self, name, path=None, target=None):
        if name in ("flightrules.config", "mcp.server.stdio", "sqlite_utils"):
            noise(f"import of {name}")


def connect(*arguments, **named):
    noise("call")
    return real(*arguments, **named)


def chatter():
    while True:
        os.write(1, b"NOISE thread\\n")
        print("NOISE thread", flush=True)
        time.sleep(0.01)


def begin():
    handler = logging.StreamHandler(kept)
    logging.getLogger("noisy").addHandler(handler)
    warnings.showwarning = lambda message, *rest, **named: print(message)
    warnings.simplefilter("always")
    sqlite3.connect = connect
    sys.meta_path.insert(0, Import())
    threading.Thread(target=chatter, daemon=True).start()
    atexit.register(lambda: noise("exit"))


# A dependency, not the interpreter's own start: the first thing `serve` imports sets it off.
class First:
    def find_spec(self, name, path=None, target=None):
        if name == "flightrules.cli.serving":
            sys.meta_path.remove(self)
            begin()


sys.meta_path.insert(0, First())
"""
"""A library that writes to stdout in every way: at import, in calls, from a thread and children, and at exit."""

WAYS = (
    *("print", "sys.stdout", "sys.__stdout__", "kept", "descriptor", "opened", "puts", "printf"),
    *("child", "grandchild", "logging", "warning"),
)


FULL = """
import sqlite3

real = sqlite3.connect


def connect(*arguments, **named):
    connection = real(*arguments, **named)
    connection.execute("PRAGMA max_page_count = {pages}")
    return connection


sqlite3.connect = connect
"""
"""A disk on which the log cannot grow any more."""


IMPATIENT = """
import sqlite3

real = sqlite3.connect


def connect(*arguments, **named):
    return real(*arguments, **(named | {"timeout": 0.1}))


sqlite3.connect = connect
"""
"""So that a test need not wait as long for a lock as a server does."""


@pytest.fixture
def at(tmp_path: Path) -> Stage:
    return stage(tmp_path)


def customized(at: Stage, program: str) -> str:
    """A folder whose program runs first in the server's process."""
    folder = at.folder / "first"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(program)
    return str(folder)


@pytest.mark.requirement("PEER-stdout")
def test_stdout_carries_the_protocol_and_nothing_else_whatever_a_library_prints(at: Stage) -> None:
    with serving(at.folder, PYTHONPATH=customized(at, NOISY)) as wire:
        wire.request("server/discover")
        assert wire.call("incident_status")["ok"]
        assert wire.call("open_incident", target="shop", title="x")["phase"] == "detected"
        status, rest, error = wire.end()
    assert status == 0
    assert rest == b""
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in wire.lines)
    for when in (
        "import of flightrules.config",
        "import of mcp.server.stdio",
        "import of sqlite_utils",
        "call",
        "exit",
    ):
        for way in WAYS:
            assert f"NOISE {way} {when}".encode() in error, (way, when)
    assert b"NOISE thread" in error


@pytest.mark.requirement("PEER-stdout")
def test_settings_that_are_wrong_leave_stdout_empty_beside_a_noisy_library(at: Stage) -> None:
    at.config.write_text("[stoer]\n")
    with serving(at.folder, PYTHONPATH=customized(at, NOISY)) as wire:
        status, rest, error = wire.end()
    assert (status, rest) == (0, b"")
    assert b"stoer" in error


def test_a_server_that_is_killed_loses_nothing_it_answered(at: Stage) -> None:
    with serving(at.folder) as wire:
        incident = wire.call("open_incident", target="shop", title="x", key="k1")["incident"]
        wire.process.kill()
        wire.process.wait()
    with serving(at.folder) as wire:
        assert wire.call("open_incident", target="shop", title="x", key="k1")["incident"] == incident
        assert wire.call("incident_status", incident=incident)["phase"] == "detected"
        assert wire.end()[0] == 0


def test_a_host_that_cannot_be_reached_is_evidence_that_is_missing_not_an_error(at: Stage) -> None:
    with serving(at.folder) as wire:
        incident = wire.call("open_incident", target="shop", title="x")["incident"]
        assessed = wire.call("assess", incident=incident)
        assert assessed["ok"]
        assert {item["probe"] for item in assessed["result"]["unreadable"]} >= {"services@web-1", "disk@web-1"}
        assert assessed["result"]["health"] != "up"


def test_a_full_disk_is_told_in_words_and_loses_nothing(at: Stage) -> None:
    incident = at.incident(Phase.ASSESSED)
    before = at.records(incident)
    connection = sqlite3.connect(at.log)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    with serving(at.folder, PYTHONPATH=customized(at, FULL.format(pages=pages))) as wire:
        answers = [wire.call("classify", incident=incident, reason="x" * 4000) for _ in range(6)]
    failed = [answer for answer in answers if not answer["ok"]]
    assert failed
    assert all(answer["problem"]["code"] == "unavailable" for answer in failed)
    assert "disk is full" in failed[0]["says"]
    assert failed[0]["problem"]["remedy"]
    after = at.records(incident)
    assert after[: len(before)] == before
    with serving(at.folder) as wire:
        assert wire.call("classify", incident=incident)["ok"]


def test_a_log_that_another_program_locked_is_told_in_words(at: Stage) -> None:
    incident = at.incident(Phase.ASSESSED)
    with serving(at.folder, PYTHONPATH=customized(at, IMPATIENT)) as wire:
        wire.call("incident_status", incident=incident)
        other = sqlite3.connect(at.log, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            answer = wire.call("classify", incident=incident)
        finally:
            other.close()
        assert answer["problem"]["code"] == "unavailable"
        assert "locked" in answer["says"]
        assert wire.call("classify", incident=incident)["phase"] == "classified"


def test_settings_that_are_wrong_are_named_in_every_answer_and_on_stderr(at: Stage) -> None:
    at.config.write_text("[stoer]\n")
    with serving(at.folder) as wire:
        answer = wire.call("incident_status")
        status, rest, error = wire.end()
    assert (status, rest) == (0, b"")
    assert answer["problem"]["code"] == "not_set_up"
    assert "stoer" in answer["says"]
    assert b"stoer" in error
    assert b"Traceback" not in error


def test_a_server_without_settings_says_what_to_set_up_and_goes_on_once_they_are_there(at: Stage) -> None:
    text = at.config.read_text()
    at.config.unlink()
    with serving(at.folder) as wire:
        assert len(wire.request("tools/list")["result"]["tools"]) == len(TOOLS)
        for tool in ("incident_status", "open_incident", "rollback"):
            answer = wire.call(tool)
            assert answer["problem"]["code"] == "not_set_up"
            assert "flightrules init" in answer["says"]
            assert "needs no restart" in answer["says"]
        assert "flightrules init" in wire.request("prompts/get", name="respond")["error"]["message"]
        at.config.write_text(text)
        assert wire.call("open_incident", target="shop", title="The shop answers 500")["ok"]
        _, _, error = wire.end()
    assert b"Traceback" not in error


def test_lines_that_are_no_requests_are_answered_and_do_not_end_the_session(at: Stage) -> None:
    with serving(at.folder) as wire:
        for line in (b"not json", b"{}", b"[]", b'{"jsonrpc": "2.0"}', b"\xff\xfe"):
            wire.send(line)
            answer = json.loads(wire.line())
            assert answer["id"] is None
            assert answer["error"]["code"] in (-32700, -32600)
            assert wire.call("incident_status")["ok"]
        wire.send(b"")
        wire.send(b'{"jsonrpc": "2.0", "id": 1, "error": "an answer is never answered"}')
        assert wire.call("incident_status")["ok"]
        status, rest, error = wire.end()
    assert (status, rest) == (0, b"")
    assert b"Traceback" not in error


def test_what_was_piped_in_is_answered_though_the_input_has_ended(at: Stage) -> None:
    with serving(at.folder) as wire:
        wire.send_request(1, "tools/call", name="open_incident", arguments={"target": "shop", "title": "x"}, **MODERN)
        status, answers, _ = wire.end()
    assert status == 0
    assert json.loads(answers)["result"]["structuredContent"]["phase"] == "detected"


def test_a_client_that_takes_no_more_answers_ends_the_server_in_one_line(at: Stage) -> None:
    with serving(at.folder) as wire:
        assert wire.process.stdout is not None
        wire.call("incident_status")
        wire.process.stdout.close()
        wire.send_request(9, "tools/call", name="incident_status", arguments={}, **MODERN)
        assert wire.process.wait(timeout=LIMIT_S) == 0
        assert wire.process.stderr is not None
        said = wire.process.stderr.read()
    assert b"takes no more answers" in said
    assert b"Traceback" not in said


@pytest.mark.parametrize("closed", [0, 1])
def test_without_a_client_at_the_other_end_there_is_nothing_to_serve(closed: int, at: Stage) -> None:
    command = [sys.executable, "-m", "flightrules.cli", "serve"]
    words = ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *command]
    done = subprocess.run(words, check=False, cwd=at.folder, env=environment(), capture_output=True, timeout=LIMIT_S)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"over stdio the client is at its other end" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_call_with_half_a_character_is_answered(at: Stage) -> None:
    with serving(at.folder) as wire:
        opened = wire.call("open_incident", target="shop", title="Checkout \ud83d is slow")
        assert opened["ok"]
        assert wire.call("incident_status", query="\ude00 checkout")["ok"]
    (record, *_) = [r for r in at.records(opened["incident"]) if r.kind == "incident_opened"]
    assert record.data["title"] == "Checkout \ufffd is slow"
