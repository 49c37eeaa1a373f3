"""What in a text must not leave the house: hosts, services, addresses, commits, paths, people's names, secrets.

Knows: how these look, and what this incident's are. Must not know: who wrote the text, or where it goes.
A net and no proof: own words for the public are read by a person as well, unless policy says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.redaction import redact
from flightrules.state.target import ComposeRuntime, Target

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
    """What kinds of internal things a text names, in words that repeat none of them.

    `public` is what the target is called outside; that name is no internal one.
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


def _services(incident: Incident, target: Target, public: str) -> list[str]:
    """What the target and its services are called inside; a name of letters alone may be a word of any language."""
    services = [label.partition("@")[0] for label in (incident.facts or Facts()).services]
    runtime = target.runtime
    project = runtime.project if isinstance(runtime, ComposeRuntime) else runtime.service
    names = (target.name, project, *services)
    return [name for name in names if not name.isalpha() and name.casefold() not in public.casefold()]


def _holds(text: str, name: str) -> bool:
    word = re.escape(name.strip())
    return len(name.strip()) >= _SHORTEST and re.search(rf"(?<![\w-]){word}(?![\w-])", text, re.IGNORECASE) is not None
