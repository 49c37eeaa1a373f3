"""Names that mean a secret, in the languages and spellings that programs and people use.

Knows: words. Must not know: the syntax around a name, or its value.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache


class Kind(Enum):
    """Certainty with which a name shows that its value is a secret."""

    NONE = "none"
    WEAK = "weak"
    """The value is a secret when it looks like one: `auth`, `pin`, `signature`."""
    STRONG = "strong"
    HEADER = "header"
    """A secret up to the end of the line or of its quotation marks: `Cookie`, `Authorization`."""


STEMS = (
    *("passw", "passp", "passc", "passk", "requirepass", "mot de passe", "motdepasse", "mot_de_passe", "pwd"),
    *("bindpw", "pword", "pswd", "kennwort", "wachtwoord", "secret", "token", "credential", "cookie", "authoriz"),
    *("masterauth", "aspxauth", "jwt", "apikey", "accesskey", "secretkey", "privatekey", "privkey", "authkey"),
    *("masterkey", "encryptionkey", "accountkey", "signingkey", "sharedkey", "appkey", "sessionid", "sessid"),
    *("csrf", "xsrf", "signature", "samlresponse", "samlrequest", "samlassertion", "connect.sid", "mnemonic"),
    *(
        "contrase",
        "senha",
        "parola d'ordine",
        "parola",
        "haslo",
        "heslo",
        "losenord",
        "salasana",
        "adgangskode",
        "zugangscode",
    ),
    *(
        "verifier",
        "answer",
        "ident",
        "clearance",
        "logged_in_",
        "honeycomb",
        "aspnetcore",
        "samlart",
        "authtok",
        "encrypt",
        "ticket",
        "pfx",
        "ssn",
    ),
    *("geheimnis", "assertion", "device_code", "devicecode", "salt", "creds"),
)
"""Stems that occur in the names of secrets, in small letters."""

OTHER_STEMS = (
    *("has\u0142o", "l\u00f6senord", "jelsz\u00f3", "\u015fifre", "\u043f\u0430\u0440\u043e\u043b", "\u5bc6\u7801"),
    *(
        "\u5bc6\u94a5",
        "\u79d8\u94a5",
        "\u91d1\u9470",
        "\ube44\ubc00\ud0a4",
        "\u5bc6\u78bc",
        "\u53e3\u4ee4",
        "\u30d1\u30b9\u30ef\u30fc\u30c9",
        "\ube44\ubc00\ubc88\ud638",
        "schl\u00fcssel",
    ),
)
"""Those with letters beyond ASCII."""

WORDS = (
    *("pass", "pw", "psk", "otp", "pin", "cvv", "cvc", "key", "auth", "sig", "sas", "sid", "session", "clave"),
    *("-sign", "_sign", "_private", "_access", "-crumb", "_pat", "_sso", "keys", "code", "codes", "seed", "phrase"),
)
"""Short words that mean a secret only as a word of their own: `pin` also stands in `shipping`."""

SPACED = ("key", "keys", "code", "codes", "seed", "phrase")
"""Those that mean a secret behind another word, from which a space may part them: `recovery codes`."""

_GLUED = ("pass", "pw", "psk")
"""Those that are often glued to the word before: `dbpass`."""

_STRONG = re.compile(
    r"""passw|passp|passcode|secret|token|credential|privkey|keybase|bindpw|requirepass|masterauth
    |(?:api|access|priv(?:ate)?|secret|account|(?:en|de)crypt(?:ion)?|validation|machine|unseal|sign(?:ing)?|master|auth|shared|app|client|service|license|deploy
    |session|admin|user|hmac|aes|rsa|ssh|jwt|cipher|root|storage|webhook|subscription|consumer|integration|recovery|crypt|register)_?key|erlang_?cookie
    |(?:db|usr|user|my|root|admin|smtp|ftp|mail|ldap|bind|key|store|trust|sql|pg|login|http|proxy|cert|wifi|redis|new|old|cur
    |svc|app|temp|tmp|master|sudo|ssh|web|vpn|priv|require|dn|remote|local|imap|relay|server|client|host|sasl|pop|peer)_?(?:pass|pw)$
    |saml(?:_?)(?:response|request|assertion)|sessionid|sessid|connectsid|connect_sid|aspxauth|csrf|xsrf|mnemonic|seedphrase|pepper|^x_?auth|^x_\w{1,40}_key$
    |(?:client|jwt|saml)_?assertion|device_?code|(?:sign(?:ing)?|secret|hash|auth|key|cookie)_?salt|(?:^|_)creds?$
    |authtok$|honeycomb_?team|code_?verifier|security_?answer|auth_?ident$|cf_?clearance|logged_?in_[0-9a-f]|asp_?net_?core_?identity|root_?token_?id|saml_?art$|instrumentation_?key
    |\u5bc6\u94a5|\u79d8\u94a5|\u91d1\u9470|\ube44\ubc00\ud0a4
    |kennwort|mot_?de_?passe|contrase|senha|wachtwoord|parola|has\u0142o|haslo|l[o\u00f6]senord|salasana|adgangskode|heslo
    |(?:seed|recovery|secret|backup|wallet)_?phrase
    |jelsz\u00f3|\u015fifre|\u043f\u0430\u0440\u043e\u043b|\u5bc6\u7801|\u5bc6\u78bc|\u53e3\u4ee4
    |\u30d1\u30b9\u30ef\u30fc\u30c9|\ube44\ubc00\ubc88\ud638|geheimnis|zugangscode""",
    re.VERBOSE,
)

_STRONG_WORDS = frozenset({"pwd", "psk", "cvv", "cvc", "pw", "otp", "totp", "pass", "passw", "pswd", "pword"})
"""Words of a name that say it alone; `pass` and a few more only beside another word."""

_ALONE_WEAK = frozenset({"pass", "otp", "pw", "psk"})

_WEAK_WORDS = frozenset(
    {
        "jwt",
        "auth",
        "key",
        "sig",
        "signature",
        "sas",
        "sid",
        "session",
        "pin",
        "clave",
        "schl\u00fcssel",
        "salt",
        "seed",
        "samlart",
        "ticket",
        "pfx",
        "encrypt",
        "ssn",
        "keys",
        "skey",
    }
)
_CODES = re.compile(
    r"(?:your|recovery|backup|scratch|verif\w{0,8}|one_time|auth\w{0,12}|login|access|security|2_fa|mfa|t?otp|sms|pairing"
    r"|activation|invit\w{0,5}|confirm\w{0,6}|reset|registration|unlock|emergency)_codes?"
)
"""Codes that let somebody in."""
_SESSION_IDS = ("session_id", "sess_id", "session_ids", "secret_id", "root_token_id")
_WEAK_BESIDE = frozenset({"sign", "private", "access", "crumb", "pat", "sso"})
"""Words that say so much only behind another one: `API-Sign`, `VAPID_PRIVATE`."""

_HEADERS = frozenset(
    {"authorization", "proxy_authorization", "cookie", "set_cookie", "set_cookie2", "x_amz_security_token"}
)

_ABOUT = frozenset(
    {
        "type",
        "name",
        "names",
        "url",
        "uri",
        "urls",
        "endpoint",
        "expiry",
        "expires",
        "expire",
        "expired",
        "expiration",
        "exp",
    }
    | {
        "at",
        "in",
        "count",
        "counts",
        "counter",
        "len",
        "length",
        "id",
        "ids",
        "ttl",
        "age",
        "file",
        "path",
        "dir",
        "policy",
    }
    | {
        "rule",
        "rules",
        "reset",
        "hint",
        "version",
        "status",
        "state",
        "valid",
        "required",
        "enabled",
        "disabled",
        "limit",
    }
    | {
        "size",
        "min",
        "max",
        "used",
        "usage",
        "algorithm",
        "alg",
        "method",
        "mode",
        "format",
        "issuer",
        "provider",
        "arn",
    }
    | {
        "manager",
        "store",
        "ref",
        "refs",
        "rotation",
        "bucket",
        "budget",
        "attempts",
        "attempt",
        "strength",
        "field",
        "label",
    }
    | {
        "less",
        "stdin",
        "helper",
        "error",
        "errors",
        "failed",
        "class",
        "kind",
        "date",
        "time",
        "created",
        "updated",
        "changed",
        "host",
    }
    | {
        "lifetime",
        "validity",
        "source",
        "scope",
        "scopes",
        "prefix",
        "index",
        "pos",
        "position",
        "total",
        "engine",
        "rate",
    }
    | {
        "fingerprint",
        "checked",
        "checks",
        "service",
        "server",
        "vault",
        "backend",
        "provided",
        "needed",
        "present",
        "exists",
    }
)
"""Last words of a name that speaks about a secret, and whose value is none."""

_PUBLIC = re.compile(
    r"public_?key|primary_?key|foreign_?key|partition_?key|sort_?key|cache_?key|routing_?key|tokeniz|secretar|host_?key|pub_?key|web_?socket_?key|secretsmanager|idempot\w*_?key|dedup\w*_?key|(?:row|sort|object|group|lookup|map|message|issue|natural|index|unique)_?key"
    r"|authorized_keys|status_?code|exit_?code|error_?code|country_?code|zip_?code|post_?code|response_?code|http_?code|has_?code"
)


def stands_alone(text: str, at: int, word: str) -> bool:
    """Return True if one of the short words stands here as a word of a name, by small and capital letters."""
    end = at + len(word)
    if word[0] in "_-":
        return not text[end : end + 1].isalpha()
    after = text[end : end + 1]
    if after.isalpha() and after.isupper() == text[end - 1].isupper():
        return False
    before = text[at - 1] if at else ""
    return not before.isalpha() or word in _GLUED or (before.islower() and text[at].isupper())


_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|[A-Z]")


_TAIL = re.compile(
    r"(?<=[a-z])(?:_(?:value|data|pem|base_?64|b_?64|p_?8|p_?12|raw|hex|plain|string|text|content|encoded|prod|dev|live|staging"
    r"|new|old|current|previous|primary|secondary|backup|override|env))+$"
)
"""Last words of a name that say of which form or stage a value is."""


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind:
    """Return the kind of a value's name, which says how likely the value is a secret."""
    words = [word.lower() for word in _SPLIT.findall(name)]
    if not words:
        return Kind.NONE
    joined = _TAIL.sub("", "_".join(words))
    words = joined.split("_")
    last = next((word for word in reversed(words) if not word.isdigit()), words[-1])
    if joined in _HEADERS:
        return Kind.HEADER
    if joined.endswith(_SESSION_IDS) or _CODES.fullmatch(joined):
        return Kind.WEAK
    if last in _ABOUT or _PUBLIC.search(joined):
        return Kind.NONE
    if _STRONG.search(joined) or _STRONG.search("".join(words)):
        return Kind.STRONG
    return _by_word(words, last)


def _by_word(words: list[str], last: str) -> Kind:
    if last in _STRONG_WORDS:
        return Kind.WEAK if len(words) == 1 and last in _ALONE_WEAK else Kind.STRONG
    beside = last in _WEAK_BESIDE and len(words) > 1
    return Kind.WEAK if beside or last in _WEAK_WORDS else Kind.NONE
