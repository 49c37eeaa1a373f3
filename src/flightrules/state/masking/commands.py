"""Secrets behind options of programs whose letters say nothing: `mysql -pSECRET`, `curl -u USER:SECRET`.

Knows: the options of programs. Must not know: options that name a secret (keyed.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.spans import Span, places

_REST = r"[^\n;&]{0,400}?\s"
_VALUE = r"[\"']?([^\s\"']{1,400})"


def _option(letters: str, between: str = r"\s*") -> str:
    """The program's other arguments, one of these options, and its value."""
    return rf"[\w.-]*{_REST}(?:{letters}){between}{_VALUE}"


_WITH_OPTION = (
    ("curl", _option(r"-u|--user|-U|--proxy-user", r"[ =]?[\"']?[^\s:\"']{1,200}:")),
    ("ctl", _option(r"-u|--user", r"[ =][\"']?[^\s:\"']{1,200}:")),
    ("mysql", _option("-p", "")),
    ("mariadb", _option("-p", "")),
    ("sshpass", _option("-p")),
    ("redis-cli", _option("-a|--pass", "[ =]")),
    ("login", _option("-p", "[ =]?")),
    ("ldap", _option("-w")),
    ("snmp", _option("-[cAX]")),
    ("smb", _option("-U", r"\s*[\"']?[^\s%\"']{1,100}%")),
    ("rpcclient", _option("-U", r"\s*[\"']?[^\s%\"']{1,100}%")),
    ("htpasswd", rf"{_REST}-\w*b\w*\s+(?:-\w+\s+)*\S+\s+\S+\s+{_VALUE}"),
    ("mongo", _option("-p")),
    ("ipmitool", _option("-P")),
    ("mosquitto_", _option("-P")),
    ("sqlcmd", _option("-P")),
    ("zip", _option("-P")),
    ("7z", _option("-p", "")),
)
"""The program's name, and behind it where its secret stands. Each has a space and a dash."""

_OTHERS = (
    ("pass:", _VALUE),
    ("vault login", r"\s+(?:-\S+\s+)*([^\s\"'=-][^\s\"'=]*)(?!\S)"),
    ("cargo login", r"\s+([^\s\"'=-][^\s\"'=]*)(?!\S)"),
    ("poetry config http-basic", rf"\S*\s+\S+\s+{_VALUE}"),
    ("-createcredential", rf"\s+\S+\s+\S+\s+{_VALUE}"),
    ("db2 connect", rf"[^\n]{{0,80}}? user \S+ using {_VALUE}"),
    ("verification code is", r":?\s+\W?(\d{4,8})(?!\d)"),
    ("net use", rf"{_REST}/user:\S+\s+{_VALUE}"),
    ("rdp", rf"{_REST}/p:{_VALUE}"),
    ("rabbitmqctl", rf"\s+(?:add_user|change_password|authenticate_user)\s+\S+\s+{_VALUE}"),
    ("aws configure set", rf"\s+\S*secret\S*\s+{_VALUE}"),
    ("net user", rf"\s+[^\s/]\S*\s+{_VALUE}(?=\s+/)"),
    ("convertto-securestring", rf"\s+(?:-String\s+)?{_VALUE}"),
    ("mc alias set", rf"\s+\S+\s+\S+\s+\S+\s+{_VALUE}"),
    ("add-mask::", _VALUE),
    ("acl setuser", r"\s+\S+[^\n]{0,200}?\s>(\S{1,400})"),
    ("config:set", rf"\s+\w+={_VALUE}"),
)

_PIPED = (
    ("chpasswd", re.compile(r"[\"']?[\w.-]{1,64}:([^\s\"'|]+)[\"']?\s*\|\s*(?:sudo\s+)?chpasswd")),
    ("sudo", re.compile(r"\becho\s+(?:-\w+\s+)?[\"']?([^\s\"'|]+)[\"']?\s*\|\s*sudo\s+(?:-\w+\s+)*-\w*S")),
    ("stdin", re.compile(r"\becho\s+(?:-n\s+)?[\"']?([^\s\"'|]+)[\"']?\s*\|[^\n]{0,200}?--?[\w-]*stdin")),
)

_BEHIND = {word: re.compile(pattern) for word, pattern in (*_WITH_OPTION, *_OTHERS)}
_OPTION_WORDS = tuple(word for word, _ in _WITH_OPTION)
_OTHER_WORDS = tuple(word for word, _ in _OTHERS)


SHOWN_BY = (*_OPTION_WORDS, *_OTHER_WORDS, *(word for word, _ in _PIPED))
"""What stands where a program may be given a secret."""


def commands(text: str, folded: str) -> Iterator[Span]:
    """Where programs are given secrets."""
    if " -" in text:
        yield from _behind(text, folded, _OPTION_WORDS)
    yield from _behind(text, folded, _OTHER_WORDS)
    if "|" in text:
        for word, pattern in _PIPED:
            if word in folded:
                yield from (found.span(1) for found in pattern.finditer(text))


def _behind(text: str, folded: str, words: tuple[str, ...]) -> Iterator[Span]:
    for word in words:
        if word in folded:
            for at in places(folded, word):
                found = _BEHIND[word].match(text, at + len(word))
                if found and not found[1].startswith(("$", "-", "<")):
                    yield found.span(1)
