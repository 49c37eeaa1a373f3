"""A question that is before a client, while every other channel is open too.

Knows: that a plan may be approved, rejected or replaced elsewhere meanwhile, and how long a form is waited for.
Must not know: how a client shows it (faces).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.rollback.planning import Question, approved
from flightrules.service.rollback.rollbacks import Report, Rollbacks
from flightrules.state import commands as c
from flightrules.state.rules.asking import FORM_S
from flightrules.state.vocabulary import Phase

GLANCE_S = 0.5
"""Seconds between two readings of the log for what happened elsewhere."""
REPORT_S = 5.0
"""Seconds between two notes to a caller that a person is waited for: a client that hears nothing gives the call up."""

Came = Literal["elsewhere", "unanswered"]


async def wait_for_a_word(rollbacks: Rollbacks, call: Call, question: Question, report: Report) -> Came:
    """Return once the plan needs no answer any more, or was waited for long enough."""
    incidents, clock = rollbacks.incidents, rollbacks.people or rollbacks.incidents.clock
    began = told = clock.now()
    while (now := clock.now()) - began < timedelta(seconds=FORM_S):
        incident = await incidents.incident(call.incident)
        if (
            incident.phase is not Phase.DECIDED
            or incident.plan is None
            or incident.plan.id != question.plan
            or approved(incidents, incident)
        ):
            return "elsewhere"
        if now - told >= timedelta(seconds=REPORT_S):
            told = now
            await report(f"A person is asked about plan {question.plan}; they may also answer elsewhere.")
        await clock.sleep(GLANCE_S)
    return "unanswered"


async def put_form(incidents: IncidentService, invocation: Invocation, question: Question) -> None:
    """Record that a client has a question; when it brings the answer, the call goes on under its id."""
    call = invocation.call
    command = c.PutForm(plan=question.plan, client=call.actor.name, account=call.account)
    await incidents.apply(invocation, command)
