"""Log lines made of fields, JSON or logfmt: the fields, the level they name, and the message they carry.

Knows: the names and numbers of levels that loggers write. Must not know: how a plain line reads (error_lines.py).
A name decides over a number, since 40 is an error for one library and a warning for another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from pydantic import JsonValue

Fields = Mapping[str, JsonValue]

MOST_JSON = 65_536
BAD_LEVELS = frozenset(
    {"error", "err", "eror", "erro", "fatal", "fata", "ftl", "critical", "crit", "crt", "panic", "pani", "pnc"}
    | {"dpanic", "severe", "shout", "emerg", "emergency", "alert", "fail"}
)
GOOD_LEVELS = frozenset(
    {"info", "information", "informational", "inf", "notice", "note", "debug", "dbg", "dbug", "debu", "trace", "trc"}
    | {"trce", "trac", "verbose", "vrb", "warn", "warning", "wrn", "config", "fine", "finer", "finest", "success"}
    | {"log", "http", "silly"}
)
_LETTERS = {"E": True, "F": True, "C": True, "W": False, "I": False, "D": False, "N": False, "T": False, "V": False}

_LEVELS = ("level", "levelname", "severity", "severitytext", "severitylabel", "lvl", "loglevel", "errorseverity")
_WRITTEN_OUT = ("levelname", "severitytext", "severitylabel")
_INSIDE_LEVEL = ("name", "levelstr", "label", "text")
_HOLDERS = ("log", "record")
_STATUSES = frozenset(
    {"status", "statuscode", "responsecode", "httpstatus", "httpstatuscode", "httpresponsestatuscode"}
    | {"downstreamstatus", "originstatus"}
)
_ANSWERS = ("res", "response", "http", "httprequest")
_MESSAGES = ("message", "msg", "event", "shortmessage", "text", "body", "log", "m", "mt")
_ERRORS = ("error", "err", "exception", "excinfo", "errormessage", "errortype")
_NOTHING = frozenset({"", "0", "none", "null", "nil", "<nil>", "false", "no", "ok", "-", "[]", "{}", "undefined"})
_PINO = frozenset({"v", "pid", "hostname", "time"})
_PYTHON = frozenset({"lineno", "funcname", "logger", "loggername", "module", "pathname", "name", "filename"})

_PAIR = re.compile(r'"(?:[^"\\]|\\.)*"|(?:^|(?<=[\s,;|({\[]))([A-Za-z_@][\w.@-]{0,60})=("(?:[^"\\]|\\.)*"|[^\s,;|]*)')
_LOOSE = re.compile(r"""[{,]\s*(["']?)([A-Za-z_@][\w.@-]{0,40})\1\s*[:=]\s*["']?([A-Za-z]+|\d{1,6})\b""")


def json_fields(text: str) -> Fields | None:
    """The object that a text is; None where it is none."""
    if not text.startswith("{") or len(text) > MOST_JSON:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _plain_keys(found) if isinstance(found, dict) else None


def logfmt_fields(text: str) -> Fields | None:
    """The pairs of a logfmt line; None for a sentence that only holds one."""
    pairs = [(found[1], found[2].strip('"')) for found in _PAIR.finditer(text) if found[1]]
    begins = re.match(r"[A-Za-z_@][\w.@-]{0,60}=", text) is not None
    if not pairs or (len(pairs) == 1 and not begins):
        return None
    fields = dict(_plain_keys(dict(reversed(pairs))))
    if not begins:
        fields.pop("loglevel", None)  # a sentence that tells how it is set up
    return fields


def loose_fields(text: str) -> Fields | None:
    """The fields of what looks like an object and is no JSON: it was cut, or a program printed it its own way."""
    if not text.startswith("{"):
        return None
    pairs: list[tuple[str, JsonValue]] = [(found[2], found[3]) for found in _LOOSE.finditer(text)]
    return _plain_keys(dict(reversed(pairs)))


def _plain_keys(found: Mapping[str, JsonValue]) -> Fields:
    """The same under keys without case and punctuation: `log.level`, `logLevel` and `LOG_LEVEL` are one."""
    plain: dict[str, JsonValue] = {}
    for key, value in found.items():
        plain.setdefault(re.sub(r"[._@-]", "", key).lower(), value)
    if "@l" not in found and "@t" in found:
        plain.setdefault("level", "information")  # Serilog's compact form leaves this one out
    elif "@l" in found:
        plain["level"] = found["@l"]
    if "PRIORITY" in found and "MESSAGE" in found:
        plain["journalpriority"] = found["PRIORITY"]
    return plain


def is_bad(fields: Fields) -> bool | None:
    """Return True if the level that the fields name is an error; None if they name no known level."""
    for read in (_named, _lettered, _numbered, _held):
        if (bad := read(fields)) is not None:
            return bad
    return None


def named_level(word: str) -> bool | None:
    """Return True if a level of this name is an error; None if it is not a known level."""
    found = re.match(r"[a-z]+", word.strip().lower())
    name = found[0] if found else ""
    return True if name in BAD_LEVELS else False if name in GOOD_LEVELS else None


def _named(fields: Fields) -> bool | None:
    for key in (*_WRITTEN_OUT, *_LEVELS):
        value = fields.get(key)
        words = _inside(value) if isinstance(value, dict) else [value]
        for word in words:
            if isinstance(word, str) and (bad := named_level(word)) is not None:
                return bad
    return None


def _inside(level: Mapping[str, JsonValue]) -> Iterable[JsonValue]:
    plain = _plain_keys(level)
    return [plain.get(key) for key in _INSIDE_LEVEL]


def _lettered(fields: Fields) -> bool | None:
    """MongoDB names its severity by a letter."""
    letter = fields.get("s")
    known = isinstance(letter, str) and {"c", "msg"} <= fields.keys()
    return _LETTERS.get(str(letter)[:1]) if known else None


def _numbered(fields: Fields) -> bool | None:
    for key, judge in _NUMBERS.items():
        number = _number(fields.get(key))
        if number is not None and (bad := judge(number, fields)) is not None:
            return bad
    return None


def _number(value: JsonValue) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value) else None


def _syslog(number: int, _fields: Fields) -> bool | None:
    return number <= 3 if number <= 7 else None  # noqa: PLR2004 - 0 to 7, errors up to 3


def _level(number: int, fields: Fields) -> bool | None:
    """A bare `level`: its size tells whose numbers these are."""
    if number <= 7:  # noqa: PLR2004 - syslog, where something else says so
        return _syslog(number, fields) if {"shortmessage", "facility"} & fields.keys() else None
    if number == 40:  # noqa: PLR2004 - an error in Python, a warning of pino and bunyan
        return False if _PINO & fields.keys() else True if _PYTHON & fields.keys() else None
    if number < 100:  # noqa: PLR2004 - pino, bunyan, Python
        return number >= 50  # noqa: PLR2004
    if number < 10_000:  # noqa: PLR2004 - Monolog up to 600, java.util.logging up to 1000
        return 400 <= number <= 600 or number >= 1_000  # noqa: PLR2004
    return number >= 40_000  # noqa: PLR2004 - log4j and Logback


def _severity(number: int, fields: Fields) -> bool | None:
    """Google Cloud counts up to 800; syslog and Ruby count the other way round, and agree on 3 only."""
    if number >= 100:  # noqa: PLR2004
        return number >= 500  # noqa: PLR2004
    if {"shortmessage", "facility"} & fields.keys():
        return _syslog(number, fields)
    return True if number == 3 else None  # noqa: PLR2004


_NUMBERS: Mapping[str, Callable[[int, Fields], bool | None]] = {
    "levelno": lambda number, _: number >= 40,  # noqa: PLR2004 - Python
    "levelnumber": lambda number, _: number >= 40,  # noqa: PLR2004 - structlog
    "levelvalue": _level,
    "severitynumber": lambda number, _: number >= 17,  # noqa: PLR2004 - OpenTelemetry
    "syslogseverity": _syslog,
    "logsyslogseveritycode": _syslog,
    "loglevel": lambda number, _: number >= 4,  # noqa: PLR2004 - .NET
    "level": _level,
    "severity": _severity,
}


def _held(fields: Fields) -> bool | None:
    for key in _HOLDERS:
        held = fields.get(key)
        if isinstance(held, dict) and (bad := is_bad(_plain_keys(held))) is not None:
            return bad
    return None


def transported(fields: Fields) -> bool | None:
    """Return True if the journal kept the line as an error, else None.

    A line that it kept with a lower priority may still be an error by its own words.
    """
    number = _number(fields.get("journalpriority"))
    return True if number is not None and number <= 3 else None  # noqa: PLR2004 - syslog's


def served_badly(fields: Fields) -> bool:
    """Return True if the fields tell of an answer with a server error."""
    answers = [fields, *(_plain_keys(item) for key in _ANSWERS if isinstance(item := fields.get(key), dict))]
    numbers = (_number(value) for answer in answers for key, value in answer.items() if key in _STATUSES)
    if any(number is not None and 500 <= number <= 599 for number in numbers):  # noqa: PLR2004
        return True
    record = fields.get("record")
    ended = record.get("status") if isinstance(record, dict) else None
    return str(fields.get("type", "")).startswith("platform.") and ended in {"error", "failure", "timeout"}


def tells_of_error(fields: Fields) -> bool:
    """Return True if a field that only errors have is filled."""
    return any(str(fields.get(key) or "").strip().lower() not in _NOTHING for key in _ERRORS)


def messages(fields: Fields) -> Iterator[str]:
    """Give the texts of the message fields."""
    for key in _MESSAGES:
        value = fields.get(key)
        if isinstance(value, dict):
            value = value.get("stringValue")
        if isinstance(value, str):
            yield value
