"""Rules of the settings that give an alert its target, and the severity that it states.

Knows: labels. Must not know: where an alert came from, nor what follows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from flightrules.state.value import Value
from flightrules.state.vocabulary import Severity

SHORT_LABEL = "flightrules"
"""Also names a target, for systems whose labels are tags that people type."""


class AlertRule(Value):
    """A rule that gives alerts with these labels their target; the first that holds counts."""

    labels: Annotated[dict[str, str], Field(default_factory=dict)]
    """Labels that an alert must have; `*` in a value stands for any text. Without any, each alert matches."""
    target: Annotated[str, Field(min_length=1)]
    """Name of the target."""


class Routing(Value):
    """Rules by which the alerts of a source get their target and state a severity."""

    target_label: str = "flightrules_target"
    """Label that names the target itself; empty: none does."""
    rules: tuple[AlertRule, ...] = ()
    """Rules for alerts whose labels name no target."""
    severity_label: str = "severity"
    """Label that `severities` reads."""
    severities: Annotated[dict[str, Severity], Field(default_factory=dict)]
    """Severity that a word of that label states, such as `{ page = "P2" }`. By default no word states any. It counts
    like an impact that nobody showed evidence for: it may raise a severity, and it never lowers one."""

    def target_of(self, labels: Mapping[str, str], targets: Collection[str]) -> str:
        """The target of an alert with these labels; empty if none matches."""
        for name in (self.target_label, SHORT_LABEL) if self.target_label else ():
            if labels.get(name) in targets:
                return labels[name]
        return next((rule.target for rule in self.rules if _holds(rule, labels) and rule.target in targets), "")

    def severity_of(self, labels: Mapping[str, str]) -> Severity | None:
        """The severity that an alert with these labels states; None if it states none."""
        return self.severities.get(labels.get(self.severity_label, ""))


def _holds(rule: AlertRule, labels: Mapping[str, str]) -> bool:
    return all(fnmatchcase(labels.get(name, ""), value) for name, value in rule.labels.items())
