"""A person's own key, wherever it lies: in a file, behind an agent, in a security key.

Knows: how each is brought to sign. Must not know: what is signed.
A key that needs its owner (a passphrase, a touch) is left to `ssh-keygen`, which knows how to ask them.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import stat
from pathlib import Path
from typing import Protocol

from flightrules.errors import Refused, Unavailable
from flightrules.state.signing.sshsig import (
    ALGORITHMS,
    NAMESPACE,
    PublicKey,
    Reader,
    armored,
    key_of_line,
    read_key,
    signed_bytes,
)

_BEGIN, _END = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"


TOUCHED = "It is in a security key that must be touched."
ASKS = "The key file has a passphrase."
OPEN = "The key file has no passphrase: every program of this account can sign with it."
ELSEWHERE = (
    "An agent holds it, or the file beside it; unless it was added with `ssh-add -c`, or that file has a passphrase, "
    "every program of this account can sign."
)


class SigningKey(Protocol):
    """A key that can sign."""

    public: PublicKey
    guarded: str
    """Sentence that says what stands between a program on this machine and the key."""

    async def sign(self, message: str) -> str:
        """An armored signature of the message. Raises `Unavailable` where the key did not sign."""
        ...


class PlainKey:
    """A key in a file without a passphrase."""

    guarded = OPEN

    def __init__(self, path: Path, public: PublicKey) -> None:
        self.public = public
        self._path = path

    async def sign(self, message: str) -> str:
        """Sign in this process."""
        import asyncssh

        try:
            key = asyncssh.read_private_key(self._path)
            raw = key.sign(signed_bytes(message.encode()), ALGORITHMS[self.public.kind][0].encode())
        except (asyncssh.KeyImportError, OSError, ValueError) as error:
            raise Unavailable(f"key {self._path}", f"it cannot be used ({error}).", "Try ssh-keygen -y -f.") from error
        return armored(self.public, raw)


class AskingKey:
    """A key that `ssh-keygen` signs with, which asks the owner where it must: for a passphrase, or a touch."""

    def __init__(self, path: Path, public: PublicKey, guarded: str) -> None:
        self.public = public
        self._path = path
        self.guarded = TOUCHED if public.hardware else guarded

    async def sign(self, message: str) -> str:
        """Let ssh-keygen sign, which asks on the terminal itself."""
        words = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(self._path)]
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        except OSError as error:
            raise Unavailable("ssh-keygen", f"it cannot be started ({error}).", "Install OpenSSH's client.") from error
        signature, _ = await process.communicate(message.encode())
        if process.returncode != 0:
            why = f"ssh-keygen ended with status {process.returncode}."
            raise Unavailable(f"key {self._path}", f"it did not sign: {why}", "Read what ssh-keygen said above.")
        return signature.decode()


class AgentKey:
    """A key that an agent holds."""

    def __init__(self, socket: str, public: PublicKey) -> None:
        self.public = public
        self._socket = socket
        self.guarded = (
            TOUCHED
            if public.hardware
            else "An agent holds it; unless it was added with `ssh-add -c`, every program of this account can sign."
        )

    async def sign(self, message: str) -> str:
        """Let the agent sign; it may ask its owner first."""
        import asyncssh

        flags = 4 if self.public.kind == "ssh-rsa" else 0  # rsa-sha2-512
        try:
            async with await asyncssh.connect_agent(self._socket) as agent:
                raw = await agent.sign(self.public.blob, signed_bytes(message.encode()), flags)
        except (OSError, ValueError) as error:
            why = f"it did not sign with {self.public.fingerprint} ({error})."
            raise Unavailable("the SSH agent", why, "Confirm when it asks; see ssh-add -l.") from error
        return armored(self.public, raw)


async def agent_keys(socket: str | None) -> list[SigningKey]:
    """The keys an agent holds, as far as they can sign approvals. Raises `Unavailable` without an agent."""
    import asyncssh

    if not socket:
        raise Unavailable("the SSH agent", "SSH_AUTH_SOCK is not set.", "Start one, and add the key: ssh-add -c KEY")
    try:
        async with await asyncssh.connect_agent(socket) as agent:
            blobs = [bytes(key.public_data) for key in await agent.get_keys()]
    except (OSError, ValueError) as error:
        raise Unavailable("the SSH agent", f"it does not answer ({error}).", "Look at SSH_AUTH_SOCK.") from error
    found: list[SigningKey] = []
    for blob in blobs:
        try:
            found.append(AgentKey(socket, read_key(blob)))
        except Refused:
            continue
    return found


def key_in(path: Path) -> SigningKey:
    """The key in a file. Raises `Unavailable` where it cannot be read, `Refused` where others can read it too."""
    what = f"key {path}"
    try:
        with path.open("rb") as file:
            mode, text = os.fstat(file.fileno()).st_mode, file.read(64 * 1024).decode("ascii", "replace")
    except OSError as error:
        raise Unavailable(what, f"it cannot be read ({error.strerror or error}).", "Name your private key.") from error
    if stat.S_IMODE(mode) & 0o077 and "PRIVATE KEY" in text:
        raise Refused("key_open", f"Others can read {path}, so it proves nothing.", f"chmod 600 {path}")
    if "PRIVATE KEY" not in text:
        return AskingKey(path, public_of(path), ELSEWHERE)
    if _BEGIN not in text:
        return AskingKey(path, public_of(Path(f"{path}.pub")), ASKS if "ENCRYPTED" in text else OPEN)
    try:
        cipher, public = _opened(text)
    except (Refused, binascii.Error, ValueError) as error:
        raise Unavailable(what, "it is damaged, or of a kind that is not supported.", f"{error}") from error
    plain = cipher == "none" and not public.hardware
    return PlainKey(path, public) if plain else AskingKey(path, public, ASKS)


def public_of(path: Path) -> PublicKey:
    """The public key in a `.pub` file. Raises `Unavailable` where it cannot be read, `Refused` where it holds none."""
    try:
        return key_of_line(path.read_text("utf-8").strip())
    except Refused as no:
        remedy = "Name the .pub file that ssh-keygen wrote: no private key, and no certificate."
        raise Refused("no_public_key", f"{path} does not hold a public key that can sign approvals.", remedy) from no
    except OSError as error:
        raise Unavailable(
            f"public key {path}", f"it cannot be read ({error.strerror}).", "Name a .pub file."
        ) from error
    except UnicodeDecodeError as error:
        raise Unavailable(f"public key {path}", "it is not text.", "Name a .pub file.") from error


def _opened(text: str) -> tuple[str, PublicKey]:
    """The cipher of a private key file, and the public half, which stands in it unencrypted."""
    body = text.partition(_BEGIN)[2].partition(_END)[0]
    reader = Reader(base64.b64decode("".join(body.split()), validate=True))
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise ValueError(_BEGIN)
    cipher = reader.word()
    reader.string()
    reader.string()
    if reader.number() != 1:
        raise ValueError(cipher)
    return cipher, read_key(reader.string())
