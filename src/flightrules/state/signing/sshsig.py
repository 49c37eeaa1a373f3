"""The signature format of `ssh-keygen -Y` (PROTOCOL.sshsig), as bytes: read, written, and never trusted.

Knows: how a signature and the key in it are laid out. Must not know: whose key it is (signers.py), nor how a key
signs or verifies (adapters). Whatever cannot be read is refused with what is wrong with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from flightrules.errors import Refused

NAMESPACE = "approval@flightrules"
"""Purpose of our signatures; a signature made for anything else (a commit, a file) is not an approval."""

BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
LONGEST = 16 * 1024
"""Characters of an armored signature; the largest real one, RSA with 16384 bits, has under 6000."""

_MAGIC = b"SSHSIG"
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_LINE = 70
_TOUCHED, _VERIFIED = 0x01, 0x04
BACKUP_ELIGIBLE, BACKED_UP = 0x08, 0x10
"""Flags of a passkey that may be, and that is, kept by a provider."""
SMALLEST_RSA = 2048
"""Bits below which an RSA key proves nothing any more."""


HARDWARE = "sk-"
"""Prefix of the type of a key whose private half is in a security key."""


WEBAUTHN = "webauthn-"
"""Prefix of the algorithm of a signature that a browser had made."""


class PublicKey(NamedTuple):
    """A public key as it stands in a signature or a file."""

    kind: str
    """`ssh-ed25519`, `ssh-rsa` ..."""
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint as `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def hardware(self) -> bool:
        """Return True if the private half is in a security key."""
        return self.kind.startswith(HARDWARE)


class Hardware(NamedTuple):
    """State of a security key at the moment in which it signed; the signature covers it."""

    flags: int
    counter: int

    @property
    def touched(self) -> bool:
        """Return True if somebody touched the security key."""
        return bool(self.flags & _TOUCHED)

    @property
    def verified(self) -> bool:
        """Return True if the security key verified who touched it, by PIN or fingerprint."""
        return bool(self.flags & _VERIFIED)

    @property
    def synced(self) -> bool:
        """Return True if a passkey is, or may be, kept by a provider on other devices too."""
        return bool(self.flags & (BACKUP_ELIGIBLE | BACKED_UP))


class Browser(NamedTuple):
    """The part of a browser in a signature by a passkey; the signature covers it."""

    origin: str
    client_data: bytes
    """The browser's words, of which the signature covers each byte."""
    extensions: bytes


class SshSignature(NamedTuple):
    """A signature that could be read; whether it holds is another question."""

    key: PublicKey
    namespace: str
    hash_name: str
    algorithm: str
    raw: bytes
    hardware: Hardware | None = None
    browser: Browser | None = None
    """The part of a browser; None if it was not made in one."""

    def covered(self, message: bytes) -> bytes:
        """The bytes that the key signed, if it signed this message."""
        return signed_bytes(message, namespace=self.namespace, hash_name=self.hash_name)


def bad(why: str) -> Refused:
    """A signature or a key that cannot be used."""
    return Refused("bad_signature", f"The signature cannot be used: {why}.", "Sign again: flightrules approve --key")


class Reader:
    """Takes SSH's own types from bytes, and never more than there are."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next bytes. Raises `Refused` where there are not so many."""
        if count > len(self._data) - self._at:
            raise bad("it is cut off")
        self._at += count
        return self._data[self._at - count : self._at]

    def byte(self) -> int:
        """One byte as a number."""
        return self.take(1)[0]

    def number(self) -> int:
        """A number of 32 bits."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Bytes with their length before them."""
        return self.take(self.number())

    def word(self) -> str:
        """A string of printable ASCII. Raises `Refused` for anything else."""
        text = self.string().decode("ascii", "replace")
        if not text.isascii() or not text.isprintable():
            raise bad("it holds a name that cannot be printed")
        return text

    def integer(self) -> int:
        """A number of any size that is not negative."""
        data = self.string()
        if data and data[0] & 0x80:
            raise bad("it holds a negative number")
        return int.from_bytes(data, "big")

    def end(self) -> None:
        """Raise `Refused` where there is more."""
        if self._at != len(self._data):
            raise bad(f"{len(self._data) - self._at} bytes follow its end")


def string(data: bytes) -> bytes:
    """Bytes with their length before them."""
    return len(data).to_bytes(4, "big") + data


def signed_bytes(message: bytes, *, namespace: str = NAMESPACE, hash_name: str = "sha512") -> bytes:
    """Return the bytes that a key signs for a message.

    They are never the message itself, so that no other protocol can be deceived with the signature.
    """
    digest = _HASHES[hash_name](message).digest()
    return _MAGIC + b"".join(map(string, (namespace.encode(), b"", hash_name.encode(), digest)))


def armored(key: PublicKey, raw: bytes, *, namespace: str = NAMESPACE, hash_name: str = "sha512") -> str:
    """A signature as `ssh-keygen -Y sign` writes it; `raw` is what the key answered, with the algorithm's name."""
    parts = (key.blob, namespace.encode(), b"", hash_name.encode(), raw)
    text = base64.b64encode(_MAGIC + (1).to_bytes(4, "big") + b"".join(map(string, parts))).decode()
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return "\n".join([BEGIN, *lines, END]) + "\n"


def read_signature(text: str) -> SshSignature:
    """Read an armored signature. Raises `Refused` that says what is wrong with it."""
    reader = Reader(_dearmored(text))
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise bad("it is not an SSH signature")
    if (version := reader.number()) != 1:
        raise bad(f"its version is {version}, and only 1 is known")
    key = read_key(reader.string())
    namespace = reader.word()
    reader.string()  # reserved: readers must pass over it
    hash_name = reader.word()
    raw = reader.string()
    reader.end()
    if hash_name not in _HASHES:
        raise bad(f"it hashes with {hash_name or 'nothing'}, and only sha512 and sha256 are taken")
    if namespace != NAMESPACE:
        raise bad(f"it was made for {namespace or 'no purpose'}, not for {NAMESPACE}")
    return _answered(key, namespace, hash_name, raw)


def _dearmored(text: str) -> bytes:
    if len(text) > LONGEST:
        raise bad(f"it has {len(text)} characters, more than any signature")
    lines = text.strip().splitlines()
    if not lines or lines[0].strip() != BEGIN:
        raise bad(f"it does not begin with {BEGIN}")
    if lines[-1].strip() != END:
        raise bad(f"it does not end with {END}")
    try:
        return base64.b64decode("".join(line.strip() for line in lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad("it is not base64 between its first and last line") from error


ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    "sk-ssh-ed25519@openssh.com": ("sk-ssh-ed25519@openssh.com",),
    "sk-ecdsa-sha2-nistp256@openssh.com": (
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    ),
}
"""Signature algorithms that each kind of key may use; SHA-1 is not among them."""


def _answered(key: PublicKey, namespace: str, hash_name: str, raw: bytes) -> SshSignature:
    """Read what the key itself answered."""
    reader = Reader(raw)
    algorithm = reader.word()
    if algorithm not in ALGORITHMS[key.kind]:
        raise bad(f"a key of kind {key.kind} signed with {algorithm or 'nothing'}, which is not taken")
    body = reader.string()
    hardware = Hardware(flags=reader.byte(), counter=reader.number()) if key.hardware else None
    browser = _browser(reader) if algorithm.startswith(WEBAUTHN) else None
    reader.end()
    return SshSignature(key, namespace, hash_name, algorithm, body, hardware, browser)


def _browser(reader: Reader) -> Browser:
    return Browser(origin=reader.word(), client_data=reader.string(), extensions=reader.string())


def read_key(blob: bytes) -> PublicKey:
    """Read a public key as far as its kind. Raises `Refused` for a kind that is not taken."""
    kind = Reader(blob).word()
    if "-cert-v01@" in kind:
        raise bad("it was made with a certificate, and certificates are not supported: use the plain key")
    if kind not in ALGORITHMS:
        raise bad(f"keys of kind {kind or 'nothing'} are not supported; use {', '.join(ALGORITHMS)}")
    return PublicKey(kind, blob)


_KEY_LINE = re.compile(r"(?P<kind>[!-~]+)[ \t]+(?P<blob>[A-Za-z0-9+/=]+)([ \t].*)?")


def key_of_line(line: str) -> PublicKey:
    """Read a public key as a `.pub` file holds it. Raises `Refused` where it is none."""
    match = _KEY_LINE.fullmatch(line.strip())
    if match is None:
        raise bad("this is not a public key: a kind, its base64, and perhaps a comment")
    try:
        key = read_key(base64.b64decode(match["blob"], validate=True))
    except (binascii.Error, ValueError) as error:
        raise bad("its public key is not base64") from error
    if key.kind != match["kind"]:
        raise bad(f"it says {match['kind']} and holds a key of kind {key.kind}")
    return key


def line_of_key(key: PublicKey) -> str:
    """A public key as a `.pub` file holds it, without a comment."""
    return f"{key.kind} {base64.b64encode(key.blob).decode()}"
