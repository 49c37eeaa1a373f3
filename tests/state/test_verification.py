from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state.evidence import Finding
from flightrules.state.facts import Facts
from flightrules.state.logs import read_log
from flightrules.state.verification import Usual, Verification, verification_of
from flightrules.state.vocabulary import Path, Phase, Verdict
from tests.state.core import (
    AGENT,
    BAD,
    CHECKED,
    FIXED,
    GOOD,
    P1,
    PERSON,
    Core,
    blind,
    failed,
    fixed,
    monitoring,
    rolled_back,
    seen,
)

WELL = Facts(
    health="up", services_known=True, services=("web",), checks_passed=("cart",), logs_known=True, release=GOOD
)
SICK = Facts(health="down", services_known=True, services=("web",), logs_known=True, errors=(("ERROR boom", 9),))


def facts(**changes: object) -> Facts:
    return Facts.model_validate(WELL.model_dump() | changes)


def items(found: Verification) -> dict[str, str]:
    return {item.item: item.outcome for item in found.items}


@pytest.mark.requirement(
    "VER-services", "VER-errors", "VER-functions", "VER-performance", "VER-new-issues", "VER-user-reports"
)
def test_the_checklist_is_the_protocols() -> None:
    found = verification_of(WELL, SICK, user_reports="decreased", wanted_release=GOOD)
    assert items(found) == {
        "services running and healthy": "pass",
        "errors stopped in logs": "pass",
        "critical functionality working": "pass",
        "performance normal": "pass",
        "no new issues introduced": "pass",
        "user reports decreased": "pass",
        "the wanted release runs": "pass",
    }
    assert found.verdict is Verdict.RESTORED


@pytest.mark.parametrize(
    ("changes", "item", "outcome"),
    [
        ({"services_down": ("web",)}, "services running and healthy", "fail"),
        ({"services_unhealthy": ("web",)}, "services running and healthy", "fail"),
        ({"services": ()}, "services running and healthy", "fail"),
        ({"services_starting": ("web",)}, "services running and healthy", "unknown"),
        ({"services_known": False}, "services running and healthy", "unknown"),
        ({"errors": (("ERROR boom", 1),)}, "errors stopped in logs", "fail"),
        ({"logs_known": False}, "errors stopped in logs", "unknown"),
        ({"health": "down"}, "critical functionality working", "fail"),
        ({"major_failed": ("cart",)}, "critical functionality working", "fail"),
        ({"minor_failed": ("avatar",)}, "critical functionality working", "fail"),
        ({"health": "unknown"}, "critical functionality working", "unknown"),
        ({"checks_unknown": ("cart",)}, "critical functionality working", "unknown"),
        ({"slow": ("cart",)}, "performance normal", "fail"),
        ({"health": "unknown"}, "performance normal", "unknown"),
        ({"errors": (("ERROR other", 1),)}, "no new issues introduced", "unknown"),
        ({"logs_known": False}, "no new issues introduced", "unknown"),
        ({"release": BAD}, "the wanted release runs", "fail"),
        ({"release": None}, "the wanted release runs", "unknown"),
    ],
)
@pytest.mark.requirement(
    "VER-services", "VER-errors", "VER-functions", "VER-performance", "VER-new-issues", "VER-release", "VER-never-guess"
)
def test_each_item_fails_or_stays_open_by_itself(changes: dict[str, object], item: str, outcome: str) -> None:
    found = verification_of(facts(**changes), SICK, wanted_release=GOOD)
    assert items(found)[item] == outcome
    assert found.verdict is (Verdict.NOT_RESTORED if outcome == "fail" else Verdict.INCONCLUSIVE)


@pytest.mark.requirement("VER-user-reports")
@pytest.mark.parametrize(
    ("reports", "verdict"),
    [("decreased", Verdict.RESTORED), ("unchanged", Verdict.NOT_RESTORED), ("unknown", Verdict.RESTORED)],
)
def test_user_reports_that_go_on_stand_against_restoration(reports: str, verdict: Verdict) -> None:
    assert verification_of(WELL, SICK, user_reports=reports).verdict is verdict


NOISE = ("ERROR nobody ever mended this", "ERROR nor this")
NOISY = facts(errors=((NOISE[0], 4),))


@pytest.mark.requirement("VER-errors", "VER-new-issues")
@pytest.mark.parametrize(
    ("lines", "outcome", "saw"),
    [
        (4.0, "pass", "4 lines of errors that were there before the incident too, no more than usual"),
        (3.9, "fail", "but more than usual (4)"),
        (None, "unknown", "how many are usual is not known"),
    ],
)
def test_errors_that_were_there_before_the_incident_may_go_on_as_they_did(
    lines: float | None, outcome: str, saw: str
) -> None:
    before = SICK.model_copy(update={"errors": (*SICK.errors, (NOISE[0], 30))})
    found = verification_of(NOISY, before, usual=Usual(kinds=NOISE, lines=lines))
    assert items(found)["errors stopped in logs"] == outcome
    assert saw in next(item.saw for item in found.items if item.item == "errors stopped in logs")


@pytest.mark.requirement("VER-errors")
def test_beside_usual_errors_those_of_the_incident_must_be_gone_all_the_same() -> None:
    both = facts(errors=(("ERROR boom", 1), (NOISE[0], 1)))
    found = verification_of(both, SICK, usual=Usual(kinds=NOISE, lines=9.0))
    assert items(found)["errors stopped in logs"] == "fail"
    assert "1 error signatures of the assessment go on" in str(found.items)


@pytest.mark.requirement("VER-new-issues")
def test_a_usual_error_that_the_last_assessment_did_not_see_is_no_new_one() -> None:
    found = verification_of(facts(errors=((NOISE[1], 1),)), SICK, usual=Usual(kinds=NOISE, lines=9.0))
    assert items(found)["no new issues introduced"] == "pass"
    assert found.verdict is Verdict.RESTORED


NAMES = ((), ("web",))
AXES: dict[str, tuple[Any, ...]] = {
    "health": ("up", "down", "unknown"),
    "services_known": (False, True),
    "services": NAMES,
    "services_down": NAMES,
    "services_unhealthy": NAMES,
    "services_starting": NAMES,
    "major_failed": NAMES,
    "minor_failed": NAMES,
    "slow": NAMES,
    "checks_unknown": NAMES,
    "errors": ((), (("ERROR boom", 2),), (("ERROR other", 2),)),
    "logs_known": (False, True),
    "release": (None, GOOD, BAD),
}


def every() -> Iterator[Facts]:
    for values in itertools.product(*AXES.values()):
        yield Facts.model_construct(**dict(zip(AXES, values, strict=True)))


@pytest.mark.requirement("VER-never-guess", "VER-three-verdicts")
@pytest.mark.requirement("PEER-telemetry-missing")
def test_over_all_facts_only_the_wholly_seen_and_wholly_well_is_restored() -> None:
    restored = 0
    for now in every():
        missing = not (now.services_known and now.logs_known and now.release) or now.health == "unknown"
        missing = missing or bool(now.checks_unknown or now.services_starting)
        bad = now.services_down or now.services_unhealthy or now.major_failed or now.minor_failed or now.slow
        verdict = verification_of(now, SICK, wanted_release=GOOD).verdict
        if verdict is Verdict.RESTORED:
            restored += 1
            assert not missing
            assert not bad
            assert now.health == "up"
            assert now.services
            assert not now.errors
            assert now.release == GOOD
        elif bad or now.health == "down":
            assert verdict is Verdict.NOT_RESTORED
    assert restored == 1


# -- in an incident ------------------------------------------------------------------------------------------------


def noisy(release: str, *, well: bool, minutes_ago: range, now: datetime) -> tuple[Finding, ...]:
    """Return the findings for a shop that logs one error every minute, and `ERROR boom` while it is ill."""
    noise = [f"{now - timedelta(minutes=ago):%Y-%m-%dT%H:%M:%SZ} ERROR no such avatar" for ago in minutes_ago]
    own = [] if well else [f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ} ERROR boom"]
    log = Finding(probe="logs:web", host="web-1", data=read_log("web", "\n".join([*noise, *own])))
    return (*(f for f in seen(release, well=well) if f.probe != "logs:web"), log)


@pytest.mark.requirement("VER-errors")
def test_a_rollback_that_helped_is_not_undone_by_an_error_that_was_always_there() -> None:
    core = Core()
    core.assess(noisy(BAD, well=False, minutes_ago=range(90, 0, -1), now=core.now)).classify(P1)
    core.do(c.Decide())
    core.roll_back().wait(minutes=3)
    core.verify(noisy(GOOD, well=True, minutes_ago=range(3, 0, -1), now=core.now))
    assert core.incident.phase is Phase.MONITORING
    core.wait(minutes=1).check(noisy(GOOD, well=True, minutes_ago=range(1, 0, -1), now=core.now))
    assert core.incident.phase is Phase.MONITORING


@pytest.mark.requirement("VER-three-verdicts", "VER-before-monitoring")
@pytest.mark.parametrize(
    ("findings", "phase"),
    [
        (seen(GOOD, well=True), Phase.MONITORING),
        (seen(GOOD), Phase.DECIDED),
        (blind(), Phase.VERIFYING),
        ((), Phase.VERIFYING),
    ],
)
def test_the_verdict_moves_the_incident(findings: tuple[object, ...], phase: Phase) -> None:
    assert rolled_back().verify(findings).incident.phase is phase  # type: ignore[arg-type]


@pytest.mark.requirement("VER-release")
def test_a_rollback_is_held_against_the_release_it_promised() -> None:
    core = rolled_back().verify(seen(BAD, well=True))
    assert core.incident.verdict is Verdict.NOT_RESTORED


@pytest.mark.requirement("VER-release")
def test_a_fix_after_a_failed_rollback_is_not_held_against_the_rollbacks_release() -> None:
    core = failed().choose(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    core.do(c.EndFix(outcome="deployed", reference=FIXED, checks=CHECKED))
    core.verify(seen(FIXED, well=True))
    assert core.incident.phase is Phase.MONITORING


@pytest.mark.requirement("DEC-fix-failed")
def test_a_fix_that_did_not_help_falls_back_to_rollback() -> None:
    core = fixed().verify(seen(FIXED))
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    core.plan()
    assert core.incident.plan is not None
    assert core.incident.plan.to_release == GOOD


@pytest.mark.requirement("MON-recurrence")
def test_an_incident_that_comes_back_opens_again_what_was_concluded() -> None:
    core = monitoring().analyse().verify(seen(GOOD))
    incident = core.incident
    assert (incident.phase, incident.path, incident.restored_at) == (Phase.DECIDED, Path.PERSON, None)
    assert incident.root_cause is None
    assert not incident.reported


@pytest.mark.requirement("VER-person-accepts")
def test_a_person_may_accept_what_no_probe_can_show_and_is_named_for_it() -> None:
    core = rolled_back().verify(blind())
    core.do(c.AcceptByPerson(reason="I bought something"), PERSON)
    assert core.incident.phase is Phase.MONITORING
    assert "Ada: I bought something" in str(core.records[-1].data["items"])


@pytest.mark.requirement("VER-person-accepts", "VER-never-guess")
@pytest.mark.parametrize(
    ("core", "command", "actor", "code"),
    [
        (rolled_back().verify(blind()), c.AcceptByPerson(reason="looks fine"), AGENT, "person_only"),
        (rolled_back().verify(blind()), c.AcceptByPerson(reason=" "), PERSON, "reason_missing"),
        (rolled_back(), c.AcceptByPerson(reason="looks fine"), PERSON, "not_inconclusive"),
        (rolled_back().verify(seen(GOOD)), c.AcceptByPerson(reason="looks fine"), PERSON, "out_of_order"),
    ],
)
def test_accepting_takes_a_person_a_reason_and_a_verification_that_is_open(
    core: Core, command: c.Command, actor: object, code: str
) -> None:
    with pytest.raises(Refused) as no:
        core.do(command, actor)  # type: ignore[arg-type]
    assert no.value.code == code


@pytest.mark.requirement("ORD-person-decides-any-time")
def test_a_person_may_decide_anew_while_verification_stays_open() -> None:
    core = rolled_back().verify(blind()).choose(Path.ROLLBACK, "a" * 40)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
