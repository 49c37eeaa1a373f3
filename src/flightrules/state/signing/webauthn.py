"""Assertions of passkeys (WebAuthn), read as strictly as a signature must be, and written as SSH signatures.

Knows: how a browser's answer is laid out, and OpenSSH's `webauthn-sk-ecdsa-sha2-nistp256@openssh.com`
(PROTOCOL.u2f). Must not know: whose key it is, nor how a key verifies (adapters).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any, NamedTuple

from flightrules.errors import Refused
from flightrules.state.signing.sshsig import (
    NAMESPACE,
    Browser,
    Hardware,
    PublicKey,
    Reader,
    SshSignature,
    armored,
    bad,
    string,
)

KIND = "sk-ecdsa-sha2-nistp256@openssh.com"
"""The kind of key that a passkey is to SSH."""
ALGORITHM = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
CURVE = b"nistp256"
LARGEST = 4096
"""Bytes of a part of an assertion; real ones have some hundreds."""

_ATTESTED, _EXTENSIONS = 0x40, 0x80
_POINT = 65
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
"""The bytes before the point in the SubjectPublicKeyInfo of a key on P-256."""


class ClientData(NamedTuple):
    """The browser's own words about what was signed, of which the signature covers each byte."""

    raw: bytes
    challenge: bytes
    origin: str
    cross_origin: bool


class Assertion(NamedTuple):
    """The answer of a passkey as the browser hands it over."""

    rp_id_hash: bytes
    hardware: Hardware
    extensions: bytes
    client: ClientData
    signature: bytes
    """ECDSA over P-256, in DER."""


def read_client_data(raw: bytes) -> ClientData:
    """Read what the browser said. Raises `Refused` if it is not the answer to a question of ours."""
    try:
        said: Any = json.loads(raw.decode("utf-8"))
        if not isinstance(said, dict) or said.get("type") != "webauthn.get":
            raise bad("the browser did not say that it signs an answer")
        challenge, origin, cross = said.get("challenge"), said.get("origin"), said.get("crossOrigin", False)
        if not isinstance(challenge, str) or not isinstance(origin, str) or not isinstance(cross, bool):
            raise bad("the browser's words lack challenge or origin")
        return ClientData(raw, unpadded(challenge), origin, cross)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise bad("the browser's words cannot be read") from error


def read_assertion(authenticator: bytes, client_data: bytes, signature: bytes) -> Assertion:
    """Read an assertion. Raises `Refused` that says what is wrong with it."""
    if max(map(len, (authenticator, client_data, signature))) > LARGEST:
        raise bad("a part of it is larger than any real one")
    reader = Reader(authenticator)
    rp_id_hash, flags, counter = reader.take(32), reader.byte(), reader.number()
    extensions = authenticator[37:]
    if flags & _ATTESTED:
        raise bad("it carries a new key, as only a registration does")
    if bool(flags & _EXTENSIONS) != bool(extensions):
        raise bad("its flags and its length do not agree")
    hardware = Hardware(flags=flags, counter=counter)
    return Assertion(rp_id_hash, hardware, extensions, read_client_data(client_data), signature)


def signature_of(key: PublicKey, assertion: Assertion, numbers: tuple[int, int]) -> SshSignature:
    """Return an assertion as an SSH signature by a key; the numbers are r and s of its signature."""
    return SshSignature(
        key=key,
        namespace=NAMESPACE,
        hash_name="sha512",
        algorithm=ALGORITHM,
        raw=b"".join(string(_mpint(number)) for number in numbers),
        hardware=assertion.hardware,
        browser=Browser(assertion.client.origin, assertion.client.raw, assertion.extensions),
    )


def written(signature: SshSignature) -> str:
    """Return a signature by a passkey as `ssh-keygen -Y verify` takes it. Raises `Refused` for any other."""
    hardware, browser = signature.hardware, signature.browser
    if hardware is None or browser is None:
        raise bad("no browser made it")
    fields = (
        string(ALGORITHM.encode()),
        string(signature.raw),
        bytes([hardware.flags]),
        hardware.counter.to_bytes(4, "big"),
        string(browser.origin.encode()),
        string(browser.client_data),
        string(browser.extensions),
    )
    return armored(signature.key, b"".join(fields))


def _mpint(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b""


def passkey_of(spki: bytes, rp_id: str) -> PublicKey:
    """Return the SSH key of a passkey, from the key as the browser gives it. Raises `Refused` for another kind."""
    point = spki[len(_SPKI) :]
    if not spki.startswith(_SPKI) or len(point) != _POINT or point[0] != 4:  # noqa: PLR2004 - uncompressed
        raise Refused(
            "other_passkey",
            "That passkey is of a kind that SSH does not know: it needs ES256.",
            "Use a phone or a security key.",
        )
    parts = (KIND.encode(), CURVE, point, rp_id.encode())
    return PublicKey(KIND, b"".join(map(string, parts)))


def relying_party(key: PublicKey) -> str:
    """Return the name a security key's key is bound to: an RP id, or `ssh:` for a key made by ssh-keygen."""
    reader = Reader(key.blob)
    if reader.word() != KIND:
        return ""
    reader.string()
    reader.string()
    return reader.word()


def hash_of(rp_id: str) -> bytes:
    """Return the hash by which an authenticator names a relying party."""
    return hashlib.sha256(rp_id.encode()).digest()


def unpadded(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raises `ValueError` for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
