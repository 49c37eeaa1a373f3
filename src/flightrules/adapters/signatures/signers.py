"""Keeps ports.Signers with an `allowed_signers` file, read anew for each question: who left it signs no more.

Knows: the file. Must not know: what a signature is for beyond its namespace.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from flightrules.adapters.signatures.verifying import verify
from flightrules.errors import Refused, Unavailable
from flightrules.state.signing.signers import AllowedSigners, Signer, line_for, read_signers
from flightrules.state.signing.sshsig import PublicKey, read_signature
from flightrules.state.signing.statements import Signed

LARGEST = 1024 * 1024
"""Bytes of a file of signers; there are not so many people."""


class SignersFile:
    """The people whose signatures count; with no path, nobody's do."""

    def __init__(self, path: str, *, origins: Collection[str] = ()) -> None:
        """Signatures that a browser had made count only if it was on a page of these origins: the console's."""
        self._path = Path(path) if path else None
        self._origins = origins

    def verify(self, message: str, signature: str, *, at: datetime) -> Signed:
        """Return the verified signature and its signer.

        Raises `Refused` if it does not belong to anybody who counts at that moment.
        """
        read = read_signature(signature)
        verify(read, message.encode(), origins=self._origins)
        signer = self.signer(read.key, at=at)
        hardware = read.hardware
        return Signed(
            message=message,
            signature=signature,
            principal=signer.principal,
            fingerprint=read.key.fingerprint,
            kind=read.key.kind,
            touched=hardware.touched if hardware else None,
            user_verified=hardware.verified if hardware else None,
            counter=hardware.counter if hardware else None,
            origin=read.browser.origin if read.browser else "",
            synced=hardware.synced if hardware and read.browser else None,
        )

    def signer(self, key: PublicKey, *, at: datetime) -> Signer:
        """The person a key speaks for. Raises `Refused` where it speaks for nobody at that moment."""
        return self.read().named(key, at=at)

    def read(self) -> AllowedSigners:
        """The file as it is now. Raises `Refused` where none is set or anybody may write it."""
        path = self._set()
        what = f"file of signers {path}"
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read(LARGEST + 1)
            folders = dict.fromkeys((path.parent, path.resolve().parent))
            open_to_all = [folder for folder in folders if folder.stat().st_mode & stat.S_IWOTH]
            text = data.decode("utf-8-sig")
        except FileNotFoundError as error:
            raise Unavailable(what, "it is not there.", "Write it: flightrules approvers add NAME KEY.pub") from error
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(what, f"it cannot be read ({error}).", "Let the server read it.") from error
        if mode & stat.S_IWOTH:
            raise Refused("signers_open", f"Anybody may write {path}, so it proves nothing.", f"chmod o-w {path}")
        if open_to_all:
            why = f"Anybody may put another file in the place of {path}: {open_to_all[0]} is open to all."
            remedy = f"Keep it in a folder that others cannot write, or chmod o-w {open_to_all[0]}"
            raise Refused("signers_open", why, remedy)
        if len(data) > LARGEST:
            raise Unavailable(what, f"it is larger than {LARGEST} bytes.", "One line a person is enough.")
        return read_signers(text, _local)

    def add(self, principal: str, key: PublicKey, *, valid_before: str = "") -> str:
        """Let a key speak for a person; gives the line. Raises `Refused` where the key is in the file already."""
        path, line = self._set(), line_for(principal, key, valid_before)
        if path.exists() and any(key.blob == signer.key.blob for signer in self.read().signers):
            raise Refused("signer_known", f"The key {key.fingerprint} is in {path} already.", "Edit its line there.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_bytes() if path.exists() else b""
            gap = b"" if before.endswith(b"\n") or not before else b"\n"
            with path.open("ab") as file:
                file.write(gap + f"{line}\n".encode())
        except OSError as error:
            why = f"it cannot be written ({error.strerror})."
            raise Unavailable(f"file of signers {path}", why, f"Let its owner add this line: {line}") from error
        return line

    def writable(self) -> bool:
        """Return True if the account of this process may change whose signatures count."""
        return self._path is not None and os.access(self._path if self._path.exists() else self._path.parent, os.W_OK)

    def _set(self) -> Path:
        if self._path is None:
            raise Refused(
                "no_signers",
                "No file of signers is set, so no signature counts.",
                "Set allowed_signers under [policy.approval]; `flightrules approvers add` writes the file.",
            )
        return self._path


def _local(naive: datetime) -> datetime:
    """A time of this machine's own zone, as OpenSSH reads it."""
    return naive.astimezone(UTC)
