"""Passkeys made by hand, as a browser and an authenticator answer for one. Not collected as tests."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from flightrules.state.signing.sshsig import PublicKey, line_of_key
from flightrules.state.signing.webauthn import Assertion, passkey_of, read_assertion

ORIGIN, RP_ID = "http://localhost:8765", "localhost"
DEVICE_BOUND, SYNCED, UNVERIFIED = 0x05, 0x1D, 0x01


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class MadePasskey:
    """A passkey, and how it and its browser answer."""

    rp_id: str = RP_ID
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def spki(self) -> bytes:
        """The public key as `getPublicKey()` gives it."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.DER, form)

    @property
    def public(self) -> PublicKey:
        return passkey_of(self.spki, self.rp_id)

    def line(self, name: str) -> str:
        """A line of allowed_signers."""
        return f"{name} {line_of_key(self.public)}\n"

    def parts(
        self, challenge: bytes, *, flags: int = DEVICE_BOUND, origin: str = ORIGIN, **words: object
    ) -> dict[str, bytes]:
        """The three parts of an answer; `words` are further words of the browser."""
        said = {
            "type": "webauthn.get",
            "challenge": encoded(challenge),
            "origin": origin,
            "crossOrigin": False,
            **words,
        }
        client = json.dumps(said | words, separators=(",", ":")).encode()
        data = hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + (7).to_bytes(4, "big")
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {"authenticatorData": data, "clientDataJSON": client, "signature": signature}

    def sent(self, challenge: bytes, *, flags: int = DEVICE_BOUND, origin: str = ORIGIN) -> dict[str, str]:
        """The same as a page's script sends it."""
        return {name: encoded(data) for name, data in self.parts(challenge, flags=flags, origin=origin).items()}

    def answer(
        self, challenge: bytes, *, flags: int = DEVICE_BOUND, origin: str = ORIGIN, **words: object
    ) -> Assertion:
        """The answer as it is read."""
        return read_assertion(*self.parts(challenge, flags=flags, origin=origin, **words).values())
