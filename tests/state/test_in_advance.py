from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.facts import Facts
from flightrules.state.log import GENESIS, Recorded, record
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.releases import GoodRelease
from flightrules.state.rules.in_advance import require_terms, standing_approvals
from flightrules.state.rules.terms import objection
from flightrules.state.shown import NOTHING_SHOWN
from flightrules.state.vocabulary import Path, Phase, Severity
from tests.state.core import AGENT, NOON, OLD, PERSON, Core, decided
from tests.state.signed import in_advance, signed, terms

STANDING = ApprovalPolicy(standing=True, allowed_signers="/etc/signers")


def planned(approval: ApprovalPolicy = STANDING, core: Core | None = None, **survey: object) -> Core:
    """A P1 whose plan waits for approval."""
    core = core or decided()
    core.policy = Policy(approval=approval)
    if core.incident.severity != "P1":
        core.classify("P1")  # type: ignore[arg-type]
        core.choose(Path.ROLLBACK)
    return core.plan(**survey)


def code(core: Core, command: c.Command) -> tuple[str, str]:
    with pytest.raises(Refused) as no:
        core.judge(command)
    return no.value.code, no.value.reason


@pytest.mark.requirement("APP-standing", "APP-proves")
def test_a_plan_within_the_terms_starts_without_asking_and_says_that_nobody_saw_it() -> None:
    core = planned()
    granted = core.do(in_advance(core))[-1]
    assert isinstance(granted, e.ApprovalGranted)
    assert (granted.channel, granted.standing, granted.approver) == ("standing", "STND-1", "ada@example.org")
    seen = (c.SignatureSeen(approval=granted.id, signed=granted.signed),)
    core.do(c.StartRollback(surveys=core.surveys(), signatures=seen))
    assert core.incident.phase is Phase.ROLLING_BACK


@pytest.mark.requirement("APP-standing")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": "other"}, "for target other"),
        ({"severity": "P2"}, "for P2"),
        ({"until": NOON}, "it ended at"),
        ({"hours": "22-06"}, "22-06 UTC"),
        ({"hours": "13-14"}, "13-14 UTC"),
    ],
)
def test_what_lies_outside_the_terms_is_left_to_a_person(changes: dict[str, Any], said: str) -> None:
    core = planned()
    assert said in code(core, in_advance(core, **changes))[1]


@pytest.mark.requirement("APP-standing")
def test_a_severity_that_rests_on_a_statement_alone_is_left_to_a_person() -> None:
    core = planned()
    assert objection(terms(), 1, core.incident, NOON) == ""
    well = Facts(health="up", services_known=True, services=("web",))
    stated = replace(core.incident, confirmed=None, baseline=well, shown=NOTHING_SHOWN)
    assert "nothing but a statement makes it P1" in objection(terms(), 1, stated, NOON)
    assert objection(terms(), 1, replace(stated, confirmed=Severity.P1), NOON) == ""


@pytest.mark.requirement("APP-standing")
def test_a_person_who_gave_a_milder_severity_confirmed_no_worse_one() -> None:
    core = planned()
    well = Facts(health="up", services_known=True, services=("web",))
    stated = replace(core.incident, confirmed=Severity.P3, baseline=well, shown=NOTHING_SHOWN)
    assert "nothing but a statement makes it P1" in objection(terms(), 1, stated, NOON)


@pytest.mark.requirement("APP-standing")
def test_evidence_that_a_person_overruled_makes_no_severity_that_is_stated_again() -> None:
    core = planned()
    down = Facts(health="down", services_known=True, services=("web",))
    lowered = replace(core.incident, confirmed=Severity.P4, baseline=down, overruled=frozenset({"seen-outage"}))
    assert "nothing but a statement makes it P1" in objection(terms(), 1, lowered, NOON)
    assert objection(terms(), 1, replace(lowered, overruled=frozenset()), NOON) == ""


@pytest.mark.requirement("APP-standing")
@pytest.mark.parametrize(("hours", "covered"), [("", True), ("12-13", True), ("22-13", True), ("11-12", False)])
def test_hours_are_those_of_the_day_in_utc(hours: str, *, covered: bool) -> None:
    assert terms(hours=hours).covers_hour(NOON) is covered


@pytest.mark.requirement("APP-standing")
def test_it_is_not_used_more_often_than_it_says() -> None:
    core = planned()
    assert "used up" in code(core, in_advance(core, uses_left=0))[1]


@pytest.mark.requirement("APP-standing", "DEC-person-above-tree")
def test_once_a_person_decided_against_a_rollback_only_a_person_approves_one() -> None:
    core = decided(Path.INVESTIGATE)
    core.policy = Policy(approval=STANDING)
    core.do(c.Classify(severity=Severity.P1, reason="it got worse"))
    core.do(c.Decide())
    core.plan()
    assert core.stands() == (Phase.DECIDED, Path.ROLLBACK)
    assert "a person decided against a rollback" in code(core, in_advance(core))[1]


@pytest.mark.requirement("APP-standing", "PLAN-acknowledge")
def test_points_to_acknowledge_are_always_left_to_a_person() -> None:
    core = planned(dirty=("web/app.py",), dirty_patch="---")
    assert core.incident.plan is not None
    assert core.incident.plan.acknowledge
    assert "a person must acknowledge" in code(core, in_advance(core))[1]


@pytest.mark.requirement("APP-standing")
def test_a_release_that_was_never_observed_healthy_is_left_to_a_person() -> None:
    core = planned()
    named = GoodRelease(release=OLD, ground="named_by_person", why="named", at=NOON)
    core.choose(Path.ROLLBACK, named.release)
    core.plan()
    assert "not observed healthy" in code(core, in_advance(core))[1]


@pytest.mark.requirement("APP-standing", "APP-rejected")
def test_after_a_person_said_no_nothing_signed_in_advance_says_yes() -> None:
    core = planned()
    core.do(c.Reject(approver="Bob", channel="cli", reason="not this"), PERSON)
    core.plan()
    assert "a person rejected" in code(core, in_advance(core))[1]


@pytest.mark.requirement("APP-standing")
def test_it_serves_for_the_first_attempt_only() -> None:
    core = planned()
    core.do(in_advance(core))
    seen = (c.SignatureSeen(approval=core.incident.approvals[0].id, signed=core.incident.approvals[0].signed),)
    core.do(c.StartRollback(surveys=core.surveys(), signatures=seen))
    core.follow(exit_status=1)
    core.choose(Path.ROLLBACK)
    core.plan()
    assert "tried already" in code(core, in_advance(core, uses=5))[1]


@pytest.mark.requirement("APP-standing", "APP-channel")
def test_policy_must_take_standing_approvals_and_signatures() -> None:
    core = planned(ApprovalPolicy(allowed_signers="/etc/signers"))
    assert code(core, in_advance(core))[0] == "standing_off"
    core = planned(ApprovalPolicy(standing=True, channels=ChannelsBySeverity(P1=("cli",))))
    assert code(core, in_advance(core))[0] == "channel"
    core = planned(ApprovalPolicy(standing=True, require_user_verification=True))
    assert code(core, in_advance(core))[0] == "hardware"


@pytest.mark.requirement("APP-standing")
def test_terms_that_were_not_signed_are_refused() -> None:
    core = planned()
    right = in_advance(core)
    wider = right.model_copy(update={"terms": terms(uses=100)})
    assert code(core, wider)[0] == "other_statement"


@pytest.mark.requirement("APP-standing", "APP-two-people")
def test_where_two_must_approve_it_stands_for_one_of_them() -> None:
    core = planned(STANDING.model_copy(update={"approvers": 2}))
    core.do(in_advance(core))
    with pytest.raises(Refused, match="2 different people"):
        core.judge(c.StartRollback(surveys=core.surveys()))
    assert core.do(core.approval(approver="bob", account="bob"), PERSON)


@pytest.mark.requirement("APP-standing", "APP-verified-again")
def test_a_standing_approval_whose_signature_was_not_verified_at_the_start_voids_the_plan() -> None:
    core = planned()
    core.do(in_advance(core))
    dropped = core.do(c.StartRollback(surveys=core.surveys()))[-1]
    assert isinstance(dropped, e.PlanDropped)
    assert "was not verified again" in dropped.why


@pytest.mark.requirement("APP-standing", "APP-forged")
@pytest.mark.parametrize(
    "changes", [{"severity": "P2"}, {"target": "other"}, {"until": NOON}, {"hours": "22-06"}, {"id": "STND-2"}]
)
def test_terms_are_held_against_the_incident_again_at_the_start(changes: dict[str, Any]) -> None:
    core = planned()
    core.do(in_advance(core))
    (approval,) = core.incident.approvals
    other = signed(terms(**changes))
    start = c.StartRollback(surveys=core.surveys(), signatures=(c.SignatureSeen(approval=approval.id, signed=other),))
    assert isinstance(core.do(start)[-1], e.PlanDropped)


@pytest.mark.requirement("APP-standing")
@pytest.mark.parametrize(
    ("changes", "policy", "refused"),
    [
        ({}, STANDING, ""),
        ({}, ApprovalPolicy(), "standing_off"),
        ({}, ApprovalPolicy(standing=True, channels=ChannelsBySeverity(P1=("cli",))), "channel"),
        ({"until": NOON}, STANDING, "standing_span"),
        ({"until": NOON + timedelta(days=31)}, STANDING, "standing_span"),
        ({"at": NOON + timedelta(minutes=5)}, STANDING, "standing_span"),
    ],
)
def test_terms_that_could_never_count_are_not_kept(
    changes: dict[str, Any], policy: ApprovalPolicy, refused: str
) -> None:
    own = terms(**changes)
    if not refused:
        require_terms(own, signed(own), Policy(approval=policy), NOON)
        return
    with pytest.raises(Refused) as no:
        require_terms(own, signed(own), Policy(approval=policy), NOON)
    assert no.value.code == refused


def kept(*events: e.Event) -> list[Recorded]:
    """The events in a target's stream."""
    records: list[Recorded] = []
    for version, event in enumerate(events, start=1):
        previous = records[-1].hash if records else GENESIS
        draft = event.draft(at=NOON, actor=AGENT, call="")
        records.append(record(draft, stream="target:shop", version=version, previous=previous))
    return records


@pytest.mark.requirement("APP-standing", "APP-standing-revoked")
def test_uses_and_revocation_are_read_from_the_targets_stream() -> None:
    granted = e.StandingGranted(terms=terms(uses=2), signed=signed(terms(uses=2)))
    used = e.StandingUsed(id="STND-1", incident="INC-1", plan="PLAN-1")
    seen = e.ReleaseObserved(release=OLD, healthy=True, by="observe")
    (one,) = standing_approvals(kept(seen, granted, used, granted))
    assert (one.left, one.used) == (1, ("INC-1",))
    revoked = e.StandingRevoked(id="STND-1", by="bob", reason="she left")
    (one,) = standing_approvals(kept(granted, used, revoked, granted))
    assert (one.left, one.revoked) == (0, "bob: she left")
    assert standing_approvals(kept(used, revoked)) == ()
