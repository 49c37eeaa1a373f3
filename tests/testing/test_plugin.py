"""The pytest plugin as a user has it: in a project of their own, and in suites that know nothing of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flightrules.testing import ScriptedProduction
    from flightrules.testing.stage import IncidentServer

pytestmark = pytest.mark.requirement("REPL-plugin")

RELEASE = "4" * 40

USERS = """
import pytest


@pytest.mark.incident("good.jsonl", "changed.jsonl")
def test_our_incidents_go_as_they_went(replay_session):
    verdict = replay_session()
    assert verdict.good, str(verdict)


def test_a_broken_release_is_critical(incident_server, scripted_target):
    scripted_target.broken.add(scripted_target.releases[-1])
    incident = incident_server.call("open_incident", target="billing", title="500s")["incident"]
    incident_server.call("assess", incident=incident)
    answer = incident_server.call("classify", incident=incident, impacts=["complete_outage"])
    assert answer["result"]["severity"] == "P1"
    assert [b["limit_s"] for b in answer["budgets"] if b["name"] == "response"] == [120]


def test_without_a_marker(replay_session):
    pass


@pytest.mark.incident()
def test_without_a_file(replay_session):
    pass


@pytest.mark.incident("absent.jsonl")
def test_a_file_that_is_not_there(replay_session):
    verdict = replay_session()
    assert verdict.word == "not_replayable"
    assert "No such file" in str(verdict)
"""
CONFTEST = """
import pytest


@pytest.fixture
def incident_target():
    from flightrules.testing.stage import shop

    return shop(name="billing")


@pytest.fixture
def incident_policy():
    from flightrules.state.policy import Budgets, MinutesBySeverity, Policy

    return Policy(budgets=Budgets(response=MinutesBySeverity(P1=2, P2=15, P3=60, P4=240)))
"""
QUIET = """
import sys


def test_nothing_heavy_is_imported():
    heavy = {"mcp", "pydantic", "asyncssh", "httpx", "jinja2", "flightrules.state", "flightrules.service"}
    assert "flightrules.pytest_plugin" in sys.modules
    assert heavy & set(sys.modules) == set()
"""


def pytest_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=110)


def rolled_back(server: IncidentServer, production: ScriptedProduction) -> str:
    """An incident from detection to a proven rollback, as an agent and a person in its client make it."""
    production.broken.add(production.releases[-1])
    incident = str(server.call("open_incident", target=production.target.name, title="500s")["incident"])
    server.call("assess", incident=incident)
    server.call("classify", incident=incident, impacts=["complete_outage"])
    server.call("decide", incident=incident)
    server.person = "yes"
    assert server.call("rollback", incident=incident)["result"]["state"] == "succeeded"
    assert server.call("verify", incident=incident)["result"]["verdict"] == "restored"
    return incident


def test_the_server_asks_rolls_back_and_verifies_without_a_world(
    incident_server: IncidentServer, scripted_target: ScriptedProduction
) -> None:
    incident = rolled_back(incident_server, scripted_target)
    assert scripted_target.hosts["web-1"].serving == RELEASE
    assert len(incident_server.questions) == 1
    assert "restored" in str(incident_server.records(incident)[-1].data)


def test_a_person_at_a_terminal_approves_where_the_client_s_does_not_answer(
    incident_server: IncidentServer, scripted_target: ScriptedProduction
) -> None:
    scripted_target.broken.add(scripted_target.releases[-1])
    incident = incident_server.call("open_incident", target="shop", title="500s")["incident"]
    for tool in ("assess", "classify", "decide"):
        incident_server.call(tool, incident=incident)
    waiting = incident_server.call("rollback", incident=incident)
    assert waiting["result"]["state"] == "awaiting_approval"
    assert incident_server.approve(incident)["ok"]
    assert incident_server.call("rollback", incident=incident)["result"]["state"] == "succeeded"


def test_a_user_keeps_incidents_as_tests_in_a_project_of_their_own(
    tmp_path: Path, incident_server: IncidentServer, scripted_target: ScriptedProduction
) -> None:
    incident = rolled_back(incident_server, scripted_target)
    good = incident_server.save(incident, tmp_path / "good.jsonl").read_text()
    (tmp_path / "changed.jsonl").write_text(good.replace('"severity":"P1"', '"severity":"P2"', 1))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_incidents.py").write_text(USERS)
    done = pytest_in(tmp_path, "--strict-markers", "-W", "error")
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert "1 failed, 3 passed, 2 errors" in done.stdout, done.stdout
    assert "changed.jsonl" in done.stdout
    assert "diverged" in done.stdout
    assert "expected  'P2'" in done.stdout
    assert "needs `@pytest.mark.incident" in done.stdout


def test_a_suite_that_does_not_use_it_imports_nothing_for_it(tmp_path: Path) -> None:
    (tmp_path / "test_quiet.py").write_text(QUIET)
    done = pytest_in(tmp_path, "-p", "no:anyio", "--strict-markers", "-W", "error")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
