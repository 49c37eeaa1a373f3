"""Secrets that stand in a place for secrets: addresses, commands, statements, headers without a name, hashes, cards.

Knows: the syntax of these. Must not know: names (keys.py), issuers (issued.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flightrules.state.masking.spans import Span, places
from flightrules.state.masking.values import mixed
from flightrules.state.masking.weighing import random_looking

_ADDRESS = re.compile(r"://(?P<user>[^\s:/@?#\"'<>`]{0,200})(?::(?P<password>[^\s\"'<>`]{1,400}))?@(?=[\w\[%.${-])")
_PORT = re.compile(r"\d{1,5}(?:[/?#]|$)")
_BEFORE_AT = re.compile(r"(?:.*[\s\"'=,;(<>\[])?(?P<user>[\w.-]{1,64}):(?P<password>[^\s\"'/]{1,200})\Z", re.DOTALL)
_AFTER_AT = re.compile(r"@(?:(?P<go>(?:tcp|unix)\()|[\w.-]{1,200}(?::\d{1,5}\b|/))")
_ORACLE = re.compile(
    r"(?:\bjdbc:oracle:\w+:|\bsqlplus\s+(?:-\w+\s+){0,4})[\w.$#]{1,64}/([^\s@\"']{1,200})@", re.IGNORECASE
)
_SCHEME = re.compile(r"\s{1,3}([\w.~+/=-]{8,8192})")
_SIGN = re.compile(r"[\d._~+/=]")
_VERSIONED = re.compile(r"\bv[01]=([0-9a-f]{64})\b")
_CAMEL = re.compile("[a-z][A-Z]")
_QUERY = re.compile(
    r"[?&;](?:code|sig|signature|key|auth|sid|hmac|t|st|se?ss?|pwd?|pass|jwt|state)=([^&\s\"'<>;,]{8,4096})",
    re.IGNORECASE,
)
_CRYPT = re.compile(
    r"\$(?:1|2[abxy]?|5|6|7|y|gy|md5|sha1|apr1|argon2(?:id|i|d)|pbkdf2[\w-]*|scrypt|P|H|S)\$[./\w$=,+-]{16,400}"
)
_LDAP_HASH = re.compile(
    r"\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]*|ARGON2)\}([./\w$=+-]{16,400})", re.IGNORECASE
)
_NAMED_HASH = re.compile(r"\b(?:pbkdf2_sha\d+|bcrypt_sha256|argon2|scrypt|pbkdf2:sha\d+)[$:][./\w$=,+:-]{16,400}")
_PGPASS = re.compile(r":(?:\d{4,5}|\*):[\w.*-]{1,64}:[A-Za-z_*][\w.*-]{0,63}:([^\s:]{1,200})(?!\S)")
_PORTS = (b":xxxx:", b":xxxxx:", b":*:")
_PORT_TABLE = bytes(ord("x") if chr(code).isdigit() and code < 128 else code for code in range(256))  # noqa: PLR2004
_JWK = re.compile(r'"(?:d|p|q|dp|dq|qi|k)"\s{0,4}:\s{0,4}"([\w=+/-]{8,4096})"')
_IDENTIFIED = re.compile(
    r"\bidentified\s+(?:with\s+\S{1,64}\s+)?(?:by|as|using)\s+(?:password\s+)?(?:values\s+)?([\"']?)([^\s\"';]{1,400})\1",
    re.IGNORECASE,
)
_REDIS = re.compile(
    r"""["']auth["']\s{0,4},?\s{1,4}["']([^"'\n]{1,400})["'](?:\s{0,4},?\s{1,4}["']([^"'\n]{1,400})["'])?""",
    re.IGNORECASE,
)
_LINE_COMMAND = re.compile(
    r"(?:PASS|AUTH(?:ENTICATE)?(?: PLAIN| LOGIN)?|LOGIN \"?[^\s\"]{1,200}\"?) \"?([^\s\"]{4,400})"
)
_LINE_WORDS = ("PASS ", "AUTH", "LOGIN ")
_CALLS = ("connect(", "__construct(", ".auth(", "login(", "log_in(", "authenticate(", "credentials(", "credential(")
_BY_POSITION = re.compile(r"\s{0,4}[\"'][^\"'\n]{0,200}[\"']((?:\s{0,4},\s{0,4}[\"'][^\"'\n]{0,200}[\"']){1,4})")
"""What a call that logs in is given: an address, a user, a password."""
_ARGUMENT = re.compile(r"[\"']([^\"'\s]{4,200})[\"']")
_LINKS = ("/reset", "/password", "/verif", "/confirm", "/activat", "/magic", "/invit")
_LINKED = re.compile(r"[\w-]{0,24}/([\w-]{20,400})(?![\w/])")
"""The rest of a link that logs in or sets a password."""
_CODE = re.compile(r"\b(?:G-)?(\d{4,8}) is your \w{0,20} ?(?:verification |login |security )?code", re.IGNORECASE)
_BUNDLER = re.compile(r"\bBUNDLE_\w+__\w+[=:]\s?[\"']?([^\s\"']{8,200})")
_SENT_FILE = re.compile(r"\.\w{1,4}$|/|\(|^\W")


def placed(text: str) -> Iterator[Span]:
    """Where secrets stand in places that signs show."""
    if "@" in text:
        yield from _addresses(text)
        yield from _pairs(text)
    if "?" in text or "&" in text:
        yield from (found.span(1) for found in _QUERY.finditer(text) if mixed(found[1], 16))
    if "$" in text:
        yield from (found.span() for found in _CRYPT.finditer(text))
    if "}" in text:
        yield from (found.span(1) for found in _LDAP_HASH.finditer(text))


SIGNS = ("@", "?", "&", "$", "}")
"""What such a place has in it."""


def worded(text: str, folded: str) -> Iterator[Span]:
    """Where secrets stand in places that a word shows."""
    for word, find in _FINDERS:
        if word in folded:
            yield from find(text)
    yield from _behind_words(text, folded)
    yield from _line_commands(text)


def _addresses(text: str) -> Iterator[Span]:
    for found in _ADDRESS.finditer(text):
        user, password = found["user"], found["password"]
        if password is None:
            if mixed(user, 12):
                yield found.span("user")
        elif not _PORT.match(password):
            yield found.span("password")
            if mixed(user, 20):
                yield found.span("user")


def _pairs(text: str) -> Iterator[Span]:
    """`user:password@host:port` without a scheme, and as Go's drivers write it."""
    for at in places(text, "@"):
        after = _AFTER_AT.match(text, at)
        start = max(0, at - 270)
        before = _BEFORE_AT.match(text[start:at]) if after else None
        if before and after and (after["go"] or (mixed(before["password"], 6) and "@" not in before["password"])):
            yield start + before.start("password"), at


def _oracle(text: str) -> Iterator[Span]:
    yield from (found.span(1) for found in _ORACLE.finditer(text))


def _behind_words(text: str, folded: str) -> Iterator[Span]:
    for word in (word for word in _CALLS if word in folded):
        for at in places(folded, word):
            given = _BY_POSITION.match(text, at + len(word))
            found = _ARGUMENT.finditer(text, *given.span(1)) if given else ()
            yield from (one.span(1) for one in found if mixed(one[1], 6))
    for word in (word for word in _LINKS if word in folded):
        links = (_LINKED.match(text, at + len(word)) for at in places(folded, word))
        yield from (one.span(1) for one in links if one and mixed(one[1], 16) and random_looking(one[1]))


def _codes(text: str) -> Iterator[Span]:
    yield from (found.span(1) for found in _CODE.finditer(text))


def _bundler(text: str) -> Iterator[Span]:
    yield from (found.span(1) for found in _BUNDLER.finditer(text))


def _bearer(text: str) -> Iterator[Span]:
    return _scheme(text, "bearer")


def _basic(text: str) -> Iterator[Span]:
    return _scheme(text, "basic")


def _negotiate(text: str) -> Iterator[Span]:
    return _scheme(text, "negotiate")


def _versioned(text: str) -> Iterator[Span]:
    yield from (found.span(1) for found in _VERSIONED.finditer(text))


def _named_hashes(text: str) -> Iterator[Span]:
    yield from (found.span() for found in _NAMED_HASH.finditer(text))


def _scheme(text: str, word: str) -> Iterator[Span]:
    """What follows the name of a scheme, unless it is an ordinary word: `basic authentication`."""
    for at in places(text.lower(), word):
        found = _SCHEME.match(text, at + len(word))
        if found and (_SIGN.search(found[1], 0, len(found[1]) - 1) or _CAMEL.search(found[1])):
            yield found.span(1)


def password_files(text: str, data: bytes) -> Iterator[Span]:
    """`host:port:database:user:password`, as PostgreSQL keeps it."""
    marked = data.translate(_PORT_TABLE)
    for shape in _PORTS:
        if shape in marked:
            found = (_PGPASS.match(text, at) for at in places(marked, shape))
            yield from (one.span(1) for one in found if one and mixed(one[1], 6))


def _web_keys(text: str) -> Iterator[Span]:
    yield from (found.span(1) for found in _JWK.finditer(text))


def _statements(text: str) -> Iterator[Span]:
    yield from (found.span(2) for found in _IDENTIFIED.finditer(text))


def _redis(text: str) -> Iterator[Span]:
    for found in _REDIS.finditer(text):
        yield found.span(2) if found[2] else found.span(1)


def _line_commands(text: str) -> Iterator[Span]:
    """What clients of mail, files and caches send to log in."""
    for word in _LINE_WORDS:
        if word in text:
            for at in places(text, word):
                found = _LINE_COMMAND.match(text, at)
                if found and mixed(found[1], 6) and not _SENT_FILE.search(found[1]):
                    yield found.span(1)


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[Span]]], ...] = (
    ("bundle_", _bundler),
    (" is your ", _codes),
    ("oracle", _oracle),
    ("sqlplus", _oracle),
    ("bearer", _bearer),
    ("basic", _basic),
    ("negotiate ", _negotiate),
    ("v1=", _versioned),
    ("pbkdf2", _named_hashes),
    ("bcrypt_", _named_hashes),
    ("argon2", _named_hashes),
    ("scrypt", _named_hashes),
    ('"kty"', _web_keys),
    ("identified", _statements),
    ('"auth"', _redis),
)
"""What a text must hold, in small letters, before a finder looks: looking for a word is a hundred times faster."""

SHOWN_BY = (*_CALLS, *_LINKS, *(word for word, _ in _FINDERS), *(word.lower() for word in _LINE_WORDS))
"""The words that show such a place."""
