"""The public page as a view: what is shown of which incident, and that nothing else can be in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.messages.due import public_updates
from flightrules.state.messages.public import SHOWN_FOR, public_view
from flightrules.state.messages.update import PublicUpdate
from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.state.vocabulary import Path
from flightrules.templates import public, render
from tests.state.core import GOOD, NOON, P1, P2, PERSON, SHOP, SYSTEM, Core, seen, watched_well
from tests.state.test_communicating import Public

COMPONENTS = ("Our service", "Search")


def said(core: Core) -> tuple[PublicUpdate, ...]:
    return public_updates(core.records)


def solved() -> Core:
    core = Public().assess().classify()
    core.do(c.Decide())
    core.roll_back()
    core.verify(seen(GOOD, well=True)).analyse()
    watched_well(core.wait(minutes=31))
    return core


@pytest.mark.requirement("COM-status-page")
def test_an_open_incident_is_shown_with_its_updates_newest_first_and_its_component_is_ill() -> None:
    core = Public().assess().classify()
    core.wait(minutes=5).choose(Path.FIX)
    core.do(c.BeginFix(says="a null"))
    view = public_view([said(core), ()], COMPONENTS, core.now, title="Status", url="")
    (incident,) = view.open
    assert [update.status for update in incident.updates] == ["Identified", "Investigating"]
    assert [(one.name, one.well) for one in view.components] == [("Our service", False), ("Search", True)]
    assert view.components[0].says == core.policy.communication.impact.of(P1)
    assert not view.well


@pytest.mark.requirement("COM-status-page")
def test_a_solved_incident_stays_for_two_weeks_and_makes_nothing_ill() -> None:
    core = solved()
    view = public_view([said(core)], COMPONENTS, core.now, title="Status", url="")
    assert view.well
    assert [incident.last.status for incident in view.past] == ["Resolved"]
    late = core.now + SHOWN_FOR + timedelta(seconds=1)
    assert public_view([said(core)], COMPONENTS, late, title="Status", url="").past == ()


# -- nothing internal ever gets out ------------------------------------------------------------------------------------

SEED = "zq7internal"
"""Stands in everything that comes from inside; no word of policy holds it."""
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30).map(lambda text: f"{SEED}{text}")


def seeded_target(word: str) -> Target:
    host = SHOP.hosts[0].model_copy(update={"name": f"{SEED}-1", "address": f"{SEED}.example", "user": SEED})
    checks = tuple(check.model_copy(update={"name": SEED}) for check in SHOP.checks[:1])
    changes = {"name": SEED, "hosts": (host,), "app_dir": f"/{SEED}", "branch": SEED, "checks": checks}
    return SHOP.model_copy(update={**changes, "docs_dir": word})


def public_output(core: Core) -> str:
    view = public_view([said(core)], ["Our service"], core.now, title="Status", url="https://status.example")
    updates = "".join(f"{render.public_update(update)}{update.model_dump_json()}" for update in said(core))
    return "".join([updates, public.page(view), public.json_feed(view), public.atom_feed(view)])


@pytest.mark.requirement("COM-no-leak")
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(title=WORDS, words=WORDS, names=WORDS, tries=st.lists(WORDS, max_size=3))
def test_whatever_stands_inside_nothing_of_it_reaches_the_public(
    title: str, words: str, names: str, tries: list[str]
) -> None:
    core = Public(seeded_target(words), title=title[:300], description=words, detected_via=names)
    core.assess(seen()).do(c.Classify(reason=words, users_affected=names, business_impact=words))
    core.do(c.PostUpdate(text=words))
    for number, text in enumerate(tries):
        # An agent's own words wait for a person, who keeps these back.
        core.do(c.PostUpdate(text=f"We are at it. {text.replace('@', '')}"[:1500]), PERSON)
        core.append([held_update(number, text)], SYSTEM)
        core.do(c.RejectUpdate(update=f"T{number}", approver=names, reason=words), PERSON)
    core.choose(Path.INVESTIGATE)
    core.append([e.RecurrenceDetected(says=words)] if core.incident.phase == "monitoring" else [], SYSTEM)
    core.do(c.Close(reason=words), PERSON)
    shown = public_output(core)
    assert SEED not in shown
    assert [update.status for update in said(core)] == ["Investigating", "Closed"]


def held_update(number: int, text: str) -> e.UpdatePosted:
    return e.UpdatePosted(
        id=f"T{number}",
        external=True,
        status="Investigating",
        text=text,
        impact=text,
        component=text,
        started_at=NOON,
        held=True,
    )


@pytest.mark.requirement("COM-no-leak")
def test_a_whole_rollback_with_an_approver_and_commits_shows_none_of_them() -> None:
    core = Public(seeded_target(SEED), title=SEED, policy=Policy()).assess(seen()).classify()
    core.do(c.Decide())
    core.plan()
    plan = core.incident.plan
    assert plan is not None
    core.do(core.approval(approver=f"{SEED} Ada"), PERSON)
    shown = public_output(core)
    assert SEED not in shown
    assert plan.to_release[:7] not in shown
    assert "PLAN-" not in shown
    assert len(said(core)) == 1


def test_a_milder_incident_is_shown_only_after_somebody_told_the_public() -> None:
    core = Public().assess(seen(well=True)).classify(P2)
    assert said(core) == ()
    core.do(c.PostUpdate(text="Search is slow.", external=True), PERSON)
    assert [update.text for update in said(core)] == ["Search is slow."]
