"""Decision whether a value is a secret, by its name and by how it looks.

Knows: both. Must not know: the syntax between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flightrules.state.masking.keys import Kind
from flightrules.state.masking.names import Name
from flightrules.state.masking.spans import MASK
from flightrules.state.masking.values import guarded, mixed, plainly_no_secret

_NUMBER = re.compile(r"[\d_,.+-]+\s*[kKmM%]?\W?")
CODE = re.compile(r"\d{3,8}")
CODES = ("otp", "pin", "cvv", "cvc")
SHORTEST_WEAK, SHORTEST_SAID, SHORTEST_TOKEN = 8, 6, 16
_BASE64 = re.compile(
    r"(?=[A-Za-z0-9+/]{30,}={0,2}\Z)(?=[^A-Z]{0,400}[A-Z][^A-Z]{0,60}[A-Z])(?=.{0,400}\d)(?!.{0,400}[a-z]{8})[A-Za-z0-9+/]{30,}={0,2}"
)
_HEX = re.compile(r"(?:0x|sha256~)?(?=.{0,30}[a-fA-F])(?:[0-9a-f]{32,}|[0-9A-F]{32,})")
_LENGTHS_OF_IDS = (40, 64)
"""Digits of a commit id and a digest."""
_SOCIAL = re.compile(r"\d{3}-\d{2}-\d{4}")
UUID = re.compile(r"[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}", re.IGNORECASE)
_UUID_OR_PAIR = re.compile(
    r"[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|.*[:/@].*|[\da-f]{7,64}|[a-z]+[-_.][\w.-]*", re.IGNORECASE
)


def secret(value: str, name: Name, *, in_quotes: bool = False) -> bool:
    """Return True if a value behind a name is a secret."""
    if plainly_no_secret(value) or value.startswith(MASK):
        return False
    low = name.text.lower()
    if name.kind is Kind.STRONG:
        return not (("token" in low or low.endswith("s")) and _NUMBER.fullmatch(value))
    if low.endswith(CODES) and CODE.fullmatch(value):
        return len(value) > 3 or low.endswith(("cvv", "cvc"))  # noqa: PLR2004
    if "pass" in low or low == "clave" or low.endswith(("pw", "psk")):
        return mixed(value, SHORTEST_SAID) or (in_quotes and not _NUMBER.fullmatch(value))
    return next((judge for endings, judge in _BY_ENDING if low.endswith(endings)), _any)(value, name.text)


def _code(value: str, _name: str) -> bool:
    return CODE.fullmatch(value) is not None or mixed(value, SHORTEST_SAID)


def _key(value: str, name: str) -> bool:
    if "_" in name and name.isupper() and guarded(value, SHORTEST_WEAK):
        return True
    return mixed(value, SHORTEST_TOKEN) and (random_looking(value) or _of_a_setting(value, name))


def _number_of_a_person(value: str, _name: str) -> bool:
    return _SOCIAL.fullmatch(value) is not None


def _secret_id(value: str, _name: str) -> bool:
    return UUID.fullmatch(value) is not None or mixed(value, SHORTEST_TOKEN)


def _session(value: str, _name: str) -> bool:
    of_an_id = len(value) in _LENGTHS_OF_IDS
    return mixed(value, SHORTEST_TOKEN) and (
        random_looking(value, capitals=False) or (not of_an_id and _HEX.fullmatch(value) is not None)
    )


def _any(value: str, name: str) -> bool:
    if "auth" in name.lower():
        return guarded(value.partition(":")[2]) if ":" in value else mixed(value, SHORTEST_WEAK) and " " not in value
    return mixed(value, SHORTEST_TOKEN) and " " not in value


_BY_ENDING: tuple[tuple[tuple[str, ...], Callable[[str, str], bool]], ...] = (
    (("code", "codes"), _code),
    (("key",), _key),
    (("ssn",), _number_of_a_person),
    (("secret_id", "secretid", "secret id"), _secret_id),
    (("session", "sessions", "sid", "sess_id", "sessid", "session_id", "sessionid", "session_ids"), _session),
)
"""Judges of values, by the ending of the name."""


def _of_a_setting(value: str, name: str) -> bool:
    """Return True if a key belongs to a program: hexadecimal after two words, a UUID after the name of a variable."""
    return len(name) > len("xkey") and (
        _HEX.fullmatch(value) is not None
        or ((name.isupper() or ":APA91" in value) and not any(c in value for c in "/@ "))
    )


def random_looking(value: str, *, capitals: bool = True) -> bool:
    """Return True if a value is random and not an id, a pair or a path; for names that say little about the value."""
    if _BASE64.fullmatch(value):
        return True
    if _UUID_OR_PAIR.fullmatch(value) or not any(c.isdigit() for c in value):
        return False
    return any(c.isupper() for c in value) if capitals else True


def given_out(value: str, name: Name) -> bool:
    """Return True if a value beside the name of a token is a token, although ids have the same letters."""
    return _HEX.fullmatch(value) is not None or (
        name.text.lower().endswith(("token", "key")) and UUID.fullmatch(value) is not None
    )
