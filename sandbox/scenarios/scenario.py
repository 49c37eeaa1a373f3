"""Definition of a scenario: a fault, what is said about it, what a person does, and the course it should take.

Knows: the shape. Must not know: any single fault, nor how one is played.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal

from sandbox.shop.repository import Release

End = Literal["rolled back", "fixed", "stood down"]
Told = Mapping[str, Any]
NOTHING: Told = MappingProxyType({})
_LONG_AGO, _JUST_NOW = timedelta(days=3), timedelta(minutes=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Expected course of a scenario, whoever the agent is."""

    severity: Literal["P1", "P2", "P3", "P4"]
    decision: Literal["rollback", "fix", "investigate", "person", ""]
    """The first decision of the rules; empty where none is taken."""
    end: End


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Behaviour of the person on call when asked."""

    approves: bool = True
    """True if a rollback is approved.

    Else it is rejected, what is wrong around the release is repaired, and a fix is decided on.
    """
    why: str = ""
    """The reason of a rejection, or of standing down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One fault."""

    name: str
    title: str
    """Text that somebody reports."""
    course: Course
    about: str
    """Cause behind the report, which the agent does not know."""
    bad: Release | None = None
    """The release that was deployed four minutes ago; None where the last deployment is three days old."""
    world: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """Settings of what goes wrong around the release (shop/behaviour.py, WORLD)."""
    unreachable: bool = False
    """True if the host cannot be reached at first; it is back once a person was asked."""
    classify: Told = field(default_factory=lambda: NOTHING)
    """Statements of the agent about the impact."""
    decide: Told = field(default_factory=lambda: NOTHING)
    """Statements of the agent about the cause."""
    person: Person = Person()
    symptom: int = 200
    """HTTP status of the health address once it is broken; 0 for no answer, -1 for answers that vary."""

    @property
    def releases(self) -> Sequence[Release]:
        """The releases of this shop, oldest first."""
        before = (Release("v3", "Send mail in batches"), Release("v4", "Make avatars round"))
        return (*before, self.bad) if self.bad else before

    @property
    def ages(self) -> Mapping[str, timedelta]:
        """Return the time since each good release was deployed."""
        return {"v3": 2 * _LONG_AGO, "v4": _LONG_AGO}
