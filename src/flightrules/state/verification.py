"""Verification that production is restored: the protocol's checklist over facts, before and now.

Knows: the verification checklist (docs/incident-protocol.md#verification). Must not know: how facts were collected.
An item nobody could see is unknown, and one unknown item is enough to make the verdict inconclusive.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.facts import Facts
from flightrules.state.fix import commit_in
from flightrules.state.metrics.judging import JudgedQuery, judged
from flightrules.state.releases import names
from flightrules.state.value import Value
from flightrules.state.vocabulary import Verdict
from flightrules.state.words import counted

Outcome = Literal["pass", "fail", "unknown"]


class Item(Value):
    """One line of the checklist."""

    item: str
    outcome: Outcome
    saw: str
    counts: Annotated[bool, Field(exclude_if=lambda counts: counts)] = True
    """False for one that is shown and decides nothing: a metric that is tried out."""


class Verification(Value):
    """The verdict and the checklist it stands on."""

    verdict: Verdict
    items: tuple[Item, ...]


class Usual(Value):
    """Errors that were there before the incident began, and how many lines of them are no more than usual."""

    kinds: tuple[str, ...] = ()
    lines: float | None = None
    """In the stretch of log that was read; None where the rate before the incident is not known."""


NOTHING_USUAL = Usual()


def verification_of(
    now: Facts,
    before: Facts,
    *,
    user_reports: str = "unknown",
    wanted_release: str | None = None,
    usual: Usual = NOTHING_USUAL,
) -> Verification:
    """Judge the facts of now, with those of the assessment for comparison.

    `user_reports` is what people say (`decreased`, `unchanged` or `unknown`); unknown reports do not block,
    since nobody may be there to ask. `wanted_release` is what must run: the release a rollback promised, or the
    reference of a fix, which says so only where it names a commit.
    """
    items = [
        _services(now),
        _errors(now, before, usual),
        _functions(now),
        _performance(now),
        _new_issues(now, before, usual),
    ]
    if user_reports != "unknown":
        items.append(Item(item="user reports decreased", outcome=_reports(user_reports), saw=user_reports))
    if wanted_release:
        items.append(_release(now, wanted_release))
    items += measured_items(now, before)
    return Verification(verdict=_verdict(items), items=tuple(items))


def _verdict(items: list[Item]) -> Verdict:
    outcomes = {item.outcome for item in items if item.counts}
    if "fail" in outcomes:
        return Verdict.NOT_RESTORED
    return Verdict.INCONCLUSIVE if "unknown" in outcomes else Verdict.RESTORED


def _services(now: Facts) -> Item:
    name = "services running and healthy"
    bad = [*now.services_down, *now.services_unhealthy]
    if bad:
        return Item(item=name, outcome="fail", saw=f"not so: {', '.join(sorted(set(bad)))}")
    if not now.services_known:
        return Item(item=name, outcome="unknown", saw="services could not be read")
    if not now.services:
        return Item(item=name, outcome="fail", saw="no service of the target runs")
    if now.services_starting:
        return Item(item=name, outcome="unknown", saw=f"still starting: {', '.join(now.services_starting)}")
    return Item(item=name, outcome="pass", saw=f"{len(now.services)} services")


def _errors(now: Facts, before: Facts, usual: Usual) -> Item:
    """The incident's own errors must be gone; those that were there before it only no more than they were."""
    name = "errors stopped in logs"
    again = {kind for kind, _ in now.errors} & {kind for kind, _ in before.errors}
    if own := again - {*usual.kinds}:
        return Item(item=name, outcome="fail", saw=f"{len(own)} error signatures of the assessment go on")
    if not now.logs_known:
        return Item(item=name, outcome="unknown", saw="logs could not be read")
    if left := sum(count for kind, count in now.errors if kind in usual.kinds):
        return _usual_errors(name, left, usual)
    return Item(item=name, outcome="pass", saw=f"{before.error_lines} error lines before, none of them now")


def _usual_errors(name: str, left: int, usual: Usual) -> Item:
    saw = f"{counted(left, 'line')} of errors that were there before the incident too"
    if usual.lines is None:
        return Item(item=name, outcome="unknown", saw=f"{saw}; how many are usual is not known")
    if left > usual.lines:
        return Item(item=name, outcome="fail", saw=f"{saw}, but more than usual ({usual.lines:.0f})")
    return Item(item=name, outcome="pass", saw=f"{saw}, no more than usual; none of the incident's own")


def _functions(now: Facts) -> Item:
    name = "critical functionality working"
    failed = [*(["health"] if now.health == "down" else []), *now.major_failed, *now.minor_failed]
    if failed:
        return Item(item=name, outcome="fail", saw=f"fails: {', '.join(failed)}")
    if now.health == "unknown" or now.checks_unknown:
        unseen = [*(["health"] if now.health == "unknown" else []), *now.checks_unknown]
        return Item(item=name, outcome="unknown", saw=f"not seen: {', '.join(unseen)}")
    return Item(item=name, outcome="pass", saw=f"health and {len(now.checks_passed)} checks pass")


def _performance(now: Facts) -> Item:
    name = "performance normal"
    if now.slow:
        return Item(item=name, outcome="fail", saw=f"slower than allowed: {', '.join(now.slow)}")
    if now.health == "unknown":
        return Item(item=name, outcome="unknown", saw="no answer was timed")
    return Item(item=name, outcome="pass", saw="within the configured bounds")


def _new_issues(now: Facts, before: Facts, usual: Usual) -> Item:
    """A new error right after a restart may be the restart itself: look again before judging."""
    name = "no new issues introduced"
    new = {sig for sig, _ in now.errors} - {sig for sig, _ in before.errors} - {*usual.kinds}
    if new:
        return Item(item=name, outcome="unknown", saw=f"{len(new)} new error signatures; verify again")
    if not now.logs_known:
        return Item(item=name, outcome="unknown", saw="logs could not be read")
    return Item(item=name, outcome="pass", saw="no new error signature")


def _release(now: Facts, wanted: str) -> Item:
    name = "the wanted release runs"
    commit = commit_in(wanted)
    if commit is None:
        saw = f"cannot be verified: {wanted!r} names no commit to hold against what runs"
        return Item(item=name, outcome="unknown", saw=saw)
    if now.release is None:
        return Item(item=name, outcome="unknown", saw="what runs could not be read")
    if names(commit, now.release):
        return Item(item=name, outcome="pass", saw=now.release[:12])
    return Item(item=name, outcome="fail", saw=f"{now.release[:12]} instead of {commit[:12]}")


MEASURES = {
    "errors": "errors stopped",
    "latency": "performance normal",
    "traffic": "users are back",
    "saturation": "resources suffice",
    "reports": "user reports decreased",
}


def measured_items(now: Facts, before: Facts, *, strictly: bool = True) -> tuple[Item, ...]:
    """An item for each measured query."""
    items = {metric.bounds.name: MEASURES[metric.bounds.item] for metric in now.metrics}
    return tuple(_measured(items[one.name], one) for one in judged(now.metrics, before.metrics, strictly=strictly))


def _measured(item: str, one: JudgedQuery) -> Item:
    tried = "" if one.counts else " (tried out; decides nothing)"
    return Item(item=f"{item}: {one.name}{tried}", outcome=one.outcome, saw=one.saw, counts=one.counts)


def _reports(user_reports: str) -> Outcome:
    return "pass" if user_reports == "decreased" else "fail"
