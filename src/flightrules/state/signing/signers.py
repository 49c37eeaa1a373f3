"""Signers of approvals: a strict reader of the `allowed_signers` file of OpenSSH and git (ssh-keygen(1)).

Knows: the file's lines, and whether one of them lets a key speak for a person at a moment.
Must not know: where the file lies, nor how a signature is verified. A line must name a person, not a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from flightrules.errors import Refused
from flightrules.state.signing.sshsig import NAMESPACE, PublicKey, key_of_line, line_of_key
from flightrules.state.untrusted import lines_of

Local = Callable[[datetime], datetime]
"""Turns a time without a zone into one; OpenSSH means the machine's own zone."""


class Signer(NamedTuple):
    """One line of the file."""

    line: int
    principal: str
    """The first name on the line: who an approval by this key is from."""
    also: tuple[str, ...]
    """Further names of the same person."""
    key: PublicKey
    namespaces: tuple[str, ...] = ()
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the person."""
        return (self.principal, *self.also)

    def objection(self, at: datetime) -> str:
        """Return the reason that this line does not let the key approve at a moment; empty if it does."""
        if self.namespaces and not any(_matches(pattern) for pattern in self.namespaces):
            return f"line {self.line} allows {', '.join(self.namespaces)} only, not {NAMESPACE}"
        if self.valid_after and at < self.valid_after:
            return f"{self.principal} may sign from {self.valid_after:%Y-%m-%d %H:%M} UTC on"
        if self.valid_before and at >= self.valid_before:
            return f"{self.principal} could sign until {self.valid_before:%Y-%m-%d %H:%M} UTC"
        return ""


def _matches(pattern: str) -> bool:
    """Return True if an OpenSSH pattern, in which only `*` and `?` are special, matches our namespace."""
    words = {"*": ".*", "?": "."}
    return re.fullmatch("".join(words.get(char, re.escape(char)) for char in pattern), NAMESPACE) is not None


class UnreadLine(NamedTuple):
    """A line that counts for nobody, and why."""

    line: int
    why: str


class AllowedSigners(NamedTuple):
    """The whole file."""

    signers: tuple[Signer, ...]
    unread: tuple[UnreadLine, ...]

    def named(self, key: PublicKey, *, at: datetime, principal: str = "") -> Signer:
        """The line that lets a key speak at that moment, as that person where one is named.

        Raises `Refused` where none does.
        """
        own = [signer for signer in self.signers if signer.key.blob == key.blob]
        if not own:
            raise _refused(f"the key {key.fingerprint} is not in allowed_signers", self.unread)
        mine = [signer for signer in own if not principal or principal in signer.names]
        if not mine:
            raise _refused(f"the key {key.fingerprint} is that of {own[0].principal}, not of {principal}")
        objections = [signer.objection(at) for signer in mine]
        if "" not in objections:
            raise _refused(objections[0])
        return mine[objections.index("")]


def _refused(why: str, unread: Iterable[UnreadLine] = ()) -> Refused:
    hint = "".join(f" (line {item.line} does not count: {item.why})" for item in unread)
    remedy = "See who may sign: flightrules approvers list"
    return Refused("unknown_signer", f"That signature does not count: {why}{hint}.", remedy)


def read_signers(text: str, local: Local) -> AllowedSigners:
    """Read the file; a line that cannot be read counts for nobody and is told, the others stand."""
    signers: list[Signer] = []
    unread: list[UnreadLine] = []
    for number, line in enumerate(lines_of(text), start=1):
        if not (stripped := line.strip()) or stripped.startswith("#"):
            continue
        try:
            signers.append(_signer(number, stripped, local))
        except Refused as no:
            unread.append(UnreadLine(number, no.reason.removeprefix("The signature cannot be used: ").rstrip(".")))
    return AllowedSigners(tuple(signers), tuple(unread))


_NAMES = re.compile(r'"(?P<quoted>[^"]+)"|(?P<plain>[^\s"]+)')
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>[^"]*)")?(?P<more>,|[ \t]+)')
_TIME = re.compile(r"(\d{8})(?:(\d{4})(\d{2})?)?(Z?)")


def _signer(number: int, line: str, local: Local) -> Signer:
    match = _NAMES.match(line)
    if match is None or not line[match.end() :][:1].isspace():
        raise _wrong("it does not begin with a name")
    names = (match["quoted"] or match["plain"]).split(",")
    if any(not name.strip() or set(name) & set("*?!") for name in names):
        raise _wrong("it names a pattern; an approval needs the name of one person")
    rest = line[match.end() :].strip()
    options, key_text = _options(rest)
    if "!" in options.get("namespaces", ""):
        raise _wrong("its namespaces exclude with !, which is not supported; name those that are allowed")
    return Signer(
        line=number,
        principal=names[0],
        also=tuple(names[1:]),
        key=key_of_line(key_text),
        namespaces=tuple(filter(None, options.get("namespaces", "").split(","))),
        valid_after=_moment(options.get("valid-after"), local),
        valid_before=_moment(options.get("valid-before"), local),
    )


def _options(text: str) -> tuple[dict[str, str], str]:
    """The options before the key, and the key."""
    if "=" not in text.split(maxsplit=1)[0] and not text.lower().startswith("cert-authority"):
        return {}, text
    found: dict[str, str] = {}
    for name, value, end in _each_option(text):
        if name == "cert-authority":
            raise _wrong("cert-authority is not supported; name each person's own key")
        if name not in ("namespaces", "valid-after", "valid-before") or value is None or name in found:
            raise _wrong(f"the option {name} is unknown, repeated or has no value in quotes")
        found[name] = value
        if text[end - 1] != ",":
            return found, text[end:]
    raise _wrong("its options cannot be read")


def _each_option(text: str) -> Iterator[tuple[str, str | None, int]]:
    at = 0
    while match := _OPTION.match(text, at):
        at = match.end()
        yield match["name"].lower(), match["value"], at


def _moment(text: str | None, local: Local) -> datetime | None:
    """YYYYMMDD[HHMM[SS]][Z]; without the Z it is the machine's own time."""
    if text is None:
        return None
    day, minutes, seconds, zone = match.groups() if (match := _TIME.fullmatch(text)) else ("", "", "", "")
    try:
        naive = datetime.strptime(day + (minutes or "0000") + (seconds or "00"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - next
        return naive.replace(tzinfo=UTC) if zone else local(naive)
    except ValueError as error:
        raise _wrong(f"{text} is not a time like 20261231, 202612312359 or 20261231235959Z") from error


def _wrong(why: str) -> Refused:
    return Refused("bad_signer", why, "Correct the line, or let `flightrules approvers add` write it.")


PERSON = r"[A-Za-z0-9][A-Za-z0-9._%+@-]*"
"""Pattern of a name that a line can hold."""


def line_for(principal: str, key: PublicKey, valid_before: str = "") -> str:
    """A line that lets a key approve, and do nothing else, for this person.

    Raises `Refused` for a name or a time that the file cannot hold.
    """
    if not re.fullmatch(PERSON, principal):
        raise _wrong(f"{principal!r} is not a valid name of a person: letters, digits and . _ % + @ - in one word")
    if valid_before and not _TIME.fullmatch(valid_before):
        raise _wrong(f"{valid_before} is not a time like 20261231, 202612312359 or 20261231235959Z")
    before = f',valid-before="{valid_before}"' if valid_before else ""
    return f'{principal} namespaces="{NAMESPACE}"{before} {line_of_key(key)}'
