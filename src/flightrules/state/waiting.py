"""Matters of an incident that wait for a person: an approval, a decision, a confirmation, public words, a page.

Knows: since when each waits. Must not know: who is reminded of it (rules/reminding.py), nor how a face shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from flightrules.state.approvers import holding, lacking
from flightrules.state.incident import Incident
from flightrules.state.messages.so import so
from flightrules.state.policy import Policy
from flightrules.state.value import Value
from flightrules.state.vocabulary import Path, Phase, Verdict
from flightrules.state.words import counted, short

About = Literal["approval", "decision", "confirmation", "acceptance", "public_update", "page"]


class Waiting(Value):
    """One matter that waits for a person."""

    about: About
    says: str
    since: datetime | None


def waiting(incident: Incident, policy: Policy, now: datetime) -> tuple[Waiting, ...]:
    """Return what waits for a person, the most urgent first; nothing if the incident is closed."""
    return () if incident.phase is Phase.CLOSED else tuple(_waiting(incident, policy, now))


def _waiting(incident: Incident, policy: Policy, now: datetime) -> Iterator[Waiting]:
    since = question_since(incident, policy, now)
    if since is not None and incident.path is Path.PERSON:
        yield Waiting(about="decision", says="A person must decide", since=since)
    elif since is not None and incident.plan is not None:
        yield Waiting(about="approval", says=_approval(incident, policy, now), since=since)
    if incident.claimed is not None:
        yield Waiting(about="confirmation", says="A mitigation that an agent states waits for a person", since=None)
    if incident.phase is Phase.VERIFYING and incident.verdict is Verdict.INCONCLUSIVE:
        says = "The verification is inconclusive: a person may accept it or decide anew"
        yield Waiting(about="acceptance", says=says, since=incident.looked_at)
    if held := held_updates(incident, policy):
        says = f"{counted(held, 'public update')} to release"
        yield Waiting(about="public_update", says=says, since=incident.held_at)
    if incident.pages and incident.restored_at is None:
        yield Waiting(about="page", says=f"Nobody took the page ({incident.pages} sent)", since=incident.paged_at)


def question_since(incident: Incident, policy: Policy, now: datetime) -> datetime | None:
    """Return since when a yes or a decision is waited for; None if neither is. An expired yes is asked for anew."""
    if incident.phase is not Phase.DECIDED:
        return None
    if incident.path is Path.PERSON:
        return incident.decided_at
    if incident.plan is None or not lacking(incident, policy.approval, now):
        return None
    ran_out = [approval.until for approval in incident.approvals if approval not in holding(incident, now)]
    return max([incident.asked_at or now, *ran_out])


def held_updates(incident: Incident, policy: Policy) -> int:
    """Return how many public updates wait for a person; words of the rules that are not so any more do not."""
    now = so(incident, policy).whole
    return sum(not one.by_rules or one.so == now for one in incident.held)


def _approval(incident: Incident, policy: Policy, now: datetime) -> str:
    to = short(incident.plan.to_release) if incident.plan else ""
    more = lacking(incident, policy.approval, now)
    people = "an approval" if policy.approval.approvers == 1 else counted(more, "more approval")
    return f"Rollback to {to} waits for {people}"
