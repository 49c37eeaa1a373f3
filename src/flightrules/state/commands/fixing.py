"""A fix, and the time that passes.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.commands.base import Command, Sha, Short, Text
from flightrules.state.fix import FixCheck, SuiteRun


class BeginFix(Command):
    """Begin a fix."""

    tool = "fix"
    says: Short
    checks: tuple[FixCheck, ...] = ()


class BeginBranch(Command):
    """Create the branch of the fix at a commit; sent once the checkout was seen to allow it."""

    tool = "fix"
    start: Sha
    checks: tuple[FixCheck, ...] = ()


class RecordBranch(Command):
    """The branch is there."""

    tool = "fix"
    commit: Sha


class BeginTests(Command):
    """Run the configured tests."""

    tool = "fix"
    run: Short
    checks: tuple[FixCheck, ...] = ()


class RecordTests(Command):
    """Result of a test run, recorded whatever became of the fix meanwhile."""

    run: Short
    result: SuiteRun


class EndFix(Command):
    """End a fix."""

    tool = "fix"
    outcome: Literal["deployed", "failed", "abandoned"]
    reference: Short = ""
    deployment: Short = ""
    says: Text = ""
    checks: tuple[FixCheck, ...] = ()
    deployed_at: datetime | None = None
    """Time at which the fix was deployed, if it is reported afterwards."""


class Tick(Command):
    """Time passed: record what ran out."""
