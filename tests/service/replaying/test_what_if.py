"""What another policy would have changed, shown for incidents that are over."""

from __future__ import annotations

import pytest

from flightrules.service.replaying.what_if import suppose
from flightrules.state.policy import ApprovalPolicy, Budgets, ChannelsBySeverity, DecisionPolicy, Policy
from flightrules.state.target import Target
from flightrules.state.what_if import Change, Supposed
from flightrules.templates.what_if import as_html, as_markdown, as_table
from tests.service.house import HOST, House, build
from tests.service.pilot import fly, opened
from tests.service.replaying.scenes import ACTS, session_of
from tests.service.test_crashes import living

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("REPL-what-if")]

NO_CLIENT = ChannelsBySeverity(P1=("cli",), P2=("cli",), P3=("cli",), P4=("cli",))


async def under(house: House, incident: str, policy: Policy, **target: object) -> Supposed:
    """The incident under another policy."""

    def others(was: Target) -> tuple[Target, Policy]:
        return was.model_copy(update=target), policy

    return await suppose(await session_of(house, incident), others)


def found(supposed: Supposed, kind: str) -> list[tuple[str, str, str, float | None]]:
    return [(c.what, c.was, c.would_be, c.minutes) for c in supposed.changes if c.kind == kind]


async def test_under_the_same_policy_nothing_would_have_changed() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident)
        supposed = await under(house, incident, Policy())
    assert supposed == Supposed(incident=incident)


async def test_a_budget_that_another_policy_breaches_or_keeps_is_named() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        house.clock.advance(7 * 60)
        await fly(house, incident)
        stricter = await under(house, incident, Policy(budgets=Budgets(rollback=0)))
        milder = await under(house, incident, Policy(budgets=Budgets(assessment=30)))
    assert ("rollback", "kept", "breached", None) in found(stricter, "budget")
    assert found(milder, "budget") == [("assessment", "breached", "kept", None)]


async def test_a_channel_that_does_not_count_any_more_turns_a_permission_into_a_refusal() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident)
        supposed = await under(house, incident, Policy(approval=ApprovalPolicy(channels=NO_CLIENT)))
    assert found(supposed, "refusal") == [("rollback", "approved", "refused: channel", None)]
    assert not supposed.reason


async def test_a_refusal_that_becomes_a_permission_says_how_many_minutes_it_would_have_saved() -> None:
    strict = ApprovalPolicy(channels=ChannelsBySeverity(P1=("elicitation",)))
    async with living(build(Policy(approval=strict))) as house:
        incident = await opened(house)
        for act in ("assess", "classify", "decide", "plan", "approve"):
            await ACTS[act](house, incident)
        house.clock.advance(240)
        await ACTS["roll back, yes"](house, incident)
        supposed = await under(house, incident, Policy())
    assert found(supposed, "permission") == [("approve", "refused: channel", "approved", None)]


async def test_two_approvers_would_have_been_needed() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident)
        supposed = await under(house, incident, Policy(approval=ApprovalPolicy(approvers=2)))
    assert [(what, would) for what, _, would, _ in found(supposed, "approval")] == [("rollback", "awaiting approval")]


async def test_another_window_leads_to_another_decision_with_the_minutes_it_saves() -> None:
    wide = Policy(decision=DecisionPolicy(recent_deployment_hours=24 * 30))
    narrow = Policy(decision=DecisionPolicy(recent_deployment_hours=1))
    async with living(build(narrow, broken=False)) as house:
        house.production.broken_checks = {("characters", house.production.releases[-1])}
        house.clock.advance(3 * 3600)
        incident = await opened(house)
        await ACTS["assess"](house, incident)
        await ACTS["lower"](house, incident)
        await ACTS["decide"](house, incident)
        house.clock.advance(600)
        await ACTS["person: rollback"](house, incident)
        supposed = await under(house, incident, wide)
    assert found(supposed, "decision") == [("decide", "investigate", "rollback", 10.0)]


async def test_checks_that_are_called_minor_make_another_severity() -> None:
    async with living(build(broken=False)) as house:
        house.production.broken_checks = {("characters", house.production.releases[-1])}
        incident = await opened(house)
        await ACTS["assess"](house, incident)
        await ACTS["classify as seen"](house, incident)
        checks = house.desk.sites["shop"].target.checks
        minor = tuple(check.model_copy(update={"major": False}) for check in checks)
        supposed = await under(house, incident, Policy(), checks=minor)
    assert found(supposed, "severity") == [("severity", "P2", "P3", None)]


async def test_whatever_happened_every_incident_of_a_fleet_can_be_judged() -> None:
    hosts = [HOST | {"name": f"web-{n}"} for n in (1, 2)]
    async with living(build(hosts=hosts)) as house:
        house.production.fail_hosts = {"web-2"}
        incident = await opened(house)
        for act in ("assess", "classify", "decide", "look", "roll back, yes", "verify", "person: rollback", "close"):
            await ACTS[act](house, incident)
        supposed = await under(house, incident, Policy(approval=ApprovalPolicy(approvers=2)))
    assert not supposed.reason
    assert found(supposed, "approval")


def changes() -> list[Supposed]:
    from tests.state.core import NOON

    def change(kind: str, minutes: float | None, was: str = "a", incident: str = "INC-1") -> Change:
        given = {"incident": incident, "event": 3, "at": NOON, "kind": kind, "what": "decide", "was": was}
        return Change.model_validate({**given, "would_be": "b", "minutes": minutes})

    budget, allowed = change("budget", None), change("permission", 4.0, "<script>|`x`", "INC-2")
    return [Supposed(incident="INC-1", changes=(budget,)), Supposed(incident="INC-2", changes=(allowed,))]


@pytest.mark.parametrize("form", [as_table, as_markdown, as_html])
def test_new_permissions_come_first_in_every_form(form: object) -> None:
    assert callable(form)
    text = form(changes())
    assert text.index("allowed by this policy") < text.index("another budget")
    assert "4 saved" in text
    assert "1 calls that were refused would have been allowed" in text


def test_text_from_a_log_is_no_markup_in_any_form() -> None:
    assert "<script>" not in as_html(changes())
    assert "\\|\\`x\\`" in as_markdown(changes())
