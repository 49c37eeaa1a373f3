"""Internal information in a text: hosts, services, addresses, commits, paths, people's names and secrets.

Knows: how these look, and what this incident's are. Must not know: who wrote the text, or where it goes.
A net and no proof: own words for the public are read by a person as well, unless policy says otherwise.
A name of letters alone may be an ordinary word. It is no leak by itself, but a person must have read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.redaction import redact
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import Target

_SHORTEST = 3
"""Names of fewer characters are words of ordinary language as well."""

_PATTERNS = (
    (
        "an IP address",
        re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?:\b|:)(?:[0-9a-f]{1,4}:){2,7}[0-9a-f:]+", re.IGNORECASE),
    ),
    ("a commit", re.compile(r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b", re.IGNORECASE)),
    ("a path", re.compile(r"(?<![\w/:])~?/[\w.@-]+(?:/[\w.@-]+)+")),
    ("an e-mail address", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")),
    ("an internal id", re.compile(r"\b(?:PLAN|APPR|STND|CALL|OP)-[A-Z0-9-]{3,}")),
)


def leaks(text: str, incident: Incident, target: Target, *, public: str = "") -> tuple[str, ...]:
    """Return the kinds of internal information that a text names, in words that repeat none of it.

    `public` is the public name of the target; that name does not count as internal.
    """
    return tuple(dict.fromkeys(_found(text, incident, target, public)))


def _found(text: str, incident: Incident, target: Target, public: str) -> Iterator[str]:
    for what, names in (*_names(incident, target), ("a service", _services(incident, target, public))):
        if any(_holds(text, name) for name in names):
            yield what
    for what, pattern in _PATTERNS:
        if pattern.search(text):
            yield what
    if redact(text) != text:
        yield "a secret"


def _names(incident: Incident, target: Target) -> Iterator[tuple[str, Iterable[str]]]:
    yield "a host", [name for host in target.hosts for name in (host.name, host.address)]
    yield "a path", [target.app_dir]
    approvers = [approval.approver for approval in incident.approvals]
    yield (
        "a person",
        [name for one in (incident.approver, incident.requester, *approvers) for name in one.split(" and ")],
    )


def double_meanings(text: str, incident: Incident, target: Target, *, public: str = "") -> tuple[str, ...]:
    """Words of a text that are names inside too, as they stand there: `billing` may be a service, or what it says."""
    names = sorted({name.casefold() for name in _inside(incident, target, public) if name.isalpha()})
    return tuple(name for name in names if _holds(text, name))


def _services(incident: Incident, target: Target, public: str) -> list[str]:
    """Return the internal names of the target, its services, containers and checks, without those of letters alone.

    A name of letters alone may be an ordinary word.
    """
    return [name for name in _inside(incident, target, public) if not name.isalpha()]


def _inside(incident: Incident, target: Target, public: str) -> Iterator[str]:
    own, services = runtime_of(target).names, _seen(incident)
    copies = range(1, MOST_COPIES + 1)
    containers = (f"{name}-{service}-{number}" for name in own for service in services for number in copies)
    for name in (target.name, *own, *services, *containers, *(check.name for check in target.checks)):
        if name.casefold() not in public.casefold():
            yield name


MOST_COPIES = 9
"""Containers of one service that are known by name, as compose numbers them."""


def _seen(incident: Incident) -> list[str]:
    """Services that an assessment or a look after it showed."""
    facts = [incident.facts or Facts(), incident.baseline or Facts()]
    return list(dict.fromkeys(label.partition("@")[0] for one in facts for label in one.services))


def _holds(text: str, name: str) -> bool:
    word = re.escape(name.strip())
    return len(name.strip()) >= _SHORTEST and re.search(rf"(?<![\w-]){word}(?![\w-])", text, re.IGNORECASE) is not None
