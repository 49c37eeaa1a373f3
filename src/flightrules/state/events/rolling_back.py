"""A rollback that runs, from its intent to its proof (docs/incident-protocol.md#rollback).

Knows: the data of these events. Must not know: how a host is reached.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.claims import Claim
from flightrules.state.events.base import Event
from flightrules.state.evidence import Finding
from flightrules.state.operation import OperationStatus, Running
from flightrules.state.words import counted


class RollbackStarted(Event):
    """The approval is spent; from here on the operations may reach the hosts. Intent, recorded before any effect."""

    kind = "rollback_started"
    plan: str
    approval: str
    operations: tuple[tuple[str, str], ...]
    """(operation id, host) in order."""
    approvals: tuple[str, ...] = ()
    """All approvals it is spent with, where there are several."""
    asked: tuple[tuple[str, datetime], ...] = ()
    """(host, when it was asked) of the reading before it: a reading is as old as its question."""


class OperationLaunching(Event):
    """An operation is about to be handed to its host."""

    kind = "operation_launching"
    operation: str
    host: str


class OperationSeen(Event):
    """State of an operation as the host shows it, recorded if it differs from the last one."""

    kind = "operation_seen"
    operation: str
    host: str
    look: OperationStatus


class ProofAwaited(Event):
    """Claims that do not hold yet on a host after its steps, recorded if they are new."""

    kind = "proof_awaited"
    host: str
    operation: str
    holds: int
    of: int
    lacks: tuple[str, ...]
    """Each claim that does not hold yet, with what was seen instead."""

    @property
    def says(self) -> str:
        """The same in words."""
        return f"{self.holds} of {counted(self.of, 'claim')} hold; not yet: {'; '.join(self.lacks)}"


class ProofTaken(Event):
    """State that ran on a host afterwards, and each claim compared with it."""

    kind = "proof_taken"
    host: str
    running: Running
    claims: tuple[Claim, ...]
    health: Finding | None = None
    """The health answer that the claims were held against."""
    settled: bool | None = None
    """True if everything stayed healthy for the settle time; None in logs that did not record it."""


class HostFinished(Event):
    """The end of one host's operation."""

    kind = "host_finished"
    host: str
    operation: str
    outcome: Literal["succeeded", "failed", "indeterminate", "untouched"]
    """`untouched`: the host refused it, did nothing, or undid all of it before anything that serves users changed."""
    says: str
    words: str = ""
    """The host's own last words, if a step failed there: text from production."""


class RollbackFinished(Event):
    """The end of a rollback over all hosts."""

    kind = "rollback_finished"
    outcome: Literal["succeeded", "failed", "indeterminate", "untouched"]
    says: str

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.outcome}"
