"""Questions through clients: whether a client is asked by form, and what becomes of a form that came to nothing.

Knows: that a client may draw no form, or answer for its user. Must not know: how a form is shown.
No answer and a decline are nobody's no: they withdraw nothing, and an approval given elsewhere stands.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.rules.context import RuleContext

FORM_S = 40.0
"""Number of seconds that a client may take with a form.

Some clients never show the form, and give a call up after 60 s.
"""
UNSEEN_S = 2.0
"""A form that is declined faster was read by nobody."""


def may_be_asked(incident: Incident, client: str) -> bool:
    """Return True if a client is still asked by form in this incident."""
    return client not in incident.formless


def waited_s(incident: Incident, client: str, now: datetime) -> float | None:
    """Return the seconds for which a client has had a question about the plan; None if it has none."""
    since = dict(incident.forms).get(client)
    return None if since is None else (now - since).total_seconds()


def is_overdue(incident: Incident, client: str, now: datetime) -> bool:
    """Return True if a client that calls anew left a question without an answer."""
    waited = waited_s(incident, client, now)
    return waited is not None and waited >= FORM_S


def put_form(incident: Incident, command: c.PutForm, context: RuleContext) -> list[e.Event]:
    """Note since when a client has a question; asked again for the same plan, it has had it since then."""
    if not _waits(incident, command.plan) or waited_s(incident, command.client, context.now) is not None:
        return []
    return [e.FormPut(plan=command.plan, client=command.client, account=command.account)]


def close_form(incident: Incident, command: c.CloseForm, context: RuleContext) -> list[e.Event]:
    """Note that a form came to nothing, if its plan still waits; of an answer that does not count, always."""
    del context
    if command.how != "answered" and not _waits(incident, command.plan):
        return []
    return [
        e.FormClosed(
            plan=command.plan,
            client=command.client,
            account=command.account,
            how=command.how,
            seconds=round(command.seconds, 1),
            last=_is_last(command),
            verdict=command.verdict,
            approver=command.approver,
            acknowledged=command.acknowledged,
            reason=command.reason,
        )
    ]


def _is_last(command: c.CloseForm) -> bool:
    if command.how == "declined":
        return command.seconds <= UNSEEN_S
    return command.how != "answered"


def _waits(incident: Incident, plan: str) -> bool:
    return incident.plan is not None and incident.plan.id == plan
