"""Verification of signatures: the arithmetic, by the library `cryptography`.

Knows: how each kind of key verifies. Must not know: whose key it is, nor what was signed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flightrules.errors import Refused
from flightrules.state.signing.sshsig import SMALLEST_RSA, Reader, SshSignature, bad

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurve
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

MOST_RSA_BITS = 16384


def verify(signature: SshSignature, message: bytes) -> None:
    """Raise `Refused` unless the key in the signature signed this message."""
    from cryptography.exceptions import InvalidSignature

    data = signature.covered(message)
    key = Reader(signature.key.blob)
    kind = key.word()
    try:
        if kind == "ssh-rsa":
            _rsa(key, signature, data)
        elif "ed25519" in kind:
            _ed25519(key, signature, data)
        else:
            _ecdsa(key, signature, data)
    except InvalidSignature as error:
        raise bad("it does not match what was signed") from error
    except (ValueError, OverflowError) as error:
        raise bad("its public key or its numbers are not what they must be") from error


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
    return application + said + hashlib.sha256(data).digest()


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
        raise Refused("bad_signature", f"An RSA key of {bits} bits is not taken.", "Use an ed25519 key.")
    hashing = hashes.SHA512() if signature.algorithm == "rsa-sha2-512" else hashes.SHA256()
    # Signers may leave out leading zeros.
    raw = signature.raw.rjust((bits + 7) // 8, b"\0")
    RSAPublicNumbers(exponent, modulus).public_key().verify(raw, data, padding.PKCS1v15(), hashing)
