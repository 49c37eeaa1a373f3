"""The gate for a target's hosts: a shell script that lets the server's key do what the protocol needs, and no more.

Knows: which programs it carries, and what in them is fixed for a target. Must not know: how it gets onto a host.
Its digest covers programs and settings alike, so that a host whose gate is not the one that would be printed now
refuses, and says so, instead of doing something else than the server believes.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from flightrules import __version__
from flightrules.adapters.programs import PARTS, Verb, part
from flightrules.adapters.requests import around
from flightrules.adapters.runtimes.known import on_host
from flightrules.errors import Refused
from flightrules.state.target import Target

Role = Literal["services", "migrations"]

OUTDATED: Final = 77
"""Exit status of a gate that is another than the one the server asks for."""
REFUSED: Final = 126
"""Exit status of a gate for what it does not let through."""
SIGN: Final = b"flightrules gate: "
"""Bytes with which every complaint of a gate begins."""

_VERSION = re.compile(r"this gate, of flightrules ([0-9][0-9A-Za-z.+]{0,30}),")
_KEY_TYPE = re.compile(r"(ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+=*")
_OF_ROLE: Mapping[Role, tuple[Verb, ...]] = {
    "services": ("probe", "survey", "launch", "look", "running", "compare", "remember", "unlock"),
    "migrations": ("probe", "survey", "running"),
}
_CHECKED = ("frames", "tree", "releases", "settings", "composed")
_REHEARSED = (*_CHECKED, "rehearsal", "rules")
_BEHIND: Mapping[Verb, tuple[str, ...]] = {
    "survey": (*_REHEARSED, "mounted", "alone", "survey"),
    "launch": (*_CHECKED, "rules", "admit", "launch"),
    "running": (*_REHEARSED, "content", "mounted", "running"),
}
"""Programs that do more behind a gate: they check commits and plans."""


def gate(target: Target, role: Role) -> str:
    """The script for the hosts of a target that have a role."""
    text = _text(target, role)
    return text.replace("@DIGEST@", _digest(text), 1).replace("@VERSION@", __version__, 1)


def standing(complaint: str, own: str = __version__) -> str:
    """Tell which gate stands on a host if it is not the one that the server would print.

    The answer comes from what the gate says of itself. The digest decides; the version is said for people alone.
    A gate that does not tell its version is older than those that do.
    """
    told = _VERSION.search(complaint)
    if told is None:
        return f"the gate there was printed by an older flightrules than this one ({own})"
    version = told.group(1)
    if version == own:
        return "the gate there was printed for other settings of the target, or changed since"
    age = "older" if _numbers(version) < _numbers(own) else "newer"
    return f"the gate there was printed by flightrules {version}, which is {age} than this one ({own})"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".") if number.isdigit())


def authorized(public_key: str, path: str, *, sources: str = "") -> str:
    """The line of authorized_keys that lets a key do what the gate at this path lets through.

    `restrict` takes away terminals and every kind of forwarding, those of later OpenSSH too. `sources` are the
    addresses that may log in, as sshd(8) has them in `from=`. Raises `Refused` for what is no public key.
    """
    words = public_key.split()[:2]
    if len(words) < 2 or not _KEY_TYPE.fullmatch(words[0]) or not _BASE64.fullmatch(words[1]):  # noqa: PLR2004 - type and key
        raise Refused("bad_key", "The file is not a public key.", "Name the .pub file that ssh-keygen wrote.")
    options = ["restrict", f'command="{path}"', *([f'from="{sources}"'] if sources else [])]
    return " ".join((",".join(options), *words, "flightrules"))


def digest(target: Target, role: Role) -> str:
    """By what a host tells that its gate is the one that the server means."""
    return _digest(_text(target, role))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _text(target: Target, role: Role) -> str:
    verbs = _OF_ROLE[role]
    begin = part("gate").replace("@TARGET@", target.name, 1)
    begin = begin.replace("@WORDS@", "\n".join(_case(target, verb) for verb in verbs), 1)
    names = dict.fromkeys(name for verb in verbs for name in _parts(verb))
    order = (*_REHEARSED, "content", "mounted", "alone", "admit")
    sections = sorted(names, key=lambda name: order.index(name) if name in order else len(order))
    return begin + "".join(_section(name, target) for name in sections)


def _parts(verb: Verb) -> tuple[str, ...]:
    return _BEHIND.get(verb, PARTS[verb])


def _case(target: Target, verb: Verb) -> str:
    """The words that are the same in every call, around those that were asked."""
    before, after = around(target, verb)
    words = " ".join(filter(None, (shlex.join(before), '"$@"', shlex.join(after))))
    return f"  {verb}) programs='{' '.join(_parts(verb))}' && set -- {words} ;;"


def _section(name: str, target: Target) -> str:
    text = "".join(_settings(target)) if name == "settings" else part(name)
    return f"#>> {name}\n{text}#<< {name}\n"


def _settings(target: Target) -> Iterable[str]:
    """Return the settings with which a plan of this target is built, as constants of the shell."""
    side = target.side_by_side
    values = {"kind": target.runtime.kind, "branch": target.branch}
    values |= {"link": side.link if side else "", "releases": side.folder if side else ""}
    values |= on_host(target.runtime).gate_settings(target)
    return (f"{name}={shlex.quote(value)}\n" for name, value in values.items())
