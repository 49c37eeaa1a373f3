from __future__ import annotations

from dataclasses import replace

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import running_budgets
from flightrules.state.decide import decide
from flightrules.state.evidence import Finding, Services, ServiceState
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.messages.so import (
    CHECKED,
    NO_HELP,
    NOT_KNOWN,
    NOTICED,
    POSSIBLE,
    WATCHED,
    WORKED_ON,
)
from flightrules.state.policy import CommunicationPolicy, Policy
from flightrules.state.rules.context import RuleContext
from flightrules.state.status import next_calls
from flightrules.state.target import Check, ComposeRuntime
from flightrules.state.vocabulary import Impact, Path, Phase, Severity
from tests.state.core import (
    AGENT,
    P1,
    P2,
    P3,
    P4,
    PERSON,
    SHOP,
    SYSTEM,
    Core,
    closed,
    decided,
    monitoring,
    rolled_back,
    seen,
)

MINUTE = 60
NEVER = CommunicationPolicy(external_approval="never")


class Public(Core):
    """An incident whose public has a place to read."""

    def context(self, actor: Actor) -> RuleContext:
        return replace(super().context(actor), public=True)


def classified(severity: Severity, kind: type[Core] = Core, **policy: object) -> Core:
    core = kind(policy=Policy.model_validate({"communication": policy}))
    return core.assess(seen(well=True)).classify(severity)


def left(core: Core, name: str) -> int | None:
    return next((b.left_s for b in running_budgets(core.incident, core.policy, core.now) if b.name == name), None)


def posted(events: list[e.Event]) -> list[e.UpdatePosted]:
    return [event for event in events if isinstance(event, e.UpdatePosted)]


def refused(core: Core, command: c.Command, actor: Actor = AGENT) -> Refused:
    with pytest.raises(Refused) as no:
        core.judge(command, actor)
    return no.value


@pytest.mark.requirement("COM-internal-cadence")
@pytest.mark.parametrize("severity", [P1, P2])
def test_critical_and_high_incidents_are_due_for_an_internal_update_every_quarter_of_an_hour(
    severity: Severity,
) -> None:
    core = classified(severity).wait(minutes=14)
    assert left(core, "internal_update") == MINUTE
    core.do(c.PostUpdate(text="We roll back."))
    assert left(core, "internal_update") == 15 * MINUTE
    assert left(core.wait(minutes=16), "internal_update") == -MINUTE


@pytest.mark.requirement("COM-internal-cadence")
@pytest.mark.parametrize("severity", [P3, P4])
def test_medium_and_low_incidents_have_no_rhythm_and_nobody_is_due_once_restored(severity: Severity) -> None:
    assert left(classified(severity).wait(hours=3), "internal_update") is None
    assert left(monitoring().wait(hours=3), "internal_update") is None


@pytest.mark.requirement("COM-overdue")
def test_an_overdue_update_is_on_record_once_for_each_time_it_is_overdue_and_named_as_the_next_call() -> None:
    core = classified(P2).wait(minutes=15)
    kinds = [event.budget for event in core.do(c.Tick(), SYSTEM) if isinstance(event, e.BudgetBreached)]
    assert "internal_update" in kinds
    assert core.wait(minutes=40).do(c.Tick(), SYSTEM) != core.do(c.Tick(), SYSTEM) == []
    assert [step.call for step in next_calls(core.incident, core.policy, core.now)][-1] == "post_update"
    core.do(c.PostUpdate(text="Looking at the database."))
    core.do(c.PostUpdate(text="Some pages fail."), PERSON)
    assert core.do(c.Tick(), SYSTEM) == []
    again = [event for event in core.wait(minutes=15).do(c.Tick(), SYSTEM) if isinstance(event, e.BudgetBreached)]
    assert [event.budget for event in again] == ["internal_update"]


@pytest.mark.requirement("COM-overdue")
def test_a_second_round_after_a_restoration_can_be_overdue_anew() -> None:
    core = rolled_back().wait(minutes=20)
    core.do(c.Tick(), SYSTEM)
    core.verify(seen("b" * 40, well=True))
    assert "internal_update" not in core.incident.breached


@pytest.mark.requirement("COM-external")
@pytest.mark.parametrize(("severity", "minutes"), [(P1, 0), (P2, 30), (P3, 60), (P4, 240)])
def test_the_public_is_due_to_be_told_in_the_time_of_the_severity(severity: Severity, minutes: int) -> None:
    core = classified(severity)
    assert left(core, "external_notice") == minutes * MINUTE
    core.do(c.PostUpdate(text="Some pages fail.", external=True), PERSON)
    assert left(core, "external_notice") is None


@pytest.mark.requirement("COM-external")
def test_before_a_severity_and_after_restoration_the_public_need_not_be_told() -> None:
    assert left(Core().wait(hours=1), "external_notice") is None
    assert left(monitoring(), "external_notice") is None


@pytest.mark.requirement("COM-external")
def test_a_critical_incident_is_told_to_the_public_at_once_in_words_of_policy_alone() -> None:
    core = Public().assess()
    (update,) = posted(core.do(c.Classify()))
    assert core.incident.severity is P1
    assert (update.external, update.held, update.by_rules, update.status) == (True, False, True, "Investigating")
    assert left(core, "external_notice") is None
    assert posted(core.do(c.ShowRollback())) == []


@pytest.mark.requirement("COM-external")
def test_where_nobody_reads_nothing_is_told_and_a_milder_incident_is_left_to_people() -> None:
    assert posted(Core().assess().do(c.Classify())) == []
    core = Public().assess(seen(well=True))
    assert posted(core.do(c.Classify(severity=P2, reason="because"))) == []
    assert posted(core.wait(minutes=31).do(c.Tick(), SYSTEM)) == []


@pytest.mark.requirement("COM-external-status")
def test_once_the_public_knows_it_is_told_of_each_new_status_once() -> None:
    core = Public().assess().classify()
    assert posted(core.do(c.Decide())) == []  # nothing is being done yet
    core.roll_back()
    core.verify(seen("b" * 40, well=True)).analyse()
    told = [e.UpdatePosted.model_validate(r.data) for r in core.records if r.kind == "update_posted"]
    assert [update.status for update in told] == ["Investigating", "Identified", "Monitoring", "Monitoring"]
    assert [update.text for update in told] == [NOTICED, WORKED_ON, CHECKED, WATCHED]
    assert [update.id for update in told] == ["U1", "U2", "U3", "U4"]


@pytest.mark.requirement("COM-external-approval")
def test_an_agents_own_words_for_the_public_wait_for_a_person_and_a_persons_do_not() -> None:
    core = classified(P2)
    (held,) = posted(core.do(c.PostUpdate(text="Some pages fail.", external=True)))
    assert held.held
    assert left(core, "external_notice") is not None
    (out,) = posted(core.do(c.PostUpdate(text="Some pages fail.", external=True), PERSON))
    assert not out.held


@pytest.mark.requirement("COM-external-approval")
@pytest.mark.parametrize(
    ("policy", "agent", "person", "rules"),
    [("own_text", True, False, False), ("always", True, True, True), ("never", False, False, False)],
)
def test_policy_says_what_waits(policy: str, agent: bool, person: bool, rules: bool) -> None:  # noqa: FBT001
    core = Public(policy=Policy.model_validate({"communication": {"external_approval": policy}})).assess()
    (first,) = posted(core.do(c.Classify()))
    assert first.held is rules
    for actor, wanted in ((AGENT, agent), (PERSON, person)):
        (update,) = posted(core.do(c.PostUpdate(text="Some pages fail.", external=True), actor))
        assert update.held is wanted


@pytest.mark.requirement("COM-external-approval")
def test_a_person_lets_an_update_out_or_keeps_it_back_once_and_with_a_name() -> None:
    core = classified(P2)
    for text in ("Some pages fail.", "All pages fail."):
        core.do(c.PostUpdate(text=text, external=True))
    yes, no = c.ApproveUpdate(update="U1", approver="Ada"), c.RejectUpdate(update="U2", approver="Ada", reason="wrong")
    assert refused(core, yes).code == refused(core, no, SYSTEM).code == "person_only"
    assert refused(core, no.model_copy(update={"reason": " "}), PERSON).code == "reason_missing"
    core.do(yes, PERSON)
    assert core.incident.public_at == core.now
    core.do(no, PERSON)
    assert core.incident.held == ()
    again = refused(core, yes, PERSON)
    assert (again.code, again.remedy) == ("unknown_update", "Waiting: none.")


def test_what_was_rejected_is_not_offered_again_by_the_rules_until_the_status_is_another() -> None:
    policy = Policy.model_validate({"communication": {"external_approval": "always"}})
    core = Public(policy=policy).assess().classify()
    core.do(c.RejectUpdate(update="U1", approver="Ada", reason="too early"), PERSON)
    assert posted(core.do(c.Tick(), SYSTEM)) == []
    core.choose(Path.FIX)
    (offered,) = posted(core.do(c.BeginFix(says="a null")))
    assert (offered.status, offered.held) == ("Identified", True)


def test_only_so_many_updates_wait_for_one_person() -> None:
    core = classified(P2)
    for _ in range(5):
        core.do(c.PostUpdate(text="Some pages fail.", external=True))
    no = refused(core, c.PostUpdate(text="Some pages fail.", external=True))
    assert no.code == "updates_waiting"
    assert "U1, U2" in no.reason
    assert "flightrules update approve INC-1 U1," in no.remedy
    core.do(c.RejectUpdate(update="U1", approver="Ada", reason="too much"), PERSON)
    core.do(c.PostUpdate(text="Some pages fail.", external=True))
    assert "approve INC-1 U2," in refused(core, c.PostUpdate(text="Some pages fail.", external=True)).remedy


def test_an_agent_that_goes_to_and_fro_does_not_bury_a_person_in_updates_to_approve() -> None:
    policy = Policy.model_validate({"communication": {"external_approval": "always"}})
    core = Public(policy=policy).assess().classify()
    for _ in range(10):
        core.do(c.Decide())
        core.classify(P1)
    assert [update.status for update in core.incident.held] == ["Investigating"]


def test_what_waits_and_is_so_no_more_is_replaced_or_refused_with_what_changed() -> None:
    policy = Policy.model_validate({"communication": {"external_approval": "always"}})
    core = Public(policy=policy).assess().classify()
    core.do(c.PostUpdate(text="Nothing works yet.", external=True))
    core.choose(Path.FIX)
    core.do(c.BeginFix(says="a null"))
    assert [(update.by_rules, update.status) for update in core.incident.held] == [
        (False, "Investigating"),
        (True, "Identified"),
    ]
    no = refused(core, c.ApproveUpdate(update="U2", approver="Ada"), PERSON)
    assert no.code == "overtaken"
    assert "Investigating: " in no.reason
    assert "Identified: We are working on a remedy." in no.reason


def test_the_public_does_not_hear_of_decisions_back_and_forth() -> None:
    core = Public().assess().classify()
    told = [update for _ in range(5) for update in (*posted(core.do(c.Decide())), *posted(core.do(c.Classify())))]
    assert told == []
    assert core.incident.phase is Phase.CLASSIFIED


def test_the_public_hears_that_a_remedy_did_not_help() -> None:
    core = Public().assess().classify()
    core.choose(Path.FIX)
    core.do(c.BeginFix(says="a null"))
    (update,) = posted(core.do(c.EndFix(outcome="failed", says="it was not that")))
    assert (update.status, update.text) == ("Investigating", NO_HELP)


@pytest.mark.parametrize("external", [False, True])
def test_an_update_that_says_nothing_and_one_after_the_end_are_refused(*, external: bool) -> None:
    assert refused(decided(), c.PostUpdate(text=" \n", external=external)).code == "text_missing"
    assert refused(closed(), c.PostUpdate(text="x", external=external)).code == "out_of_order"


@pytest.mark.requirement("COM-no-leak")
@pytest.mark.parametrize("actor", [AGENT, PERSON], ids=lambda actor: actor.kind)
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("web-1 is down", "a host"),
        ("192.0.2.1 is down", "a host"),
        ("10.1.2.3 is down", "an IP address"),
        ("fe80::1:2:3 is down", "an IP address"),
        ("we went back to bbbbbb1", "a commit"),
        ("disk full below /srv/shop/data", "a path"),
        ("ask ada@example.org", "an e-mail address"),
        ("PLAN-7K2QMX runs", "an internal id"),
        ("password=hunter2hunter2", "a secret"),
    ],
)
def test_what_names_something_from_inside_is_refused_for_the_public_without_repeating_it(
    actor: Actor, text: str, what: str
) -> None:
    no = refused(classified(P2), c.PostUpdate(text=text, external=True), actor)
    assert no.code == "internal_text"
    assert what in no.reason
    assert text.split(maxsplit=1)[0] not in no.reason
    classified(P2).do(c.PostUpdate(text=text), actor)


@pytest.mark.requirement("COM-no-leak")
@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("Billing is slow.", True),  # a service's name
        ("The search is slow.", True),  # a check's
        ("The shop is slow.", True),  # the target's
        ("Bills are late, and searching is slow.", False),
        ("Some pages fail.", False),
    ],
)
def test_a_word_that_is_a_name_inside_too_goes_out_only_where_a_person_read_it(text: str, *, waits: bool) -> None:
    checks = (Check(name="search", path="/search"),)
    core = Core(SHOP.model_copy(update={"checks": checks}), Policy(communication=NEVER))
    found = Services(services=(ServiceState(service="billing", state="running"),))
    core.assess([Finding(probe="services", host="web-1", data=found)])
    core.do(c.Classify(severity=P2, reason="users say so"), PERSON)
    (update,) = posted(core.do(c.PostUpdate(text=text, external=True)))
    assert update.held == waits
    (own,) = posted(core.do(c.PostUpdate(text=text, external=True), PERSON))
    assert not own.held
    if waits:
        core.do(c.ApproveUpdate(update=update.id, approver="ada"), PERSON)
        assert core.incident.held == ()


@pytest.mark.requirement("COM-no-leak")
@pytest.mark.parametrize("name", ["shop-eu1", "shop_prod", "worker-2", "shop_prod-web-1", "pay-now"])
def test_what_target_and_services_are_called_inside_is_refused_for_the_public(name: str) -> None:
    runtime = ComposeRuntime(project="shop_prod")
    checks = (Check(name="pay-now", path="/pay"),)
    core = Core(SHOP.model_copy(update={"name": "shop-eu1", "runtime": runtime, "checks": checks}))
    found = Services(services=tuple(ServiceState(service=name, state="running") for name in ("web", "worker-2")))
    core.assess([Finding(probe="services", host="web-1", data=found)]).classify(P2)
    no = refused(core, c.PostUpdate(text=f"We restart {name} now.", external=True))
    assert no.reason == "A text for the public must not name a service."
    core.do(c.PostUpdate(text="The web shop and one worker are slow.", external=True))
    core.policy = Policy(communication=CommunicationPolicy(component=name))
    core.do(c.PostUpdate(text=f"The {name} is slow.", external=True))


def test_the_names_of_people_on_the_incident_are_refused_too() -> None:
    no = refused(rolled_back(), c.PostUpdate(text="Ada approved a rollback.", external=True))
    assert "a person" in no.reason


@pytest.mark.parametrize("text", ["Some pages fail since 12:30 UTC.", "Orders 1234567 and later are late.", "50/50"])
def test_ordinary_words_pass(text: str) -> None:
    assert posted(classified(P2).do(c.PostUpdate(text=text, external=True)))


def test_nothing_that_an_agent_states_reaches_the_public_against_the_servers_own_evidence() -> None:
    core = Public().assess(seen(well=True)).classify(P3)
    (prepared,) = posted(core.do(c.Classify(severity=P1, impacts=(Impact.COMPLETE_OUTAGE,), reason="worse")))
    assert prepared.held, "a person confirms it first"
    (update,) = posted(core.do(c.Classify(severity=P1, reason="I see it too"), PERSON))
    assert not update.held
    assert (update.text, update.impact) == (NOTICED, NOT_KNOWN)
    incident: Incident = core.incident
    assert incident.public_status == "Investigating"
    assert decide(incident, c.ShowRollback(), core.context(AGENT)) == []


def test_what_no_probe_can_see_is_told_without_a_claim_that_anything_is_down() -> None:
    core = Public().assess(seen(well=True))
    (update,) = posted(core.do(c.Classify(impacts=(Impact.SECURITY_BREACH,))))
    assert update.held
    assert (update.text, update.impact) == (POSSIBLE, NOT_KNOWN)


def test_a_severity_that_rises_after_the_restoration_is_due_for_the_public() -> None:
    core = monitoring()
    assert left(core, "external_notice") is None
    core.wait(hours=1).do(c.Classify(severity=P2, reason="it was milder"), PERSON)
    core.do(c.Classify(severity=P1, impacts=(Impact.DATA_LOSS,), reason="300 uploads are gone"))
    assert left(core, "external_notice") == 0
