"""Rollback, fix, investigate, or a person: the protocol's decision tree, with a trace of each node visited.

Knows: the order of the questions (docs/incident-protocol.md#decision).
Must not know: how an answer to a question was obtained beyond its stated source.
There is no input without an answer: the last node always ends the walk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pydantic import Field

from flightrules.errors import Defect
from flightrules.state.value import Value
from flightrules.state.vocabulary import Path, Severity


class Inputs(Value):
    """Inputs of the decision tree. None means not known, and nothing unknown counts as good news."""

    severity: Severity
    catastrophe: bool = False
    """Complete outage, data loss or corruption, or a confirmed breach."""
    recent_deployment: bool | None = None
    recent_deployment_source: str = ""
    root_cause_known: bool = False
    isolated: bool = False
    fix_safe: bool = False
    fix_minutes: int | None = Field(default=None, ge=0)
    fix_wanted: int = 15
    """A fix is quick if it takes fewer minutes than this (DEC-quick-fix)."""
    fix_limit: int = 30
    """A fix of more minutes than this is not an option (DEC-fix-limit)."""
    rollback_more_disruptive: bool = False
    outside_release: bool = False
    """True if the cause is stated to lie outside the release, so that a rollback cannot help."""
    good_release: str | None = None
    """The last known good release, where there is one."""
    response_left_s: int = 0
    rollback_tried: bool = False
    fix_failed: bool = False
    healthy: bool = False
    """True if the server's own reading just showed that production is healthy."""


class Node(Value):
    """One question of the tree: what it asked, what it saw, where that came from, and where it led."""

    id: str
    question: str
    saw: str
    source: str
    leads_to: str


class Decision(Value):
    """Result of the decision tree, and the path through the tree that led to it."""

    path: Path
    reason: str
    trace: tuple[Node, ...]
    warnings: tuple[str, ...] = ()


class _Question(NamedTuple):
    id: str
    asks: str
    saw: Callable[[Inputs], str]
    source: str
    answer: Callable[[Inputs], Path | None]
    because: str


def _mild(i: Inputs) -> bool:
    return i.severity in (Severity.P3, Severity.P4)


def _quick(i: Inputs) -> bool:
    return i.fix_minutes is not None and i.fix_minutes < i.fix_wanted


def _five_conditions(i: Inputs) -> dict[str, bool]:
    return {
        "P3 or P4": _mild(i),
        "isolated": i.isolated,
        "root cause understood": i.root_cause_known,
        f"safe in under {i.fix_wanted} min": _quick(i) and i.fix_safe,
        "rollback more disruptive": i.rollback_more_disruptive,
    }


def _missing_conditions(i: Inputs) -> str:
    missing = [name for name, holds in _five_conditions(i).items() if not holds]
    return "all five fix conditions hold" if not missing else f"missing for a fix: {', '.join(missing)}"


def _deployed(i: Inputs) -> str:
    return {True: "yes", False: "no", None: "not known, taken as yes"}[i.recent_deployment]


def _minutes(i: Inputs) -> str:
    return "no estimate" if i.fix_minutes is None else f"{i.fix_minutes} min"


def _recent(i: Inputs) -> Path | None:
    if i.recent_deployment is False:
        return None
    return Path.FIX if all(_five_conditions(i).values()) else Path.ROLLBACK


def _quick_fix(i: Inputs) -> Path | None:
    return Path.FIX if i.root_cause_known and _mild(i) and _quick(i) else None


def _no_quick_fix(i: Inputs) -> Path | None:
    too_long = i.fix_minutes is not None and i.fix_minutes > i.fix_limit
    fix_unknown = i.root_cause_known and i.fix_minutes is None
    return Path.ROLLBACK if too_long or fix_unknown else None


def _between(i: Inputs) -> Path | None:
    if not i.root_cause_known or not _mild(i):
        return None
    return Path.ROLLBACK if i.good_release else Path.FIX


def _unknown_cause(i: Inputs) -> Path | None:
    if i.root_cause_known:
        return None
    return Path.INVESTIGATE if i.response_left_s > 0 else Path.ROLLBACK


QUESTIONS: tuple[_Question, ...] = (
    _Question(
        "rollback-tried",
        "Has a rollback already been tried in this incident?",
        lambda i: "yes" if i.rollback_tried else "no",
        "incident log",
        lambda i: Path.PERSON if i.rollback_tried else None,
        "one attempt, then a person",
    ),
    _Question(
        "outside-release",
        "Is a known cause stated to lie outside the release?",
        lambda i: f"{'outside' if i.outside_release else 'not stated'}; recent deployment: {_deployed(i)}",
        "the agent's statements and the deploy history",
        lambda i: Path.PERSON if i.outside_release and i.root_cause_known else None,
        "a rollback of the release does not repair what is outside it",
    ),
    _Question(
        "critical",
        "Is it critical (P1, outage, data loss or corruption, breach)?",
        lambda i: f"{i.severity}{', catastrophe' if i.catastrophe else ''}",
        "classification",
        lambda i: Path.ROLLBACK if i.severity is Severity.P1 or i.catastrophe else None,
        "critical incidents are rolled back at once",
    ),
    _Question(
        "fix-failed",
        "Has a fix failed or run out of time?",
        lambda i: "yes" if i.fix_failed else "no",
        "incident log",
        lambda i: Path.ROLLBACK if i.fix_failed else None,
        "a failed fix falls back to rollback",
    ),
    _Question(
        "recent-deployment",
        "Was there a recent deployment?",
        lambda i: f"{_deployed(i)}; {_missing_conditions(i)}",
        "deploy history and the agent's statements",
        _recent,
        "after a recent deployment rollback is safer, unless all five fix conditions hold",
    ),
    _Question(
        "quick-fix",
        "Is the root cause known, the incident P3 or P4, and the fix under {0.fix_wanted} min?",
        lambda i: f"cause {'known' if i.root_cause_known else 'not known'}, {i.severity}, {_minutes(i)}",
        "the agent's statements",
        _quick_fix,
        "a known cause with a quick fix is fixed",
    ),
    _Question(
        "long-fix",
        "Is the fix unknown or over {0.fix_limit} min?",
        _minutes,
        "the agent's statements",
        _no_quick_fix,
        "an unknown or long fix is not an option",
    ),
    _Question(
        "unknown-cause",
        "Is the root cause unknown?",
        lambda i: (
            "known" if i.root_cause_known else f"not known, {max(i.response_left_s, 0)} s of response budget left"
        ),
        "the agent's statements and the response budget",
        _unknown_cause,
        "an unknown cause is investigated while response budget is left, then rolled back",
    ),
    _Question(
        "middling-fix",
        "Is it P3 or P4 with a fix of {0.fix_wanted} to {0.fix_limit} min?",
        lambda i: f"{i.severity}, {_minutes(i)}, good release {i.good_release or 'none'}",
        "the agent's statements and the deploy history",
        _between,
        "rollback if there is a good release, else fix",
    ),
    _Question(
        "no-fix-for-p2",
        "What is left is a P2: is there a release to go back to?",
        lambda i: i.good_release or "none",
        "deploy history",
        lambda _i: Path.ROLLBACK,
        "a P2 never takes the fix path by itself",
    ),
)
"""The tree as a list: the first question that answers ends the walk, and the last always does."""


def decide_path(inputs: Inputs) -> Decision:
    """Walk the tree. Complete: every combination of inputs ends at some path."""
    trace: list[Node] = []
    for question in QUESTIONS:
        path = question.answer(inputs)
        trace.append(_node(question, inputs, path))
        if path is not None:
            return _ending(inputs, path, question.because, trace)
    raise Defect("the last question of the tree always answers")  # pragma: no cover


def _node(question: _Question, inputs: Inputs, path: Path | None) -> Node:
    return Node(
        id=question.id,
        question=question.asks.format(inputs),
        saw=question.saw(inputs),
        source=inputs.recent_deployment_source or question.source
        if question.id == "recent-deployment"
        else question.source,
        leads_to=path.value if path else "next question",
    )


def _ending(inputs: Inputs, path: Path, reason: str, trace: list[Node]) -> Decision:
    """Rollback needs a release to go back to; without one a person decides (design, decision 8)."""
    if path is not Path.ROLLBACK:
        return Decision(path=path, reason=reason, trace=tuple(trace))
    has = inputs.good_release is not None
    trace.append(
        Node(
            id="good-release",
            question="Is there a last known good release?",
            saw=inputs.good_release or "none",
            source="deploy history and healthy observations",
            leads_to=(Path.ROLLBACK if has else Path.PERSON).value,
        )
    )
    if not has:
        return Decision(path=Path.PERSON, reason=f"{reason}, but no release is known to be good", trace=tuple(trace))
    if inputs.healthy:
        return _of_the_healthy(inputs, reason, trace)
    return Decision(path=path, reason=reason, trace=tuple(trace), warnings=_doubts(inputs))


def _of_the_healthy(inputs: Inputs, reason: str, trace: list[Node]) -> Decision:
    """Production is well now: a person must acknowledge a rollback, and decides where the cause lies elsewhere (9)."""
    path = Path.PERSON if inputs.outside_release else Path.ROLLBACK
    trace.append(
        Node(
            id="healthy-now",
            question="Is production healthy now?",
            saw="services, health and checks are well",
            source="a reading just before this decision",
            leads_to=path.value,
        )
    )
    if path is Path.PERSON:
        reason = f"{reason}, but production is healthy and the cause is stated to lie outside the release"
    return Decision(path=path, reason=reason, trace=tuple(trace), warnings=_doubts(inputs))


def _doubts(inputs: Inputs) -> tuple[str, ...]:
    doubts: list[str] = []
    if inputs.healthy:
        doubts.append("Production is healthy now: a rollback changes what works, and a person must acknowledge that.")
    if inputs.recent_deployment is False:
        doubts.append("Nothing was deployed in the window before onset: a rollback may not help.")
    if inputs.recent_deployment is None:
        doubts.append("The deploy history could not be read.")
    if inputs.outside_release:
        doubts.append("The cause is stated to lie outside the release: a rollback may not help.")
    return tuple(doubts)
