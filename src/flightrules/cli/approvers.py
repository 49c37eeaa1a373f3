"""`flightrules approvers`: whose signatures count, whether a key is among them, and what was approved in advance.

Knows: how these read in a terminal. Must not know: what makes a signature count.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from datetime import timedelta

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.ids import RandomIds
from flightrules.adapters.signatures.signers import SignersFile
from flightrules.adapters.signatures.signing import public_of
from flightrules.cli.located import settings_of
from flightrules.cli.people import told
from flightrules.cli.session import call_of, with_application
from flightrules.cli.signing import hand, told_what_it_proves
from flightrules.errors import Refused
from flightrules.paths import expanded
from flightrules.service.application import Application
from flightrules.service.approval import in_advance
from flightrules.state.policy import ApprovalPolicy
from flightrules.state.rules.in_advance import PreApproval
from flightrules.state.rules.signing import require_hardware
from flightrules.state.signing.signers import Signer
from flightrules.state.signing.sshsig import ALGORITHMS, key_of_line
from flightrules.state.signing.statements import KeyTried


def run(arguments: argparse.Namespace) -> int:
    """Do one of the actions."""
    return ACTIONS[arguments.action](arguments)


def _policy(arguments: argparse.Namespace) -> ApprovalPolicy:
    settings = settings_of(arguments)
    policy = settings.policy_of(arguments.target) if arguments.target else settings.policy
    return policy.approval


def _list(arguments: argparse.Namespace) -> int:
    policy = _policy(arguments)
    file, now = SignersFile(policy.allowed_signers), SystemClock().now()
    read = file.read()
    print(f"{policy.allowed_signers}:")
    for signer in read.signers:
        state = signer.objection(now) or "may sign"
        print(f"  {signer.principal:<30} {signer.key.kind} {signer.key.fingerprint}  {_span(signer)}{state}")
    for line in read.unread:
        print(f"  line {line.line} does not count: {line.why}")
    if file.writable():
        print("Warning: this account may write the file, and so may every program of it, an agent's too.")
    return 0 if read.signers and not read.unread else 1


def _span(signer: Signer) -> str:
    after = f"from {signer.valid_after:%Y-%m-%d %H:%M} UTC, " if signer.valid_after else ""
    return after + (f"until {signer.valid_before:%Y-%m-%d %H:%M} UTC, " if signer.valid_before else "")


def _add(arguments: argparse.Namespace) -> int:
    file = SignersFile(_policy(arguments).allowed_signers)
    given = arguments.public_key
    # A kind and base64: what the console shows. A path may hold blanks too, so the kind decides.
    key = key_of_line(given) if given.partition(" ")[0] in ALGORITHMS else public_of(expanded(given))
    print(f"added: {file.add(arguments.name, key, valid_before=arguments.valid_before)}")
    return 0


def _test(arguments: argparse.Namespace) -> int:
    if not (arguments.key or arguments.agent):
        raise Refused("no_key", "No key was named.", "Add --key PATH or --agent.")
    policy = _policy(arguments)

    async def tried() -> int:
        now = SystemClock().now().replace(microsecond=0)
        at_hand = await hand(arguments, policy, at=now)
        statement = KeyTried(
            approver=at_hand.signer.principal,
            at=now,
            until=now + timedelta(minutes=1),
            nonce=RandomIds().new("TEST"),
        )
        signature = await at_hand.key.sign(statement.message)
        signed = SignersFile(policy.allowed_signers).verify(statement.message, signature, at=now)
        told_what_it_proves(at_hand)
        if signed.touched is not None:
            print(f"Touched: {signed.touched}; user verified: {signed.user_verified}; counter {signed.counter}.")
        require_hardware(signed, policy)
        print("It counts. Nothing was approved.")
        return 0

    return asyncio.run(tried())


def _standing(arguments: argparse.Namespace) -> int:
    async def shown(app: Application) -> int:
        for name in [arguments.target] if arguments.target else sorted(app.incidents.managed_targets):
            for one in await in_advance.known(app.incidents, name):
                print(f"{name}: {_line(one, ended=one.terms.until <= app.incidents.clock.now())}")
        return 0

    return with_application(arguments, shown, reads=True)


def _line(one: PreApproval, *, ended: bool) -> str:
    terms = one.terms
    hours = f", {terms.hours} UTC" if terms.hours else ""
    used = f"used {len(one.used)} of {terms.uses}" + (f" ({', '.join(one.used)})" if one.used else "")
    state = f"revoked by {one.revoked}" if one.revoked else "ended" if ended else "holds"
    until = f"until {terms.until:%Y-%m-%d %H:%M} UTC"
    return f"{terms.id} {terms.severity}{hours} {until} by {terms.approver}; {used}; {state}"


def _revoke(arguments: argparse.Namespace) -> int:
    if not arguments.reason.strip():
        raise Refused("reason_missing", "Revoking needs a reason.", "Give one with --reason.")

    async def taken_back(app: Application) -> int:
        call = call_of("revoke", "", {"standing": arguments.standing, "reason": arguments.reason})
        target = await _target_of(app, arguments)
        return told(await in_advance.revoke(app.incidents, call, target, arguments.standing, arguments.reason))

    return with_application(arguments, taken_back)


async def _target_of(app: Application, arguments: argparse.Namespace) -> str:
    """The target that was named, or the one that has this standing approval."""
    if arguments.target:
        return str(arguments.target)
    for name in sorted(app.incidents.managed_targets):
        if arguments.standing in {one.terms.id for one in await in_advance.known(app.incidents, name)}:
            return name
    raise Refused(
        "unknown_standing",
        f"There is no standing approval {arguments.standing!r}.",
        "List them: flightrules approvers standing",
    )


ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "add": _add,
    "test": _test,
    "standing": _standing,
    "revoke": _revoke,
}
