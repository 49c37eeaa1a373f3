"""Plans, and a person's yes or no.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from flightrules.state.commands.base import Command, Short, Text
from flightrules.state.events.approving import Closing, FormVerdict
from flightrules.state.evidence import Finding
from flightrules.state.operation import Survey
from flightrules.state.policy import Channel
from flightrules.state.signing.statements import ApprovedInAdvance, Signed
from flightrules.state.value import Value


class ProposePlan(Command):
    """State of the hosts, from which a plan is to be made."""

    tool = "rollback"
    plan_id: str
    surveys: tuple[Survey, ...]
    findings: tuple[Finding, ...] = ()
    """Services, health and checks as they were read with the hosts."""
    requester: Short = ""
    """The account, or the authenticated caller, whose agent asks."""


class NoteSurveys(Command):
    """State of the hosts in the case that no plan could be made from it."""

    surveys: tuple[Survey, ...]
    findings: tuple[Finding, ...] = ()


class Approve(Command):
    """A person says yes to exactly this plan."""

    approval_id: str
    approver: Short
    channel: Channel
    intent: str
    review: str
    acknowledged: bool = False
    account: Short = ""
    signed: Signed | None = None
    """A signature that was verified."""
    client: Short = ""
    """The client that was asked, where it was one."""


class ApproveInAdvance(Command):
    """A plan is held against a standing approval whose signature was verified."""

    tool = "rollback"
    approval_id: str
    terms: ApprovedInAdvance
    signed: Signed
    uses_left: int


class Reject(Command):
    """A person says no."""

    approver: Short
    channel: Channel
    reason: Text


class PutForm(Command):
    """A question is handed to a client that brings the answer in a call of its own."""

    plan: str
    client: Short
    account: Short = ""


class CloseForm(Command):
    """A form of this plan came to nothing."""

    plan: str
    client: Short
    account: Short = ""
    how: Closing
    seconds: float
    verdict: FormVerdict = ""
    approver: Short = ""
    acknowledged: bool = False
    reason: str = ""


class SignatureSeen(Value):
    """A signature that an approval rests on, verified again."""

    approval: str
    signed: Signed | None = None
    """Signature as it is verified now; None if it does not hold."""
    why: str = ""
    """Reason that the signature does not hold any more."""


class StartRollback(Command):
    """Begin the approved rollback; the surveys are those of this moment."""

    tool = "rollback"
    surveys: tuple[Survey, ...]
    findings: tuple[Finding, ...] = ()
    """Services, health and checks of this moment."""
    signatures: tuple[SignatureSeen, ...] = ()
    """Results of verifying each signature again at this moment."""
