"""Plans, and what people said of them.

Knows: the data of these events. Must not know: when an approval counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.events.base import Event
from flightrules.state.operation import Survey
from flightrules.state.plan import Plan
from flightrules.state.policy import Through
from flightrules.state.signing.statements import Signed


class SurveyRead(Event):
    """Reading of a host before a plan, or again before the host's first step."""

    kind = "survey_read"
    survey: Survey


class PlanProposed(Event):
    """A plan and its two digests."""

    kind = "plan_proposed"
    plan: Plan
    intent: str
    review: str
    policy: str
    requester: str = ""
    """The account, or the authenticated caller, whose agent asked for the plan."""


class PlanDropped(Event):
    """A plan that no approval can be given to any more."""

    kind = "plan_dropped"
    plan: str
    why: str
    unheld: tuple[tuple[str, str], ...] = ()
    """Approvals whose signature did not hold when it was verified again, and why."""


class ApprovalGranted(Event):
    """A person approved exactly that plan."""

    kind = "approval_granted"
    id: str
    plan: str
    intent: str
    review: str
    approver: str
    channel: Through
    until: datetime
    acknowledged: bool = False
    account: str = ""
    """The account that handed it in, or whose client did."""
    signed: Signed | None = None
    """Signed text and its signature: `ssh-keygen -Y verify` takes both."""
    standing: str = ""
    """The standing approval it comes from."""
    client: str = ""
    """The client that was asked, where it was one."""


class ApprovalRejected(Event):
    """A person said no, and why."""

    kind = "approval_rejected"
    plan: str
    approver: str
    channel: Through
    reason: str


class FormPut(Event):
    """A question was handed to a client that brings the answer in a call of its own."""

    kind = "form_put"
    plan: str
    client: str
    account: str = ""


Closing = Literal["declined", "unanswered", "not_shown", "answered"]
"""Ways in which a form ends without an approval.

`declined`: declined or closed. `unanswered`: no answer in time. `not_shown`: an answer other than the form asks for.
`answered`: a yes that was refused.
"""


FormVerdict = Literal["", "yes", "no"]
"""Answer of a person by a form."""


class FormClosed(Event):
    """A form came to nothing; unless it was answered, perhaps nobody was asked."""

    kind = "form_closed"
    plan: str
    client: str
    account: str = ""
    how: Closing
    seconds: float
    """Number of seconds for which the client had the form."""
    last: bool
    """True if this client is not asked by form any more in this incident."""
    verdict: FormVerdict = ""
    """Answer that was given, if it did not count."""
    approver: str = ""
    acknowledged: bool = False
    reason: str = ""
