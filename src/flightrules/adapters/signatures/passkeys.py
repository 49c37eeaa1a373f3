"""Keeps ports.Passkeys with the `allowed_signers` files: whose passkey it was, and its answer as an SSH signature.

Knows: that no list of credentials is needed, because each passkey of the console in these files is tried.
Must not know: what is signed, or what makes it count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from flightrules.adapters.signatures.signers import SignersFile
from flightrules.adapters.signatures.verifying import holds, require_own_page
from flightrules.errors import FlightrulesError, Refused
from flightrules.ports import Passkey
from flightrules.state.signing.signers import Signer
from flightrules.state.signing.sshsig import PublicKey, SshSignature, bad
from flightrules.state.signing.webauthn import Assertion, hash_of, relying_party, signature_of, written


class SignersPasskeys:
    """The passkeys that stand in the files of signers, one file for each target."""

    def __init__(self, files: Mapping[str, SignersFile], *, rp_id: str, origin: str) -> None:
        self._files = dict(files)
        self._rp_id = rp_id
        self._origin = origin

    def of(self, name: str, target: str, *, at: datetime) -> tuple[Passkey, ...]:
        """Return the passkeys of this console by which a person may approve for a target now.

        Raises `Unavailable` if the file of signers cannot be read.
        """
        found = self._usable(self._files[target], at) if target in self._files else ()
        return tuple(_told(signer) for signer in found if name in signer.names)

    def owner(self, assertion: Assertion, challenge: bytes, *, at: datetime) -> Passkey:
        """Return whose passkey answered this challenge. Raises `Refused` if it is nobody's who counts now."""
        return _told(self._signed(assertion, challenge, at)[0])

    def written(self, assertion: Assertion, challenge: bytes, *, at: datetime) -> str:
        """Return an assertion as an SSH signature by the passkey that made it. Raises `Refused` as `owner` does."""
        return written(self._signed(assertion, challenge, at)[1])

    def prove(self, key: PublicKey, assertion: Assertion, challenge: bytes) -> None:
        """Raise `Refused` unless this key answered this challenge."""
        if not holds(self._read(key, assertion, challenge), challenge):
            raise bad("another passkey answered than the one that was made")

    def _signed(self, assertion: Assertion, challenge: bytes, at: datetime) -> tuple[Signer, SshSignature]:
        for signer in self._all(at):
            signature = self._read(signer.key, assertion, challenge)
            if holds(signature, challenge):
                return signer, signature
        why = "That passkey is not in any allowed_signers file of this server."
        raise Refused("unknown_passkey", why, "Enrol it, and have its line added: flightrules approvers add")

    def _read(self, key: PublicKey, assertion: Assertion, challenge: bytes) -> SshSignature:
        """Return the assertion as this key's signature. Raises `Refused` for what no key could make good."""
        signature = signature_of(key, assertion, _numbers(assertion.signature))
        require_own_page(signature, challenge, (self._origin,))
        if assertion.rp_id_hash != hash_of(self._rp_id):
            raise bad("it was made for another site")
        if not assertion.hardware.verified:
            raise bad("the passkey did not verify who used it, by fingerprint, face or PIN")
        return signature

    def _all(self, at: datetime) -> Iterator[Signer]:
        """Yield the signers of all files; a file that cannot be read has none."""
        for file in self._files.values():
            try:
                found = self._usable(file, at)
            except FlightrulesError:
                continue
            yield from found

    def _usable(self, file: SignersFile, at: datetime) -> tuple[Signer, ...]:
        """Return the signers of a file whose key is a passkey of this console and counts now."""
        signers = file.read().signers
        return tuple(one for one in signers if relying_party(one.key) == self._rp_id and not one.objection(at))


def _told(signer: Signer) -> Passkey:
    return Passkey(name=signer.principal, fingerprint=signer.key.fingerprint)


def _numbers(signature: bytes) -> tuple[int, int]:
    """Return both numbers of an ECDSA signature in DER. Raises `Refused` if it is none."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        return decode_dss_signature(signature)
    except ValueError as error:
        raise bad("its numbers cannot be read") from error
