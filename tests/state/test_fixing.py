from __future__ import annotations

from dataclasses import replace

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state.rules.fixing import branch_name
from flightrules.state.vocabulary import Path, Phase
from tests.state.core import PERSON, SYSTEM, Core, decided, failed, fixing


def refused(core: Core, command: c.Command) -> Refused:
    with pytest.raises(Refused) as no:
        core.do(command)
    return no.value


@pytest.mark.requirement("FIX-branch")
@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("Avatar upload is slow", "incident/incident-INC-1-avatar-upload-is-slow"),
        ("Ünïcode; rm -rf /", "incident/incident-INC-1-n-code-rm-rf"),
        ("***", "incident/incident-INC-1-fix"),
        ("a" * 60, f"incident/incident-INC-1-{'a' * 40}"),
        (f"{'a' * 39} b", f"incident/incident-INC-1-{'a' * 39}"),
    ],
)
def test_the_branch_is_named_as_the_protocol_says_with_nothing_a_shell_could_read(title: str, branch: str) -> None:
    assert branch_name(replace(decided().incident, title=title)) == branch


@pytest.mark.requirement("FIX-begin")
def test_a_fix_begins_only_where_the_decision_was_a_fix() -> None:
    no = refused(decided(), c.BeginFix(says="null check"))
    assert no.code == "out_of_order"
    assert "not fix" in no.reason
    assert fixing().incident.phase is Phase.FIXING


@pytest.mark.requirement("FIX-begin")
def test_a_fix_begins_once() -> None:
    assert "begun already" in refused(fixing(), c.BeginFix(says="once more")).reason


@pytest.mark.requirement("FIX-ends", "VER-before-monitoring")
def test_a_deployed_fix_is_verified_next_and_names_what_was_deployed() -> None:
    core = fixing()
    assert refused(core, c.EndFix(outcome="deployed", reference=" ")).code == "reference_missing"
    core.do(c.EndFix(outcome="deployed", reference="#7"))
    assert (core.incident.phase, core.incident.fix_reference) == (Phase.VERIFYING, "#7")


@pytest.mark.requirement("DEC-fix-failed", "FIX-ends")
@pytest.mark.parametrize("outcome", ["failed", "abandoned"])
def test_a_fix_that_failed_falls_back_to_rollback(outcome: str) -> None:
    core = fixing()
    core.do(c.EndFix.model_validate({"outcome": outcome}))
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    assert core.incident.decided_by == "rules"
    core.do(c.Decide())
    assert core.incident.path is Path.ROLLBACK
    core.roll_back()
    assert core.incident.phase is Phase.VERIFYING


@pytest.mark.requirement("DEC-one-attempt")
def test_a_fix_that_failed_after_a_rollback_was_tried_goes_to_a_person() -> None:
    core = failed().choose(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    core.do(c.EndFix(outcome="failed"))
    assert core.incident.path is Path.PERSON


@pytest.mark.requirement("FIX-over", "BUD-fix-limit")
@pytest.mark.parametrize(("seconds", "phase"), [(1799, Phase.VERIFYING), (1800, Phase.DECIDED)])
def test_at_thirty_minutes_a_fix_is_over_whatever_is_reported(seconds: int, phase: Phase) -> None:
    core = fixing().wait(seconds=seconds)
    core.do(c.EndFix(outcome="deployed", reference="#7"))
    assert core.incident.phase is phase
    assert core.incident.fix_reference == "#7"


@pytest.mark.requirement("FIX-over")
def test_a_fix_nobody_reports_on_is_over_by_itself() -> None:
    core = fixing().wait(minutes=29, seconds=59)
    assert core.do(c.Tick(), SYSTEM) == []
    core.wait(seconds=1).do(c.Tick(), SYSTEM)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    assert "fix" in core.incident.breached


@pytest.mark.requirement("ORD-person-decides-any-time")
def test_a_person_may_end_a_fix_by_deciding_otherwise() -> None:
    core = fixing().choose(Path.ROLLBACK)
    assert (core.incident.phase, core.incident.path) == (Phase.DECIDED, Path.ROLLBACK)
    assert "fix_ended" in [r.kind for r in core.records[-2:]]


@pytest.mark.requirement("DEC-person-above-tree")
def test_an_agent_does_not_take_back_what_a_person_decided() -> None:
    core = decided(Path.FIX)
    no = refused(core, c.Decide())
    assert no.code == "out_of_order"
    assert "A person decided on fix" in no.reason
    assert core.stands() == (Phase.DECIDED, Path.FIX)
    core.do(c.DecideByPerson(path=Path.ROLLBACK, reason="safer"), PERSON)
    assert core.stands() == (Phase.DECIDED, Path.ROLLBACK)


@pytest.mark.requirement("DEC-person-above-tree")
def test_a_person_decides_only_with_a_reason() -> None:
    core = decided()
    with pytest.raises(Refused) as no:
        core.do(c.DecideByPerson(path=Path.FIX, reason="  "), PERSON)
    assert no.value.code == "reason_missing"
