"""Commands that run the decision tree, or that record a person's decision instead.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.commands.base import Command, Sha, Text
from flightrules.state.vocabulary import Path


class Decide(Command):
    """Walk the decision tree."""

    tool = "decide"
    root_cause: Text = ""
    isolated: bool = False
    fix_safe: bool = False
    fix_minutes: Annotated[int, Field(ge=0, le=100_000)] | None = None
    rollback_more_disruptive: bool = False
    outside_release: bool = False
    reason: Text = ""


class DecideByPerson(Command):
    """A person takes the decision, whatever the tree says; legal in more phases than `decide`."""

    path: Literal[Path.ROLLBACK, Path.FIX, Path.INVESTIGATE]
    reason: Text
    release: Sha | None = None
    fix_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 14)] | None = None
    """Minutes that the fix may take; if left out, the estimate on record applies."""
    without: tuple[str, ...] = ()
    """Hosts to leave out of a rollback."""
