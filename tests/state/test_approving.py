from __future__ import annotations

from typing import Any

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.log import Actor
from flightrules.state.policy import ApprovalPolicy, Budgets, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import Path, Phase, Severity
from tests.state.core import (
    AGENT,
    BAD,
    GOOD,
    OLD,
    P2,
    P3,
    PERSON,
    SYSTEM,
    TWO,
    Core,
    decided,
    failed,
    no_release,
    rolling,
    seen,
    survey,
)


def planned(**changes: object) -> Core:
    return decided().plan(**changes)


def refused(core: Core, command: c.Command, actor: Actor = AGENT) -> Refused:
    with pytest.raises(Refused) as no:
        core.do(command, actor)
    return no.value


@pytest.mark.requirement("APP-exact-plan", "PLAN-needed")
def test_an_approved_plan_starts_exactly_its_operations() -> None:
    core = planned().approve()
    plan = core.incident.plan
    assert plan is not None
    core.start()
    started = e.RollbackStarted.model_validate(core.records[-1].data)
    assert started.operations == ((f"{plan.id}-1", "web-1"),)
    assert core.incident.rollback_plan == plan
    assert core.incident.approver == "Ada"


@pytest.mark.requirement("APP-exact-plan")
@pytest.mark.parametrize("digest", ["intent", "review"])
def test_an_approval_of_another_plan_does_not_count(digest: str) -> None:
    core = planned()
    assert refused(core, core.approval(**{digest: "0" * 64}), PERSON).code == "other_plan"


@pytest.mark.requirement("APP-exact-plan")
def test_an_approval_of_an_earlier_plan_does_not_count_for_a_new_one() -> None:
    core = planned()
    earlier = core.approval()
    core.plan()
    assert refused(core, earlier, PERSON).code == "other_plan"


@pytest.mark.requirement("APP-needed")
def test_a_plan_that_nobody_approved_does_not_start() -> None:
    core = planned()
    no = refused(core, c.StartRollback(surveys=core.surveys()))
    assert no.code == "not_approved"
    assert "flightrules approve INC-1" in no.remedy


@pytest.mark.requirement("PLAN-needed")
def test_without_a_plan_nothing_can_be_approved() -> None:
    core = decided()
    assert refused(core, core.approval(), PERSON).code == "no_plan"


@pytest.mark.requirement("APP-person-only")
@pytest.mark.parametrize("actor", [AGENT, SYSTEM])
def test_neither_an_agent_nor_the_server_approves_or_rejects(actor: Actor) -> None:
    core = planned()
    assert refused(core, core.approval(), actor).code == "person_only"
    assert refused(core, c.Reject(approver="Ada", channel="cli", reason="no"), actor).code == "person_only"


@pytest.mark.requirement("APP-named")
def test_an_approval_without_a_name_does_not_count() -> None:
    core = planned()
    assert refused(core, core.approval(approver="  "), PERSON).code == "approver_missing"


@pytest.mark.requirement("APP-channel")
@pytest.mark.parametrize(("severity", "counts"), [(P2, False), (P3, True)])
def test_policy_says_which_channel_counts_for_which_severity(severity: Severity, counts: bool) -> None:  # noqa: FBT001
    policy = Policy(approval=ApprovalPolicy(channels=ChannelsBySeverity(P2=("cli",))))
    core = Core(policy=policy).assess(seen(well=True)).classify(severity).choose(Path.ROLLBACK).plan()
    command = core.approval(channel="elicitation")
    if counts:
        core.do(command, PERSON)
        assert core.incident.approval is not None
        assert core.incident.approval.channel == "elicitation"
    else:
        no = refused(core, command, PERSON)
        assert no.code == "channel"
        assert no.remedy == (
            f"What counts: type the plan's digest at a terminal: flightrules approve {core.incident.id} (cli)."
        )


@pytest.mark.requirement("APP-policy-changed")
def test_a_yes_to_a_plan_of_other_settings_is_refused_at_once_with_what_to_do() -> None:
    core = planned()
    core.policy = Policy(approval=ApprovalPolicy(expires_minutes=5))
    no = refused(core, core.approval(), PERSON)
    assert no.code == "policy_changed"
    assert "call `rollback`" in no.remedy


@pytest.mark.requirement("PLAN-acknowledge", "PLAN-migrations")
def test_points_to_acknowledge_must_be_acknowledged() -> None:
    core = planned(changed_paths=("migrations/7.sql",))
    no = refused(core, core.approval(), PERSON)
    assert no.code == "not_acknowledged"
    assert "migrations/7.sql" in no.reason
    assert "--acknowledge" in no.remedy
    core.do(core.approval(acknowledged=True), PERSON)


@pytest.mark.requirement("APP-expires")
@pytest.mark.parametrize(("seconds", "holds"), [(599, True), (600, False), (601, False)])
def test_an_approval_holds_for_ten_minutes_and_not_a_second_longer(seconds: int, holds: bool) -> None:  # noqa: FBT001
    core = planned().approve().wait(seconds=seconds)
    core.do(c.StartRollback(surveys=core.surveys()))
    assert (core.incident.phase is Phase.ROLLING_BACK) is holds
    assert holds or "expired" in str(core.records[-1].data["why"])


@pytest.mark.requirement("APP-expires")
@pytest.mark.parametrize(("hours", "holds"), [(0, True), (-1, False), (-24, False)])
def test_a_clock_that_is_set_back_does_not_make_an_approval_last(hours: int, *, holds: bool) -> None:
    core = planned().approve().wait(hours=hours).start()
    assert (core.incident.phase is Phase.ROLLING_BACK) is holds
    assert holds or "the clock was set back" in str(core.records[-1].data["why"]).lower()


@pytest.mark.requirement("APP-expires")
def test_an_expired_approval_can_be_given_again_and_a_standing_one_cannot() -> None:
    core = planned().approve()
    assert refused(core, core.approval(), PERSON).code == "already_approved"
    core.wait(minutes=10).approve().start()
    assert core.incident.phase is Phase.ROLLING_BACK


@pytest.mark.requirement("APP-once")
@pytest.mark.requirement("PEER-approval-twice")
def test_an_approval_works_once() -> None:
    core = planned().approve()
    used = core.approval(approval_id="APPR-USED")
    core.wait(minutes=10).do(used, PERSON)
    core.start().follow(exit_status=1).choose(Path.ROLLBACK).plan()
    again = core.approval(approval_id="APPR-USED")
    core.do(again, PERSON)
    assert refused(core, c.StartRollback(surveys=core.surveys())).code == "approval_spent"


@pytest.mark.requirement("APP-world-moved")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"head": OLD}, "head on web-1"),
        ({"dirty": ("web/app.py",)}, "dirty on web-1"),
        ({"images": ()}, "images on web-1"),
        ({"lock_holder": "somebody", "lock_alive": True}, "lock_holder on web-1"),
    ],
)
def test_a_world_that_moved_voids_the_approval_and_drops_the_plan(changes: dict[str, Any], words: str) -> None:
    core = planned().approve()
    core.do(c.StartRollback(surveys=core.surveys(**changes)))
    assert (core.incident.phase, core.incident.plan, core.incident.approval) == (Phase.DECIDED, None, None)
    assert words in str(core.records[-1].data["why"])
    assert core.incident.rollbacks_tried == 0


@pytest.mark.requirement("APP-world-moved")
def test_a_host_that_cannot_be_read_again_voids_the_approval() -> None:
    core = decided(target=TWO).plan().approve()
    core.do(c.StartRollback(surveys=core.surveys()[:1]))
    assert core.incident.plan is None
    assert "not read again: web-2" in str(core.records[-1].data["why"])


@pytest.mark.requirement("APP-world-moved")
def test_a_host_that_needed_nothing_and_moved_voids_the_approval() -> None:
    core = decided(target=TWO)
    there = survey(host="web-2", head=GOOD, services=())
    done = there.model_copy(
        update={
            "services": tuple(
                s.model_copy(update={"image": i.present}) for s, i in zip(survey().services, there.images, strict=True)
            )
        }
    )
    core.do(c.ProposePlan(plan_id="PLAN-1", surveys=(survey(), done)))
    assert core.incident.plan is not None
    assert [host.host for host in core.incident.plan.hosts] == ["web-1"]
    core.approve()
    core.do(c.StartRollback(surveys=(survey(), survey(host="web-2"))))
    assert "head on web-2" in str(core.records[-1].data["why"])


@pytest.mark.requirement("APP-policy-changed")
def test_a_policy_that_changed_voids_the_approval() -> None:
    core = planned().approve()
    core.policy = Policy(budgets=Budgets(rollback=11))
    core.do(c.StartRollback(surveys=core.surveys()))
    assert core.incident.plan is None
    assert "policy changed" in str(core.records[-1].data["why"])


@pytest.mark.requirement("APP-phase-left")
@pytest.mark.parametrize("leave", [c.Classify(users_affected="40"), c.Decide()])
def test_deciding_or_classifying_anew_drops_the_plan_and_its_approval(leave: c.Command) -> None:
    core = planned().approve()
    core.do(leave)
    assert (core.incident.plan, core.incident.approval) == (None, None)
    with pytest.raises(Refused):
        core.do(c.StartRollback(surveys=(survey(),)))


@pytest.mark.requirement("APP-phase-left")
def test_a_plan_that_is_made_anew_needs_a_new_approval() -> None:
    core = planned().approve().plan()
    assert refused(core, c.StartRollback(surveys=core.surveys())).code == "not_approved"


@pytest.mark.requirement("APP-rejected")
def test_a_rejected_plan_is_gone_and_the_reason_stays() -> None:
    core = planned()
    core.do(c.Reject(approver="Ada", channel="cli", reason="the migration"), PERSON)
    assert core.incident.plan is None
    assert core.incident.rejection is not None
    assert core.incident.rejection.reason == "the migration"
    assert refused(core, core.approval(), PERSON).code == "no_plan"


@pytest.mark.requirement("PLAN-needed", "DEC-good-release-needed")
def test_no_plan_is_made_where_the_decision_was_no_rollback() -> None:
    for core in (no_release(), failed(), decided(Path.FIX)):
        assert refused(core, c.ProposePlan(plan_id="PLAN-1", surveys=(survey(),))).code == "out_of_order"


@pytest.mark.requirement("PLAN-needed")
def test_no_plan_is_made_while_a_rollback_runs() -> None:
    core = rolling()
    assert refused(core, c.ProposePlan(plan_id="PLAN-2", surveys=(survey(),))).code == "out_of_order"
    assert core.incident.plan is None


@pytest.mark.requirement("PLAN-good-release")
def test_after_a_failed_fix_without_a_good_release_a_plan_is_refused_with_the_way_out() -> None:
    core = no_release().choose(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    core.do(c.EndFix(outcome="failed"))
    no = refused(core, c.ProposePlan(plan_id="PLAN-1", surveys=(survey(),)))
    assert no.code == "no_good_release"
    assert "--to SHA" in no.remedy


@pytest.mark.requirement("REL-never-current")
def test_the_plan_leads_away_from_the_release_that_runs() -> None:
    plan = planned().incident.plan
    assert plan is not None
    assert (plan.from_release, plan.to_release) == (BAD, GOOD)
