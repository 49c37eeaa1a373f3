"""Every circumstance meets every command from every kind of actor."""

from __future__ import annotations

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state.decide import RULES, decide
from flightrules.state.fold import step
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.phases import LEGAL, PERSON_DECIDES, TRANSITIONS
from flightrules.state.status import next_calls
from flightrules.state.vocabulary import Phase
from tests.state.core import AGENT, PERSON, SCENES, SYSTEM, Core
from tests.state.samples import samples

ACTORS = (AGENT, PERSON, SYSTEM)


@pytest.fixture(scope="module")
def scenes() -> dict[str, Core]:
    return {name: scene() for name, scene in SCENES.items()}


def outcomes(core: Core, actor: Actor) -> list[tuple[c.Command, Incident | Refused]]:
    """Each sample with the incident after it, or the refusal; anything else would raise here."""
    found: list[tuple[c.Command, Incident | Refused]] = []
    for command in samples(core):
        try:
            events = decide(core.incident, command, core.context(actor))
        except Refused as no:
            found.append((command, no))
            continue
        incident: Incident | None = core.incident
        for event in events:
            incident = step(incident, event, at=core.now, version=core.incident.version + 1)
        assert incident is not None
        found.append((command, incident))
    return found


def test_every_command_has_a_rule_and_a_sample(scenes: dict[str, Core]) -> None:
    declared = {kind for kind in vars(c).values() if isinstance(kind, type) and issubclass(kind, c.Command)}
    judged = declared - {c.Command, c.Open}
    assert set(RULES) == judged
    assert {type(command) for command in samples(scenes["planned"])} == judged


def test_every_phase_is_among_the_scenes(scenes: dict[str, Core]) -> None:
    assert {core.incident.phase for core in scenes.values()} == set(Phase)


@pytest.mark.requirement("ORD-complete")
@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.kind)
def test_each_command_gives_events_that_fold_or_a_refusal_with_a_way_out(
    scenes: dict[str, Core], name: str, actor: Actor
) -> None:
    core = scenes[name]
    for command, outcome in outcomes(core, actor):
        if isinstance(outcome, Refused):
            assert outcome.code.isidentifier(), command
            assert outcome.reason.endswith("."), (command, outcome.reason)
            assert outcome.remedy.strip(), command
            if outcome.code == "out_of_order":
                calls = [step.call for step in next_calls(core.incident, core.policy, core.now)]
                named = any(f"{call}" in outcome.remedy for call in [*calls, "incident_status", "open_incident"])
                assert named or "flightrules" in outcome.remedy or "Report it" in outcome.remedy, (command, outcome)


@pytest.mark.requirement("ORD-legal-calls-are-legal")
@pytest.mark.parametrize("name", SCENES)
def test_a_call_that_is_named_as_legal_is_not_refused_as_out_of_order(scenes: dict[str, Core], name: str) -> None:
    core = scenes[name]
    tools = {command.tool for command, outcome in outcomes(core, AGENT) if isinstance(outcome, Incident)}
    tools |= (
        {"close"}
        if any(isinstance(o, Incident) for c_, o in outcomes(core, PERSON) if isinstance(c_, c.Close))
        else set()
    )
    named = {step.call for step in next_calls(core.incident, core.policy, core.now)}
    assert named <= tools, name


@pytest.mark.requirement("ORD-no-dead-end")
@pytest.mark.parametrize("name", [n for n in SCENES if n not in ("closed", "stood down")])
def test_no_circumstance_is_a_dead_end(scenes: dict[str, Core], name: str) -> None:
    core = scenes[name]
    everybody = [outcome for actor in ACTORS for _, outcome in outcomes(core, actor)]
    moved = [
        o
        for o in everybody
        if isinstance(o, Incident) and (o.phase, o.path) != (core.incident.phase, core.incident.path)
    ]
    assert moved, name
    if core.incident.phase is not Phase.ROLLING_BACK:
        people = [outcome for _, outcome in outcomes(core, PERSON)]
        assert any(isinstance(o, Incident) and o.phase is Phase.CLOSED for o in people), name


@pytest.mark.requirement("ORD-table")
@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.kind)
def test_no_command_moves_an_incident_past_the_table(scenes: dict[str, Core], name: str, actor: Actor) -> None:
    core = scenes[name]
    near = reachable_in(core.incident.phase, 2)
    for command, outcome in outcomes(core, actor):
        if isinstance(outcome, Incident):
            assert outcome.phase in near, command


def reachable_in(phase: Phase, steps: int) -> set[Phase]:
    """A person's decision in the middle of a fix is two rows: the fix ends, the path is decided."""
    found = {phase}
    for _ in range(steps):
        found |= {new for (old, _), new in TRANSITIONS.items() if old in found}
    return found


@pytest.mark.requirement("APP-person-only", "ORD-person-closes")
@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("actor", [AGENT, SYSTEM], ids=lambda actor: actor.kind)
def test_only_a_person_approves_rejects_decides_against_the_rules_accepts_or_closes(
    scenes: dict[str, Core], name: str, actor: Actor
) -> None:
    reserved = (c.Approve, c.Reject, c.DecideByPerson, c.AcceptByPerson, c.Close, c.ApproveUpdate, c.RejectUpdate)
    for command, outcome in outcomes(scenes[name], actor):
        if isinstance(command, reserved):
            assert isinstance(outcome, Refused), command
            assert outcome.code == "person_only"


@pytest.mark.requirement("APP-needed")
@pytest.mark.parametrize("name", [n for n in SCENES if not n.startswith("approved")])
def test_no_command_of_anybody_starts_a_rollback_without_an_approval(scenes: dict[str, Core], name: str) -> None:
    core = scenes[name]
    for actor in ACTORS:
        for command, outcome in outcomes(core, actor):
            if isinstance(outcome, Incident) and outcome.phase is Phase.ROLLING_BACK:
                assert core.incident.phase is Phase.ROLLING_BACK, command


@pytest.mark.requirement("ORD-person-decides-any-time")
@pytest.mark.parametrize("name", [n for n in SCENES if n not in ("closed", "stood down")])
def test_a_person_can_take_the_decision_from_classification_on_unless_a_rollback_runs(
    scenes: dict[str, Core], name: str
) -> None:
    core = scenes[name]
    taken = [
        outcome
        for command, outcome in outcomes(core, PERSON)
        if isinstance(command, c.DecideByPerson) and isinstance(outcome, Incident)
    ]
    assert bool(taken) is (core.incident.phase in PERSON_DECIDES)
    assert all(outcome.decided_by == "person" for outcome in taken)


def test_every_legal_call_of_a_phase_is_a_tool_some_command_needs() -> None:
    tools = {kind.tool for kind in RULES if kind.tool} | {"close"}
    always = {"post_update"}
    assert {call for calls in LEGAL.values() for call in calls} == tools - always
