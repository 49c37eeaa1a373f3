"""Secrets behind options of programs whose letters say nothing: `mysql -pSECRET`, `curl -u USER:SECRET`.

Knows: the options of programs. Must not know: options that name a secret (keyed.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.rare import RARE
from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import Span
from flightrules.state.masking.values import guarded

_REST = r"[^\n;&]{0,400}?\s"
_VALUE = r"[\"']?([^\s\"']{1,400})"
_RANDOM = r"[\"']?(?=[^\s\"']{0,40}\d)(?=[^\s\"']{0,40}[A-Z])(?=[^\s\"']{0,40}[a-z])([^\s\"'/:.,=]{8,400})"
_LOGIN_KEY = r"\s+(?:--relogin\s+)?([0-9a-f]{32,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"
_MIXED = rf"(?=\S{{0,40}}\d)(?=\S{{0,40}}[A-Za-z]){_VALUE}"

_USER_AND_PASSWORD = rf"[ =]?\S{{1,200}}\s(?:[^\n|;&]{{0,200}}\s)?-[pP][ =]?{_MIXED}"


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
    ("ldap", _option("-w")),
    ("snmp", rf"{_option('-[cAX]')}(?:[^\n]{{0,200}}?\s-[AX]\s*{_VALUE})?"),
    ("smb", _option("-U", r"\s*[\"']?[^\s%\"']{1,100}%")),
    ("rpcclient", _option("-U", r"\s*[\"']?[^\s%\"']{1,100}%")),
    ("htpasswd", rf"{_REST}-\w*b\w*\s+(?:-\w+\s+)*(?:\S+\s+)?\S+\s+{_VALUE}"),
    ("mongo", _option("-p")),
    ("ipmitool", _option("-P")),
    ("mosquitto_", _option("-P")),
    ("sqlcmd", _option("-P")),
    ("zip", _option("-P")),
    ("7z", _option("-p", "")),
    ("lftp", _option("-u", r"[ =]?[\"']?[^\s,\"']{1,200},")),
    ("http", _option("-a|--auth", r"[ =][\"']?[^\s:\"']{1,200}:")),
    ("ssh-keygen", _option("-[NP]")),
    ("openssl", _option("-k|-K|-hmac|-macopt \\w+key:")),
    ("--from-literal", rf"[ =](?:[\w.-]+=)?{_VALUE}"),
    (" secret", _option("--value|--body|-b|--secret-string|--secret-value", "[ =]?")),
    ("securestring", _option("--value", "[ =]")),
    (" -p", rf"w?[ =]{_RANDOM}"),
    (" -w", rf"[ =]?{_RANDOM}"),
    (
        " -u",
        rf"[ =]?[\"']?(?:[\w.@+-]{{1,200}}:|[^\s%]{{1,100}}%){_MIXED}|{_USER_AND_PASSWORD}",
    ),
    (" --user", rf"(?:name)?[ =]\S{{1,200}}\s(?:[^\n|;&]{{0,200}}\s)?-[pP][ =]?{_MIXED}"),
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
    ("net use", rf"(?:\s+\S+)?\s+\\\\\S+\s+(?:{_VALUE}\s+)?/user:\S+(?:\s+{_VALUE})?"),
    ("snmp-server community", rf"\s+{_VALUE}"),
    ("rdp", rf"{_REST}/p:{_VALUE}"),
    ("rabbitmqctl", rf"\s+(?:add_user|change_password|authenticate_user)\s+\S+\s+{_VALUE}"),
    ("aws configure set", rf"\s+\S*secret\S*\s+{_VALUE}"),
    ("net user", rf"\s+[^\s/]\S*\s+{_VALUE}(?=\s+/)"),
    ("convertto-securestring", rf"\s+(?:-String\s+)?{_VALUE}"),
    ("mc alias set", rf"\s+\S+\s+\S+\s+\S+\s+{_VALUE}"),
    ("mc config host add", rf"\s+\S+\s+\S+\s+\S+\s+{_VALUE}"),
    ("expdp", rf"\s+\w+/{_VALUE}"),
    ("impdp", rf"\s+\w+/{_VALUE}"),
    ("rman target", r"\s+\w+/([^\s@]+)"),
    (
        "login",
        rf"{_option('-p', '[ =]?')}|{_LOGIN_KEY}",
    ),
    ("bw unlock", rf"\s+{_MIXED}"),
    ("add-mask::", _VALUE),
    (" on >", _VALUE),
    ("passwd", rf"\s+(?:-\w+\s+)*[\w.-]+\s+{_MIXED}"),
    ("identify", rf"\s+{_MIXED}"),
    (" /rp", rf"\s+{_VALUE}"),
    ("snyk auth", rf"\s+{_VALUE}"),
    ("rootpw", rf"\s+(?:--\w+\s+)*{_VALUE}"),
    ("kinit", rf"{_REST}<<<\s*{_VALUE}"),
    ("<(echo", r"\s+(?:-\w+\s+)*[\"']?([^\s\"')]{1,400})"),
    ("<(printf", r"\s+[\"']?([^\s\"')]{1,400})"),
    ("acl setuser", r"\s+\S+[^\n]{0,200}?\s>(\S{1,400})"),
    ("config:set", rf"\s+\w+={_VALUE}"),
)


_ECHOES = ("echo ", "printf ")
_GEAR = ("tacacs", "radius-server", "isakmp", "message-digest", "snmp-server user", "secauth", "key-string")
_GEAR_KEY = re.compile(r"\b(?:key|md5|sha|3?des|aes(?: \d{3})?|key-string)\s+(?:\d\s+)?(\S{6,400})")
"""Keys in the settings of routers and switches."""
_PIPED = re.compile(r"\b(?:echo|printf)\s+(?:-\w+\s+)*[\"']?([^\s\"'|$]{6,400})[\"']?\s*\|")
"""Value that is piped to another program."""

_BEHIND: dict[str, list[re.Pattern[str]]] = {}
for _word, _pattern in (*_WITH_OPTION, *_OTHERS, *RARE):
    _BEHIND.setdefault(_word, []).append(re.compile(_pattern))
_OPTION_WORDS = frozenset(word for word, _ in _WITH_OPTION)


SHOWN_BY = (*_BEHIND, *_ECHOES, *_GEAR)
"""Words that occur wherever a program may be given a secret."""


def commands(text: str, shown: WordPlaces) -> Iterator[Span]:
    """Yield the spans of secrets that are given to programs."""
    options = " -" in text
    for word in shown.words.keys() & _BEHIND.keys():
        if options or word not in _OPTION_WORDS:
            for at in shown.words[word]:
                for pattern in _BEHIND[word]:
                    yield from _groups(pattern.match(text, at + len(word)))
    if "|" in text and not shown.words.keys().isdisjoint(_ECHOES):
        yield from (found.span(1) for found in _PIPED.finditer(text) if guarded(found[1].rpartition(":")[2]))
    if not shown.words.keys().isdisjoint(_GEAR):
        yield from (found.span(1) for found in _GEAR_KEY.finditer(text) if guarded(found[1]))


def _groups(found: re.Match[str] | None) -> Iterator[Span]:
    """The span of each secret of a match; a variable, an option or a placeholder is none."""
    for number in range(1, found.re.groups + 1) if found else ():
        value = found[number] if found else None
        if found and value and not value.startswith(("-", "<")) and (value[0] != "$" or "$" in value[1:]):
            yield found.span(number)
