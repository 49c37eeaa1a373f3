from __future__ import annotations

import pytest

from flightrules.state.rules.deciding import offers
from flightrules.state.status import next_calls, status_of
from flightrules.state.vocabulary import Path
from tests.state.core import AGENT, BAD, GOOD, OLD, SCENES, Core, decided, failed, fixing, no_release, rolled_back, seen


def told(core: Core) -> list[tuple[str, str]]:
    return [(step.call, step.why) for step in next_calls(core.incident, core.policy, core.now)]


@pytest.mark.requirement("ORD-legal-calls-are-legal")
@pytest.mark.parametrize(
    ("scene", "call", "why"),
    [
        ("detected", "assess", "collect evidence from production"),
        ("decided to roll back", "rollback", "plan the rollback and ask a person to approve it"),
        ("planned", "rollback", "ask again whether the plan is approved"),
        ("approved", "rollback", "start the approved rollback"),
        ("rolling back", "rollback", "follow the running rollback"),
        ("decided to fix", "fix", "begin the fix"),
        ("fixing", "fix", "report the fix as deployed, failed or abandoned"),
        ("decided to ask a person", "decide", "a person decides: flightrules decide"),
        ("verifying a rollback", "verify", "check whether production is restored"),
        ("verification inconclusive", "verify", "flightrules accept"),
        ("reported", "close", "a person closes it: flightrules close"),
    ],
)
def test_the_natural_next_call_comes_first_and_says_why(scene: str, call: str, why: str) -> None:
    first, said = told(SCENES[scene]())[0]
    assert first == call
    assert why in said


@pytest.mark.requirement("ORD-legal-calls-are-legal")
@pytest.mark.parametrize(
    ("scene", "calls"),
    [
        ("detected", ["assess"]),
        ("detected long ago", ["assess", "classify"]),
        ("decided to roll back", ["rollback", "decide", "classify", "assess", "post_update"]),
        ("decided to fix", ["fix", "classify", "assess", "post_update"]),
        ("decided to ask a person", ["decide", "classify", "assess", "post_update"]),
        ("investigating", ["decide", "assess", "classify", "post_update"]),
        ("fixing", ["fix", "classify", "post_update"]),
        ("monitoring", ["analyze", "write_report", "verify", "classify"]),
        ("closed", []),
    ],
)
def test_only_what_is_legal_in_these_circumstances_is_named(scene: str, calls: list[str]) -> None:
    assert [call for call, _ in told(SCENES[scene]())] == calls


def test_where_an_incident_stands_is_told_with_what_runs() -> None:
    core = fixing()
    stands = status_of(core.incident, core.policy, core.now)
    assert (stands.incident, stands.phase, stands.severity) == ("INC-1", core.incident.phase, core.incident.severity)
    assert [budget.name for budget in stands.budgets] == [
        "fix_wanted",
        "fix",
        "internal_update",
        "external_notice",
    ]


def offered(core: Core) -> list[str]:
    return [offer.command for offer in offers(core.incident, core.context(AGENT))]


@pytest.mark.requirement("DEC-one-attempt")
def test_after_a_rollback_that_did_not_help_a_person_is_offered_what_there_is() -> None:
    older = f"flightrules decide INC-1 rollback --to {OLD} --reason TEXT"
    back = f"flightrules decide INC-1 rollback --to {BAD} --reason TEXT"
    look = "flightrules decide INC-1 investigate --reason TEXT"
    assert offered(rolled_back().verify(seen(GOOD))) == [older, back, look]


@pytest.mark.requirement("DEC-one-attempt")
def test_after_a_rollback_that_failed_the_same_release_is_offered_again() -> None:
    assert f"--to {GOOD}" in offered(failed())[0]


def test_where_no_rollback_was_tried_there_is_none_to_go_back_from() -> None:
    assert offered(no_release()) == ["flightrules decide INC-1 investigate --reason TEXT"]
    assert len(offered(decided(Path.INVESTIGATE))) == 2
