"""The driver of cases: a plain broken release is rolled back and verified, with and without the gate."""

from __future__ import annotations

from contextlib import nullcontext

from tests.realhost.cases import BASE, GATES, Case, played


def serving(case: Case) -> tuple[str, str]:
    """A good release that answers 200, and a bad one that has lost its health page."""
    case.put("www/health", "ok")
    case.put("www/index.html", "hi")
    good = case.release("Serve the shop")
    case.drop("www/health")
    return good, case.release("Tidy the pages")


@GATES
def test_a_service_run_by_commands_is_rolled_back(case: Case, *, gated: bool) -> None:
    good, bad = serving(case)
    case.write_commands_settings()
    for release, status in ((good, 200), (bad, 404)):
        case.checkout(release)
        case.ctl("restart")
        case.settle(status)
        if release == good:
            case.observe()
    with case.gated() if gated else nullcontext():
        told = played(case)
    assert (told.state, told.verdict) == ("succeeded", "restored"), told.rolled
    assert case.git("rev-parse", "HEAD", cwd=case.app) == good
    assert case.get()[0] == 200


@GATES
def test_a_compose_service_is_rolled_back(case: Case, *, gated: bool) -> None:
    case.put("Dockerfile", f"FROM {BASE}\nCOPY www /www\n")
    case.put(
        "compose.yml",
        f"""services:
  web:
    image: {case.project}-web:${{GIT_SHA:-dev}}
    build: .
    network_mode: host
    init: true
    command: ["httpd", "-f", "-p", "127.0.0.1:{case.port}", "-h", "/www"]
""",
    )
    good, bad = serving(case)
    case.write_compose_settings()
    for release, status in ((good, 200), (bad, 404)):
        case.checkout(release)
        case.compose("up", "-d", "--build", env={"GIT_SHA": release})
        case.settle(status)
        if release == good:
            case.observe()
    with case.gated() if gated else nullcontext():
        told = played(case)
    assert (told.state, told.verdict) == ("succeeded", "restored"), told.rolled
    assert case.get()[0] == 200
