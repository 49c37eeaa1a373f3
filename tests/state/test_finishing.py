from __future__ import annotations

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.policy import Policy, ReportPolicy
from flightrules.state.vocabulary import Phase
from tests.state.core import (
    AGENT,
    GOOD,
    OLD,
    PERSON,
    Core,
    closed,
    decided,
    documented,
    monitoring,
    recurred,
    reported,
    rolling,
    seen,
)


def refused(core: Core, command: c.Command, *, by_person: bool = False) -> Refused:
    with pytest.raises(Refused) as no:
        core.do(command, PERSON) if by_person else core.do(command)
    return no.value


def actions(due: str) -> e.ReportInput:
    return e.ReportInput(actions=(e.ActionItem(action="add a canary", assignee="Ada", due=due),))


@pytest.mark.requirement("RCA-first")
def test_the_root_cause_comes_before_the_report() -> None:
    core = monitoring()
    assert refused(core, c.RecordReport(path="r.md", sha256="0", given=e.ReportInput())).code == "out_of_order"
    core.do(c.PrepareReport(given=e.ReportInput(), root_cause=" a null "))
    assert (core.incident.phase, core.incident.root_cause) == (Phase.ANALYSED, "a null")


@pytest.mark.requirement("RCA-not-known", "REP-missing-said")
def test_a_root_cause_nobody_stated_is_written_as_not_known() -> None:
    core = monitoring()
    core.do(c.PrepareReport(given=e.ReportInput()))
    event = e.RootCauseRecorded.model_validate(core.records[-1].data)
    assert not event.known
    assert "not known" in event.root_cause


WHOLE = e.ReportInput(
    went_well=("the alert",),
    improve=("no canary",),
    actions=(e.ActionItem(action="add a canary", assignee="Ada", due="2026-02-01"),),
    prevention=("a canary",),
    related=("#9",),
    users_affected="all",
    business_impact="no orders",
)


@pytest.mark.requirement("RCA-not-known", "REP-missing-said", "REP-missing-refused")
def test_policy_may_refuse_a_report_with_gaps_and_names_all_of_them_at_once() -> None:
    core = monitoring()
    core.policy = Policy(report=ReportPolicy(missing="refuse"))
    no = refused(core, c.PrepareReport(given=e.ReportInput(went_well=("  ",))))
    assert no.code == "report_incomplete"
    assert no.reason == (
        "The report lacks: users affected, business impact, root cause, what went well, what could be improved, "
        "action items, prevention measures, related."
    )
    assert no.remedy == (
        "Give `users_affected`, `business_impact`, `root_cause`, `went_well`, `improve`, `actions`, `prevention`, "
        "`related`."
    )
    assert core.stands()[0] is Phase.MONITORING
    no = refused(core, c.PrepareReport(given=WHOLE))
    assert no.remedy == "Give `root_cause`, with what this call gave once more."
    core.do(c.PrepareReport(given=WHOLE, root_cause="a null"))
    assert core.stands()[0] is Phase.ANALYSED


@pytest.mark.requirement("REP-missing-refused")
@pytest.mark.parametrize("part", WHOLE.filled)
def test_each_part_that_is_missing_alone_is_refused_by_its_name(part: str) -> None:
    core = monitoring()
    core.policy = Policy(report=ReportPolicy(missing="refuse"))
    empty: object = "" if isinstance(getattr(WHOLE, part), str) else ()
    no = refused(core, c.PrepareReport(given=WHOLE.model_copy(update={part: empty}), root_cause="a null"))
    assert no.remedy == f"Give `{part}`, with what this call gave once more."


@pytest.mark.requirement("REP-missing-refused", "REP-action-items")
def test_where_gaps_are_refused_an_action_item_has_somebody() -> None:
    core = monitoring()
    core.policy = Policy(report=ReportPolicy(missing="refuse"))
    nobody = e.ActionItem(action="add a canary", assignee=" ", due="2026-02-01")
    no = refused(core, c.PrepareReport(given=WHOLE.model_copy(update={"actions": (nobody,)}), root_cause="a null"))
    assert no.reason == "The report lacks: somebody to do 'add a canary'."


@pytest.mark.requirement("REP-missing-refused")
def test_what_was_stated_before_is_not_asked_for_again() -> None:
    core = Core().assess()
    core.do(c.Classify(users_affected="all", business_impact="no orders"))
    core.do(c.Decide())
    core.roll_back().verify(seen(GOOD, well=True))
    core.policy = Policy(report=ReportPolicy(missing="refuse"))
    unsaid = WHOLE.model_copy(update={"users_affected": "", "business_impact": ""})
    core.do(c.PrepareReport(given=unsaid, root_cause="a null"))
    core.do(c.RecordReport(path="r.md", sha256="0", given=unsaid))
    assert len(core.do(c.PrepareReport(given=e.ReportInput()))) == 0


@pytest.mark.requirement("MON-recurrence", "RCA-first")
def test_a_second_round_is_analysed_anew() -> None:
    """Before, the report of a second round met no row of the table."""
    core = recurred().verify(seen(OLD, well=True))
    assert core.stands()[0] is Phase.MONITORING
    core.do(c.PrepareReport(given=e.ReportInput()))
    core.do(c.RecordReport(path="r.md", sha256="0", given=e.ReportInput()))
    assert core.incident.phase is Phase.DOCUMENTED


@pytest.mark.requirement("REP-action-items")
@pytest.mark.parametrize("due", ["soon", "", "2026-13-01", "01.02.2026", "2026-W06-1", "20260201", "\u0662026-02-01"])
def test_an_action_item_needs_a_date(due: str) -> None:
    no = refused(monitoring(), c.PrepareReport(given=actions(due)))
    assert no.code == "bad_date"
    assert "add a canary" in no.reason


@pytest.mark.requirement("REP-action-items")
def test_an_action_item_says_what_to_do_and_its_day_is_not_over() -> None:
    assert refused(monitoring(), c.PrepareReport(given=actions("2020-01-01"))).code == "date_past"
    empty = e.ReportInput(actions=(e.ActionItem(action=" ", assignee="Ada", due="2026-02-01"),))
    assert refused(monitoring(), c.PrepareReport(given=empty)).code == "item_empty"


def test_an_item_of_an_earlier_report_may_be_over_its_time_by_now() -> None:
    core = documented()
    core.do(c.RecordReport(path="r.md", sha256="0", given=actions("2026-02-01")))
    core.wait(days=60)
    core.do(c.PrepareReport(given=actions("2026-02-01")))
    assert refused(core, c.PrepareReport(given=actions("2026-02-02"))).code == "date_past"


@pytest.mark.requirement("REP-action-items", "REP-written")
def test_a_report_may_be_written_again() -> None:
    core = documented()
    core.do(c.PrepareReport(given=actions("2026-02-01"), root_cause="another null"))
    core.do(c.RecordReport(path="again.md", sha256="0", given=actions("2026-02-01")))
    assert (core.incident.phase, core.incident.report_path) == (Phase.DOCUMENTED, "again.md")
    assert core.incident.root_cause == "another null"


@pytest.mark.requirement("PLA-brief")
def test_a_brief_that_says_nothing_is_refused() -> None:
    core = documented()
    assert refused(core, c.PreparePlannerBrief(brief=e.PlannerBrief())).code == "brief_empty"
    assert core.do(c.PreparePlannerBrief(brief=e.PlannerBrief(quality_issues=("no test",)))) == []


def test_a_brief_with_nothing_to_add_names_who_says_so() -> None:
    core = documented()
    brief = e.PlannerBrief(nothing_to_add="no process problem was seen")
    both = brief.model_copy(update={"technical_debt": ("x",)})
    assert refused(core, c.PreparePlannerBrief(brief=both)).code == "contradiction"
    assert core.do(c.PreparePlannerBrief(brief=brief)) == []
    (event,) = core.do(c.RecordPlannerBrief(brief=brief, sinks=("folder",)))
    assert isinstance(event, e.PlannerReported)
    assert event.brief.nothing_to_add == f"{AGENT.name}: no process problem was seen"


@pytest.mark.requirement("PLA-brief", "ORD-table")
def test_the_planner_comes_after_the_report() -> None:
    core = monitoring()
    brief = e.PlannerBrief(quality_issues=("no test",))
    assert refused(core, c.RecordPlannerBrief(brief=brief, sinks=())).code == "out_of_order"
    assert reported().incident.reported


@pytest.mark.requirement("ORD-person-closes")
def test_a_person_closes_at_the_end_and_needs_no_reason() -> None:
    core = reported()
    assert refused(core, c.Close()).code == "person_only"
    core.do(c.Close(), PERSON)
    assert core.incident.phase is Phase.CLOSED
    assert core.incident.closed_at == core.now


@pytest.mark.requirement("ORD-stand-down")
def test_before_the_end_a_person_stands_down_for_a_reason() -> None:
    core = decided()
    assert refused(core, c.Close(), by_person=True).code == "reason_missing"
    core.do(c.Close(reason="a false alarm"), PERSON)
    assert core.incident.phase is Phase.CLOSED


@pytest.mark.requirement("ORD-rolling-back-runs-to-its-end", "ORD-stand-down")
def test_a_running_rollback_and_a_closed_incident_are_not_closed() -> None:
    assert "A rollback is running" in refused(rolling(), c.Close(reason="stop"), by_person=True).reason
    no = refused(closed(), c.Close(reason="again"), by_person=True)
    assert "open_incident" in no.remedy


@pytest.mark.requirement("MON-recurrence")
def test_a_recurrence_after_the_report_goes_back_to_a_decision() -> None:
    core = reported().verify(seen(GOOD))
    assert core.incident.phase is Phase.DECIDED
    assert not core.incident.reported
