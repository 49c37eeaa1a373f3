"""Compose deployments with words of their own: the present is explained, told before the approval, and proven."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from sandbox.process import run
from tests.realhost.cases import BASE, GATES, Case, Played, played


def web(case: Case, more: str = "", after: str = "") -> str:
    return f"""services:
  web:
    image: {case.project}-web:${{GIT_SHA:-dev}}
    build: .
    network_mode: host
    init: true
    command: ["httpd", "-f", "-p", "127.0.0.1:{case.port}", "-h", "/www"]
{more}
{after}
"""


def releases(case: Case) -> tuple[str, str]:
    """A good release, and a bad one that lost its health page."""
    case.put("Dockerfile", f"FROM {BASE}\nCOPY www /www\n")
    case.put("www/health", "ok")
    case.put("www/index.html", "hi")
    good = case.release("good")
    case.drop("www/health")
    return good, case.release("bad")


def deploy(case: Case, release: str, *words: str, up: Sequence[str] = (), **env: str) -> None:
    case.checkout(release)
    case.compose(*words, "up", "-d", "--build", *up, env={"GIT_SHA": release, **env})
    case.settle(200, "/index.html")


def incident(case: Case, *, gated: bool) -> Played:
    with case.gated() if gated else nullcontext():
        return played(case)


def rolled_back(told: Played) -> None:
    assert (told.state, told.verdict) == ("succeeded", "restored"), (told.rolled, told.question)


@GATES
def test_a_service_with_an_env_file_is_rolled_back_and_proven(case: Case, *, gated: bool) -> None:
    case.put("compose.yml", web(case, "    env_file: [app.env]"))
    case.put("app.env", "MODE=production\n")
    good, bad = releases(case)
    case.write_compose_settings()
    deploy(case, good)
    case.observe()
    deploy(case, bad)
    told = incident(case, gated=gated)
    rolled_back(told)
    assert "settings:" not in told.question


@GATES
@pytest.mark.parametrize("kind", ["by-itself", "second-file", "env-file", "profile", "scale", "variable"])
def test_words_that_the_settings_do_not_name_are_told_before_the_approval(
    case: Case, kind: str, *, gated: bool
) -> None:
    words, up, env = dress(case, kind)
    good, bad = releases(case)
    case.write_compose_settings()
    deploy(case, good, *words, up=up, **env)
    case.observe()
    deploy(case, bad, *words, up=up, **env)
    doctor = case.flightrules("doctor").stdout
    told = incident(case, gated=gated)
    if kind == "by-itself":
        rolled_back(told)
        assert "settings:" not in told.question
        assert "MODE=production" in env_of(case)
        return
    assert "settings: on h1" in told.question
    assert "settings: on" in " ".join(doctor.split())


@GATES
@pytest.mark.parametrize("kind", ["second-file", "env-file", "profile", "scale", "variable"])
def test_words_that_the_settings_name_are_used_in_the_rollback(case: Case, kind: str, *, gated: bool) -> None:
    words, up, env = dress(case, kind)
    named: dict[str, dict[str, Any]] = {
        "second-file": {"files": ["compose.yml", "compose.prod.yml"]},
        "env-file": {"env_files": [".env.production"]},
        "profile": {"profiles": ["jobs"]},
        "scale": {"scale": {"worker": 3}},
        "variable": {"variables": {"DB_URL": "postgres://it's prod"}},
    }
    case.runtime |= named[kind]
    good, bad = releases(case)
    case.write_compose_settings()
    deploy(case, good, *words, up=up, **env)
    case.observe()
    before = state(case)
    deploy(case, bad, *words, up=up, **env)
    told = incident(case, gated=gated)
    rolled_back(told)
    assert "settings:" not in told.question
    assert state(case) == before


def dress(case: Case, kind: str) -> tuple[list[str], list[str], dict[str, str]]:
    """Write the compose files of one kind of deployment; the words before `up`, those after it, and variables."""
    worker = f"""  worker:
    image: {BASE}
    network_mode: none
    init: true
    command: [sleep, "1000000"]
"""
    override = "services:\n  web:\n    environment: { MODE: production, LIMITS: high }\n"
    if kind == "by-itself":
        case.put("compose.yml", web(case))
        case.put("compose.override.yml", override)
        return [], [], {}
    if kind == "second-file":
        case.put("compose.yml", web(case))
        case.put("compose.prod.yml", override)
        return ["-f", "compose.yml", "-f", "compose.prod.yml"], [], {}
    if kind == "env-file":
        case.put("compose.yml", web(case, "    environment: { DB: '${DB_URL}' }"))
        case.put(".env.production", "DB_URL=postgres://prod\n")
        return ["--env-file", ".env.production"], [], {}
    if kind == "profile":
        case.put("compose.yml", web(case, after=worker + "    profiles: [jobs]\n"))
        return ["--profile", "jobs"], [], {}
    if kind == "scale":
        case.put("compose.yml", web(case, after=worker))
        return [], ["--scale", "worker=3"], {}
    case.put("compose.yml", web(case, "    environment: { DB: '${DB_URL}' }"))
    return [], [], {"DB_URL": "postgres://it's prod"}


def env_of(case: Case) -> str:
    return inspected(case, "{{json .Config.Env}}")


def state(case: Case) -> list[str]:
    """Each container's name, image name and environment."""
    lines = inspected(case, "{{.Name}} {{.Config.Image}} {{json .Config.Env}}").splitlines()
    return sorted("".join(sorted(line)) for line in lines)


def inspected(case: Case, template: str) -> str:
    ids = run("docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={case.project}").split()
    return run("docker", "inspect", "--format", template, *ids)


@pytest.mark.parametrize("kind", ["second-file", "env-file", "profile", "scale", "variable"])
def test_the_settings_that_explain_a_deployment_are_read_off_its_host(case: Case, kind: str) -> None:
    words, up, env = dress(case, kind)
    good, _bad = releases(case)
    deploy(case, good, *words, up=up, **env)
    case.config.unlink(missing_ok=True)
    ssh = case.ssh
    place = f"{ssh.user}@{ssh.address}:{ssh.port}"
    written = case.flightrules("init", "--from", place, str(case.app), str(case.config), "--key", str(ssh.key))
    assert written.returncode == 0, written.stdout + written.stderr
    text = case.config.read_text()
    assert {
        "second-file": 'files = ["compose.yml", "compose.prod.yml"]',
        "env-file": 'env_files = [".env.production"]',
        "profile": 'profiles = ["jobs"]',
        "scale": 'scale = { "worker" = 3 }',
        "variable": "DB_URL",
    }[kind] in text
    doctor = case.flightrules("doctor").stdout
    # Of a first deployment there is nothing to go back to, and only that may fail.
    failed = [line for line in doctor.splitlines() if " FAIL " in line]
    assert len(failed) == 1, doctor
    assert "no earlier release" in failed[0], doctor


def test_asking_whether_the_settings_explain_what_runs_changes_nothing(case: Case) -> None:
    words, up, env = dress(case, "scale")
    good, _bad = releases(case)
    case.write_compose_settings()
    deploy(case, good, *words, up=up, **env)
    before = (everything(case), files(case))
    seen = case.flightrules("observe").stdout
    assert "worker runs 3 times, and the settings make 1" in seen
    case.flightrules("doctor")
    assert (everything(case), files(case)) == before


def everything(case: Case) -> list[str]:
    """The project's containers, networks and volumes, and since when each container runs."""
    label = f"label=com.docker.compose.project={case.project}"
    listed = (run("docker", kind, "ls", "-q", "--filter", label) for kind in ("network", "volume"))
    started = inspected(case, "{{.Id}} {{.State.StartedAt}} {{.State.Status}}")
    return sorted([*started.splitlines(), *(line for text in listed for line in text.splitlines())])


def files(case: Case) -> list[tuple[str, int, int]]:
    """Every file of the checkout, `.git` included, but for the folder in which flightrules keeps its own."""
    own = case.app / ".git" / "flightrules"
    found = (path for path in case.app.rglob("*") if own not in (path, *path.parents) and path.is_file())
    return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in found)


def tagged(case: Case) -> str:
    """A service whose image was pulled, by a tag that a deployment writes into `.env` on the host."""
    return web(case).replace("${GIT_SHA:-dev}", "${TAG}").replace("    build: .\n", "")


def deploy_by_tag(case: Case, release: str, tag: str) -> None:
    case.checkout(release)
    run("docker", "build", "-q", "-t", f"{case.project}-web:{tag}", case.app)
    (case.app / ".env").write_text(f"TAG={tag}\n")
    case.compose("up", "-d")
    case.settle(200, "/index.html")


@GATES
def test_an_image_that_the_host_names_by_a_tag_comes_back_if_it_was_seen_healthy(case: Case, *, gated: bool) -> None:
    case.put("compose.yml", tagged(case))
    case.put(".gitignore", ".env\n")
    good, bad = releases(case)
    case.write_compose_settings()
    deploy_by_tag(case, good, "v1")
    case.observe()
    deploy_by_tag(case, bad, "v2")
    told = incident(case, gated=gated)
    rolled_back(told)
    assert case.get()[0] == 200


@GATES
def test_an_image_that_only_the_host_names_is_told_and_never_called_proven(case: Case, *, gated: bool) -> None:
    case.put("compose.yml", tagged(case))
    case.put(".gitignore", ".env\n")
    case.policy = {"verification": {"health_timeout_seconds": 10, "settle_seconds": 2}}
    good, bad = releases(case)
    case.write_compose_settings()
    deploy_by_tag(case, good, "v1")
    case.observe()
    kept = run("docker", "ps", "-aq", "--filter", f"label=flightrules.keep={case.project}").split()
    run("docker", "rm", "-f", *kept)
    run("docker", "image", "rm", f"flightrules/{case.project}/web:{good}")
    deploy_by_tag(case, bad, "v2")
    case.target["health_url"] = f"http://127.0.0.1:{case.port}/index.html"
    case.policy |= {"approval": {"channels": ["elicitation"]}}
    case.write_compose_settings()
    told = incident(case, gated=gated)
    assert "$TAG of the host names it" in told.question
    assert told.state == "indeterminate", told.rolled


@GATES
def test_an_image_is_named_by_the_release_if_the_settings_say_so(case: Case, *, gated: bool) -> None:
    case.put("compose.yml", tagged(case))
    case.put(".gitignore", ".env\n")
    case.runtime |= {"variables": {"TAG": "{short}"}}
    good, bad = releases(case)
    case.write_compose_settings()
    deploy_by_tag(case, good, good[:7])
    case.observe()
    deploy_by_tag(case, bad, bad[:7])
    told = incident(case, gated=gated)
    rolled_back(told)
    assert (
        run("docker", "ps", "--filter", f"name={case.project}-web-1", "--format", "{{.Image}}")
        .strip()
        .endswith(good[:7])
    )
