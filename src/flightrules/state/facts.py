"""Facts about production that rules ask for, derived from a set of findings.

Knows: how to read findings. Must not know: what follows from a fact (severity.py, decision.py, verification.py).
A fact that could not be read is unknown; unknown is neither good nor bad, and never a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.evidence import Deploys, Disk, Filesystem, Finding, Http, Logs, Services, ServiceState
from flightrules.state.metrics.judging import merged, out_of_bounds
from flightrules.state.metrics.measured import MeasuredQuery
from flightrules.state.metrics.queries import bounds_of, queries_of
from flightrules.state.releases import names
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line
from flightrules.state.value import Value

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
UP_STATES = frozenset({"running"})
_OF_ANY_HOST = frozenset({"disk", "memory"})
LOW_DISK_SHARE = 0.05
MOST_WHY = 200


class Facts(Value):
    """The reduced picture of production at one moment."""

    health: Literal["up", "down", "unknown"] = "unknown"
    services_known: bool = False
    services: tuple[str, ...] = ()
    services_down: tuple[str, ...] = ()
    services_unhealthy: tuple[str, ...] = ()
    services_starting: tuple[str, ...] = ()
    """Services whose health check has not said anything yet."""
    checks_passed: tuple[str, ...] = ()
    major_failed: tuple[str, ...] = ()
    minor_failed: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
    checks_unknown: tuple[str, ...] = ()
    errors: tuple[tuple[str, int], ...] = ()
    """Error signature and how often it was seen, most frequent first."""
    newest: Annotated[tuple[str, ...], Field(exclude_if=lambda newest: not newest)] = ()
    """Signatures of the errors that were seen last, the newest first."""
    logs_known: bool = False
    deploys_known: bool = False
    low_disk: tuple[str, ...] = ()
    metrics: Annotated[tuple[MeasuredQuery, ...], Field(exclude_if=lambda metrics: not metrics)] = ()
    """Measured queries of the settings."""
    release: str | None = None
    unreadable: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    """Facts that were not read, or only in part, each with the reason.

    The reason is in the words of the source that should have reported the fact.
    """

    def why_not(self, *probes: str) -> str:
        """Return the reason that a fact from these probes is not known; empty if no reason is on record."""
        found = (why for place, why in self.reasons if place.partition("@")[0].partition(":")[0] in probes)
        return next(found, "")

    @property
    def whole(self) -> bool:
        """Return True if services and health were both read."""
        return self.services_known and self.health != "unknown"

    @property
    def healthy(self) -> bool:
        """Return True if services, health and all checks were read and are well, and no measured metric is amiss.

        Logs do not count, because strangers write them.
        """
        amiss = (*self.services_down, *self.services_unhealthy, *self.services_starting, *self.checks_unknown)
        failed = (*self.major_failed, *self.minor_failed, *self.slow)
        well = self.services_known and bool(self.services) and self.health == "up" and not (*amiss, *failed)
        return well and not out_of_bounds(self.metrics)

    @property
    def error_lines(self) -> int:
        """Return the number of error lines that were seen in total."""
        return sum(count for _, count in self.errors)

    def joined(self, newer: Facts) -> Facts:
        """Both pictures as one: whatever failed in either failed, and the newer one says what runs."""
        errors = {kind: max(count, dict(self.errors).get(kind, 0)) for kind, count in (*self.errors, *newer.errors)}
        failed = {*self.major_failed, *newer.major_failed, *self.minor_failed, *newer.minor_failed}
        healths = {self.health, newer.health}
        return Facts(
            health="down" if "down" in healths else "up" if "up" in healths else "unknown",
            services_known=self.services_known or newer.services_known,
            services=_union(self.services, newer.services),
            services_down=_union(self.services_down, newer.services_down),
            services_unhealthy=_union(self.services_unhealthy, newer.services_unhealthy),
            services_starting=newer.services_starting,
            checks_passed=tuple(n for n in _union(self.checks_passed, newer.checks_passed) if n not in failed),
            major_failed=_union(self.major_failed, newer.major_failed),
            minor_failed=_union(self.minor_failed, newer.minor_failed),
            slow=_union(self.slow, newer.slow),
            checks_unknown=tuple(n for n in newer.checks_unknown if n in self.checks_unknown),
            errors=tuple(sorted(errors.items(), key=lambda pair: (-pair[1], pair[0]))),
            newest=newer.newest or self.newest,
            logs_known=self.logs_known or newer.logs_known,
            deploys_known=self.deploys_known or newer.deploys_known,
            low_disk=_union(self.low_disk, newer.low_disk),
            metrics=merged(self.metrics, newer.metrics),
            release=newer.release or self.release,
            unreadable=newer.unreadable,
        )


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def facts_of(findings: Sequence[Finding], target: Target) -> Facts:
    """Reduce findings of one target to facts: what runs is read from the hosts that run it."""
    unreadable = tuple(_place(f) for f in findings if not f.readable)
    reasons = tuple((_place(f), one_line(why, MOST_WHY)) for f in findings if (why := not_whole(f)))
    findings = [f for f in findings if f.host is None or _serves(f.host, target) or f.probe in _OF_ANY_HOST]
    services = [(f.host or "", s) for f in findings if isinstance(f.data, Services) for s in f.data.services]
    https = {f.data.check: f.data for f in findings if isinstance(f.data, Http)}
    logs = [f.data for f in findings if isinstance(f.data, Logs)]
    asked_logs = [f for f in findings if f.probe == "logs" or f.probe.startswith("logs:")]
    health = https.get("health")
    majors = {check.name: check.major for check in target.checks}
    return Facts(
        health="unknown" if health is None else ("up" if health.ok else "down"),
        services_known=_all_read(findings, "services"),
        services=tuple(_label(host, s, target) for host, s in services),
        services_down=tuple(_label(host, s, target) for host, s in services if _is_down(s)),
        services_unhealthy=tuple(_label(host, s, target) for host, s in services if s.health == "unhealthy"),
        services_starting=tuple(_label(host, s, target) for host, s in services if s.health == "starting"),
        checks_passed=tuple(n for n in majors if n in https and https[n].ok),
        major_failed=tuple(n for n, major in majors.items() if major and n in https and not https[n].ok),
        minor_failed=tuple(n for n, major in majors.items() if not major and n in https and not https[n].ok),
        slow=tuple(name for name, http in https.items() if http.slow),
        checks_unknown=tuple(n for n in majors if n not in https),
        errors=_errors(logs),
        newest=_newest(logs),
        logs_known=bool(asked_logs) and not any(map(not_whole, asked_logs)),
        deploys_known=_all_read(findings, "deploys"),
        low_disk=_low_disk(findings),
        metrics=tuple(f.data for f in findings if isinstance(f.data, MeasuredQuery)),
        release=_release(findings, health),
        unreadable=unreadable,
        reasons=reasons,
    )


def all_measured(facts: Facts, target: Target) -> Facts:
    """The facts with every query of the settings; one that was not measured at all is there without a number."""
    found = {metric.bounds.name for metric in facts.metrics}
    missing = [
        MeasuredQuery(bounds=bounds_of(query)) for query in queries_of(target.metrics) if query.name not in found
    ]
    return facts.model_copy(update={"metrics": (*facts.metrics, *missing)}) if missing else facts


def _place(finding: Finding) -> str:
    return f"{finding.probe}@{finding.host}" if finding.host else finding.probe


def not_whole(finding: Finding) -> str:
    """Return the reason that a finding does not contain all that was asked for; empty if it does."""
    if isinstance(finding.data, Logs):
        return finding.data.cut
    if isinstance(finding.data, MeasuredQuery):
        return finding.data.why_not
    return "" if finding.readable else finding.why or "it was not read"


def _serves(host: str, target: Target) -> bool:
    return all(item.role == "services" for item in target.hosts if item.name == host)


def _all_read(findings: Iterable[Finding], probe: str) -> bool:
    asked = [f for f in findings if f.probe == probe]
    return bool(asked) and all(f.readable for f in asked)


def _label(host: str, service: ServiceState, target: Target) -> str:
    return f"{service.service}@{host}" if len(target.hosts) > 1 else service.service


def _is_down(service: ServiceState) -> bool:
    """A one-shot container that ended cleanly is not down (compose issues 10596, 11638)."""
    finished = service.state == "exited" and service.exit_code == 0
    return service.state not in UP_STATES and not finished


def _errors(logs: Iterable[Logs]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for log in logs:
        for group in log.groups:
            counts[group.signature] = counts.get(group.signature, 0) + group.count
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


MOST_NEWEST = 5


def newest_first(facts: Facts) -> tuple[tuple[str, int], ...]:
    """The errors with their counts, those seen last before all others."""
    counts = dict(facts.errors)
    newest = [signature for signature in facts.newest if signature in counts]
    return (*((one, counts[one]) for one in newest), *(pair for pair in facts.errors if pair[0] not in newest))


def _newest(logs: Iterable[Logs]) -> tuple[str, ...]:
    """Of errors whose lines tell their time, those seen last."""
    timed = [(group.last_at, group.signature) for log in logs for group in log.groups if group.last_at is not None]
    return tuple(dict.fromkeys(signature for _, signature in sorted(timed, reverse=True)))[:MOST_NEWEST]


def _low_disk(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the filesystems that are nearly full, in bytes or in inodes: no file can be made in either case."""
    disks = [(f.host, fs) for f in findings if isinstance(f.data, Disk) for fs in f.data.filesystems]
    return tuple(f"{fs.mount}@{host}{what}" for host, fs in disks for what in _nearly_full(fs))


def _nearly_full(fs: Filesystem) -> Iterable[str]:
    if few_bytes(fs):
        yield ""
    if few_inodes(fs):
        yield " (inodes)"


def few_bytes(fs: Filesystem) -> bool:
    """Return True if only a few bytes can still be written."""
    return fs.available_bytes < fs.size_bytes * LOW_DISK_SHARE


def few_inodes(fs: Filesystem) -> bool:
    """Return True if only a few more files can be made, however many bytes are free."""
    return fs.inodes is not None and fs.free_inodes is not None and fs.free_inodes < fs.inodes * LOW_DISK_SHARE


def _release(findings: Iterable[Finding], health: Http | None) -> str | None:
    """Return the release that the service itself reports, else the one that all work trees agree on.

    It is always a full commit id.
    """
    seen = [f.data for f in findings if isinstance(f.data, Deploys)]
    told = health.release if health is not None else None
    if told and _COMMIT.fullmatch(told):
        known = {sha for data in seen for sha in _commits(data) if names(told, sha)}
        return _only(known if len(told) not in (40, 64) else {told})
    return _only({data.head for data in seen if data.head})


def _commits(data: Deploys) -> Iterable[str]:
    return (data.head, *(commit.sha for commit in data.commits), *(deploy.sha for deploy in data.deploys))


def _only(shas: set[str]) -> str | None:
    return next(iter(shas)) if len(shas) == 1 else None
