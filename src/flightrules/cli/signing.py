"""Brings a person's own key to sign: which key, whose it is by allowed_signers, and what stands in front of it.

Knows: files, the agent, and whether there is a terminal. Must not know: what makes a signature count as an approval.
Without a terminal nobody is asked anything here: the signature then proves that whoever ran this could use the key.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from datetime import datetime

from flightrules.adapters.signatures.signers import SignersFile
from flightrules.adapters.signatures.signing import SigningKey, agent_keys, key_in
from flightrules.cli.confirming import at_terminal
from flightrules.cli.session import call_of
from flightrules.errors import Refused
from flightrules.paths import expanded
from flightrules.service.invocation import Call
from flightrules.state.incident import Incident
from flightrules.state.policy import ApprovalPolicy
from flightrules.state.signing.signers import Signer
from flightrules.state.signing.statements import Signed, hoped_for
from flightrules.state.words import CHANNEL_PROVES
from flightrules.templates.render import approval_review


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerKey:
    """A key at hand, and the person it speaks for."""

    key: SigningKey
    signer: Signer

    @property
    def hoped(self) -> Signed:
        """The best that its signature could show."""
        return hoped_for(self.signer.principal, self.key.public.kind, self.key.public.fingerprint)


async def hand(arguments: argparse.Namespace, policy: ApprovalPolicy, *, at: datetime) -> SignerKey:
    """The key that was named and whose it is. Raises `Refused` where it is nobody's who counts."""
    file = SignersFile(policy.allowed_signers)
    if arguments.key:
        key = key_in(expanded(arguments.key))
        return SignerKey(key=key, signer=file.signer(key.public, at=at))
    return await _of_agent(file, at)


async def _of_agent(file: SignersFile, at: datetime) -> SignerKey:
    """The first key of the agent that counts."""
    seen: list[str] = []
    for key in await agent_keys(os.environ.get("SSH_AUTH_SOCK")):
        try:
            return SignerKey(key=key, signer=file.signer(key.public, at=at))
        except Refused as no:
            seen.append(no.reason)
    raise Refused(
        "no_key", f"The SSH agent holds no key that counts. {' '.join(seen)}".strip(), "Add one: ssh-add -c KEY"
    )


def show(incident: Incident) -> None:
    """Show what waits for a yes: which incident it is for, then the plan, word for word as it is approved."""
    if incident.plan is not None:
        print(f"{incident.id} on {incident.target}, {incident.severity or 'not classified'}: {incident.title}\n")
        print(approval_review(incident.plan))


def confirmed(word: str, what: str) -> None:
    """Have a word typed where there is a terminal. Raises `Refused` where something else is typed."""
    if at_terminal() and input(f"Type {word} to {what}, anything else to stop: ").strip().lower() != word.lower():
        raise Refused("not_confirmed", "Nothing was signed.", "Run it again.")


def told_what_it_proves(at_hand: SignerKey) -> None:
    """Say what the signature just given is worth."""
    print(f"Signed by {at_hand.signer.principal} with {at_hand.key.public.kind} {at_hand.key.public.fingerprint}.")
    print(f"What that proves: {CHANNEL_PROVES['signed']}. {at_hand.key.guarded}")
    if not at_terminal():
        print("No terminal: nobody was asked here; it proves that whoever ran this could use the key.")


def unsigned(incident: str, hoped: Signed, *, acknowledged: bool) -> Call:
    """The call of a person who is about to sign: by which key, as far as it is at hand."""
    who = {"name": hoped.principal, "kind": hoped.kind, "key": hoped.fingerprint}
    return call_of("approve", incident, {**who, "acknowledged": acknowledged})
