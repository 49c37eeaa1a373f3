from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Analysis, Cited, Observed
from flightrules.state.comparison import comparison_lines, configuration_files, dependency_files
from flightrules.state.evidence import Commit, Comparison, FileChange, Finding
from flightrules.state.report.numbered import numbered
from flightrules.state.report.sections import root_cause
from flightrules.state.rules.analysing import releases_to_compare
from flightrules.state.vocabulary import Impact, Path, Phase
from tests.state.core import (
    AGENT,
    BAD,
    CHECKED,
    FIXED,
    GOOD,
    NOON,
    PERSON,
    Core,
    analysed,
    blind,
    closed,
    decided,
    documented,
    fixed,
    monitoring,
    reported,
    rolled_back,
    seen,
)

CAUSE = Cited(says="the pool is never filled", evidence=("E1", "E2"))
LOAD = Observed(at=NOON, says="the database refused connections", source="database dashboard")


def tell(core: Core, **given: object) -> list[e.Event]:
    """An agent adds to the analysis."""
    return core.do(c.RecordAnalysis(given=Analysis.model_validate(given)))


def refused(core: Core, **given: object) -> Refused:
    with pytest.raises(Refused) as no:
        core.do(c.BeginAnalysis(given=Analysis.model_validate(given)))
    return no.value


@pytest.mark.requirement("RCA-evidence")
def test_a_root_cause_with_evidence_is_on_record_with_it_and_moves_the_incident_on() -> None:
    core = monitoring()
    assert tell(core, root_cause=CAUSE) == [
        e.RootCauseRecorded(root_cause=CAUSE.says, known=True, evidence=CAUSE.evidence)
    ]
    assert (core.incident.phase, core.incident.root_cause) == (Phase.ANALYSED, CAUSE.says)
    said = root_cause(numbered(core.records))
    assert (said.text, said.sources[1:]) == (CAUSE.says, CAUSE.evidence)


@pytest.mark.requirement("RCA-evidence")
def test_a_root_cause_without_evidence_is_refused_with_what_could_be_cited() -> None:
    no = refused(monitoring(), root_cause=Cited(says="cosmic rays"))
    assert no.code == "no_evidence"
    assert "E1 to E" in no.remedy
    assert "hypothesis" in no.remedy


@pytest.mark.requirement("RCA-evidence")
@pytest.mark.parametrize("where", ["whys", "root_cause"])
def test_evidence_this_incident_does_not_have_is_refused_by_its_ids(where: str) -> None:
    cited = Cited(says="the pool is never filled", evidence=("E1", "E99", "X1", "O1"))
    no = refused(monitoring(), **{where: cited if where == "root_cause" else [cited]})
    assert no.code == "unknown_evidence"
    assert no.reason == "This incident has no evidence E99, X1, O1."


@pytest.mark.requirement("RCA-five-whys")
def test_whys_keep_what_each_answer_stands_on_and_a_later_chain_takes_their_place() -> None:
    core = monitoring()
    first = (CAUSE, Cited(says="nobody tested it with a real pool"))
    tell(core, whys=first)
    assert [why.hypothesis for why in first] == [False, True]
    tell(core, whys=(CAUSE,))
    chains = [event.whys for _, event in numbered(core.records).every(e.WhysRecorded)]
    assert chains == [first, (CAUSE,)]
    assert core.incident.phase is Phase.MONITORING


@pytest.mark.requirement("RCA-timeline")
def test_what_was_observed_elsewhere_has_an_id_that_can_be_cited_in_the_same_breath() -> None:
    core = monitoring()
    tell(core, observed=[LOAD], whys=[Cited(says="the database was full", evidence=("O1",))])
    (event,) = core.incident.observed
    assert (event.id, event.at, event.says, event.source) == ("O1", LOAD.at, LOAD.says, LOAD.source)


@pytest.mark.requirement("RCA-timeline")
def test_the_same_thing_told_again_is_the_same_thing() -> None:
    core = monitoring()
    other = LOAD.model_copy(update={"says": "the database came back"})
    tell(core, observed=[LOAD, LOAD])
    tell(core, observed=[LOAD, other])
    assert [(event.id, event.says) for event in core.incident.observed] == [("O1", LOAD.says), ("O2", other.says)]


@pytest.mark.requirement("RCA-timeline")
@pytest.mark.parametrize(
    "at",
    [NOON.replace(tzinfo=None), NOON + timedelta(days=1), NOON - timedelta(days=2000)],
    ids=["no zone", "to come", "old"],
)
def test_something_observed_at_no_time_it_could_be_is_refused(at: object) -> None:
    assert refused(monitoring(), observed=[LOAD.model_copy(update={"at": at})]).code == "bad_time"


@pytest.mark.requirement("RCA-reproduce")
def test_a_reproduction_says_what_was_tried() -> None:
    assert refused(monitoring(), reproduced="reliably").code == "steps_missing"
    core = monitoring()
    assert tell(core, reproduced="no", steps=" restart it under load ") == [
        e.ReproductionRecorded(outcome="no", steps="restart it under load")
    ]


@pytest.mark.requirement("RCA-evidence")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "analysis_empty"),
        ({"steps": "restart it"}, "analysis_empty"),
        ({"whys": [Cited(says=" ", evidence=("E1",))]}, "words_missing"),
        ({"observed": [LOAD.model_copy(update={"source": ""})]}, "words_missing"),
    ],
)
def test_an_analysis_that_says_nothing_is_refused(given: dict[str, object], code: str) -> None:
    assert refused(monitoring(), **given).code == code


@pytest.mark.requirement("RCA-first")
@pytest.mark.parametrize("scene", [monitoring, analysed, documented])
def test_an_analysis_may_go_on_until_the_planner_has_the_report(scene: Callable[[], Core]) -> None:
    core = scene()
    tell(core, whys=[CAUSE])
    tell(core, root_cause=CAUSE)


@pytest.mark.requirement("RCA-first")
@pytest.mark.parametrize("scene", [decided, rolled_back, reported, closed])
def test_an_analysis_is_out_of_order_before_restoration_and_after_the_planner(scene: Callable[[], Core]) -> None:
    core = scene()
    assert refused(core, whys=[CAUSE]).code == "out_of_order"


@pytest.mark.requirement("RCA-evidence")
def test_the_short_way_of_the_report_is_marked_as_a_hypothesis() -> None:
    core = monitoring()
    core.do(c.PrepareReport(given=e.ReportInput(), root_cause="v3 divides by zero"))
    said = root_cause(numbered(core.records))
    assert said.text == "Hypothesis, no evidence is cited: v3 divides by zero"
    assert said.known


@pytest.mark.requirement("RCA-evidence")
def test_a_report_that_repeats_the_conclusion_does_not_take_its_evidence_away() -> None:
    core = analysed()
    core.do(c.PrepareReport(given=e.ReportInput(), root_cause=f" {CAUSE.says} "))
    assert root_cause(numbered(core.records)).text == CAUSE.says
    core.do(c.PrepareReport(given=e.ReportInput(), root_cause="something else"))
    assert root_cause(numbered(core.records)).text.startswith("Hypothesis")


@pytest.mark.requirement("RCA-compare")
def test_the_releases_of_the_rollback_are_compared_with_the_intent_on_record() -> None:
    core = monitoring()
    assert core.do(c.BeginAnalysis(given=Analysis(compare=True))) == [e.AssessmentStarted(purpose="compare")]
    number = core.incident.finding_number()
    finding = Finding(probe="compare", host="web-1", data=compared())
    core.do(c.RecordAnalysis(given=Analysis(compare=True), findings=(finding,)))
    assert core.incident.evidence[-1] == f"E{number}"
    tell(core, root_cause=Cited(says="the new pool", evidence=(f"E{number}",)))


@pytest.mark.requirement("RCA-compare")
def test_after_a_fix_the_broken_release_is_compared_with_the_last_good_one() -> None:
    core = fixed().verify(seen(FIXED, well=True))
    assert releases_to_compare(core.incident, core.context(AGENT)) == (GOOD, BAD)


@pytest.mark.requirement("RCA-compare")
def test_what_nobody_could_read_is_not_compared() -> None:
    core = Core().assess(blind()).classify(None, Impact.MINOR_FEATURE_BROKEN).choose(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    core.do(c.EndFix(outcome="deployed", reference="#7", checks=CHECKED))
    core.verify(blind()).do(c.AcceptByPerson(reason="I looked"), PERSON)
    assert core.incident.phase is Phase.MONITORING
    assert refused(core, compare=True).code == "nothing_to_compare"


def compared() -> Comparison:
    files = tuple(
        FileChange(path=path, added=added, removed=1)
        for path, added in (("web/app.py", 40), ("migrations/7.sql", 3), ("requirements.txt", 1), ("compose.yml", 2))
    )
    return Comparison(
        good=GOOD,
        bad=BAD,
        files_changed=5,
        added=46,
        removed=4,
        files=(*files, FileChange(path="logo.png", added=None, removed=None)),
        configuration=("compose.yml",),
        dependencies=("requirements.txt",),
        migrations=("migrations/7.sql",),
        settings=(("added", ("POOL_SIZE",)), ("changed", ("DATABASE_URL",))),
        commits=(Commit(sha=BAD, at=NOON, subject="Read over a pool"),),
        commits_count=1,
    )


@pytest.mark.requirement("RCA-compare")
def test_a_comparison_reads_with_what_most_often_explains_an_incident_first() -> None:
    assert comparison_lines(compared()) == (
        f"from good {GOOD[:12]} to bad {BAD[:12]}: 5 files changed, 46 lines added, 4 removed, 1 commit",
        "migrations: migrations/7.sql",
        "dependencies: requirements.txt",
        "configuration: compose.yml",
        "names of settings: POOL_SIZE added, DATABASE_URL changed",
        (
            "files: web/app.py (+40 -1), migrations/7.sql (+3 -1), compose.yml (+2 -1), requirements.txt (+1 -1), "
            "logo.png (binary)"
        ),
        f"commits: {BAD[:12]} Read over a pool",
    )


@pytest.mark.requirement("RCA-compare")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("package.json", "dependencies"),
        ("web/package-lock.json", "dependencies"),
        ("requirements-dev.txt", "dependencies"),
        ("pyproject.toml", "dependencies"),
        ("go.sum", "dependencies"),
        (".env.example", "configuration"),
        ("deploy/web.env", "configuration"),
        ("compose.prod.yml", "configuration"),
        ("web/Dockerfile", "configuration"),
        ("config/routes.rb", "configuration"),
        ("web/settings.py", "configuration"),
        ("src/app.py", ""),
        ("docs/requirements.md", ""),
        ("src/configure.py", ""),
    ],
)
def test_files_are_told_apart_by_their_names(path: str, kind: str) -> None:
    assert ("dependencies" if dependency_files([path]) else "") == (kind if kind == "dependencies" else "")
    assert ("configuration" if configuration_files([path]) else "") == (kind if kind == "configuration" else "")


def test_an_analysis_with_nothing_to_add_says_who_and_why_and_moves_the_incident_on() -> None:
    core = monitoring()
    (event,) = tell(core, nothing_to_add="no access to the source code")
    assert isinstance(event, e.RootCauseRecorded)
    assert not event.known
    assert event.root_cause.endswith("has nothing to add: no access to the source code")
    assert core.incident.phase is Phase.ANALYSED


def test_nothing_to_add_does_not_replace_a_root_cause_that_is_known() -> None:
    core = monitoring()
    tell(core, root_cause=CAUSE)
    assert tell(core, nothing_to_add="done") == []
    assert core.incident.root_cause == CAUSE.says


def test_an_analysis_cannot_add_something_and_nothing() -> None:
    assert refused(monitoring(), nothing_to_add="done", root_cause=CAUSE).code == "contradiction"


def test_an_empty_analysis_shows_the_smallest_call() -> None:
    assert '"nothing_to_add": ' in refused(monitoring()).remedy
