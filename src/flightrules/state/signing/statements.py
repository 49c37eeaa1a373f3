"""Statements that a person's key signs: canonical JSON that names everything the statement is about.

Knows: the statements and how they are read back to the byte. Must not know: keys, or whether a statement counts.
The `decision` tells them apart, so that none can be passed off as another.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError

from flightrules.errors import Refused
from flightrules.state.canonical import canonical
from flightrules.state.signing.sshsig import HARDWARE
from flightrules.state.value import Value
from flightrules.state.vocabulary import Severity


class Statement(Value):
    """The base of what is signed."""

    approver: str
    """Name of the signer, as written in allowed_signers."""
    at: datetime
    until: datetime

    @property
    def message(self) -> str:
        """The text that is signed."""
        return canonical(self.model_dump(mode="json")).decode()


class PlanApproved(Statement):
    """A person approves exactly one plan."""

    decision: Literal["approve"] = "approve"
    incident: str
    target: str
    plan: str
    intent: str
    review: str
    acknowledged: tuple[str, ...] = ()


class ApprovedInAdvance(Statement):
    """A person approves rollbacks of one target at one severity before they are needed."""

    decision: Literal["approve in advance"] = "approve in advance"
    id: str
    target: str
    severity: Severity
    scope: Literal["observed_healthy"] = "observed_healthy"
    """Only to a release that was observed healthy, and only where nothing has to be acknowledged."""
    uses: Annotated[int, Field(ge=1, le=100)]
    hours: Annotated[str, Field(pattern=r"^([01]\d|2[0-3])-([01]\d|2[0-3])$|^$")] = ""
    """Hours of the day in UTC, `22-06`; empty for all."""

    def covers_hour(self, now: datetime) -> bool:
        """Return True if it may be used at this hour of the day."""
        if not self.hours:
            return True
        first, _, last = self.hours.partition("-")
        begin, end, hour = int(first), int(last), now.hour
        return begin <= hour < end if begin < end else hour >= begin or hour < end


class KeyTried(Statement):
    """Nothing is approved: a person tries their key."""

    decision: Literal["test"] = "test"
    nonce: str


class Signed(Value):
    """A statement with its signature, as the log keeps them, and what the signature showed when it was taken."""

    message: str
    signature: str
    """Armored; `ssh-keygen -Y verify` takes it with the message."""
    principal: str
    fingerprint: str
    kind: str
    """The kind of key: `ssh-ed25519`, `sk-ssh-ed25519@openssh.com` ..."""
    touched: bool | None = None
    """True if a security key was touched; None for a key that is not a security key."""
    user_verified: bool | None = None
    """True if a security key verified who touched it."""
    counter: int | None = None
    """Number of times that a security key had signed."""
    origin: Annotated[str, Field(exclude_if=lambda origin: not origin)] = ""
    """Address of the page on which a browser had a passkey sign; empty if no browser did."""
    synced: Annotated[bool | None, Field(exclude_if=lambda synced: synced is None)] = None
    """True if a passkey is, or may be, kept by a provider on other devices too."""


def hoped_for(principal: str, kind: str = "", fingerprint: str = "") -> Signed:
    """The best that a signature by a key could show, before it signs; without a kind the key is not at hand."""
    most = True if not kind or kind.startswith(HARDWARE) else None
    return Signed(
        message="",
        signature="",
        principal=principal,
        fingerprint=fingerprint,
        kind=kind,
        touched=most,
        user_verified=most,
    )


AnyStatement = TypeVar("AnyStatement", bound=Statement)


def read_statement(kind: type[AnyStatement], message: str) -> AnyStatement:
    """Read a statement back. Raises `Refused` where it is another kind, or not written as ours are."""
    try:
        found = kind.model_validate_json(message)
    except ValidationError as error:
        raise _other(f"it is not a statement to {kind.model_fields['decision'].default}") from error
    if found.message != message:
        raise _other("it is not written in the one way in which statements are")
    return found


def differences(one: Statement, other: Statement) -> tuple[str, ...]:
    """Names of the fields in which two statements differ."""
    mine, theirs = json.loads(one.message), json.loads(other.message)
    return tuple(sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)))


def _other(why: str) -> Refused:
    return Refused("other_statement", f"What was signed is something else: {why}.", "Sign what `approve` shows.")
