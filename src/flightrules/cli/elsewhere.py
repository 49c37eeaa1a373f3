"""Signing on another machine, where the key is: what to sign is written to a file, and handed in with its signature.

Knows: files. Must not know: keys, or what makes an approval count.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from flightrules.cli.people import told
from flightrules.cli.session import call_of
from flightrules.cli.signing import show, unsigned
from flightrules.errors import Refused, Unavailable
from flightrules.service.application import Application
from flightrules.service.approval import signed as signed_approvals
from flightrules.state.signing.sshsig import LONGEST, NAMESPACE
from flightrules.state.signing.statements import hoped_for

LARGEST = 64 * 1024
"""Bytes of a statement; its points to acknowledge are bounded far below."""


async def write_statement(app: Application, arguments: argparse.Namespace) -> int:
    """Show the plan, and write what its approver must sign."""
    if not arguments.name:
        raise Refused(
            "no_name", "The name of the signer is missing.", "Add --as with the name that allowed_signers has."
        )
    incident = await app.incidents.incident(arguments.incident)
    name, acknowledged = arguments.name, bool(arguments.acknowledge)
    hoped = hoped_for(name)
    call = unsigned(incident.id, hoped, acknowledged=acknowledged)
    if refused := await signed_approvals.refused_unsigned(app.incidents, call, hoped, acknowledged=acknowledged):
        return told(refused)
    statement = await signed_approvals.to_sign(app.incidents, incident.id, approver=name, acknowledged=acknowledged)
    show(incident)
    _write(Path(arguments.statement), statement.message)
    file = shlex.quote(arguments.statement)
    print(f"Sign until {statement.until:%H:%M:%S} UTC: ssh-keygen -Y sign -n {NAMESPACE} -f KEY {file}")
    print(f"Then, here: flightrules approve {incident.id} --signed {file}")
    return 0


async def hand_in(app: Application, arguments: argparse.Namespace) -> int:
    """Take a statement with its signature."""
    message = _read(Path(arguments.signed), LARGEST)
    signature = _read(Path(f"{arguments.signed}.sig"), LONGEST)
    call = call_of(
        "approve", arguments.incident, {"signed": arguments.signed, "message": message, "signature": signature}
    )
    return told(await signed_approvals.approve(app.incidents, call, message=message, signature=signature))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Unavailable(f"file {path}", f"it cannot be written ({error.strerror}).", "Name another.") from error


def _read(path: Path, most: int) -> str:
    try:
        with path.open("rb") as file:
            return file.read(most + 1).decode("utf-8")
    except OSError as error:
        raise Unavailable(f"file {path}", f"it cannot be read ({error.strerror}).", "Sign first.") from error
    except UnicodeDecodeError as error:
        raise Refused("bad_signature", f"{path} is not text.", "Pass the file that ssh-keygen wrote.") from error
