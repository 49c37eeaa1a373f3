"""Secrets that stand in a place for secrets: addresses, calls, statements, headers without a name, files of passwords.

Knows: the syntax of these. Must not know: names (keys.py), issuers (issued.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flightrules.state.masking.hashes import signed_hashes
from flightrules.state.masking.links import queries
from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import Span, places
from flightrules.state.masking.values import guarded, mixed

_ADDRESS = re.compile(
    r":(?://|\\/\\/)(?P<user>[^\s:/@?#\"'<>`]{0,200})(?::(?P<password>[^\s\"'<>`]{1,400}))?@(?=[\w\[%.${-])"
)
_MAIL_PAIR = re.compile(
    r"@(?:[\w-]{1,60}\.){1,4}[a-z]{2,10}:"
    r"(?=[^\s:]{0,60}\d)(?=[^\s:]{0,60}[A-Z])(?=[^\s:]{0,60}[a-z])([^\s:/@\"',;<>]{8,200})(?![\w/:])"
)
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
_PGPASS = re.compile(r":(?:\d{4,5}|\*):[\w.*-]{1,64}:[A-Za-z_*][\w.*-]{0,63}:([^\s:]{1,200})(?!\S)")
COLONS = 4
"""Number of colons in a line of a password file."""
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
    r"(?:PASS|AUTH(?:ENTICATE)?(?: PLAIN| LOGIN)?(?: challenge:)?|LOGIN \"?[^\s\"]{1,200}\"?) [\"']?([^\s\"']{4,400})"
)
_PAIR = re.compile(
    r"[^\n:=\w\"'>-]{0,3}(?:\w{1,12} (?:from|for|by|of) [^\s:]{1,60}: |[=:\s])"
    r"[\"']?(?!sha\d|md5|arn|urn|https?:)[\w.@+-]{1,64}:([^\s\"',;<>]{6,200})"
)
"""`user:password` behind a word of logging in."""
_REDIS_ARGS = re.compile(r"'auth', args: \[[^\]\n]{0,200}?'([^'\n]{1,400})' \]")
_CALLS = (
    "pscredential",
    "sign(",
    "bind_s(",
    "bind(",
    "auth=(",
    "connect(",
    "__construct(",
    ".auth(",
    "login(",
    "log_in(",
    "authenticate(",
    "credentials(",
    "credential(",
)
_BY_POSITION = re.compile(
    r"\s{0,4}\(?(?:[\"'][^\"'\n]{0,200}[\"']|\w{1,40})((?:\s{0,4},\s{0,4}[\"'][^\"'\n]{0,200}[\"']){1,4})"
)
"""Arguments of a call that logs in: an address, a user and a password."""
_ARGUMENT = re.compile(r"[\"']([^\"'\s]{4,200})[\"']")
_NEXT_ARGUMENT = re.compile(r"\s{0,4},\s{0,4}[\"']([^\"'\s:]{6,400})[\"']")
_GLUED = re.compile(r"([^\"\s:/.]{5,200})\"")
"""`"-pSECRET"`, one of a list of arguments."""
_BY_HOST = re.compile(
    r'"(?:\w+-oauth|\w+-token|bearer)"\s{0,4}:\s{0,4}\{\s{0,8}"[^"]{1,200}"\s{0,4}:\s{0,4}"([^"]{8,400})"'
)
_MAIL_LOGIN = re.compile(r"334 UGFzc3dvcmQ6[^\n]{0,20}\n[^\n]{0,60}?([A-Za-z0-9+/]{4,400}={0,2})(?=\s|\Z)")
"""The answer to the question for a password, both in base64."""
_CODE = re.compile(r"\b(?:G-)?(\d{4,8}) is your \w{0,20} ?(?:verification |login |security )?code", re.IGNORECASE)
_BUNDLER = re.compile(r"\bBUNDLE_\w+__\w+[=:]\s?[\"']?([^\s\"']{8,200})")
_SENT_FILE = re.compile(r"\.\w{1,4}$|/|\(|^\W")


def placed(text: str) -> Iterator[Span]:
    """Yield the spans of secrets in places that are marked by signs such as `@` or `?`."""
    if "@" in text:
        yield from _addresses(text)
        yield from _pairs(text)
        yield from _mail_logins(text)
    if "?" in text or "&" in text:
        yield from queries(text)
    yield from signed_hashes(text)


SIGNS = ("@", "?", "&", "$", "}")
"""Signs of which at least one occurs in a place of this kind."""


def worded(text: str, shown: WordPlaces) -> Iterator[Span]:
    """Yield the spans of secrets in places that are marked by a word."""
    for word in shown.words.keys() & _AT.keys():
        find = _AT[word]
        for at in shown.words[word]:
            yield from find(text, at + len(word))
    for word in shown.words.keys() & _PATTERNS.keys():
        yield from (found.span(found.lastindex or 0) for found in _PATTERNS[word].finditer(text))


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


def _mail_logins(text: str) -> Iterator[Span]:
    """`ann@shop.example:SECRET`."""
    yield from (found.span(1) for found in _MAIL_PAIR.finditer(text))


def _arguments(text: str, at: int) -> Iterator[Span]:
    """Yield the positional arguments of a call that logs in."""
    given = _BY_POSITION.match(text, at)
    found = _ARGUMENT.finditer(text, *given.span(1)) if given else ()
    yield from (one.span(1) for one in found if guarded(one[1]))


def _pair(text: str, at: int) -> Iterator[Span]:
    found = _PAIR.match(text, at)
    if found and guarded(found[1]) and "/" not in found[1]:
        yield found.span(1)


def _argument(text: str, at: int) -> Iterator[Span]:
    """`"-a", "SECRET"`, two of a list of arguments."""
    found = _NEXT_ARGUMENT.match(text, at)
    if found and guarded(found[1]) and not _SENT_FILE.search(found[1]):
        yield found.span(1)


def _scheme(text: str, at: int) -> Iterator[Span]:
    """Yield the spans that follow the name of a scheme, unless they are ordinary words: `basic authentication`."""
    found = _SCHEME.match(text, at)
    if found and (_SIGN.search(found[1], 0, len(found[1]) - 1) or _CAMEL.search(found[1])):
        yield found.span(1)


def _line_command(text: str, at: int) -> Iterator[Span]:
    """Yield the spans of secrets in the commands with which clients of mail, files and caches log in."""
    found = _LINE_COMMAND.match(text, at)
    if found and mixed(found[1], 6) and not _SENT_FILE.search(found[1]):
        yield found.span(1)


def password_files(text: str, data: bytes) -> Iterator[Span]:
    """`host:port:database:user:password`, as PostgreSQL keeps it."""
    marked = data.translate(_PORT_TABLE)
    for shape in _PORTS:
        if shape in marked:
            found = (_PGPASS.match(text, at) for at in places(marked, shape))
            yield from (one.span(1) for one in found if one and mixed(one[1], 6))


_AT: dict[str, Callable[[str, int], Iterator[Span]]] = {
    **dict.fromkeys(_CALLS, _arguments),
    **dict.fromkeys(("bearer", "basic", "negotiate", "ssws", "geniekey"), _scheme),
    **dict.fromkeys(("auth", "login", "addauth digest", "credentials"), _pair),
    **dict.fromkeys(('"-a"', '"-p"', '"-w"', "'-a'", "'-p'", "'-w'"), _argument),
    '"-p': lambda text, at: (one.span(1) for one in [_GLUED.match(text, at)] if one and mixed(one[1], 6)),
    "pass ": lambda text, at: _line_command(text, at - len("pass ")),
    "auth ": lambda text, at: _line_command(text, at - len("auth ")),
    "authenticate ": lambda text, at: _line_command(text, at - len("authenticate ")),
    "login ": lambda text, at: _line_command(text, at - len("login ")),
}
"""The word that shows a place, and what looks behind it."""
_PATTERNS = {
    "bundle_": _BUNDLER,
    " is your ": _CODE,
    "oracle": _ORACLE,
    "sqlplus": _ORACLE,
    "v1=": _VERSIONED,
    '"kty"': _JWK,
    "identified": _IDENTIFIED,
    '"auth"': _REDIS,
    "'auth', args": _REDIS_ARGS,
    '-oauth"': _BY_HOST,
    '-token"': _BY_HOST,
    '"bearer"': _BY_HOST,
    "334 ugfzc3dvcmq6": _MAIL_LOGIN,
}
"""The word that shows that a pattern may be found; its last group is the secret."""

SHOWN_BY = (*_AT, *_PATTERNS)
"""The words that show such a place."""
