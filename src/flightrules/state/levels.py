"""Usual number of error lines per minute: the level with which monitoring compares the error rate.

Knows: how a level is read from logs, and that errors before onset are no sign of the incident.
Must not know: what follows from a rate above the level (recurrence.py).
A level is only ever taken from lines that tell their time; where there are none it is not known, never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flightrules.state.error_lines import is_error
from flightrules.state.evidence import Deploy, Finding, Logs
from flightrules.state.logs import timed_lines
from flightrules.state.policy import DecisionPolicy
from flightrules.state.releases import ONSET_TOLERANCE, Observation, recent_deployment
from flightrules.state.value import Value

SHORTEST = timedelta(minutes=1)
"""A log that goes back less far than this says nothing about a rate."""


class ErrorLevel(Value):
    """The error rate before the incident."""

    per_minute: float | None = None
    """Error lines a minute over all services; None where it is not known."""
    source: str = ""
    """Source of the level, in words."""
    usual: tuple[str, ...] = ()
    """Kinds of error that were there before the incident began: their coming back means nothing by itself."""


LEVEL_NOT_KNOWN = ErrorLevel()


def rate_of(findings: Sequence[Finding], until: datetime) -> float | None:
    """Error lines a minute in the logs that were read, up to a moment; None where a log does not go back so far."""
    logs = [finding.data for finding in findings if isinstance(finding.data, Logs)]
    rates = [_rate(log, until) for log in logs]
    known = [rate for rate in rates if rate is not None]
    unread = any(f.probe.partition(":")[0] == "logs" and not f.readable for f in findings)
    return None if unread or not known or len(known) < len(rates) else sum(known)


def _rate(log: Logs, until: datetime) -> float | None:
    lines = [(at, line) for at, line in timed_lines(log.text) if at < until]
    if not lines or until - lines[0][0] < SHORTEST:
        return None
    return sum(is_error(line) for _, line in lines) / ((until - lines[0][0]) / timedelta(minutes=1))


def quiet_until(
    *, onset: datetime, detected: datetime, deploys: Sequence[Deploy], policy: DecisionPolicy
) -> datetime | None:
    """Up to when production was as usual; None where nobody can say.

    Onset counts only where it was stated, and by its tolerance earlier, since it is an estimate; a suspected
    deployment that came before it counts instead.
    """
    stated = onset - ONSET_TOLERANCE if onset < detected else None
    suspect = recent_deployment(deploys, onset=onset, policy=policy)
    return min((at for at in (stated, suspect.at if suspect else None) if at is not None), default=None)


def level_before(
    findings: Sequence[Finding], observations: Sequence[Observation], quiet: datetime | None
) -> ErrorLevel:
    """The level before the incident: as a healthy observation saw it, else as the logs before onset show it."""
    usual = _usual(findings, quiet) if quiet else ()
    seen = next((o for o in reversed(observations) if o.healthy and o.errors_per_minute is not None), None)
    if seen is not None:
        source = f"{seen.by} at {seen.at:%Y-%m-%d %H:%M} UTC"
        return ErrorLevel(per_minute=seen.errors_per_minute, source=source, usual=usual)
    rate = rate_of(findings, quiet) if quiet else None
    source = f"logs up to {quiet:%Y-%m-%d %H:%M} UTC" if quiet and rate is not None else ""
    return ErrorLevel(per_minute=rate, source=source, usual=usual)


def _usual(findings: Sequence[Finding], quiet: datetime) -> tuple[str, ...]:
    groups = [group for finding in findings if isinstance(finding.data, Logs) for group in finding.data.groups]
    return tuple(sorted({group.signature for group in groups if group.first_at and group.first_at < quiet}))
