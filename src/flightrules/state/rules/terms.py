"""Coverage of a standing approval: what its terms cover, and what they never cover.

Knows: terms, and the incident they are held against. Must not know: signatures, or how uses are counted.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.channels import judged_severity, judged_words
from flightrules.state.confirmed import grounded
from flightrules.state.incident import Incident
from flightrules.state.signing.statements import ApprovedInAdvance


def objection(terms: ApprovedInAdvance, uses_left: int, incident: Incident, now: datetime) -> str:
    """Return the reason that a standing approval does not cover the plan of an incident now; empty if it does."""
    plan = incident.plan
    reasons = (
        ("there is no plan", plan is None),
        (f"it is for target {terms.target}", terms.target != incident.target),
        (f"it is for {terms.severity}", terms.severity is not incident.severity),
        (f"approvals are judged as {judged_words(incident)}", terms.severity is not judged_severity(incident)),
        (
            f"nothing but a statement makes it {terms.severity}, and no person confirmed that",
            grounded(incident).rank > terms.severity.rank,
        ),
        ("it is used up or was revoked", uses_left < 1),
        (f"it ended at {terms.until:%Y-%m-%d %H:%M} UTC", now >= terms.until),
        (f"it is for {terms.hours} UTC", not terms.covers_hour(now)),
        ("the release was not observed healthy", plan is not None and plan.good.ground != terms.scope),
        ("the plan has points that a person must acknowledge", plan is not None and bool(plan.acknowledge)),
        ("a rollback was tried already", incident.rollbacks_tried > 0),
        ("a person rejected the plan before", incident.rejections > 0),
        ("a person decided against a rollback before", incident.held_back),
    )
    return next((why for why, holds in reasons if holds), "")
