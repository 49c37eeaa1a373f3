"""The report and its calendar file as the service writes them, and what a caller is told of gaps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from icalendar import Calendar

from flightrules.errors import Refused
from flightrules.service import opening, reporting
from flightrules.service.answers import Answer, Reported
from flightrules.state import commands as c
from flightrules.state.events import ActionItem, ReportInput
from flightrules.state.policy import Policy, ReportPolicy
from flightrules.state.vocabulary import Impact, Path, Phase
from tests.service.house import Documents, House, build
from tests.service.pilot import PERSON, assess, call, fly, opened

pytestmark = pytest.mark.anyio

ACTIONS = (ActionItem(action="Add a canary", assignee="Ada", due="2026-01-12"),)


async def written(house: House, incident: str, given: ReportInput | None = None) -> Answer[Reported]:
    command = c.PrepareReport(given=given or ReportInput(), root_cause="v5 broke the health answer")
    return await reporting.write_report(house.incidents, call("write_report", incident), command)


@pytest.mark.requirement("COM-review-calendar", "REP-filed")
async def test_a_critical_incident_gets_a_calendar_file_beside_its_report_and_the_log_names_both() -> None:
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.MONITORING)
    answer = await written(house, incident, ReportInput(actions=ACTIONS))
    assert answer.result is not None
    report, calendar, _tasks = sorted(house.documents.written, key=lambda name: (not name.endswith(".md"), len(name)))
    assert (answer.result.path, answer.result.calendar) == (f"/documents/{report}", f"/documents/{calendar}")
    assert report.removesuffix(".md") == calendar.removesuffix(".ics")
    for name, uid in ((calendar, f"{incident}-REVIEW"), (calendar.replace(".ics", "-tasks.ics"), f"{incident}-A1")):
        parts = Calendar.from_ical(house.documents.written[name]).walk()
        assert [str(part["uid"]).partition("@")[0] for part in parts[1:]] == [uid]
    (event,) = [record for record in await house.incidents.records(incident) if record.kind == "report_written"]
    assert (event.data["path"], event.data["calendar"]) == (report, calendar)


async def test_a_mild_incident_gets_a_report_and_no_calendar_file() -> None:
    house = build(broken=False)
    house.production.broken_checks = {("avatar", house.production.releases[-1])}
    incident = await opened(house)
    await assess(house, incident)
    await opening.classify(house.incidents, call("classify", incident), c.Classify(impacts=(Impact.EDGE_CASE,)))
    by_person = call("decide", incident, actor=PERSON)
    await opening.decide(
        house.incidents, by_person, c.DecideByPerson(path=Path.ROLLBACK, reason="a typo, and no hurry")
    )
    await fly(house, incident, until=Phase.MONITORING)
    answer = await written(house, incident)
    assert answer.result is not None
    assert answer.result.calendar == ""
    assert [path.rpartition(".")[2] for path in house.documents.written] == ["md"]


@pytest.mark.requirement("REP-missing-said")
async def test_the_answer_names_what_the_report_does_not_know() -> None:
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.MONITORING)
    assert (await written(house, incident)).says.endswith(
        " Not known: users affected, business impact, what went well, what could be improved, prevention measures, "
        "related."
    )
    given = ReportInput(users_affected="all", business_impact="no orders", went_well=("x",), improve=("y",))
    assert (await written(house, incident, given)).says.endswith(" Not known: prevention measures, related.")
    rest = ReportInput(prevention=("z",), related=("#9",))
    assert "Not known" not in (await written(house, incident, rest)).says


@pytest.mark.requirement("REP-missing-refused")
async def test_where_policy_refuses_gaps_nothing_is_written_until_none_is_left() -> None:
    house = build(Policy(report=ReportPolicy(missing="refuse")))
    incident = await opened(house)
    await fly(house, incident, until=Phase.MONITORING)
    refused = await written(house, incident)
    assert refused.problem is not None
    assert refused.problem.code == "report_incomplete"
    assert house.documents.written == {}
    assert (await house.incidents.incident(incident)).phase is Phase.MONITORING
    whole = ReportInput(
        users_affected="all",
        business_impact="no orders",
        went_well=("x",),
        improve=("y",),
        actions=ACTIONS,
        prevention=("z",),
        related=("#9",),
    )
    assert (await written(house, incident, whole)).ok
    assert len(house.documents.written) == 3


async def test_a_place_that_takes_no_report_is_an_answer_to_that_very_call_and_on_record_as_such() -> None:
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.MONITORING)

    class Walled(Documents):
        async def write(self, path: str, text: str) -> str:
            del text
            raise Refused("path", f"{path!r} is not a file below /documents.", "Give a path below that folder.")

    house.incidents.managed_targets = {"shop": replace(house.incidents.managed("shop"), documents=Walled())}
    answer = await written(house, incident)
    assert answer.problem is not None
    assert answer.problem.code == "path"
    records = await house.incidents.records(incident)
    received = next(record for record in reversed(records) if record.kind == "call_received")
    assert (records[-1].kind, records[-1].call) == ("call_refused", received.call)
    assert received.data["tool"] == "write_report"
