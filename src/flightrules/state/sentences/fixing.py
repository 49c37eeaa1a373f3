"""A fix.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.fix import CHECKLIST
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.words import command_line, listed, short


def _fixing(_walk: Walk, event: e.FixStarted) -> Iterable[Line]:
    yield Line(f"Fix began on branch {event.branch}: {cut(event.says)}")


def _branched(_walk: Walk, event: e.FixBranched) -> Iterable[Line]:
    yield Line(f"Branch {event.branch} created at {short(event.commit)}")


def _fix_checked(_walk: Walk, event: e.FixChecked) -> Iterable[Line]:
    for check in event.checks:
        yield Line(f"Said of the fix, that it {CHECKLIST[check.item]}: {cut(check.evidence)}")


def _testing(_walk: Walk, event: e.FixTesting) -> Iterable[Line]:
    yield Line(f"Tests began: {cut(command_line(event.argv))}")


def _tested(_walk: Walk, event: e.FixTested) -> Iterable[Line]:
    yield Line(f"Tests ended: {event.result.says}")


def _fixed(_walk: Walk, event: e.FixEnded) -> Iterable[Line]:
    words = {"deployed": "Fix implemented", "failed": "Fix failed", "abandoned": "Fix abandoned", "over": "Fix over"}
    deployment = f"deployment {cut(event.deployment)}" if event.deployment else ""
    missing = f"not shown: {listed(event.unchecked)}" if event.unchecked else ""
    parts = [part for part in (cut(event.reference), deployment, cut(event.says), missing) if part]
    yield Line(": ".join([words[event.outcome], *(["; ".join(parts)] if parts else [])]))


SAYS: Table = {
    e.FixStarted: _fixing,
    e.FixBranched: _branched,
    e.FixChecked: _fix_checked,
    e.FixTesting: _testing,
    e.FixTested: _tested,
    e.FixEnded: _fixed,
}
