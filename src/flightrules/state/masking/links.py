"""Secrets in links: what logs in, sets a password, signs an address, or posts to a chat.

Knows: queries and paths. Must not know: names of values (keys.py), whole tokens (issued.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import Span
from flightrules.state.masking.values import guarded, mixed
from flightrules.state.masking.weighing import random_looking

_QUERY = re.compile(
    r"[?&;~](?:code|sig|signature|key|auth|sid|hmac|t|st|se?ss?|pwd?|pass|jwt|state|appid)=([^&\s\"'<>;,]{8,4096})",
    re.IGNORECASE,
)
_LINKS = ("/reset", "/password", "/verif", "/confirm", "/activat", "/magic", "/invit")
_URL = re.compile(r"://(?P<host>[^\s/\"'<>]{1,200})/(?P<path>[^\s?#\"'<>]{1,400})", re.IGNORECASE)
_SEGMENT = re.compile(r"[\w~+:@-]{6,400}")
_LETTERS = re.compile(r"(?=.*\d)(?:(?=.*[A-Z].*[A-Z])|[a-z0-9]+\Z)")
_HEX = re.compile(r"[a-z-]{0,10}[0-9a-f]{32,64}")
_UUID = re.compile(r"(?:xx-)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}", re.IGNORECASE)
_LINKED = re.compile(r"[\w-]{0,24}/([\w-]{20,400})(?![\w/])")
"""The rest of a link that logs in or sets a password."""

_POSTED_TO = (
    *(
        "hook",
        "loggly.com/",
        "pagerduty.com/integration",
        "hc-ping.com/",
        "maker.ifttt.com/",
        "infura.io/",
        "alchemy.com/",
    ),
    *(
        "quiknode.pro/",
        "victorops.com/",
        "/private-",
        "/t/",
        "cronitor.link/",
        "/heartbeat/",
        "nosnch.in/",
        "cronhub.io/",
    ),
    *(
        "datadoghq.com/v1/input/",
        "smee.io/",
        ".make.com/",
        "ankr.com/",
        "logz.io/",
        "uptimerobot.com/",
        "/integrations/",
    ),
)
"""Parts of addresses behind which a random part is all that a caller must know."""
SHOWN_BY = (*_LINKS, *_POSTED_TO)
"""The words that show such a link."""


def queries(text: str) -> Iterator[Span]:
    """Random values of short names in the query of an address."""
    return (found.span(1) for found in _QUERY.finditer(text) if mixed(found[1], 16))


def linked(text: str, shown: WordPlaces) -> Iterator[Span]:
    """The part of a link's path that is a secret."""
    for word in shown.words.keys() & _LINKS:
        links = (_LINKED.match(text, at + len(word)) for at in shown.words[word])
        yield from (one.span(1) for one in links if one and mixed(one[1], 16) and random_looking(one[1]))
    for word in shown.words.keys() & _POSTED_TO:
        for at in shown.words[word]:
            yield from _hooked(text, at)


def _hooked(text: str, at: int) -> Iterator[Span]:
    """The random parts of an address at which messages are taken without another question."""
    signs = text.rfind("://", max(0, at - 300), at + 1)
    url = _URL.match(text, signs) if signs >= 0 else None
    if url is None or url.end() <= at:
        return
    host = at < url.end("host")
    for part in _SEGMENT.finditer(text, *url.span("path")):
        value = part.group()
        random = (_LETTERS.match(value) and mixed(value, 16)) or _HEX.fullmatch(value)
        if random or _UUID.fullmatch(value) or (host and value.isalnum() and guarded(value, 7)):
            yield part.span()
