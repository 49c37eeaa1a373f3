"""Changes that another policy would have made, shown for incidents that are over."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from flightrules import __version__
from flightrules.replay.what_if import suppose
from flightrules.state.archive.sessions import read_session
from flightrules.state.archive.what_if import Change, Supposed
from flightrules.state.policy import ApprovalPolicy, Budgets, ChannelsBySeverity, DecisionPolicy, Policy
from flightrules.state.target import Target
from flightrules.templates.what_if import as_html, as_markdown, as_table
from tests.service.house import HOST, House, build
from tests.service.pilot import fly, opened
from tests.service.replaying.scenes import ACTS, session_of
from tests.service.replaying.test_looking import SCENES as LOOKS
from tests.service.replaying.test_looking import as_before, session_of_fix, watched
from tests.service.test_crashes import living
from tests.service.test_watching import monitored, round_after, write

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
    assert "no setting otherwise" in as_table([supposed], 100)


async def test_a_budget_that_another_policy_breaches_or_keeps_is_named() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        house.clock.advance(7 * 60)
        await fly(house, incident)
        stricter = await under(house, incident, Policy(budgets=Budgets(rollback=0)))
        milder = await under(house, incident, Policy(budgets=Budgets(assessment=30)))
    assert ("rollback", "kept", "breached", None) in found(stricter, "budget")
    assert found(milder, "budget") == [("assessment", "breached", "kept", None)]


async def test_the_settings_that_the_other_policy_has_otherwise_are_named_whether_or_not_anything_follows() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident)
        check = house.incidents.managed_targets["shop"].target.checks[0].model_copy(update={"name": "till"})
        supposed = await under(house, incident, Policy(budgets=Budgets(fix_limit=20)), checks=(check,))
    said = {(one.name, one.would_be) for one in supposed.settings}
    assert {("budgets.fix_limit", "20"), ("checks.characters", "none")} <= said
    assert "checks.till" in {one.name for one in supposed.settings}
    for text in (as_table([supposed, supposed], 100), as_markdown([supposed]), as_html([supposed])):
        assert re.search(r"budgets.fix_limit\W+(?:td\W+)*30\W+(?:td\W+)*20", text)


async def test_a_channel_that_does_not_count_any_more_turns_a_permission_into_a_refusal() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident)
        supposed = await under(house, incident, Policy(approval=ApprovalPolicy(channels=NO_CLIENT)))
    assert found(supposed, "refusal") == [("rollback", "approved", "refused: channel", None)]
    assert found(supposed, "approval") == []  # that the rollback would not have started says the same
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


async def test_where_nothing_approved_in_advance_counts_a_person_would_have_been_asked() -> None:
    kept = Path(__file__).parents[2] / "sessions" / __version__ / "standing-approval.jsonl"
    session = read_session(kept.read_text())
    supposed = await suppose(session, lambda was: (was, Policy()))
    assert found(supposed, "approval") == [("rollback", "approved", "awaiting approval", None)]


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
        checks = house.incidents.managed_targets["shop"].target.checks
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


def about_looks(supposed: Supposed) -> list[tuple[str, str, str, float | None]]:
    return [change for change in found(supposed, "monitoring") if change[0].startswith("look")]


async def test_a_watch_that_would_not_have_been_kept_finds_no_recurrence() -> None:
    async with living(build()) as house:
        incident = await monitored(house, "ERROR boom")
        await round_after(house, 60)
        write(house, "ERROR boom")
        await round_after(house, 60)
        without = await under(house, incident, Policy(budgets=Budgets(monitoring_continuous=0)))
        kept = await under(house, incident, Policy(budgets=Budgets(monitoring_health=0)))
    (look,) = about_looks(without)
    assert look[0] == "look for logs"
    assert look[1].startswith("recurred: errors: 1 kind of error")
    assert look[2:] == ("no check due", None)
    assert ("logs checks", "2 checks", "0 checks", None) in found(without, "monitoring")
    assert kept.changes == ()


async def test_a_rate_that_would_have_been_looked_at_each_minute_is_back_sooner_with_the_minutes_it_saves() -> None:
    async with living(build()) as house:
        incident = await monitored(house)
        for minute in range(1, 21):
            for number in range(40 if minute >= 8 else 0):
                write(house, f"ERROR something else altogether {number}")
            await round_after(house, 60)
        records = await house.incidents.records(incident)
        supposed = await under(house, incident, Policy(budgets=Budgets(monitoring_errors_every=1)))
    assert records[-1].kind == "recurrence_detected"
    unsure, sooner, *_ = about_looks(supposed)
    assert unsure[:3] == ("look for logs", "ok", "inconclusive")
    assert sooner[0:2] == ("look for logs", "ok")
    assert sooner[2].startswith("recurred: error rate: above")
    assert sooner[3] == 11.0


async def test_what_nobody_looked_at_is_never_made_up() -> None:
    async with living(build()) as house:
        incident = await monitored(house, "ERROR boom")
        for _ in range(12):
            await round_after(house, 60)
        write(house, "ERROR boom")
        await round_after(house, 60)
        often = Budgets(monitoring_continuous=0, monitoring_health_every=1, monitoring_errors=0)
        supposed = await under(house, incident, Policy(budgets=often))
    assert [look[2] for look in about_looks(supposed)] == ["not known: health due, not looked at"]
    rhythms = {what: (was, would) for what, was, would, _ in found(supposed, "monitoring")}
    assert rhythms["health checks"] == ("1 check", "13 checks, 11 of them with nobody looking")
    assert rhythms["logs checks"] == ("13 checks", "0 checks")


async def test_of_a_look_that_was_not_kept_a_what_if_says_nothing() -> None:
    async with living(build()) as house:
        incident = await monitored(house, "ERROR boom")
        for _ in range(3):
            await round_after(house, 600)
        session = as_before(await session_of(house, incident))
        supposed = await suppose(session, lambda target: (target, Policy(budgets=Budgets(monitoring_health=20))))
    assert not supposed.reason
    assert [(change.what, change.was, change.would_be) for change in supposed.changes] == [
        ("health checks", "3 checks", "2 checks")
    ]


async def test_under_the_same_policy_monitoring_and_deadlines_would_have_gone_as_they_did() -> None:
    for acts in (("watch", "watch", "stand down"), ("assess", "watch", "watch", "classify as seen", "person: fix")):
        async with living(build(checkout="/srv/checkout", test=["make", "test"])) as house:
            incident = await opened(house)
            for act in acts:
                await ACTS[act](house, incident)
            assert (await under(house, incident, Policy())) == Supposed(incident=incident), acts
    for scene in LOOKS:
        session = await watched(scene)
        supposed = await suppose(session, lambda target: (target, Policy()))
        assert supposed == Supposed(incident=session.head.incident), scene


async def test_a_fix_that_would_have_had_more_time_would_not_have_ended() -> None:
    async with living(build(checkout="/srv/checkout", test=["make", "test"])) as house:
        incident = (await session_of_fix(house)).head.incident
        supposed = await under(house, incident, Policy(budgets=Budgets(fix_limit=60)))
    assert ("in the background", "fix ended:over", "nothing", None) in found(supposed, "other")


def changes() -> list[Supposed]:
    from tests.state.core import NOON

    def change(kind: str, minutes: float | None, was: str = "a", incident: str = "INC-1") -> Change:
        given = {"incident": incident, "event": 3, "at": NOON, "kind": kind, "what": "decide", "was": was}
        return Change.model_validate({**given, "would_be": "b", "minutes": minutes})

    budget, allowed = change("budget", None), change("permission", 4.0, "<script>|`x`", "INC-2")
    return [Supposed(incident="INC-1", changes=(budget,)), Supposed(incident="INC-2", changes=(allowed,))]


@pytest.mark.parametrize("form", [partial(as_table, width=100), as_markdown, as_html])
def test_new_permissions_come_first_in_every_form(form: object) -> None:
    assert callable(form)
    text = form(changes())
    assert text.index("allowed by this policy") < text.index("another budget")
    assert "4 saved" in text
    assert "Refused then, allowed by this policy: 1, in 1 incident." in text


def test_text_from_a_log_is_no_markup_in_any_form() -> None:
    assert "<script>" not in as_html(changes())
    assert "\\|\\`x\\`" in as_markdown(changes())


def test_in_a_terminal_changes_of_a_kind_stand_together_in_lines_no_longer_than_it_is_wide() -> None:
    long = changes()[0].changes[0].model_copy(update={"was": "was so " * 20, "would_be": "would be otherwise " * 9})
    lines = as_table([Supposed(incident="INC-1", changes=(long, long)), *changes()], 100).splitlines()
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if line.startswith("another budget")] == ["another budget breached, or one no more"]
