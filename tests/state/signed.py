"""Signatures as the core sees them: verified already, so that any text will do. Not collected as tests."""

from __future__ import annotations

from datetime import timedelta

from flightrules.state import commands as c
from flightrules.state.rules.signing import statement_of
from flightrules.state.signing.statements import ApprovedInAdvance, Signed, Statement
from flightrules.state.vocabulary import Severity
from tests.state.core import NOON, Core

KEY_KIND = "sk-ssh-ed25519@openssh.com"


def signed(statement: Statement, **changes: object) -> Signed:
    """A statement, signed by its approver."""
    fields = Signed(
        message=statement.message,
        signature="-----BEGIN SSH SIGNATURE-----",
        principal=statement.approver,
        fingerprint=f"SHA256:{statement.approver}",
        kind=KEY_KIND,
        touched=True,
        user_verified=False,
        counter=7,
    )
    return fields.model_copy(update=changes)


def signed_approval(core: Core, approver: str = "ada@example.org", **changes: object) -> c.Approve:
    """A signed approval of the plan that waits; `changes` are to what the signature showed."""
    plan = core.incident.plan
    assert plan is not None
    statement = statement_of(
        core.incident,
        plan,
        approver=approver,
        acknowledged=bool(plan.acknowledge),
        at=core.now,
        until=core.now + timedelta(minutes=10),
    )
    update = {"approver": approver, "channel": "signed", "signed": signed(statement, **changes), "account": "deploy"}
    return core.approval(acknowledged=bool(plan.acknowledge), **update)


def terms(**changes: object) -> ApprovedInAdvance:
    """A standing approval for one P1 of the shop."""
    given = {
        "approver": "ada@example.org",
        "at": NOON - timedelta(hours=1),
        "until": NOON + timedelta(hours=23),
        "id": "STND-1",
        "target": "shop",
        "severity": Severity.P1,
        "uses": 1,
    }
    return ApprovedInAdvance.model_validate(given | changes)


def in_advance(core: Core, uses_left: int = 1, **changes: object) -> c.ApproveInAdvance:
    """The plan that waits, held against a standing approval."""
    own = terms(**changes)
    return c.ApproveInAdvance(
        approval_id=f"APPR-{len(core.records)}", terms=own, signed=signed(own), uses_left=uses_left
    )
