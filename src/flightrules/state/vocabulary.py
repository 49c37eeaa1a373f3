"""The words of the protocol as enums: one word for one thing, everywhere.

Knows: names. Must not know: rules about them (phases.py, severity.py and decision.py hold those).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Severity(StrEnum):
    """Severity of an incident (docs/incident-protocol.md#severity)."""

    P1 = "P1"
    """Critical: complete outage, data loss, security breach. Response within 5 minutes."""
    P2 = "P2"
    """High: a major feature broken or significant degradation. Response within 15 minutes."""
    P3 = "P3"
    """Medium: a minor feature broken or partial degradation. Response within 1 hour."""
    P4 = "P4"
    """Low: an edge case with minimal impact. Response within 4 hours."""

    @property
    def rank(self) -> int:
        """1 for the worst, 4 for the mildest; compare ranks, never strings."""
        return int(self[1])


class Phase(StrEnum):
    """Phase of an incident; phases.py holds the transitions."""

    DETECTED = "detected"
    ASSESSED = "assessed"
    CLASSIFIED = "classified"
    DECIDED = "decided"
    ROLLING_BACK = "rolling_back"
    FIXING = "fixing"
    INVESTIGATING = "investigating"
    VERIFYING = "verifying"
    MONITORING = "monitoring"
    ANALYSED = "analysed"
    DOCUMENTED = "documented"
    REPORTED = "reported"
    CLOSED = "closed"


class Path(StrEnum):
    """Path that a decision takes."""

    ROLLBACK = "rollback"
    FIX = "fix"
    INVESTIGATE = "investigate"
    PERSON = "person"
    """The rules do not decide: a person must."""


class Verdict(StrEnum):
    """Result of a verification; missing telemetry is never a pass."""

    RESTORED = "restored"
    NOT_RESTORED = "not_restored"
    INCONCLUSIVE = "inconclusive"


class Watch(StrEnum):
    """Subject that is watched after restoration (docs/incident-protocol.md#monitoring)."""

    LOGS = "logs"
    """Logs, continuously, for the first half hour."""
    HEALTH = "health"
    """Health, for the first hour."""
    ERRORS = "errors"
    """The error rate, for the first 4 hours."""
    RECURRENCE = "recurrence"
    """Recurrence of the failure, for the first 24 hours."""


class ActorKind(StrEnum):
    """Kind of actor."""

    AGENT = "agent"
    PERSON = "person"
    SYSTEM = "system"


class Impact(StrEnum):
    """Impact that somebody states (the words of the protocol's severity table)."""

    COMPLETE_OUTAGE = "complete_outage"
    DATA_LOSS = "data_loss"
    DATA_CORRUPTION = "data_corruption"
    SECURITY_BREACH = "security_breach"
    MAJOR_FEATURE_BROKEN = "major_feature_broken"
    SIGNIFICANT_DEGRADATION = "significant_degradation"
    MINOR_FEATURE_BROKEN = "minor_feature_broken"
    PARTIAL_DEGRADATION = "partial_degradation"
    EDGE_CASE = "edge_case"


class Audience(StrEnum):
    """Audience of a message."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    APPROVERS = "approvers"
    ESCALATION = "escalation"
    PLANNER = "planner"
    PAGER = "pager"
    """A paging service that keeps one alarm open for each incident."""
    AGENTS = "agents"
    """Programs that are told of an incident that an alert opened, such as one that starts an agent."""


StatusWord = Literal["Investigating", "Identified", "Monitoring", "Resolved", "Closed"]
"""The words of a status update (COM-four-words); `Closed` if an incident ended unresolved."""

ClosedAs = Literal["", "duplicate", "handed_over", "false_alarm"]
"""Reason that a person stood an incident down; empty for any other reason."""

CLOSED_AS: dict[ClosedAs, str] = {
    "duplicate": "duplicate",
    "handed_over": "handed over",
    "false_alarm": "false alarm",
}
"""Words at the beginning of a stated reason that say in which of these ways the incident was closed."""
