"""Channels through which a person's yes counts for an incident.

Knows: that the severity an agent gave is not the one that approvals are judged by.
Must not know: how a person is asked.
"""

from __future__ import annotations

from flightrules.state.confirmed import grounded
from flightrules.state.incident import Incident
from flightrules.state.policy import ApprovalPolicy, Channel
from flightrules.state.severity import STATED_BY_ALERT, worst
from flightrules.state.vocabulary import Severity

WEAKEST_FIRST: tuple[Channel, ...] = ("elicitation", "cli", "signed")


def judged_severity(incident: Incident) -> Severity:
    """The worst of the severity and the floor; P1 where services and health were never read."""
    return worst(incident.severity, incident.bar) if incident.severity and incident.read else Severity.P1


def judged_words(incident: Incident) -> str:
    """The severity that approvals are judged by, and the reason where it is another than the classified one."""
    judged = judged_severity(incident)
    if judged is incident.severity:
        return str(judged)
    why = f"what was seen is {judged}" if incident.read else "services and health were never read"
    return f"{judged} (classified {incident.severity}, but {why})"


def raised_words(incident: Incident) -> str:
    """A sentence where what was seen, or an alert states, is worse than the severity that stands; else empty."""
    stands, stated = incident.severity, incident.alert_severity
    if stands is None:
        return ""
    if worst(stands, incident.bar) is stands:
        weighed = STATED_BY_ALERT in incident.overruled or worst(stands, stated) is stands
        return "" if weighed else f" An alert states {stated}, and it stands as {stands}: classify it again."
    return f" What was seen is {incident.bar}, and it stands as {incident.severity}: classify it again."


def counting(incident: Incident, policy: ApprovalPolicy) -> tuple[Channel, ...]:
    """The channels that count for the plan of an incident; the strongest ones if it rolls back what is healthy.

    A channel must also count for each milder severity down to the one that evidence or a person gives. Otherwise an
    agent that states a worse impact could reach a weaker channel.
    """
    if incident.plan is not None and incident.plan.healthy:
        return strongest(policy)
    judged, shown = judged_severity(incident), grounded(incident)
    milder = [policy.channels.of(one) for one in Severity if judged.rank < one.rank <= shown.rank]
    kept = (one for one in policy.channels.of(judged) if all(one in channels for channels in milder))
    return tuple(kept) or strongest(policy)


def strongest(policy: ApprovalPolicy) -> tuple[Channel, ...]:
    """A signature if it counts for any severity and somebody may sign; else what counts for the strictest severity.

    A form and a terminal prove alike: a program that acts for the person could use both.
    """
    lists = [policy.channels.of(severity) for severity in Severity]
    if any("signed" in channels for channels in lists) and policy.allowed_signers:
        return ("signed",)
    unsigned = [tuple(channel for channel in channels if channel != "signed") for channels in lists]
    return max((channels for channels in unsigned if channels), key=_strictness, default=("signed",))


def _strictness(channels: tuple[Channel, ...]) -> int:
    """Return the strength of the weakest of the channels."""
    return min(WEAKEST_FIRST.index(channel) for channel in channels)
