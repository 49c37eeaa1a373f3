"""The analysis through the service: what is judged, what production is asked, what is on record."""

from __future__ import annotations

from typing import Any

import pytest

from flightrules.service import analysing, reporting
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Analysis, Cited
from flightrules.state.vocabulary import Phase
from tests.service.house import RELEASES, House, build
from tests.service.pilot import assess, call, classify, decide, opened, rollback, verify

pytestmark = pytest.mark.anyio


async def restored(house: House) -> str:
    """An incident that was rolled back and verified."""
    incident = await opened(house)
    for act in (assess, classify, decide, rollback, verify):
        answer = await act(house, incident)
        assert answer.ok, answer.says
    assert (await house.incidents.incident(incident)).phase is Phase.MONITORING
    return incident


async def analyse(house: House, incident: str, **given: object) -> Any:  # noqa: ANN401 - whatever was answered
    return await analysing.analyze(house.incidents, call("analyze", incident), Analysis.model_validate(given))


async def kinds(house: House, incident: str) -> list[str]:
    return [record.kind for record in await house.incidents.records(incident)]


@pytest.mark.requirement("RCA-compare")
async def test_production_is_asked_what_changed_and_the_answer_is_evidence_that_can_be_cited() -> None:
    house = build()
    incident = await restored(house)
    house.production.changed_paths = ("web/app.py", "migrations/7.sql", "package.json")
    answer = await analyse(house, incident, compare=True)
    (evidence,) = answer.result.evidence
    assert f"from good {RELEASES[-2][:12]} to bad {RELEASES[-1][:12]}" in answer.result.untrusted_comparison[0]
    assert "migrations: migrations/7.sql" in answer.result.untrusted_comparison
    told = await kinds(house, incident)
    assert told[-3:] == ["assessment_started", "evidence_recorded", "call_answered"]
    concluded = await analyse(house, incident, root_cause=Cited(says="the migration", evidence=(evidence,)))
    assert concluded.phase is Phase.ANALYSED


@pytest.mark.requirement("RCA-compare")
async def test_a_host_that_cannot_be_read_is_said_and_the_rest_of_the_analysis_is_kept() -> None:
    house = build()
    incident = await restored(house)
    house.production.hosts["web-1"].unreachable = "no route to host"
    whys = [Cited(says="the pool is never filled", evidence=("E1",))]
    answer = await analyse(house, incident, compare=True, whys=whys)
    assert answer.ok
    assert "could not be read" in answer.result.untrusted_comparison[0]
    assert "no route to host" in answer.result.untrusted_comparison[0]
    assert "whys_recorded" in await kinds(house, incident)


@pytest.mark.requirement("RCA-evidence")
async def test_an_unfounded_claim_is_refused_before_production_is_asked() -> None:
    house = build()
    incident = await restored(house)
    answer = await analyse(house, incident, compare=True, root_cause=Cited(says="cosmic rays", evidence=("E99",)))
    assert answer.problem.code == "unknown_evidence"
    assert (await kinds(house, incident))[-2:] == ["call_received", "call_refused"]


@pytest.mark.requirement("RCA-five-whys", "RCA-evidence", "RCA-metrics")
async def test_the_report_shows_the_analysis_and_what_is_a_hypothesis() -> None:
    house = build()
    incident = await restored(house)
    whys = [Cited(says="it answers 500", evidence=("E1",)), Cited(says="nobody tried it")]
    answer = await analyse(house, incident, whys=whys, reproduced="reliably", steps="start it")
    assert answer.result.hypotheses == (2,)
    assert "hypotheses: 2" in answer.says
    command = c.PrepareReport(given=e.ReportInput(), root_cause="v5 broke it")
    written = await reporting.write_report(house.incidents, call("write_report", incident), command)
    assert written.ok
    (text,) = (text for path, text in house.documents.written.items() if path.endswith(".md"))
    assert "Hypothesis, no evidence is cited: v5 broke it" in text
    assert "2. Hypothesis: nobody tried it" in text
    assert "1. it answers 500 (" in text
    assert "It happens reliably: start it" in text
    assert "### Before, During, After" in text
    assert "during: 24 in 24 lines" in text


async def test_a_report_without_an_analysis_has_no_empty_parts_of_one() -> None:
    house = build()
    incident = await restored(house)
    command = c.PrepareReport(given=e.ReportInput(), root_cause="v5 broke it")
    await reporting.write_report(house.incidents, call("write_report", incident), command)
    (text,) = (text for path, text in house.documents.written.items() if path.endswith(".md"))
    assert "Five Whys" not in text
    assert "Before, During, After" not in text
