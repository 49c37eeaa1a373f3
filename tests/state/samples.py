"""For each type of command, calls worth trying in any circumstance. Not collected as tests."""

from __future__ import annotations

from collections.abc import Iterator

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Analysis, Cited, Observed
from flightrules.state.facts import Facts
from flightrules.state.fix import SuiteRun
from flightrules.state.operation import OperationStatus
from flightrules.state.vocabulary import Impact, Path, Severity, Watch
from flightrules.state.watched import Slot
from tests.state.core import BAD, CHECKED, GOOD, NOON, OBSERVED, OLD, Core, blind, looked, seen, survey
from tests.state.signed import in_advance, signed_approval

GIVEN = e.ReportInput(actions=(e.ActionItem(action="add a canary", assignee="Ada", due="2026-02-01"),))
CITED = Cited(says="the pool is never filled", evidence=("E1",))
ALERTS = (e.JoinedAlert(source="am", fingerprint="f1", state="firing", title="errors", heard_at=NOON),)
BRIEF = e.PlannerBrief(technical_debt=("no canary",))


def samples(core: Core) -> Iterator[c.Command]:
    """Commands of every type, right ones and wrong ones, for this incident as it stands."""
    yield from _assessing()
    yield from _deciding()
    yield from _approving(core)
    yield from _executing(core)
    yield from _ending(core)


def _assessing() -> Iterator[c.Command]:
    yield c.Join(target="shop", title="the same again")
    yield c.Join(target="elsewhere", title="the same again")
    yield c.ClaimMitigation(how="none", says="it was over before")
    yield c.Mitigate(how="by_hand", says="failed over to the other region")
    yield c.Mitigate(how="none")
    yield c.SetPace(fix_minutes=1080, update_minutes=60, reason="a restore")
    yield c.SetPace(reason="a restore")
    yield c.CorrectTimes(onset_at=NOON, reason="the proxy's log")
    yield c.CorrectTimes(reason="the proxy's log")
    yield c.Acknowledge()
    for severity in (None, *Severity):
        yield c.JoinAlerts(alerts=ALERTS, firing=1, resolved=0, through=7, severity=severity)
    yield c.CallPeople(title="errors", source="am", seen="Health down.")
    yield c.TellWaiting(targets=("api",), most=5, minutes=10)
    yield c.RecordGlance(facts=Facts(health="up"), looked_at=NOON)
    yield c.BeginAssessment()
    for findings in ((), seen(), seen(GOOD, well=True), blind(), seen(None, deploys=None)):
        yield c.RecordAssessment(findings=findings, observations=OBSERVED)
    for findings in ((), seen(), seen(GOOD, well=True), blind()):
        yield c.RecordReading(findings=findings)
    yield c.Classify()
    for severity in Severity:
        yield c.Classify(severity=severity)
        yield c.Classify(severity=severity, reason="because")
    yield from (c.Classify(impacts=(impact,)) for impact in Impact)


def _deciding() -> Iterator[c.Command]:
    yield c.Decide()
    yield c.Decide(root_cause="a null", isolated=True, fix_safe=True, fix_minutes=5, rollback_more_disruptive=True)
    yield c.Decide(root_cause="a null", fix_minutes=20, outside_release=True)
    for path in (Path.ROLLBACK, Path.FIX, Path.INVESTIGATE):
        yield c.DecideByPerson.model_validate({"path": path, "reason": "I say so"})
        yield c.DecideByPerson.model_validate({"path": path, "reason": " "})
    for named in (OLD, OLD[:7], BAD, "f" * 40, "f" * 12):
        yield c.DecideByPerson(path=Path.ROLLBACK, reason="I say so", release=named)


def _approving(core: Core) -> Iterator[c.Command]:
    whole = core.surveys()
    moved = tuple(item.model_copy(update={"head": OLD}) for item in whole)
    broken = survey(head="", branch=None)
    for surveys in ((), whole, whole[:1], moved, (*whole, survey(host="web-9")), (broken,)):
        yield c.ProposePlan(plan_id="PLAN-9", surveys=surveys)
        yield c.NoteSurveys(surveys=surveys)
        for findings in ((), seen(), seen(GOOD, well=True), blind()):
            yield c.StartRollback(surveys=surveys, findings=findings)
    yield c.ProposePlan(plan_id="PLAN-9", surveys=whole, findings=seen(GOOD, well=True))
    right = core.approval()
    yield right
    yield from (right.model_copy(update={name: "wrong"}) for name in ("intent", "review"))
    yield from (right.model_copy(update=change) for change in ({"approver": " "}, {"channel": "elicitation"}))
    yield c.Reject(approver="Ada", channel="cli", reason="too risky")
    plan = core.incident.plan.id if core.incident.plan else "PLAN-1"
    yield c.PutForm(plan=plan, client="claude-code", account="ada")
    yield c.CloseForm(plan=plan, client="claude-code", account="ada", how="declined", seconds=0.4)
    yield right.model_copy(update={"channel": "signed"})
    if core.incident.plan is not None:
        yield signed_approval(core)
    yield in_advance(core)
    yield in_advance(core, severity="P2")


def _executing(core: Core) -> Iterator[c.Command]:
    for operation in [*(name for name, _ in core.incident.operations), "PLAN-0-1"]:
        yield c.Launch(operation=operation)
        yield c.Launch(operation=operation, survey=core.unmoved(operation))
        yield c.Launch(operation=operation, survey=survey(head=OLD))
        for state, status in (
            ("absent", None),
            ("running", None),
            ("lost", None),
            ("done", 0),
            ("done", 1),
            ("done", 75),
        ):
            look = OperationStatus.model_validate({"state": state, "exit_status": status})
            yield c.RecordStatus(operation=operation, look=look)
        for settled in (True, False):
            yield c.RecordProof(
                operation=operation, running=core.running("web-1"), health=core.health(), settled=settled
            )
        yield c.RecordProof(operation=operation, running=core.running("web-1", BAD), health=blind()[0], settled=True)
        yield c.AwaitProof(operation=operation, holds=3, of=4, lacks=("web health: starting",))
        yield c.Abandon(operation=operation, outcome="failed", says="it never started")
        yield c.Abandon(operation=operation, outcome="indeterminate", says="cannot be seen")


def _ending(core: Core) -> Iterator[c.Command]:
    yield c.BeginFix(says="null check")
    yield c.BeginFix(says="null check", checks=CHECKED[:1])
    yield c.BeginBranch(start=BAD)
    yield c.RecordBranch(commit=BAD)
    yield c.BeginTests(run="TEST-1")
    yield c.RecordTests(run="TEST-1", result=SuiteRun(outcome="passed", exit_status=0))
    yield c.RecordTests(run="TEST-2", result=SuiteRun(outcome="failed", exit_status=1))
    yield c.EndFix(outcome="deployed", reference="#7")
    yield c.EndFix(outcome="deployed", reference="#7", checks=CHECKED)
    yield c.EndFix(outcome="deployed")
    yield c.EndFix(outcome="failed")
    yield c.EndFix(outcome="abandoned")
    yield c.BeginVerification()
    for findings in ((), seen(), seen(GOOD, well=True), blind()):
        yield c.RecordVerification(findings=findings)
        yield c.RecordVerification(findings=findings, user_reports="unchanged")
    yield from _monitoring(core)
    yield c.AcceptByPerson(reason="I looked")
    yield c.AcceptByPerson(reason="")
    for analysis in (
        Analysis(),
        Analysis(compare=True),
        Analysis(whys=(CITED, Cited(says="nobody tried it"))),
        Analysis(root_cause=CITED),
        Analysis(root_cause=Cited(says="cosmic rays")),
        Analysis(observed=(Observed(at=NOON, says="it was full", source="dashboard"),), reproduced="no", steps="wait"),
    ):
        yield c.BeginAnalysis(given=analysis)
        yield c.RecordAnalysis(given=analysis, findings=blind()[:1])
    for given in (e.ReportInput(), GIVEN):
        yield c.PrepareReport(given=given)
        yield c.PrepareReport(given=given, root_cause="a null")
        yield c.RecordReport(path="r.md", sha256="0" * 64, given=given)
    yield c.PrepareReport(given=e.ReportInput(actions=(e.ActionItem(action="a", assignee="b", due="soon"),)))
    for brief in (e.PlannerBrief(), BRIEF):
        yield c.PreparePlannerBrief(brief=brief)
        yield c.RecordPlannerBrief(brief=brief, sinks=("folder",))
    yield c.Close()
    yield c.Close(reason="false alarm")
    yield from _communicating()
    yield c.Tick()
    yield c.NoteClock(by_s=7200)
    yield c.ShowRollback()


def _monitoring(core: Core) -> Iterator[c.Command]:
    restored = core.incident.restored_at
    slots = (Slot(watch=Watch.LOGS, number=3), Slot(watch=Watch.HEALTH, number=1))
    for since in (restored or NOON, NOON):
        for findings in (seen(), seen(GOOD, well=True), blind()):
            for again in ((), findings):
                seen_then = looked(findings, again)
                yield c.RecordMonitoring(
                    restored_at=since, slots=slots, logs_since=since, looked_at=core.now, **seen_then
                )
        yield c.RecordMonitoring(restored_at=since, logs_since=since, looked_at=core.now)


def _communicating() -> Iterator[c.Command]:
    for external in (False, True):
        yield c.PostUpdate(text="We are at it.", external=external)
        yield c.PostUpdate(text=" ", external=external)
        yield c.PostUpdate(text="web-1 answers 500", external=external)
    for update in ("U1", "U9"):
        yield c.ApproveUpdate(update=update, approver="Ada")
        yield c.RejectUpdate(update=update, approver="Ada", reason="too early")
        yield c.RejectUpdate(update=update, approver="Ada", reason=" ")


OPENINGS = (
    c.Open(incident="INC-2", target="shop", title="Down"),
    c.Open(incident="INC-2", target="shop", title="Down", detected_at=NOON, onset_at=NOON),
)
