"""Answers that speak for a host, and who must have told which release a process runs."""

from __future__ import annotations

import pytest

from flightrules.state.evidence import Finding, Http, ServiceState
from flightrules.state.operation import Running, Survey
from flightrules.state.plan import Plan, make_plan
from flightrules.state.proof import all_hold, prove_all, seen_outside_by
from flightrules.state.releases import GoodRelease
from flightrules.state.target import Rollout, Target
from tests.state.core import BAD, GOOD, NOON, PLAIN, TWO, survey

OBSERVED = GoodRelease(release=GOOD, ground="observed_healthy", why="seen healthy", at=NOON)
TELLING = PLAIN.model_copy(
    update={"runtime": PLAIN.runtime.model_copy(update={"release": ("ctl", "release")})},
)
OWN = TWO.model_copy(
    update={"hosts": tuple(host.model_copy(update={"health_url": "http://192.0.2.1/health"}) for host in TWO.hosts)}
)


def plan(target: Target, *, left_out: tuple[str, ...] = ()) -> Plan:
    surveys: list[Survey] = [survey(host=name) for name in target.service_hosts if name not in left_out]
    if target.runtime.kind == "commands":
        plain = {"images": (), "config_hashes": ()}
        surveys = [item.model_copy(update=plain) for item in surveys]
    return make_plan(
        plan_id="PLAN-1", incident="INC-1", target=target, surveys=surveys, good=OBSERVED, left_out=left_out
    )


def answer(release: str | None = GOOD, *, ok: bool = True, probe: str = "health") -> Finding:
    return Finding(probe=probe, data=Http(check="health", ok=ok, release=release))


def told(target: Target, command: str | None, health: Finding) -> dict[str, bool | None]:
    """The claims about the release that the process runs."""
    services = (ServiceState(service="shop", state="running"),)
    running = Running(host="web-1", at=NOON, head=GOOD, services=services, release=command)
    claims = prove_all(target, plan(target), "web-1", running, health, NOON)
    return {claim.claim: claim.holds for claim in claims if claim.claim.startswith("release told")}


COMMAND, HEALTH = "release told by the service", "release told by the health answer"


@pytest.mark.requirement("RB-proof", "RB-indeterminate")
@pytest.mark.parametrize(
    ("target", "command", "pointer", "claims"),
    [
        (TELLING, GOOD, GOOD, {COMMAND: True, HEALTH: True}),
        (TELLING, GOOD, None, {COMMAND: True}),
        (TELLING, "", GOOD, {HEALTH: True}),
        (TELLING, "", None, {COMMAND: None}),
        (TELLING, BAD, GOOD, {COMMAND: False, HEALTH: True}),
        (TELLING, GOOD, BAD, {COMMAND: True, HEALTH: False}),
        (PLAIN, None, GOOD, {HEALTH: True}),
        (PLAIN, None, None, {HEALTH: None}),
        (PLAIN, None, BAD, {HEALTH: False}),
        (PLAIN.model_copy(update={"release_pointer": None}), None, None, {}),
    ],
)
def test_one_who_can_tell_which_release_runs_must_have_told_it_and_nobody_may_deny_it(
    target: Target, command: str | None, pointer: str | None, claims: dict[str, bool | None]
) -> None:
    assert told(target, command, answer(pointer)) == claims


@pytest.mark.requirement("RB-indeterminate")
def test_a_status_command_that_says_nothing_is_not_seen_rather_than_wrong() -> None:
    services = (ServiceState(service="shop", state="unknown"),)
    running = Running(host="web-1", at=NOON, head=GOOD, services=services, release=None)
    claims = prove_all(PLAIN, plan(PLAIN), "web-1", running, answer(), NOON)
    assert {claim.claim: claim.holds for claim in claims}["shop runs"] is None
    assert not all_hold(claims)


@pytest.mark.requirement("RB-host-by-host", "RB-health-outside")
def test_the_common_address_speaks_for_the_last_hosts_and_for_none_where_one_was_left_out() -> None:
    assert [seen_outside_by(TWO, plan(TWO), host) for host in ("web-1", "web-2")] == ["", "health"]
    together = TWO.model_copy(update={"rollout": Rollout(canary=2)})
    assert [seen_outside_by(together, plan(together), host) for host in ("web-1", "web-2")] == ["health"] * 2
    assert seen_outside_by(TWO, plan(TWO, left_out=("web-1",)), "web-2") == ""
    assert seen_outside_by(PLAIN, plan(PLAIN), "web-1") == "health"


@pytest.mark.requirement("RB-host-by-host", "RB-health-outside")
def test_an_address_of_its_own_speaks_for_a_host_and_no_other_answer_does() -> None:
    assert [seen_outside_by(OWN, plan(OWN), host) for host in ("web-1", "web-2")] == ["health:web-1", "health:web-2"]
    running = Running(host="web-1", at=NOON, head=GOOD)
    for probe, holds in (("health:web-1", True), ("health", None), ("health:web-2", None)):
        claims = prove_all(OWN, plan(OWN), "web-1", running, answer(probe=probe), NOON)
        assert {claim.claim: claim.holds for claim in claims}["health from outside"] is holds


@pytest.mark.requirement("RB-health-outside")
def test_a_canary_behind_a_common_address_is_not_judged_by_what_another_host_answers() -> None:
    running = Running(host="web-1", at=NOON, head=GOOD)
    claims = prove_all(TWO, plan(TWO), "web-1", running, answer(BAD, ok=False), NOON)
    assert not any("health from outside" in claim.claim or "answer" in claim.claim for claim in claims)
    last = prove_all(TWO, plan(TWO), "web-2", running.model_copy(update={"host": "web-2"}), answer(BAD, ok=False), NOON)
    assert {claim.claim: claim.holds for claim in last}["health from outside"] is False
