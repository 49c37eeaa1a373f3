"""Facts that production showed to whoever read it, judged from the promise alone; not collected as tests.

Knows: findings as hosts and checks gave them. Must not know: how the product judges them, nor its log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flightrules.state.evidence import Finding, Http, Services
from flightrules.state.target import Target
from flightrules.state.vocabulary import Severity

WORST = {
    "outage": Severity.P1,
    "nothing runs": Severity.P1,
    "health down": Severity.P2,
    "major check": Severity.P2,
    "service down": Severity.P2,
    "service unhealthy": Severity.P2,
    "minor check": Severity.P3,
    "slow": Severity.P3,
}
"""Lowest severity that each symptom gives an incident, by the severity table of the protocol."""


@dataclass(frozen=True)
class Reading:
    """One look at services, health and checks."""

    symptoms: frozenset[str]
    whole: bool
    """True if both services and health were read."""

    @property
    def healthy(self) -> bool:
        return self.whole and not self.symptoms


def reading_of(findings: Sequence[Finding], target: Target) -> Reading | None:
    """The reading in these findings; None where health or services were not asked for."""
    asked = {finding.probe for finding in findings}
    if not {"health", "services"} <= asked:
        return None
    https = {
        finding.probe.removeprefix("check:"): finding.data for finding in findings if isinstance(finding.data, Http)
    }
    states = [state for finding in findings if isinstance(finding.data, Services) for state in finding.data.services]
    read = [finding.data is not None for finding in findings if finding.probe == "services"]
    health, majors = https.get("health"), {check.name: check.major for check in target.checks}
    down = health is not None and not health.ok
    up = [state.state == "running" for state in states]
    failed = [name for name in majors if name in https and not https[name].ok]
    unknown = any(name not in https for name in majors)
    holds = {
        "outage": down and not any(https[name].ok for name in majors if name in https),
        "nothing runs": all(read) and not any(up),
        "health down": down,
        "major check": any(majors[name] for name in failed),
        "minor check": any(not majors[name] for name in failed),
        "service down": not all(up),
        "service unhealthy": any(state.health == "unhealthy" for state in states),
        "slow": any(http.slow for http in https.values()),
    }
    symptoms = {name for name, so in holds.items() if so}
    return Reading(frozenset(symptoms | ({"unknown"} if unknown else set())), whole=all(read) and health is not None)


@dataclass
class Sight:
    """Facts that were seen of production for one incident, and what a person said of it."""

    symptoms: set[str] = field(default_factory=set)
    whole: bool = False
    overruled: set[str] = field(default_factory=set)

    def saw(self, reading: Reading) -> None:
        """Add a reading: what was seen once stays."""
        self.symptoms |= reading.symptoms
        self.whole = self.whole or reading.whole

    def person_said(self, severity: Severity) -> None:
        """A person, and nobody else, may call milder what was seen so far."""
        self.overruled |= {name for name in self.symptoms & WORST.keys() if WORST[name].rank < severity.rank}

    @property
    def floor(self) -> Severity:
        """The mildest severity that what was seen allows; P1 where services and health were never read."""
        if not self.whole:
            return Severity.P1
        seen = [WORST[name] for name in (self.symptoms - self.overruled) & WORST.keys()]
        return min(seen, key=lambda one: one.rank, default=Severity.P4)
