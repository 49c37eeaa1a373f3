"""Comparison of ended incidents with the course that they would have taken under another policy.

Knows: the kinds of change, their order, what minutes the log lets one say, and in which settings two policies differ.
Must not know: how a change was found.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.state.value import Value

Kind = Literal["permission", "refusal", "severity", "decision", "budget", "approval", "monitoring", "other"]

ORDER: tuple[Kind, ...] = ("permission", "refusal", "severity", "decision", "budget", "approval", "monitoring", "other")
"""Order in which kinds of changes are listed.

Permissions (calls that were refused and would be allowed) come first. Causes then come before their consequences.
"""

SAYS: dict[Kind, str] = {
    "permission": "refused then, allowed by this policy",
    "refusal": "allowed then, refused by this policy",
    "decision": "another decision",
    "approval": "another approval",
    "severity": "another severity",
    "budget": "another budget breached, or one no more",
    "monitoring": "other monitoring",
    "other": "something else",
}


class Change(Value):
    """One thing that would have been different."""

    incident: str
    event: int
    """Number of the recorded event at which it differs."""
    at: datetime
    kind: Kind
    what: str
    was: str
    would_be: str
    minutes: float | None = None
    """Minutes saved, or lost where negative; None where the log does not tell."""


class Setting(Value):
    """One setting that the other policy has otherwise, in the words of the settings file."""

    name: str
    was: str
    would_be: str


class Supposed(Value):
    """The outcome that one incident would have had under the other policy."""

    incident: str
    settings: tuple[Setting, ...] = ()
    """Settings in which the other policy differs from the policy that applied then."""
    changes: tuple[Change, ...] = ()
    reason: str = ""
    """Reason that the incident could not be judged; empty if it was judged."""


def in_order(all_of_them: Iterable[Supposed]) -> list[Change]:
    """Every change of an archive, what became a permission first."""
    changes = [change for one in all_of_them for change in one.changes]
    return sorted(changes, key=lambda change: (ORDER.index(change.kind), change.incident, change.event))


def by_kind(all_of_them: Sequence[Supposed]) -> list[tuple[Kind, int, int]]:
    """For each kind of change that there is, how many there are and in how many incidents."""
    found = [(kind, [sum(c.kind == kind for c in one.changes) for one in all_of_them]) for kind in ORDER]
    return [(kind, sum(times), sum(map(bool, times))) for kind, times in found if any(times)]


def balance(changes: Sequence[Change]) -> tuple[float, int]:
    """Minutes saved in all as far as the log tells, and for how many changes it does not."""
    known = [change.minutes for change in changes if change.minutes is not None]
    return sum(known), len(changes) - len(known)


def settings_between(was: tuple[Target, Policy], would_be: tuple[Target, Policy]) -> tuple[Setting, ...]:
    """Return the settings in which the policies differ, and the checks of the targets, which also count as settings."""
    then, other = (dict(_settings(*one)) for one in (was, would_be))
    return tuple(
        Setting(name=name, was=then.get(name, "none"), would_be=other.get(name, "none"))
        for name in dict.fromkeys((*then, *other))
        if then.get(name) != other.get(name)
    )


def _settings(target: Target, policy: Policy) -> Iterator[tuple[str, str]]:
    yield from _flat("", policy.model_dump(mode="json"))
    for check in target.checks:
        yield f"checks.{check.name}", json.dumps(check.model_dump(mode="json", exclude_defaults=True, exclude={"name"}))


def _flat(prefix: str, table: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", json.dumps(value)


def settings_of_all(all_of_them: Iterable[Supposed]) -> list[tuple[Setting, int]]:
    """Each difference of settings in an archive, by name, with how many incidents it is one for."""
    found = Counter(setting for one in all_of_them for setting in one.settings)
    return sorted(found.items(), key=lambda item: (item[0].name, item[0].was))
