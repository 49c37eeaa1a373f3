# ruff: noqa: INP001 - docs/ is no package
"""docs/protocol.md: the rules by area, with the tests that show each.

Knows: how the page reads. Must not know: any rule; tests/requirements.py holds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.markers import every_mark
from tests.requirements import RULES, Rule

SHOWN = 2
"""Test modules named for one rule; search the tests for its id to find the others."""

HEAD = """# Rules and their tests

Generated from `tests/requirements.py` and the tests by `python -m docs.generate`; do not edit.

[incident-protocol.md](incident-protocol.md) explains the rules of the protocol. This page lists them by area, together with
those that the project adds, and names up to two test modules for each, under `tests/`. `grep -rn ID tests` finds the rest.
"""

AREAS: dict[str, tuple[str, ...]] = {
    "When it applies": ("PRE", "PRO"),
    "Order": ("ORD", "SRV"),
    "Assessment": ("EVI",),
    "Severity": ("SEV",),
    "Time limits": ("BUD",),
    "Decision": ("DEC",),
    "Good release": ("REL",),
    "Plan and approval": ("PLAN", "APP", "PER"),
    "Rollback": ("RB", "HOST"),
    "Fix": ("FIX",),
    "Verification": ("VER",),
    "Monitoring": ("MON",),
    "Root cause": ("RCA",),
    "Report": ("REP", "OUT", "CLO"),
    "Planner": ("PLA",),
    "Communication": ("COM", "PEO"),
    "Untrusted text": ("UNT",),
    "Log and replay": ("LOG", "REPL"),
    "Known failures": ("PEER", "SCN"),
}
"""Area of the page, and the prefixes of its rules."""


def protocol_rules() -> str:
    """Return the page."""
    modules: dict[str, list[str]] = defaultdict(list)
    for mark in every_mark():
        modules[mark.rule].append(mark.path)
    by_area = {title: [rule for rule in RULES if prefix(rule.id) in prefixes] for title, prefixes in AREAS.items()}
    parts = [line for title, rules in by_area.items() for line in (f"## {title}", "", *_table(rules, modules), "")]
    return "\n".join([HEAD, *parts])


def prefix(rule: str) -> str:
    """Return the part of a rule's id that names its area."""
    return rule.partition("-")[0]


def _table(rules: Sequence[Rule], modules: Mapping[str, Sequence[str]]) -> list[str]:
    rows = [f"| {_linked(rule)} | {rule.says} | {_shown(rule, modules[rule.id])} |" for rule in rules]
    return ["| rule | says | tests |", "| --- | --- | --- |", *rows]


def _linked(rule: Rule) -> str:
    kind, _, section = rule.source.partition(":")
    return f"[{rule.id}](incident-protocol.md#{section})" if kind == "protocol" else rule.id


def _shown(rule: Rule, modules: Sequence[str]) -> str:
    if rule.status == "planned":
        return f"planned: {rule.note}"
    return ", ".join(f"`{path}`" for path in list(dict.fromkeys(modules))[:SHOWN])
