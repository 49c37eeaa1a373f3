"""Whether a value is a secret, by its name and by how it looks.

Knows: both. Must not know: the syntax between them.
"""

from __future__ import annotations

import re

from flightrules.state.masking.keys import Kind
from flightrules.state.masking.names import Name
from flightrules.state.masking.spans import MASK
from flightrules.state.masking.values import mixed, plainly_no_secret

_NUMBER = re.compile(r"[\d_,.+-]+\s*[kKmM%]?\W?")
CODE = re.compile(r"\d{3,8}")
CODES = ("otp", "pin", "cvv", "cvc")
SHORTEST_WEAK, SHORTEST_SAID, SHORTEST_TOKEN = 8, 6, 16
SHORTEST_WEAK, SHORTEST_SAID, SHORTEST_TOKEN = 8, 6, 16
_UUID_OR_PAIR = re.compile(
    r"[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|.*[:/@].*|[\da-f]{7,64}|[a-z]+[-_.][\w.-]*", re.IGNORECASE
)


def secret(value: str, name: Name, *, in_quotes: bool = False) -> bool:
    """Whether a value behind a name is a secret."""
    if plainly_no_secret(value) or value.startswith(MASK):
        return False
    low = name.text.lower()
    if name.kind is Kind.STRONG:
        return not ("token" in low and _NUMBER.fullmatch(value))
    if low.endswith(CODES) and CODE.fullmatch(value):
        return len(value) > 3 or low.endswith(("cvv", "cvc"))  # noqa: PLR2004
    if "pass" in low or low.endswith(("pw", "psk")):
        return mixed(value, SHORTEST_SAID) or (in_quotes and not _NUMBER.fullmatch(value))
    if low.endswith(("key", "session", "sid")):
        return mixed(value, SHORTEST_TOKEN) and random_looking(value, capitals=low.endswith("key"))
    return mixed(value, SHORTEST_WEAK if "auth" in low else SHORTEST_TOKEN) and " " not in value


def random_looking(value: str, *, capitals: bool = True) -> bool:
    """Whether a value is random and not an id, a pair or a path: the name beside it says little."""
    if _UUID_OR_PAIR.fullmatch(value) or not any(c.isdigit() for c in value):
        return False
    return any(c.isupper() for c in value) if capitals else True
