"""Lines about production for a plan that is being made; facts that decide are shown where the decision is made.

Knows: answers from outside, services, the newest errors, and a host's last words. Must not know: how a plan is shown.
Every line quotes production: it is data from strangers, bounded, without secrets, and belongs into a fence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flightrules.state.evidence import Finding, Http, Services, ServiceState
from flightrules.state.facts import newest_first
from flightrules.state.incident import Incident
from flightrules.state.untrusted import lines_of, one_line
from flightrules.state.words import counted

MOST_LINES = 24
MOST_SAID = 200
MOST_ERRORS = 5


def seen_now(incident: Incident, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return what was read just now, then the errors that the last assessment saw and what it could not read."""
    lines = (*_read(findings), *_errors(incident), *_unread(incident), *_last_words(incident))
    return tuple(one_line(line, MOST_SAID) for line in lines[:MOST_LINES])


def _read(findings: Sequence[Finding]) -> Iterable[str]:
    for finding in findings:
        if isinstance(finding.data, Http):
            failed = f": {'; '.join(finding.data.failed)}" if finding.data.failed else ""
            yield f"{answered(finding.data)}{failed}"
        elif isinstance(finding.data, Services):
            yield from (_service(finding.host or "", service) for service in finding.data.services)
        else:
            yield f"{finding.probe}: not known: {finding.why}"


def answered(http: Http) -> str:
    """Return the answer of an address in words: HTTP status and time."""
    said = f"HTTP {http.status}" if http.status is not None else "no answer"
    return f"{http.check}: {said} in {http.latency_ms} ms"


def _service(host: str, service: ServiceState) -> str:
    health = "" if service.health == "none" else f", {service.health}"
    often = f", {counted(service.restarts, 'restart')}" if service.restarts else ""
    code = "" if service.exit_code is None or service.state == "running" else f" with {service.exit_code}"
    return f"{service.service}{f' on {host}' if host else ''}: {service.state}{code}{health}{often}"


def _errors(incident: Incident) -> Iterable[str]:
    for signature, count in newest_first(incident.facts)[:MOST_ERRORS] if incident.facts else ():
        yield f"error, {counted(count, 'time')}: {signature}"


def _unread(incident: Incident) -> Iterable[str]:
    for place, why in incident.facts.reasons if incident.facts else ():
        yield f"{place}: not read whole: {why}"


def _last_words(incident: Incident) -> Iterable[str]:
    """A host's own last words in the rollback before this one."""
    for done in incident.hosts_done:
        yield from (f"{done.host} said last: {line}" for line in lines_of(done.words)[-3:] if line.strip())
