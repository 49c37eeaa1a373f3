"""A fix, and the time that passes.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from typing import Literal

from flightrules.state.commands.base import Command, Short, Text


class BeginFix(Command):
    """Begin a fix."""

    tool = "fix"
    says: Short


class EndFix(Command):
    """End a fix."""

    tool = "fix"
    outcome: Literal["deployed", "failed", "abandoned"]
    reference: Short = ""
    says: Text = ""


class Tick(Command):
    """Time passed: record what ran out."""
