"""Readings that were refused, cut, slow or not understood: neither a pass nor an outage, with and without the gate."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext

import pytest

from sandbox.ssh import free_port
from tests.realhost.cases import BASE, GATES, Case, Played, played


def play(case: Case, *, gated: bool, impact: str | None = "major_feature_broken") -> Played:
    with case.gated() if gated else nullcontext():
        return played(case, impact=impact)


def program(case: Case, name: str, text: str) -> str:
    """A program of the host that stands for one of its own."""
    path = case.folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def two_releases(case: Case, *, health: bool = True) -> None:
    """A good release that was seen healthy, and a newer one that runs; with `health` both serve their health page."""
    case.put("www/health", "ok")
    case.put("www/index.html", "1")
    good = case.release("Serve the shop")
    case.put("www/index.html", "2")
    if not health:
        case.drop("www/health")
    bad = case.release("Change the page")
    case.write_commands_settings()
    for release in (good, bad):
        case.checkout(release)
        case.ctl("restart")
        if release == good:
            case.settle(200)
            case.observe()
    case.settle(200 if health else 404)


@GATES
def test_a_status_command_that_cannot_tell_is_no_outage(case: Case, *, gated: bool) -> None:
    says = "Failed to connect to bus: No medium found"
    two_releases(case)
    case.runtime["status"] = [program(case, "status", f'echo "{says}" >&2; exit 1')]
    case.write_commands_settings()
    told = play(case, gated=gated, impact=None)
    result = told.assessed["result"]
    assert result["health"] == "up"
    assert [item["why"] for item in result["unreadable"] if item["probe"] == "services@h1" and says in item["why"]]
    assert told.classified["result"]["severity"] != "P1"
    assert "seen-no-service" not in str(told.classified)


@GATES
@pytest.mark.parametrize(
    "line",
    ['{"message":"Could not reach the database","context":{},"level":500,"level_name":"CRITICAL"}'],
    ids=["monolog"],
)
def test_errors_in_the_form_of_a_logger_go_on_after_the_rollback(case: Case, line: str, *, gated: bool) -> None:
    state = case.folder / "state"
    state.mkdir()
    case.put("line", line + "\n")
    case.put("www/health", "ok")
    case.put("www/index.html", "1")
    case.target["checks"] = [PAGE]
    case.put("Dockerfile", f"FROM {BASE}\nCOPY www /www\nCOPY run.sh line /app/\n")
    case.put(
        "run.sh",
        "(while true; do [ ! -e /state/dbdown ] || cat /app/line >&2; sleep 0.5; done) &\n"
        f"exec httpd -f -p 127.0.0.1:{case.port} -h /www\n",
    )
    case.put(
        "compose.yml",
        f"""services:
  web:
    image: {case.project}-web:${{GIT_SHA:-dev}}
    build: .
    network_mode: host
    init: true
    command: [sh, /app/run.sh]
    volumes: ['{state}:/state:ro']
""",
    )
    good = case.release("Serve the shop")
    case.put("www/index.html", "2")
    bad = case.release("Change the page")
    case.write_compose_settings()
    for release in (good, bad):
        case.checkout(release)
        case.compose("up", "-d", "--build", env={"GIT_SHA": release})
        case.settle(200)
        if release == good:
            case.observe()
    (state / "dbdown").touch()
    told = play(case, gated=gated)
    assert (told.state, told.verdict) == ("succeeded", "not_restored"), told.verified


def test_a_log_that_may_not_be_read_leaves_the_verdict_open(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "600")
    two_releases(case, health=False)
    hint = "Hint: You are currently not seeing messages from other users and the system."
    case.runtime["logs"] = [program(case, "logs", f'echo "-- No entries --"; echo "{hint}" >&2')]
    case.write_commands_settings()
    told = play(case, gated=False)
    assert (told.state, told.verdict) == ("succeeded", "inconclusive"), told.verified
    assert hint in str(told.verified["result"]["unreadable"])
    doctor = case.flightrules("doctor")
    assert doctor.returncode == 1
    assert "not seeing messages" in " ".join(doctor.stdout.split())


PAGE = {"name": "page", "path": "/index.html", "contains": "1"}
"""A check that the newer release fails: what is well is not rolled back without a stronger approval."""
SLOW = """
import http.server, sys, threading, time
class H(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_GET(self):
        time.sleep(6)
        page = open(sys.argv[2], "rb").read()
        self.send_response(200); self.send_header("Content-Length", str(len(page))); self.end_headers()
        self.wfile.write(page)
s = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H)
threading.Timer(600, s.shutdown).start()
s.serve_forever()
"""


def test_a_health_address_that_takes_six_seconds_is_judged_alike_in_every_look(case: Case) -> None:
    port = free_port()
    page = case.folder / "run" / "www" / "index.html"
    with subprocess.Popen([sys.executable, "-c", SLOW, str(port), str(page)]) as slow:
        try:
            case.target |= {"health_url": f"http://127.0.0.1:{port}/health", "checks": [PAGE]}
            two_releases(case)
            told = played(case)
        finally:
            slow.terminate()
    assert told.assessed["result"]["health"] == "up"
    assert told.state == "succeeded", told.rolled


@GATES
def test_a_restart_that_wants_a_password_is_found_before_anything_is_changed(
    case: Case, monkeypatch: pytest.MonkeyPatch, *, gated: bool
) -> None:
    monkeypatch.setenv("COLUMNS", "600")
    two_releases(case, health=False)
    sudo = program(case, "sudo", 'echo "sudo: a password is required" >&2; exit 1')
    case.runtime["restart"] = [sudo, "systemctl", "restart", "web"]
    case.write_commands_settings()
    before = case.git("rev-parse", "HEAD", cwd=case.app)
    with case.gated() if gated else nullcontext():
        doctor = case.flightrules("doctor")
        told = played(case)
    assert doctor.returncode == 1
    assert "sudo: a password is required" in doctor.stdout
    assert told.asked == []
    assert told.rolled["problem"]["code"] == "restart_refused", told.rolled
    assert case.git("rev-parse", "HEAD", cwd=case.app) == before


def test_a_step_that_fails_is_told_in_the_host_s_own_words(case: Case) -> None:
    two_releases(case, health=False)
    case.runtime["restart"] = [program(case, "restart", 'echo "web.service: the unit is masked" >&2; exit 5')]
    case.write_commands_settings()
    told = played(case)
    assert told.state == "failed", told.rolled
    assert "the unit is masked" in told.rolled["result"]["untrusted_output"]
