"""Verification of signatures: the arithmetic, by the library `cryptography`.

Knows: how each kind of key verifies. Must not know: whose key it is, nor what was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import TYPE_CHECKING

from flightrules.errors import Refused
from flightrules.state.signing.sshsig import SMALLEST_RSA, Browser, Reader, SshSignature, bad
from flightrules.state.signing.webauthn import read_client_data
from flightrules.state.untrusted import one_line

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurve
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

MOST_RSA_BITS = 16384
_ATTESTED, _EXTENSIONS = 0x40, 0x80


def verify(signature: SshSignature, message: bytes, *, origins: Collection[str] = ()) -> None:
    """Raise `Refused` unless the key in the signature signed this message.

    One that a browser had made counts only if it was made on a page of these origins.
    """
    data = signature.covered(message)
    require_own_page(signature, data, origins)
    if not holds(signature, data):
        raise bad("it does not match what was signed")


def holds(signature: SshSignature, data: bytes) -> bool:
    """Return True if the key in the signature signed these bytes; a browser's page is not looked at.

    Raises `Refused` for numbers that no signature has.
    """
    from cryptography.exceptions import InvalidSignature

    key = Reader(signature.key.blob)
    kind = key.word()
    try:
        if kind == "ssh-rsa":
            _rsa(key, signature, data)
        elif "ed25519" in kind:
            _ed25519(key, signature, data)
        else:
            _ecdsa(key, signature, data)
    except InvalidSignature:
        return False
    except (ValueError, OverflowError) as error:
        raise bad("its public key or its numbers are not what they must be") from error
    return True


def _covered(key: Reader, signature: SshSignature, data: bytes) -> bytes:
    """Return the bytes that the arithmetic is over.

    A security key signs words of its own and a hash of ours.
    """
    if signature.hardware is None:
        key.end()
        return data
    application = hashlib.sha256(key.string()).digest()
    key.end()
    said = bytes([signature.hardware.flags]) + signature.hardware.counter.to_bytes(4, "big")
    if signature.browser is not None:
        return (
            application + said + signature.browser.extensions + hashlib.sha256(signature.browser.client_data).digest()
        )
    return application + said + hashlib.sha256(data).digest()


def require_own_page(signature: SshSignature, challenge: bytes, origins: Collection[str]) -> None:
    """Refuse what a browser signed for another question or on another page; OpenSSH looks at neither.

    The browser's words are compared as JSON: browsers add words of their own to some.
    """
    if signature.browser is None:
        return
    said = read_client_data(signature.browser.client_data)
    if said.challenge != challenge:
        raise bad("it does not match what was signed")
    if said.cross_origin:
        raise bad("it was made on a page inside another page")
    if not origins:
        raise bad("a browser made it, and no console is configured ([server.console])")
    if said.origin not in origins or said.origin != signature.browser.origin:
        raise bad(f"it was made at {one_line(said.origin, 200)}, which is not the console")
    _require_presence(signature, signature.browser)


def _require_presence(signature: SshSignature, browser: Browser) -> None:
    hardware = signature.hardware
    if hardware is None or not hardware.touched:
        raise bad("nobody was present when the passkey signed")
    if hardware.flags & _ATTESTED or bool(hardware.flags & _EXTENSIONS) != bool(browser.extensions):
        raise bad("its flags do not agree with what it holds")


def _ed25519(key: Reader, signature: SshSignature, data: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(key.string())
    public.verify(signature.raw, _covered(key, signature, data))


def _curves() -> dict[str, tuple[EllipticCurve, HashAlgorithm]]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return {
        "nistp256": (ec.SECP256R1(), hashes.SHA256()),
        "nistp384": (ec.SECP384R1(), hashes.SHA384()),
        "nistp521": (ec.SECP521R1(), hashes.SHA512()),
    }


def _ecdsa(key: Reader, signature: SshSignature, data: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    name = key.word()
    if f"-{name}" not in signature.key.kind or name not in _curves():
        raise bad(f"its key is of kind {signature.key.kind} on the curve {name}")
    curve, hashing = _curves()[name]
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, key.string())
    numbers = Reader(signature.raw)
    pair = utils.encode_dss_signature(numbers.integer(), numbers.integer())
    numbers.end()
    public.verify(pair, _covered(key, signature, data), ec.ECDSA(hashing))


def _rsa(key: Reader, signature: SshSignature, data: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    exponent, modulus = key.integer(), key.integer()
    key.end()
    bits = modulus.bit_length()
    if not SMALLEST_RSA <= bits <= MOST_RSA_BITS or exponent.bit_length() > 32:  # noqa: PLR2004 - as OpenSSH
        raise Refused("bad_signature", f"An RSA key of {bits} bits is not accepted.", "Use an ed25519 key.")
    hashing = hashes.SHA512() if signature.algorithm == "rsa-sha2-512" else hashes.SHA256()
    # Signers may leave out leading zeros.
    raw = signature.raw.rjust((bits + 7) // 8, b"\0")
    RSAPublicNumbers(exponent, modulus).public_key().verify(raw, data, padding.PKCS1v15(), hashing)
