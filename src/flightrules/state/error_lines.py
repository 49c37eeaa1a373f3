"""Detection of log lines that report an error.

Knows: the forms in which loggers, servers, databases and runtimes write a level. Must not know: where a log was read.
The level that a line names itself decides. Without one the transport's (syslog, the journal) does, and words come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flightrules.state.structured_lines import (
    BAD_LEVELS,
    GOOD_LEVELS,
    Fields,
    is_bad,
    json_fields,
    logfmt_fields,
    loose_fields,
    messages,
    served_badly,
    tells_of_error,
    transported,
)

_LINE = 4_096
_BEGINNING = 240
"""Levels stand at the beginning of a line."""
_DEEPEST = 3
"""So many lines may be wrapped in each other: an engine's record around a logger's record around text."""

_WRAPPED = re.compile(
    r"""^(?:
    [\w.-]{1,80}\s+\|\s                                            # compose, pm2
    |\d{1,3}\|[\w.-]{1,60}\s+\|\s
    |\S{19,40}\s(?:stdout|stderr)\s[FP]\s  # containerd
    |[A-Z][a-z]{2}\s[\s\d]\d\s[\d:]{8}\s[\w.-]{1,80}\s[\w./@-]{1,60}(?:\[\d+\])?:\s # syslog
    |1\s\S{20,40}\s[\w.-]{1,80}\s\S{1,60}\s\S{1,40}\s\S{1,40}\s(?:-|\[[^]]*\])\s # syslog of RFC 5424
    |@cee:\s?
    )""",
    re.VERBOSE,
)
_PRIORITY = re.compile(r"^<(\d{1,3})>")
_OWN_PRIORITY = 8
"""Below it the program itself said how bad it is; above stands what its transport assumed."""

_BAD = "|".join(sorted(word.upper() for word in (BAD_LEVELS - {"fail"}) | {"crash"}))
_NO_WORDS = {"config", "fine", "finer", "finest", "log", "http", "note", "silly"}
"""Levels that stand in sentences too."""
_GOOD = "|".join(sorted(word.upper() for word in GOOD_LEVELS - _NO_WORDS))
_bad, _good = ("|".join(sorted(words)) for words in (BAD_LEVELS - {"fail"}, GOOD_LEVELS - {"log", "http", "config"}))
_TIME = r"(?:\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\S*|\d\d:\d\d:\d\d\S*)"

_UPPER = re.compile(
    rf"""(?:^|[\s\[(|<"'=:.,*]|(?<=\d-)|/(?=[A-Z]{{4,8}}\]))
      (?:(?P<bad>{_BAD})|{_GOOD}|(?:CONFIG|FINE|FINER|FINEST|LOG|HINT|DETAIL|STATEMENT|CONTEXT)(?=:))
      (?=$|[\s\])|>"',:;/\[+*!]|-\d)""",
    re.VERBOSE,
)
"""ERROR, [ERROR], app.ERROR:, ERROR/Main, thread/ERROR], ERR!"""
_LOWER = re.compile(
    rf"""[\[(|<]\s*(?:[\w.-]{{1,40}}:)?(?:(?P<bad1>{_bad})|(?:{_good}))\s*[\])|>]  # [error], [core:error]
    |(?:^|[\]:>]\s|{_TIME}\s)(?:(?P<bad2>{_bad}|fail)|(?:{_good}|deprecated))
      (?:\([\w.]+\))?\s*:(?!\s*(?:0|null|none|nil|false|no)\b)  # error: x, general: error: x, error(scope): x
    |\t(?:(?P<bad3>{_bad})|(?:{_good}))\t  # zap
    |^{_TIME}\s+(?:(?P<bad4>{_bad})|(?:{_good}))\s[\w.-]+\s?:  # swift-log
    |\s(?:kern|user|mail|daemon|auth|authpriv|cron|local[0-7])\.(?P<bad5>err|crit|alert|emerg)\s  # syslog's own words
    |php\s(?:(?P<bad6>fatal|parse|recoverable)|(?:warning|notice|deprecated|strict))\b""",
    re.VERBOSE,
)
_LETTER = re.compile(
    rf"""(?:(?P<bad1>[EF])|[IWDV])(?:\d{{4}}|\d{{6}}|\d{{8}})\s\d\d:\d\d:\d\d  # klog, glog, CockroachDB
    |(?:(?P<bad2>[EF])|[IWDN]),?\s\[  # Ruby, CUPS
    |\[\s?(?:(?P<bad3>[EFC])|[IWDNTV])\s\d{{4,8}}[-\s]  # Tornado, Passenger
    |{_TIME}\s+(?:(?P<bad4>[EF])|[IWD])(?:!|\s+[A-Z]+)\s  # Telegraf, MongoDB
    |\d\d-\d\d\s{_TIME}(?:\s+\d+){{2,3}}\s(?:(?P<bad5>[EF])|[IWDV])\s  # Android
    |\d+:[A-Z]\s\d\d\s\w{{3}}\s\d{{4}}\s[\d:.]+\s[.*-]\s  # Redis
    |=(?P<bad6>SUPERVISOR)\sREPORT=  # Erlang""",
    re.VERBOSE,
)
_LOW_STEMS = tuple({word[:3] for word in (BAD_LEVELS | GOOD_LEVELS) - _NO_WORDS} | {"cra", "sho", "dep", "php"})
_HIGH_STEMS = (*map(str.upper, _LOW_STEMS), "CONFIG", "FINE", "LOG", "HINT", "DETAIL", "STATEMENT", "CONTEXT")
_AROUND = ("[", "(", "|", "<", ":", "\t", ".", "php")
"""One of these stands beside each level that is written small."""

_SERVER_ERROR = re.compile(
    r"""(?:HTTP/\d(?:\.\d)?"|"[A-Z]{3,7}\ [^"\s]*")\ 5\d\d\b  # common log format
    |\b(?i:status(?:_?code)?)["']?\s*[=:]\s*["']?5\d\d\b
    |^Completed\ 5\d\d\b  # Rails
    |\|\s*5\d\d\s*\|  # Gin
    |^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\ \S+\ 5\d\d\b  # morgan
    |\s-?\d+/-?\d+/-?\d+/-?\d+/\+?\d+\ 5\d\d\s  # HAProxy""",
    re.VERBOSE,
)
_FIVE_HUNDRED = re.compile(r"5\d\d(?![\w.])")
_SERVED = re.compile(
    r"""(?:HTTP/\d(?:\.\d)?"|"[A-Z]{3,7}\ [^"]*")\ [1-4]\d\d\b
    |^Completed\ [1-4]\d\d\b
    |\|\s*[1-4]\d\d\s*\|
    |^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\ \S+\ [1-4]\d\d\b
    |\s-?\d+/-?\d+/-?\d+/-?\d+/\+?\d+\ [1-4]\d\d\s""",
    re.VERBOSE,
)
_WORDS = re.compile(
    r"""\b(?:errors?|exceptions?|fatal|panic(?:ked)?|critical|failed|failures?|fails|segfault|segmentation\ fault
      |traceback|uncaught|unhandled|crashed|aborted|core\ dumped|out\ of\ memory|oom-kill(?:ed|er)?|timed\ out
      |double\ free|connection\ refused|connection\ reset|broken\ pipe|permission\ denied|access\ denied
      |no\ space\ left|too\ many\ open\ files|cannot\ allocate|address\ already\ in\ use|no\ route\ to\ host|unreachable
      |read-only\ file\ system|illegal\ instruction|terminate\ called|deadlock\ detected|worker\ timeout|ORA-\d{5}
      |E(?:CONNREFUSED|CONNRESET|ADDRINUSE|ACCES|NOENT|TIMEDOUT|PIPE|NOSPC|MFILE|NOTFOUND|AI_AGAIN))\b
    |\b\w+(?:Error|Exception)\b|\bUnhandled\w*Rejection(?:Warning)?\b|\*\*\ \([A-Z]
    |\b(?:could\ not|couldn't|cannot|can't|unable\ to)\ (?:connect|open|read|write|reach|resolve|bind|listen|load
      |find|start|create|process|charge|save|send|parse|access|acquire|execute|complete|continue|get|fetch|establish
      |obtain|authenticate|lock|fork|locate|stat|accept|decode|import|initiali[sz]e|allocate)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_WORD_STEMS = (
    *("err", "excep", "fatal", "panic", "critical", "fail", "segf", "segm", "trace", "uncaught", "unhandled", "crash"),
    *(
        "abort",
        "dump",
        "memory",
        "oom",
        "timed",
        "double",
        "refused",
        "reset",
        "pipe",
        "denied",
        "space",
        "many",
        "alloc",
    ),
    *(
        "in use",
        "route",
        "unreach",
        "read-only",
        "illegal",
        "terminate",
        "deadlock",
        "timeout",
        "ora-",
        "could",
        "can't",
    ),
    *("cannot", "unable", "econn", "eaddr", "eacces", "enoent", "etimed", "epipe", "enospc", "emfile", "enotf", "eai"),
    "** (",
)
"""One of these stands in every line that `_WORDS` finds: most lines are told by looking for them alone."""
_THING = r"(?:errors?|failures?|failed|fails|exceptions?|panics?|criticals?|fatals?|crash(?:es|ed)?|timeouts?)"
_AMOUNT = (
    r"(?:[\s_-]*(?:rate|ratio|count|total|percent|percentage|jobs|requests|tests|tasks|checks|logins|attempts|lines))?"
)
_SET = re.compile(
    r"""\b(?:min(?:imum)?[-_\s])?log(?:ging|ger)?[-_.\s]?level\b(?:\s+(?:is|to|set\s+to|changed\s+to))?\s*[=:]?
      \s*["']?\w+""",
    re.VERBOSE | re.IGNORECASE,
)
"""Pattern of a log level that is being configured, which is not the level of the line itself."""
_HARMLESS = re.compile(
    rf"""\b(?:0|no|zero|without(?:\ any)?|not\ an?|free\ of|never)\s+(?:\w+\s+)?{_THING}\b
    |\b{_THING}{_AMOUNT}(?:\{{[^}}]*\}})?["']?(?:\s*[=:]\s*|\s+(?:is\s+)?)["']?
      (?:0+(?:\.0+)?\s?%?(?![\w.])|null\b|none\b|false\b|nil\b|<nil>|off\b|\[\]|\{{\}})
    |\b{_THING}["']?\s*[=:]\s*(?:["'](?=[\s,}}]|$)|"",?)
    |\b0\s*(?:/|of)\s*\d+\s+{_THING}\b
    |\bnon[-\s]?(?:fatal|critical|failed|failure)\b|\bnot\s+(?:fatal|critical|failed)\b|\berror[-\s]free\b
    |\b(?:error|exception|failure|panic|crash|fatal)s?[\s_-]+(?:handlers?|handling|reporters?|reporting|pages?
      |boundar(?:y|ies)|logs?|loggers?|logging|budget|threshold|track(?:er|ing)|middleware|templates?|controllers?
      |correction|codes?|classes|types|policy|levels?|mode|filters?|mapping|messages|callback|hooks?|recovery
      |notifications?|rates?|metrics?)\b
      (?=.{{0,60}}\b(?:installed|enabled|disabled|registered|loaded|initiali[sz]ed|configured|attached|mounted|started
      |starting|ready|active|added|set|using|ok|done|compiled|is\ on|is\ off|within)\b)
    |\b(?:installed|enabled|disabled|register(?:ed|ing)|load(?:ed|ing)|initiali[sz](?:ed|ing)|configured|mounted|using
      |starting|set|setting)\b
      \s+(?:\w+\s+)?(?:error|exception|failure|panic|crash|fatal)s?[\s_-]+\w+
    |\ber(?:ror)?_?log\b|\bon[-_]?(?:error|failure)\b|\bcritical\s+(?:path|section|css)\b
    |\bmax[-_\s]?(?:fails|failures|errors)\b
    |\b(?:resolved|recovered)\s+from\s+\w+
    |\bretry(?:ing)?\s+(?:on|after)\s+(?:error|failure)s?\s*[=:]\s*\w+""",
    re.VERBOSE | re.IGNORECASE,
)


def is_error(line: str) -> bool:
    """Return True if a line reports an error.

    A level that the line itself names decides. Words decide only if it names none.
    """
    return _judged(line, _DEEPEST)


def _judged(line: str, depth: int) -> bool:
    transport, said = _unwrapped(line)
    own = _own(said, depth)
    if own is not None or transport is False:
        return bool(own)
    return (transport or _words_say_so(said[:_LINE])) and not _SERVED.search(said[:_LINE])


def _words_say_so(line: str) -> bool:
    if not _any_of(_WORD_STEMS, line.lower()):
        return False
    return _WORDS.search(_HARMLESS.sub(" ", _SET.sub(" ", line))) is not None


def _any_of(stems: Iterable[str], text: str) -> bool:
    return any(stem in text for stem in stems)


def _unwrapped(line: str) -> tuple[bool | None, str]:
    """Return the verdict of the transport on a line, and the line without the prefixes that transports add."""
    bad: bool | None = None
    line = line.lstrip()
    for _ in range(_DEEPEST):
        if found := _PRIORITY.match(line):
            number = int(found[1])
            bad = True if number % 8 <= 3 else False if number < _OWN_PRIORITY else bad  # noqa: PLR2004 - syslog's
        elif not (found := _WRAPPED.match(line)):
            break
        line = line[found.end() :].lstrip()
    return bad, line


def _own(line: str, depth: int) -> bool | None:
    """Return True if the line's own content reports an error; None if it names no level."""
    if (fields := json_fields(line)) is not None:
        return _structured(fields, depth)
    loose = loose_fields(line)
    line = line[:_LINE]
    fields = loose if loose is not None else _logfmt(line)
    level = is_bad(fields) if fields else None
    if level is None:
        level = _written(line)
    return True if level or _failed_to_serve(line) else level


def _logfmt(line: str) -> Fields | None:
    low = line.lower() if "=" in line else ""
    return logfmt_fields(line) if _any_of(("lev", "lvl", "sever"), low) else None


def _failed_to_serve(line: str) -> bool:
    if line.startswith("Internal Server Error:"):  # Django
        return True
    return _FIVE_HUNDRED.search(line) is not None and _SERVER_ERROR.search(line) is not None


def _written(line: str) -> bool | None:
    """The first level that stands in a line, else that of the object at its end."""
    head = line[:_BEGINNING]
    low = head.lower()
    if "level" in low:
        head = _SET.sub(" ", head)
        low = head.lower()
    found = [_LETTER.match(head)]
    if _any_of(_HIGH_STEMS, head):
        found.append(_UPPER.search(head))
    if _any_of(_AROUND, low) and _any_of(_LOW_STEMS, low):
        found.append(_LOWER.search(low))
    first = min(filter(None, found), key=lambda one: one.start(), default=None)
    if first is not None:
        return first.lastgroup is not None
    begins = line.find(" {")
    fields = json_fields(line[begins + 1 :]) if begins >= 0 else None
    return is_bad(fields) if fields else None


def _structured(fields: Fields, depth: int) -> bool:
    level = is_bad(fields)
    if level or served_badly(fields):
        return True
    if level is False:
        return False
    if transported(fields):  # its standard error, mostly: the line's own level still decides
        return all(_own(said, depth - 1) is not False for said in messages(fields))
    if tells_of_error(fields):
        return True
    return depth > 0 and any(_judged(said, depth - 1) for said in messages(fields))
