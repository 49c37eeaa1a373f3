"""Steps of a rollback that runs.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from typing import Literal

from flightrules.state.commands.base import Command, Short, Text
from flightrules.state.evidence import Finding
from flightrules.state.operation import OperationStatus as Looked
from flightrules.state.operation import Running, Survey


class Launch(Command):
    """An operation is about to be handed to its host."""

    tool = "rollback"
    operation: str
    survey: Survey | None = None
    """The host as it is now, where the reading of the start no longer speaks for it."""
    refused: bool = False
    """True if the host refused the operation each time that it was handed over before."""


class RecordStatus(Command):
    """State of an operation as the host shows it."""

    tool = "rollback"
    operation: str
    look: Looked


class AwaitProof(Command):
    """Claims that do not hold yet on a host after its steps, each with what was seen."""

    tool = "rollback"
    operation: str
    holds: int
    of: int
    lacks: tuple[Short, ...]


class RecordProof(Command):
    """State that runs on a host after its operation ended, and the result of the check from outside."""

    tool = "rollback"
    operation: str
    running: Running
    health: Finding
    settled: bool


class Abandon(Command):
    """A host's operation cannot be followed to an end: it is lost, or cannot be seen."""

    tool = "rollback"
    operation: str
    outcome: Literal["failed", "indeterminate", "untouched"]
    says: Text


class ShowRollback(Command):
    """Tell how a rollback stands; changes nothing, and is legal whenever there is something to tell."""
