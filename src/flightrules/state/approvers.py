"""People who approved, whether two approvals are from two people, and what stands between an agent and production.

Knows: names, accounts and keys as approvals carry them. Must not know: how an approval was given.
Where it is not clear that two are different people, they are taken for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flightrules.state.alike import look
from flightrules.state.events import ApprovalGranted
from flightrules.state.incident import Incident
from flightrules.state.policy import ApprovalPolicy
from flightrules.state.signing.statements import Signed
from flightrules.state.vocabulary import Severity
from flightrules.state.words import CHANNEL_PROVES


def person_of(name: str) -> str:
    """The person behind an account or a signer: `Ada@example.org`, `ada` and names that look alike are one."""
    return look(name).partition(" (")[0].partition("@")[0].strip()


def same_person(one: ApprovalGranted, other: ApprovalGranted) -> bool:
    """Return True if two approvals may be from one person.

    Signatures tell people apart by name and key, whoever's account they were handed in from.
    Without a signature only the account is known, and whoever uses it may hold a key as well.
    """
    if person_of(one.approver) == person_of(other.approver):
        return True
    if one.signed and other.signed:
        return one.signed.fingerprint == other.signed.fingerprint
    return person_of(one.account or one.approver) == person_of(other.account or other.approver)


def is_requester(approval: ApprovalGranted, requester: str) -> bool:
    """Return True if the approver may be who asked for the plan."""
    names = [approval.approver] if approval.signed else [approval.approver, approval.account]
    return any(person_of(name) == person_of(requester) for name in names if name)


def holding(incident: Incident, now: datetime) -> tuple[ApprovalGranted, ...]:
    """The approvals of the plan that are neither over nor used."""
    return tuple(a for a in incident.approvals if a.until > now and a.id not in incident.approvals_spent)


def people(approvals: Sequence[ApprovalGranted]) -> int:
    """Return how many different people stand behind approvals."""
    different: list[ApprovalGranted] = []
    for approval in approvals:
        if not any(same_person(approval, other) for other in different):
            different.append(approval)
    return len(different)


def lacking(incident: Incident, policy: ApprovalPolicy, now: datetime) -> int:
    """Return how many more people must approve before the plan may start; all of them if there is no plan."""
    return max(policy.approvers - people(holding(incident, now)), 0)


def named(approvals: Iterable[ApprovalGranted]) -> str:
    """Return the names of those who approved, in words."""
    return " and ".join(dict.fromkeys(approval.approver for approval in approvals))


def proves(approval: ApprovalGranted) -> str:
    """Return what one approval proves: its channel's sentence, and what its own signature adds."""
    said = CHANNEL_PROVES[approval.channel]
    signed = approval.signed
    if signed is None:
        return said
    return f"{said}; this one: {signed.kind} {signed.fingerprint}, {_hardware(signed)}"


def _hardware(signed: Signed) -> str:
    if signed.touched is None:
        return "a key that a program can use alone unless its agent asks"
    touch = "touched" if signed.touched else "NOT touched"
    user = f"user {'verified' if signed.user_verified else 'not verified'} by it"
    if not signed.origin:
        return f"security key {touch}, {user}"
    kept = "synced by a provider, whose account can use it" if signed.synced else "bound to one device"
    return f"passkey {touch}, {user}, in a browser at {signed.origin}, {kept}"


WEAK = frozenset({"elicitation", "cli"})
"""Channels that a program on the approver's machine can use by itself."""


def weak_guards(policy: ApprovalPolicy, severity: Severity, *, signers_writable: bool = False) -> tuple[str, ...]:
    """Return what makes the approval of a severity prove little, in sentences for `doctor`; empty if nothing does.

    `signers_writable`: True if the account of the server, and so an agent that runs as it, may change allowed_signers.
    """
    found: list[str] = []
    channels = policy.channels.of(severity)
    if weak := [channel for channel in channels if channel in WEAK]:
        only = "only" if "signed" not in channels or not policy.allowed_signers else "also"
        shown = "; ".join(f"{name}: {CHANNEL_PROVES[name]}" for name in weak)
        found.append(f"It can be approved {only} without a signature ({shown}).")
    if "signed" in channels and policy.allowed_signers:
        if not policy.require_touch:
            found.append("Signatures by keys that a program can use alone count (require_touch is false).")
        if signers_writable:
            found.append(f"The server's own account may write {policy.allowed_signers}: who can use it can add a key.")
    return tuple(found)
