"""Severity by rules: each rule that holds names a severity, the worst is the floor.

Knows: the protocol's severity table. Must not know: who asks, or what happens next.
Evidence that could not be collected fires no rule and lowers nothing: the floor of an incident never falls by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from flightrules.state.facts import Facts
from flightrules.state.metrics.judging import ALL_BUT, out_of_bounds
from flightrules.state.metrics.measured import number
from flightrules.state.metrics.queries import MetricItem
from flightrules.state.value import Value
from flightrules.state.vocabulary import Impact, Severity

Impacts = frozenset[Impact]


class RuleHit(Value):
    """A rule that held, and the sentence that says why."""

    rule: str
    severity: Severity
    why: str


class _Rule(NamedTuple):
    id: str
    severity: Severity
    holds: Callable[[Facts, Impacts], bool]
    why: Callable[[Facts], str]


def _stated(impact: Impact) -> Callable[[Facts, Impacts], bool]:
    return lambda _facts, impacts: impact in impacts


def _says(text: str) -> Callable[[Facts], str]:
    return lambda _facts: text


def _nothing_works(facts: Facts, _impacts: Impacts) -> bool:
    return facts.health == "down" and not facts.checks_passed


def _no_service_runs(facts: Facts, _impacts: Impacts) -> bool:
    return facts.services_known and set(facts.services_down) == set(facts.services)


def _out(*items: MetricItem, share: float = 0.0) -> Callable[[Facts, Impacts], bool]:
    def holds(facts: Facts, _impacts: Impacts) -> bool:
        return bool(_amiss(facts, *items, share=share))

    return holds


def _measured(*items: MetricItem) -> Callable[[Facts], str]:
    return lambda facts: f"measured out of bounds: {', '.join(_amiss(facts, *items))}"


def _amiss(facts: Facts, *items: MetricItem, share: float = 0.0) -> list[str]:
    """Metrics out of their bounds; with `share`, those that measure a share and are at or above it."""
    found = [metric for metric in out_of_bounds(facts.metrics) if metric.bounds.item in items]
    values = [(metric, metric.newest.value or 0.0) for metric in found if metric.newest]
    return [
        f"{metric.bounds.name} {number(value, metric.unit)}"
        for metric, value in values
        if not share or (metric.unit == "share" and value >= share)
    ]


RULES: tuple[_Rule, ...] = (
    _Rule("stated-outage", Severity.P1, _stated(Impact.COMPLETE_OUTAGE), _says("a complete outage is stated")),
    _Rule("stated-data-loss", Severity.P1, _stated(Impact.DATA_LOSS), _says("data loss is stated")),
    _Rule("stated-corruption", Severity.P1, _stated(Impact.DATA_CORRUPTION), _says("data corruption is stated")),
    _Rule("stated-breach", Severity.P1, _stated(Impact.SECURITY_BREACH), _says("a security breach is stated")),
    _Rule(
        "seen-outage",
        Severity.P1,
        _nothing_works,
        _says("the health check fails and no critical check passes"),
    ),
    _Rule("seen-no-service", Severity.P1, _no_service_runs, _says("no service of the target runs")),
    _Rule("seen-all-fail", Severity.P1, _out("errors", share=ALL_BUT), _measured("errors")),
    _Rule("stated-major", Severity.P2, _stated(Impact.MAJOR_FEATURE_BROKEN), _says("a major feature is stated broken")),
    _Rule(
        "stated-degradation",
        Severity.P2,
        _stated(Impact.SIGNIFICANT_DEGRADATION),
        _says("significant degradation is stated"),
    ),
    _Rule(
        "seen-major",
        Severity.P2,
        lambda facts, _: bool(facts.major_failed),
        lambda facts: f"major check fails: {', '.join(facts.major_failed)}",
    ),
    _Rule("seen-health-down", Severity.P2, lambda facts, _: facts.health == "down", _says("the health check fails")),
    _Rule(
        "seen-service-down",
        Severity.P2,
        lambda facts, _: bool(facts.services_down),
        lambda facts: f"service not running: {', '.join(facts.services_down)}",
    ),
    _Rule(
        "seen-unhealthy",
        Severity.P2,
        lambda facts, _: bool(facts.services_unhealthy),
        lambda facts: f"service unhealthy: {', '.join(facts.services_unhealthy)}",
    ),
    _Rule("seen-error-share", Severity.P2, _out("errors"), _measured("errors")),
    _Rule("seen-traffic", Severity.P2, _out("traffic"), _measured("traffic")),
    _Rule("stated-minor", Severity.P3, _stated(Impact.MINOR_FEATURE_BROKEN), _says("a minor feature is stated broken")),
    _Rule("stated-partial", Severity.P3, _stated(Impact.PARTIAL_DEGRADATION), _says("partial degradation is stated")),
    _Rule(
        "seen-minor",
        Severity.P3,
        lambda facts, _: bool(facts.minor_failed),
        lambda facts: f"minor check fails: {', '.join(facts.minor_failed)}",
    ),
    _Rule(
        "seen-slow",
        Severity.P3,
        lambda facts, _: bool(facts.slow),
        lambda facts: f"slower than allowed: {', '.join(facts.slow)}",
    ),
    _Rule(
        "seen-low-disk",
        Severity.P3,
        lambda facts, _: bool(facts.low_disk),
        lambda facts: f"disk nearly full: {', '.join(facts.low_disk)}",
    ),
    _Rule("seen-latency", Severity.P3, _out("latency", "saturation"), _measured("latency", "saturation")),
    _Rule("stated-edge-case", Severity.P4, _stated(Impact.EDGE_CASE), _says("an edge case is stated")),
    _Rule("no-other-rule", Severity.P4, lambda _f, _i: True, _says("no rule for a worse severity holds")),
)
"""The whole table, worst first. The last rule always holds, so there is always a floor."""


def rule_hits(facts: Facts, impacts: Impacts) -> tuple[RuleHit, ...]:
    """Every rule that holds, worst first; never empty."""
    hits = tuple(_hit(r.id, r.severity, r.why(facts)) for r in RULES if r.holds(facts, impacts))
    return hits if len(hits) == 1 else hits[:-1]


@lru_cache(maxsize=64)
def _hit(rule: str, severity: Severity, why: str) -> RuleHit:
    """The same few hold as long as production does not change."""
    return RuleHit(rule=rule, severity=severity, why=why)


STATED_BY_ALERT = "stated-by-alert"
"""Name of the rule by which an alert states a severity."""


def stated_by_alert(severity: Severity) -> RuleHit:
    """The rule that an alert states this severity; like each statement, it shows nothing."""
    return _hit(STATED_BY_ALERT, severity, f"an alert states {severity}, by the mapping in the settings")


def worst(*severities: Severity | None) -> Severity:
    """The worst of these severities; the mildest where none is given."""
    return min((one for one in severities if one is not None), key=lambda one: one.rank, default=Severity.P4)


def floor_of(hits: tuple[RuleHit, ...], before: Severity | None) -> Severity:
    """The mildest severity the rules allow: the worst rule that held (the first), now or earlier in the incident."""
    return worst(hits[0].severity if hits else None, before)


def seen_severity(facts: Facts | None) -> Severity:
    """The severity of what the server itself saw, whatever anybody stated; the mildest if it saw nothing."""
    return rule_hits(facts, frozenset())[0].severity if facts else Severity.P4
