"""Fresh identifiers that a person can read out over the phone.

Knows: where randomness comes from. Must not know: what is named.
"""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O and U, which are misread or spell words."""

LENGTH = 6


class RandomIds:
    """Keeps ports.Ids with the operating system's randomness."""

    def new(self, prefix: str) -> str:
        """A fresh id: the prefix, a dash and six unambiguous capitals or digits (`INC-7K2QMX`)."""
        # 32 letters divide the 256 values of a byte evenly, so each is as likely as any other.
        return f"{prefix}-{''.join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(LENGTH))}"
