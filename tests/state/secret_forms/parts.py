"""Parts of made-up secrets, the same in every run.

No secret is written down whole, so that no scanner takes these lists for leaks.
"""

from __future__ import annotations

import base64
from random import Random
from uuid import UUID

from tests.state.secret_forms.third import HEX, LOW, UP, URL, WORD, Form

__all__ = ["BASE32", "BASE64", "HEX", "LOW", "UP", "URL", "WORD", "Form", "Parts", "b64"]

BASE64 = f"{WORD}+/"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PASSWORDS = (
    *(
        "Winter2026!",
        "hunter2-prod",
        "Tr0ub4dor&3",
        "s3cr3tPw9",
        "Zk9#mQ2x",
        "Q7xV_p2Lk9",
        "letMeIn99",
        "Sommer!Regen7",
    ),
    *("opaque9Tok3nValue", "N0rth-Star", "bl4ckB1rd", "G7$kkp1Q", "eW6!tt0nZ", "M0nday#Blues", "qwErty12345"),
)


def b64(text: str) -> str:
    """Text in base64."""
    return base64.b64encode(text.encode()).decode()


class Parts:
    """Random parts of one list: the same in every run, whatever other list is made."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - nothing here is secret

    def made(self, length: int, alphabet: str = WORD) -> str:
        """Random text."""
        return "".join(self._random.choice(alphabet) for _ in range(length))

    def guid(self) -> str:
        """A random UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def form(self, name: str, around: str, *secrets: str) -> Form:
        """A form whose secrets stand at each `@@`, in this order; without any, a password of a person."""
        secrets = secrets or (self._random.choice(_PASSWORDS),)
        for secret in secrets:
            around = around.replace("@@", secret, 1)
        return name, around, secrets
