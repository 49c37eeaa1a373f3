"""Changes that compose does not see by itself: bytes behind a mount, paused containers, files only the host has."""

from __future__ import annotations

import os
import shutil
import socket

import pytest

from sandbox.process import run
from tests.realhost.cases import BASE, GATES, Case
from tests.realhost.test_case_words import deploy, incident, releases, rolled_back, web

MOUNTS = {
    "file": "    volumes: ['./conf/app.conf:/conf/app.conf:ro']",
    "folder": "    volumes: ['./conf:/conf:ro']",
    "config": "    configs: [{source: app, target: /conf/app.conf}]",
    "secret": "    secrets: [{source: app, target: /conf/app.conf}]",
    "link": "    volumes: ['./current.conf:/conf/app.conf:ro']",
}


def mounted(case: Case, kind: str) -> str:
    """A service that reads its mode once, when it starts, and a worker that reads nothing."""
    top = {"config": "configs: {app: {file: ./conf/app.conf}}", "secret": "secrets: {app: {file: ./conf/app.conf}}"}
    serve = "mkdir -p /www; cp /conf/app.conf /www/mode; echo ok >/www/health"
    serve += f"; exec httpd -f -p 127.0.0.1:{case.port} -h /www"
    return f"""services:
  web:
    image: {BASE}
    network_mode: host
    init: true
    command: ["sh", "-c", "{serve}"]
{MOUNTS[kind]}
  worker:
    image: {BASE}
    network_mode: none
    init: true
    command: [sleep, "1000000"]
{top.get(kind, "")}
"""


def ids(case: Case) -> dict[str, str]:
    listed = run(
        "docker", "ps", "-a", "--no-trunc", "--filter", f"label=com.docker.compose.project={case.project}",
        "--format", '{{.Label "com.docker.compose.service"}} {{.ID}}',
    )  # fmt: skip
    return dict(line.split() for line in listed.splitlines())


@GATES
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", MOUNTS)
def test_a_service_that_reads_changed_bytes_is_made_anew_and_no_other(case: Case, kind: str, *, gated: bool) -> None:
    case.put("compose.yml", mounted(case, kind))
    if kind == "link":
        (case.origin / "current.conf").symlink_to("conf/app.conf")
    case.put("conf/app.conf", "mode=good\n")
    good = case.release("good")
    case.put("conf/app.conf", "mode=BROKEN\n")
    bad = case.release("bad")
    case.write_compose_settings()
    case.checkout(good)
    case.compose("up", "-d")
    case.settle(200)
    case.observe()
    case.checkout(bad)
    case.compose("up", "-d", "--force-recreate")
    case.settle(200)
    assert case.get("/mode")[1] == "mode=BROKEN\n"
    before = ids(case)
    told = incident(case, gated=gated)
    rolled_back(told)
    assert case.get("/mode")[1] == "mode=good\n"
    after = ids(case)
    assert after["web"] != before["web"]
    assert after["worker"] == before["worker"]
    assert "web is recreated: changed: " in told.question
    assert "worker is left alone" in told.question


@GATES
def test_a_service_that_still_sees_a_replaced_file_is_found_and_made_anew(
    case: Case, monkeypatch: pytest.MonkeyPatch, *, gated: bool
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    reader = f"""  reader:
    image: {BASE}
    network_mode: none
    init: true
    command: [sleep, "1000000"]
    volumes:
      - "./conf/app conf:/conf/app conf:ro"
      - "stock:/stock"
      - "data:/data"
      - "{case.folder}/outside.conf:/outside.conf:ro"
      - "{case.folder}/quiet.conf:/quiet.conf:ro"
      - "{case.folder}/uploads:/uploads"
      - "/etc/localtime:/etc/localtime:ro"
      - "{case.folder}/engine.sock:/engine.sock:ro"
volumes:
  data:
  stock: {{driver_opts: {{type: none, o: bind, device: "{case.app}/stock"}}}}
"""
    for name in ("outside.conf", "quiet.conf"):
        (case.folder / name).write_text("mode=first\n")
        os.utime(case.folder / name, (1_700_000_000, 1_700_000_000))
    (case.folder / "uploads").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(case.folder / "engine.sock"))
    case.put("stock/list", "one")
    case.put("compose.yml", web(case, after=reader))
    case.put("conf/app conf", "mode=first\n")
    case.put("Dockerfile", f"FROM {BASE}\nCOPY www /www\n")
    case.put("www/index.html", "hi")
    case.put("www/health", "ok")
    first = case.release("first")
    case.put("conf/app conf", "mode=good\n")
    good, bad = releases(case)
    case.write_compose_settings()
    case.checkout(first)
    case.app.rename(case.folder / "really")
    case.app.symlink_to(case.folder / "really")
    deploy(case, first)
    shutil.rmtree(case.app / "stock")
    deploy(case, good)  # compose leaves the reader alone, and it goes on seeing what the first release laid there
    case.observe()
    doctor = " ".join(case.flightrules("doctor").stdout.split())
    assert "that runs: reader mounts: an older" in doctor
    assert f"an older {case.app}/stock at /stock" in doctor
    deploy(case, bad)
    (case.folder / "outside.conf").write_text("mode=by hand\n")
    (case.folder / "uploads/picture").write_text("new")
    told = incident(case, gated=gated)
    rolled_back(told)
    assert "reader is recreated: it still sees what" in told.question
    container = ids(case)["reader"]
    assert run("docker", "exec", container, "cat", "/conf/app conf") == "mode=good\n"
    assert run("docker", "exec", container, "cat", "/stock/list") == "one"
    assert "yes: reader mounts" in told.rolled["result"]["proof"]
    since = next(line for line in told.question.splitlines() if "written since that release was left" in line)
    assert f"{case.folder}/outside.conf (reader, " in since
    assert "quiet.conf" not in since
    assert f"in no commit, and left as it is: {case.folder}/quiet.conf (reader)" in told.question
    assert f"data is left as it is: {case.folder}/uploads (reader)" in told.question
    assert "engine.sock" not in told.question
    assert "localtime" not in told.question


WORKER = f"""  worker:
    image: {BASE}
    network_mode: none
    init: true
    command: [sleep, "1000000"]
"""


@GATES
@pytest.mark.parametrize("state", ["pause", "stop"])
def test_a_worker_that_does_not_run_is_told_and_runs_afterwards(case: Case, state: str, *, gated: bool) -> None:
    case.put("compose.yml", web(case, after=WORKER))
    good, bad = releases(case)
    case.write_compose_settings()
    deploy(case, good)
    case.observe()
    deploy(case, bad)
    case.compose(state, "worker")
    told = incident(case, gated=gated)
    rolled_back(told)
    word = {"pause": "worker is paused now", "stop": "worker is stopped now"}[state]
    assert word in told.question
    states = run("docker", "ps", "--filter", f"name={case.project}-worker-1", "--format", "{{.State}}").split()
    assert states == ["running"]


@GATES
@pytest.mark.parametrize("kind", ["export_ignore", "host_file", "above", "include"])
def test_compose_files_that_an_archive_does_not_hold_are_used(case: Case, kind: str, *, gated: bool) -> None:
    case.put("compose.yml", web(case) if kind != "include" else "include: [deploy/web.yml]\n")
    if kind == "include":
        case.put("deploy/web.yml", web(case).replace("build: .", "build: .."))
    if kind == "export_ignore":
        case.put(".gitattributes", "compose.yml export-ignore\n")
    host = {"host_file": "compose.host.yml", "above": "../compose.host.yml"}.get(kind)
    words = ["-f", "compose.yml", "-f", host] if host else []
    if host:
        case.runtime |= {"files": ["compose.yml", host]}
    good, bad = releases(case)
    case.write_compose_settings()
    for release in (good, bad):
        case.checkout(release)
        if host:
            (case.app / host).write_text("services:\n  web:\n    environment: { MODE: production }\n")
        deploy(case, release, *words)
        if release == good:
            case.observe()
    told = incident(case, gated=gated)
    rolled_back(told)
    assert "settings:" not in told.question


@GATES
def test_a_health_check_that_is_asked_too_seldom_ends_indeterminate_and_observe_warns(
    case: Case, *, gated: bool
) -> None:
    check = f"""    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:{case.port}/index.html"]
      interval: 40s
      timeout: 3s
"""
    case.put("compose.yml", web(case, check))
    case.policy = {"verification": {"health_timeout_seconds": 15, "settle_seconds": 2}}
    good, bad = releases(case)
    case.write_compose_settings()
    deploy(case, good)
    assert "web is asked for its health every 40 s" in case.observe()
    deploy(case, bad)
    told = incident(case, gated=gated)
    assert told.state == "indeterminate", told.rolled
