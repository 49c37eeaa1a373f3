"""The whole state space, walked: every phase meets every event; what can be reached is what table and docs say.

The walk starts at every scene, which commands led to from detection, and tries, in every state it finds, every sample
command of an agent and of a person, and half an hour of time. Two incidents are one state when they agree in all that
decides what is legal and where it leads (`state_of`).
"""

from __future__ import annotations

import copy
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path as File
from typing import Any

import pytest

from flightrules.errors import Defect, Refused
from flightrules.state import events as e
from flightrules.state.fold import step
from flightrules.state.incident import Incident
from flightrules.state.phases import LEGAL, MOVING, RESTORED, STAYS, TRANSITIONS, after
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.status import next_calls
from flightrules.state.vocabulary import Phase
from tests.state.core import AGENT, PERSON, SCENES, Core
from tests.state.samples import samples

PAGE = File(__file__).parents[2] / "docs" / "protocol-states.md"
OUTCOMES = ("path", "verdict", "outcome", "how")
"""Fields of events that are part of their name in the table."""
MOST = 5_000
"""Far more states than there are: a walk that finds so many has an abstraction that does not end."""

HALF_AN_HOUR = timedelta(minutes=30)

Edge = tuple[Phase, str, Phase]

STAYING: set[Edge] = {(phase, event, phase) for phase, event in STAYS}
UNWALKED = {
    "mitigated_otherwise:by_hand",
    "mitigated_otherwise:none",
    "rollback_finished:untouched",
    "fix_ended:deployed",
}
"""Events that the sample commands do not lead to in every phase; tests/incidents and tests/service show them."""


def every_event() -> Iterator[e.Event]:
    """An event of every kind there is, with every outcome the table knows for it."""
    for kind, model in e.KINDS.items():
        outcomes = {event.partition(":")[2] for _, event in TRANSITIONS if event.partition(":")[0] == kind} or {""}
        named = next((name for name in OUTCOMES if name in model.model_fields), "")
        for outcome in sorted(outcomes):
            given: dict[str, Any] = {named: outcome} if outcome else {}
            yield model.model_construct(**given)


def bare(phase: Phase) -> Incident:
    """An incident of which nothing is known but its phase."""
    return Core().incident.but(phase=phase)


@pytest.mark.requirement("ORD-table", "LOG-loud")
@pytest.mark.parametrize("phase", Phase)
def test_every_event_moves_a_phase_along_its_row_or_not_at_all_or_is_loud(phase: Phase) -> None:
    from flightrules.state.fold import _phase

    met = 0
    for event in every_event():
        met += 1
        row = TRANSITIONS.get((phase, event.moves))
        if row is None and event.kind in MOVING and (phase, event.moves) not in STAYS:
            with pytest.raises(Defect):
                _phase(bare(phase), event)
        else:
            assert _phase(bare(phase), event) is (row or phase), event.moves
    assert met >= len(e.KINDS)


@dataclass
class Walk:
    """States and edges found from detection on."""

    states: dict[tuple[object, ...], Core] = field(default_factory=dict)
    edges: set[Edge] = field(default_factory=set)
    ends: list[Core] = field(default_factory=list)
    """States out of which nobody leads."""


def state_of(core: Core) -> tuple[object, ...]:
    """All of an incident that decides, in its phase, which call is legal and where it leads."""
    incident, phase = core.incident, core.incident.phase
    late = core.now - incident.opened_at > HALF_AN_HOUR
    back = bool(candidates_of(incident, core.context(AGENT)))
    compared = incident.baseline.health if incident.baseline else ""
    by_phase: dict[Phase, tuple[object, ...]] = {
        Phase.DETECTED: (late,),
        **dict.fromkeys((Phase.ASSESSED, Phase.CLASSIFIED, Phase.INVESTIGATING), (incident.decided_by, back)),
        Phase.DECIDED: (
            incident.path,
            incident.decided_by,
            incident.plan is not None,
            bool(incident.approvals),
            min(incident.rollbacks_tried, 1),
        ),
        Phase.ROLLING_BACK: (bool(incident.launching), tuple(sorted({look.state for _, look in incident.looks}))),
        Phase.FIXING: (incident.fix_started_at is not None and core.now - incident.fix_started_at > HALF_AN_HOUR,),
        Phase.VERIFYING: (incident.verdict, incident.mitigation, compared),
        **dict.fromkeys(RESTORED, (incident.mitigation, compared)),
    }
    return phase, *by_phase.get(phase, ())


def branched(core: Core) -> Core:
    """The same incident, to be taken elsewhere."""
    other = copy.copy(core)
    other.records = list(core.records)
    return other


def successors(core: Core, edges: set[Edge]) -> Iterator[Core]:
    """Give the states that everybody's commands lead to, and those that time leads to."""
    if core.incident.phase in (Phase.DETECTED, Phase.FIXING):  # where a budget that ran out changes what is legal
        yield branched(core).wait(minutes=31)
    for actor in (AGENT, PERSON):
        for command in samples(core):
            try:
                events = core.judge(command, actor)
            except Refused:
                continue
            if events:
                edges |= set(moved(core, events))
                other = branched(core)
                other.append(events, actor)
                yield other


def moved(core: Core, events: Iterable[e.Event]) -> Iterator[Edge]:
    """The rows of the table that events take."""
    incident: Incident | None = core.incident
    for event in events:
        assert incident is not None
        before = incident.phase
        incident = step(incident, event, at=core.now, version=incident.version + 1)
        assert incident is not None
        if after(before, event.moves) is not None:
            yield before, event.moves, incident.phase
        else:
            assert incident.phase is before, (before, event.moves, incident.phase)


@pytest.fixture(scope="module")
def walk() -> Walk:
    """Every state that can be reached, each walked on from once."""
    found = Walk()
    front = deque(scene() for scene in SCENES.values())
    while front:
        core = front.popleft()
        here = state_of(core)
        if here in found.states:
            continue
        found.states[here] = core
        assert len(found.states) < MOST
        there = list(successors(core, found.edges))
        if all(state_of(other) == here for other in there):
            found.ends.append(core)
        front.extend(there)
    return found


@pytest.mark.requirement("ORD-table")
def test_what_can_be_reached_is_what_the_table_says(walk: Walk) -> None:
    table = {(old, event, new) for (old, event), new in TRANSITIONS.items()}
    assert walk.edges <= table | STAYING
    assert {event for _, event, _ in table - walk.edges} <= UNWALKED
    assert {core.incident.phase for core in walk.states.values()} == set(Phase)


def test_the_page_in_the_docs_draws_and_lists_what_can_be_reached(walk: Walk) -> None:
    text = PAGE.read_text(encoding="utf-8")
    drawn = {
        (old, event.replace(" ", ":"), new)
        for old, new, label in re.findall(r"^    (\w+) --> (\w+): (.+)$", text, re.MULTILINE)
        for event in label.split(", ")
    }
    rows = re.findall(r"^\| (\w+) \| `([\w:]+)` \| (\w+) \|$", text, re.MULTILINE)
    listed = {row for row in rows if row[2] in set(Phase)}
    unwalked = {(old, event, new) for (old, event), new in TRANSITIONS.items() if event in UNWALKED}
    edges = (walk.edges - STAYING) | unwalked
    reached = {(str(old), event, str(new)) for old, event, new in edges if event != "stood_down"}
    assert drawn == reached
    assert listed == reached


@pytest.mark.requirement("ORD-no-dead-end", "ORD-legal-calls-are-legal")
def test_in_every_state_somebody_can_go_on_and_nothing_but_legal_calls_is_named(walk: Walk) -> None:
    for core in walk.states.values():
        incident = core.incident
        named = [step_.call for step_ in next_calls(incident, core.policy, core.now)]
        assert set(named) - {"post_update"} <= set(LEGAL[incident.phase])  # an update is legal until the end
    assert {core.incident.phase for core in walk.ends} == {Phase.CLOSED}


@pytest.mark.requirement("APP-needed")
def test_no_state_lets_a_rollback_run_without_an_approval_that_was_spent_on_it(walk: Walk) -> None:
    for core in walk.states.values():
        if core.incident.phase is Phase.ROLLING_BACK:
            kinds = [record.kind for record in core.records]
            last = len(kinds) - 1 - kinds[::-1].index("rollback_started")
            assert "approval_granted" in kinds[:last]
            assert core.incident.approvals_spent
