from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import lacking, person_of, proves, weak_guards
from flightrules.state.events import event_of
from flightrules.state.plan import Plan
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.signing.statements import KeyTried, PlanApproved, read_statement
from flightrules.state.vocabulary import Phase, Severity
from tests.state.core import NOON, PERSON, Core, decided
from tests.state.signed import signed, signed_approval, terms


def planned(*, requester: str = "", **approval: object) -> Core:
    """An incident whose plan waits for approval under this policy."""
    core = decided()
    core.policy = Policy(approval=ApprovalPolicy.model_validate(approval))
    core.do(c.ProposePlan(plan_id="PLAN-1", surveys=core.surveys(), requester=requester))
    return core


def plan_of(core: Core) -> Plan:
    assert core.incident.plan is not None
    return core.incident.plan


def code(core: Core, command: c.Command) -> str:
    with pytest.raises(Refused) as no:
        core.judge(command, PERSON)
    assert no.value.reason.endswith(".")
    assert no.value.remedy
    return no.value.code


def again(core: Core, why: str = "") -> c.StartRollback:
    """Start, with what became of each signature now."""
    seen = tuple(
        c.SignatureSeen(approval=a.id, why=why, signed=None if why else a.signed)
        for a in core.incident.approvals
        if a.signed
    )
    return c.StartRollback(surveys=core.surveys(), signatures=seen)


@pytest.mark.requirement("APP-signed", "APP-once")
def test_a_signed_approval_starts_the_rollback_it_names() -> None:
    core = planned()
    core.do(signed_approval(core), PERSON)
    core.do(again(core))
    assert core.incident.phase is Phase.ROLLING_BACK
    assert core.incident.approver == "ada@example.org"


@pytest.mark.requirement("APP-signed")
@pytest.mark.parametrize(
    "change",
    [
        {"incident": "INC-2"},
        {"target": "other"},
        {"plan": "PLAN-2"},
        {"intent": "0" * 64},
        {"review": "0" * 64},
        {"approver": "bob@example.org"},
        {"acknowledged": ("data: gone",)},
    ],
)
def test_a_signature_over_anything_else_is_refused(change: dict[str, Any]) -> None:
    core = planned()
    right = signed_approval(core)
    assert right.signed is not None
    other = PlanApproved.model_validate(core_statement(core).model_dump() | change)
    wrong = right.model_copy(update={"signed": right.signed.model_copy(update={"message": other.message})})
    assert code(core, wrong) == "other_statement"


def core_statement(core: Core) -> PlanApproved:
    """Return the statement that a right approval signs."""
    right = signed_approval(core).signed
    assert right is not None
    return read_statement(PlanApproved, right.message)


@pytest.mark.requirement("APP-signed")
@pytest.mark.parametrize("message", ["", "{}", "yes", '{"decision":"approve"}', "\x00", "[1]"])
def test_text_that_is_no_statement_is_refused(message: str) -> None:
    core = planned()
    right = signed_approval(core)
    assert right.signed is not None
    wrong = right.model_copy(update={"signed": right.signed.model_copy(update={"message": message})})
    assert code(core, wrong) == "other_statement"


@pytest.mark.requirement("APP-signed")
def test_a_statement_written_in_another_way_or_of_another_kind_is_refused() -> None:
    core = planned()
    right = signed_approval(core)
    assert right.signed is not None
    tested = KeyTried(approver="ada@example.org", at=core.now, until=core.now + timedelta(minutes=5), nonce="1")
    for message in (right.signed.message + " ", right.signed.message.replace(":", ": ", 1), tested.message):
        wrong = right.model_copy(update={"signed": right.signed.model_copy(update={"message": message})})
        assert code(core, wrong) == "other_statement"


@pytest.mark.requirement("APP-signed", "APP-channel")
def test_the_channel_signed_without_a_signature_is_refused() -> None:
    core = planned()
    assert code(core, core.approval(channel="signed")) == "not_signed"


@pytest.mark.requirement("APP-signed", "APP-expires")
@pytest.mark.parametrize(
    ("minutes", "span", "refused"),
    [(0, 10, ""), (-9, 10, ""), (-10, 10, "signature_expired"), (0, 11, "signature_expired"), (2, 10, "signed_ahead")],
)
def test_a_signature_counts_in_its_own_time_and_no_longer_than_policy_lets_it(
    minutes: int, span: int, refused: str
) -> None:
    core = planned()
    at = core.now + timedelta(minutes=minutes)
    statement = core_statement(core).model_copy(update={"at": at, "until": at + timedelta(minutes=span)})
    command = signed_approval(core).model_copy(update={"signed": signed(statement)})
    if refused:
        assert code(core, command) == refused
        return
    granted = core.do(command, PERSON)[-1]
    assert isinstance(granted, e.ApprovalGranted)
    assert granted.until == statement.until


@pytest.mark.requirement("APP-touch")
@pytest.mark.parametrize(
    ("policy", "shown", "counts"),
    [
        ({}, {"touched": None, "user_verified": None}, True),
        ({"require_touch": True}, {"touched": True}, True),
        ({"require_touch": True}, {"touched": False}, False),
        ({"require_touch": True}, {"touched": None}, False),
        ({"require_user_verification": True}, {"user_verified": True}, True),
        ({"require_user_verification": True}, {"touched": True, "user_verified": False}, False),
    ],
)
def test_policy_can_ask_for_a_touch_and_for_the_user_to_be_verified(
    policy: dict[str, Any], shown: dict[str, Any], *, counts: bool
) -> None:
    core = planned(**policy)
    command = signed_approval(core, **shown)
    if counts:
        assert core.do(command, PERSON)
    else:
        assert code(core, command) == "hardware"


@pytest.mark.requirement("APP-verified-again")
@pytest.mark.parametrize("why", ["the key is not in allowed_signers", None])
def test_a_signature_that_does_not_hold_at_the_start_voids_the_plan(why: str | None) -> None:
    core = planned()
    core.do(signed_approval(core), PERSON)
    start = again(core, why) if why else c.StartRollback(surveys=core.surveys())
    dropped = core.do(start)[-1]
    assert isinstance(dropped, e.PlanDropped)
    assert "the approval by ada@example.org does not count now: Its signature is not valid" in dropped.why
    assert core.incident.phase is Phase.DECIDED


def forge(core: Core, granted: e.ApprovalGranted) -> None:
    """Write an approval into the log, past every rule, as somebody could who may write the file."""
    core.append([granted], PERSON)


def granted_by_hand(core: Core, **changes: object) -> e.ApprovalGranted:
    """An approval as it would stand in the log."""
    plan = plan_of(core)
    fields: dict[str, object] = {
        "id": f"APPR-{len(core.records)}",
        "plan": plan.id,
        "intent": plan.intent,
        "review": plan.review,
        "approver": "ada@example.org",
        "channel": "signed",
        "until": core.now + timedelta(minutes=10),
    }
    return e.ApprovalGranted.model_validate(fields | changes)


SIGNED_ONLY = ChannelsBySeverity(P1=("signed",), P2=("signed",), P3=("signed",), P4=("signed",))


@pytest.mark.requirement("APP-forged")
@pytest.mark.parametrize("channel", ["cli", "elicitation", "signed", "standing"])
def test_an_approval_written_into_the_log_by_hand_starts_nothing_where_signatures_count(channel: str) -> None:
    core = planned(channels=SIGNED_ONLY)
    forge(core, granted_by_hand(core, channel=channel))
    assert isinstance(core.do(again(core))[-1], e.PlanDropped)


@pytest.mark.requirement("APP-forged")
@pytest.mark.parametrize(
    "change",
    [
        {"plan": "PLAN-0"},
        {"review": "0" * 64},
        {"incident": "INC-2"},
        {"target": "other"},
        {"until": NOON + timedelta(minutes=9)},
        {"approver": "bob@example.org"},
    ],
)
def test_a_true_signature_over_something_else_moved_onto_the_plan_starts_nothing(change: dict[str, Any]) -> None:
    core = planned(channels=SIGNED_ONLY)
    other = PlanApproved.model_validate(core_statement(core).model_dump() | change)
    forge(core, granted_by_hand(core, signed=signed(other)))
    dropped = core.do(again(core))[-1]
    assert isinstance(dropped, e.PlanDropped)
    assert "does not count now" in dropped.why


@pytest.mark.requirement("APP-forged", "APP-touch")
def test_what_a_signature_shows_is_read_from_it_and_not_from_the_log() -> None:
    core = planned(channels=SIGNED_ONLY, require_touch=True)
    claimed = signed(core_statement(core))
    forge(core, granted_by_hand(core, signed=claimed))
    (approval,) = core.incident.approvals
    untouched = claimed.model_copy(update={"touched": False})
    start = c.StartRollback(
        surveys=core.surveys(), signatures=(c.SignatureSeen(approval=approval.id, signed=untouched),)
    )
    dropped = core.do(start)[-1]
    assert isinstance(dropped, e.PlanDropped)
    assert "touched" in dropped.why


@pytest.mark.requirement("APP-forged", "APP-two-people")
def test_one_key_under_two_names_is_still_one_person_when_the_log_says_otherwise() -> None:
    core = planned(channels=SIGNED_ONLY, approvers=2)
    for name in ("ada@example.org", "bob@example.org"):
        statement = core_statement(core).model_copy(update={"approver": name})
        forge(core, granted_by_hand(core, approver=name, signed=signed(statement)))
    one_key = tuple(
        c.SignatureSeen(approval=a.id, signed=a.signed.model_copy(update={"fingerprint": "SHA256:one"}))
        for a in core.incident.approvals
        if a.signed
    )
    dropped = core.do(c.StartRollback(surveys=core.surveys(), signatures=one_key))[-1]
    assert isinstance(dropped, e.PlanDropped)
    assert "may be one person" in dropped.why


@pytest.mark.requirement("APP-forged", "APP-requester")
def test_the_requesters_own_approval_written_by_hand_starts_nothing() -> None:
    core = planned(requester="ada", requester_must_differ=True)
    forge(core, granted_by_hand(core, channel="cli", approver="bob", account="ada"))
    dropped = core.do(again(core))[-1]
    assert isinstance(dropped, e.PlanDropped)
    assert "whoever asked" in dropped.why


# -- two people ------------------------------------------------------------------------------------------------------


def unsigned(core: Core, account: str, channel: str = "cli") -> c.Approve:
    return core.approval(approver=account, account=account, channel=channel)


@pytest.mark.requirement("APP-two-people")
def test_a_plan_that_needs_two_starts_with_the_second() -> None:
    core = planned(approvers=2)
    core.do(signed_approval(core, "ada@example.org"), PERSON)
    assert lacking(core.incident, core.policy.approval, core.now) == 1
    assert code(core, again(core)) == "not_approved"
    core.do(signed_approval(core, "bob@example.org"), PERSON)
    assert code(core, signed_approval(core, "eve@example.org")) == "already_approved"
    started = core.do(again(core))[-1]
    assert isinstance(started, e.RollbackStarted)
    assert len(started.approvals) == 2
    assert core.incident.approver == "ada@example.org and bob@example.org"
    assert core.incident.approvals_spent == set(started.approvals)


@pytest.mark.requirement("APP-two-people")
def test_one_person_in_two_guises_is_one() -> None:
    core = planned(approvers=2)
    core.do(signed_approval(core, "ada@example.org"), PERSON)
    for other in (
        signed_approval(core, "ada@example.org"),
        signed_approval(core, "Ada@elsewhere.example"),
        signed_approval(core, "bob@example.org", fingerprint="SHA256:ada@example.org"),
        unsigned(core, "ada"),
        unsigned(core, "ada", "elicitation"),
        unsigned(core, "deploy"),
    ):
        assert code(core, other) == "same_approver", other
    assert core.do(unsigned(core, "bob"), PERSON)


@pytest.mark.requirement("APP-two-people")
def test_two_answers_from_one_account_are_one_person_whatever_the_client_calls_them() -> None:
    core = planned(approvers=2)
    core.do(core.approval(approver="ada (as claude says)", account="ada", channel="elicitation"), PERSON)
    assert code(core, core.approval(approver="ada (as codex says)", account="ada")) == "same_approver"
    assert code(core, core.approval(approver="somebody else", account="ada")) == "same_approver"


@pytest.mark.requirement("APP-two-people", "APP-expires")
def test_two_must_hold_at_the_same_time() -> None:
    core = planned(approvers=2)
    core.do(signed_approval(core, "ada@example.org"), PERSON)
    core.wait(minutes=6).do(signed_approval(core, "bob@example.org"), PERSON)
    core.wait(minutes=5)
    dropped = core.do(again(core))[-1]
    assert isinstance(dropped, e.PlanDropped)
    assert "expired at 12:10:00" in dropped.why


@pytest.mark.requirement("APP-two-people", "APP-expires")
def test_somebody_whose_approval_expired_may_approve_again() -> None:
    core = planned(approvers=2)
    core.do(signed_approval(core, "ada@example.org"), PERSON)
    core.wait(minutes=11).do(signed_approval(core, "ada@example.org"), PERSON)
    assert lacking(core.incident, core.policy.approval, core.now) == 1


# -- who asked -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("APP-requester")
def test_whoever_asked_may_not_approve_where_policy_says_so() -> None:
    core = planned(requester="ada", requester_must_differ=True)
    for own in (unsigned(core, "ada"), unsigned(core, "Ada", "elicitation"), signed_approval(core, "ada@example.org")):
        assert code(core, own) == "requester"
    assert core.do(signed_approval(core, "bob@example.org"), PERSON)


@pytest.mark.requirement("APP-requester")
def test_where_it_is_not_known_who_asked_nobody_counts_as_another() -> None:
    core = planned(requester_must_differ=True)
    assert code(core, signed_approval(core, "bob@example.org")) == "requester"


def test_by_default_whoever_asked_may_approve() -> None:
    core = planned(requester="ada")
    assert core.do(unsigned(core, "ada"), PERSON)


def test_a_person_is_known_by_the_name_before_the_at() -> None:
    assert person_of("Ada@Example.org") == person_of("ada (as claude says)") == person_of(" ada ") == "ada"
    assert person_of("adam") != person_of("ada")


# -- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("APP-proves")
def test_an_approval_says_what_its_channel_proves_and_what_its_own_key_adds() -> None:
    core = planned()
    granted = core.do(signed_approval(core), PERSON)[-1]
    assert isinstance(granted, e.ApprovalGranted)
    assert "as much as that key is guarded" in proves(granted)
    assert "security key touched, user not verified by it" in proves(granted)
    plain = granted.model_copy(update={"signed": signed(terms(), touched=None, user_verified=None, kind="ssh-ed25519")})
    assert "a key that a program can use alone" in proves(plain)


@pytest.mark.requirement("APP-rejected")
def test_rejecting_on_the_command_line_needs_a_reason_and_a_client_that_gave_none_is_told_so() -> None:
    core = planned()
    assert code(core, c.Reject(approver="ada", channel="cli", reason=" ")) == "reason_missing"
    rejected = core.do(c.Reject(approver="ada", channel="elicitation", reason=""), PERSON)[-1]
    assert isinstance(rejected, e.ApprovalRejected)
    assert rejected.reason == "no reason given"


@pytest.mark.requirement("LOG-round-trip")
def test_an_approval_from_before_signatures_is_still_read() -> None:
    old: dict[str, Any] = {
        "id": "APPR-1",
        "plan": "PLAN-1",
        "intent": "i",
        "review": "r",
        "approver": "ada",
        "channel": "cli",
        "until": "2026-01-05T12:10:00Z",
        "acknowledged": False,
    }
    granted = event_of("approval_granted", dict(old))
    assert isinstance(granted, e.ApprovalGranted)
    assert (granted.signed, granted.account, granted.standing) == (None, "", "")
    started = event_of("rollback_started", {"plan": "PLAN-1", "approval": "APPR-1", "operations": []})
    assert isinstance(started, e.RollbackStarted)
    assert started.approvals == ()


@pytest.mark.requirement("APP-proves")
@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({}, ["only without a signature"]),
        ({"allowed_signers": "/etc/signers"}, ["also without a signature", "require_touch"]),
        ({"allowed_signers": "/etc/signers", "channels": ChannelsBySeverity(P1=("signed",))}, ["require_touch"]),
        (
            {
                "allowed_signers": "/etc/signers",
                "channels": ChannelsBySeverity(P1=("signed",)),
                "require_touch": True,
            },
            [],
        ),
        ({"channels": ChannelsBySeverity(P1=("cli",))}, ["only without a signature (cli"]),
    ],
)
def test_what_guards_a_p1_weakly_is_said(policy: dict[str, Any], said: list[str]) -> None:
    found = weak_guards(ApprovalPolicy(**policy), Severity.P1)
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


@pytest.mark.requirement("APP-proves")
def test_a_file_of_signers_that_the_server_may_write_is_weak() -> None:
    policy = ApprovalPolicy(
        allowed_signers="/etc/signers", channels=ChannelsBySeverity(P1=("signed",)), require_touch=True
    )
    (said,) = weak_guards(policy, Severity.P1, signers_writable=True)
    assert "can add a key" in said
