"""Whole incidents as logs, recorded event by event, for what people read.

Knows: realistic times, hosts and findings; what the rules would answer is asked of the rules. Not collected as tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Cited
from flightrules.state.decide import decide
from flightrules.state.decision import Inputs, decide_path
from flightrules.state.evidence import (
    Commit,
    Comparison,
    Deploy,
    Deploys,
    Disk,
    ErrorGroup,
    FileChange,
    Filesystem,
    Finding,
    Http,
    Logs,
    Services,
    ServiceState,
)
from flightrules.state.facts import facts_of
from flightrules.state.fold import fold
from flightrules.state.incident import Incident
from flightrules.state.log import GENESIS, Actor, Recorded, record
from flightrules.state.monitoring import schedule
from flightrules.state.operation import ImageState, OperationStatus, Running, StepOutcome, Survey
from flightrules.state.plan import HostPlan, Plan, make_plan
from flightrules.state.policy import Policy
from flightrules.state.proof import prove, prove_outside
from flightrules.state.rehearsal import Kept, Rehearsal
from flightrules.state.releases import GoodRelease, History, Observation
from flightrules.state.rules.approving import policy_digest
from flightrules.state.rules.context import RuleContext
from flightrules.state.severity import floor_of, rule_hits
from flightrules.state.target import Check, ComposeRuntime, Host, Target
from flightrules.state.verification import verification_of
from flightrules.state.vocabulary import ActorKind, Impact, Severity
from tests.state.core import looked

DAY = datetime(2026, 1, 5, tzinfo=UTC)
GOOD, BAD = "a1" * 20, "b2" * 20
POLICY = Policy()

AGENT = Actor(kind=ActorKind.AGENT, name="claude-code", face="mcp")
PERSON = Actor(kind=ActorKind.PERSON, name="Anna Berg", face="cli")
SERVER = Actor(kind=ActorKind.SYSTEM, name="flightrules", face="server")

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleEx"

TARGET = Target(
    name="shop",
    hosts=tuple(
        Host(name=f"web-{n}", address=f"192.0.2.{n}", user="deploy", key="~/.ssh/shop", host_key=_KEY) for n in (1, 2)
    ),
    app_dir="/srv/shop",
    runtime=ComposeRuntime(project="shop"),
    health_url="https://shop.example/api/v1/health",
    release_pointer="/release",
    checks=(Check(name="checkout", path="/checkout"), Check(name="avatar", path="/avatar", major=False)),
)


def at(clock: str) -> datetime:
    """A time of the day on which every story plays."""
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return DAY + timedelta(hours=hours, minutes=minutes, seconds=seconds)


class Story:
    """A log that grows; every record is chained as the store would chain it."""

    def __init__(self, incident: str = "INC-7K2QMX") -> None:
        self.incident_id = incident
        self.records: list[Recorded] = []
        self.found = 0

    def add(self, clock: str, *events: e.Event, actor: Actor = AGENT, call: str = "") -> None:
        for event in events:
            previous = self.records[-1].hash if self.records else GENESIS
            draft = event.draft(at=at(clock), actor=actor, call=call)
            version = len(self.records) + 1
            sealed = record(draft, stream=f"incident-{self.incident_id}", version=version, previous=previous)
            self.records.append(sealed)

    def evidence(self, clock: str, findings: Sequence[Finding]) -> tuple[str, ...]:
        ids = tuple(f"E{self.found + n}" for n in range(1, len(findings) + 1))
        self.found += len(findings)
        self.add(clock, *(e.EvidenceRecorded(id=i, finding=f) for i, f in zip(ids, findings, strict=True)))
        return ids

    @property
    def incident(self) -> Incident:
        folded = fold(self.records)
        assert folded is not None
        return folded


def image(service: str, release: str) -> str:
    return "sha256:" + f"{service}@{release[:2]}".encode().hex().ljust(64, "0")


def services(host: str, release: str, *, started: str, health: str = "healthy") -> tuple[ServiceState, ...]:
    return tuple(
        ServiceState.model_validate(
            {
                "service": name,
                "container": f"{name}{host[-1]}",
                "state": "running",
                "health": health if name == "web" else "none",
                "image": image(name, release),
                "image_ref": f"shop-{name}:{release}",
                "started_at": at(started),
                "config_hash": name * 8,
            }
        )
        for name in ("web", "worker")
    )


def _failing(check: str, status: int) -> Http:
    why = f"The status is {status}, not 200."
    return Http(check=check, ok=False, status=status, latency_ms=31, failed=(why,))


def broken_findings(*, error: str = "ERROR payment failed: KeyError 'currency'") -> list[Finding]:
    """Return the findings of the probes while it was broken; one of them could not be read."""
    deploys = (Deploy(sha=BAD, at=at("8:41:00"), how="checkout"), Deploy(sha=GOOD, at=DAY - timedelta(days=3)))
    group = ErrorGroup(signature=error, count=212, first_at=at("8:58:03"), last_at=at("9:00:39"), example=error)
    health = _failing("health", 500)
    return [
        Finding(probe="health", data=health.model_copy(update={"release": BAD}), took_ms=31),
        Finding(probe="check:checkout", data=_failing("checkout", 500)),
        Finding(probe="check:avatar", data=_failing("avatar", 502)),
        *(
            Finding(
                probe="services",
                host=f"web-{n}",
                data=Services(services=services(f"web-{n}", BAD, started="8:41:30", health="unhealthy")),
            )
            for n in (1, 2)
        ),
        Finding(probe="logs:web", host="web-1", data=Logs(service="web", lines=500, errors=212, groups=(group,))),
        Finding(
            probe="disk",
            host="web-1",
            data=Disk(filesystems=(Filesystem(mount="/", size_bytes=40 * 2**30, available_bytes=21 * 2**30),)),
        ),
        Finding(probe="memory", host="web-2", why="no answer within 5 s"),
        Finding(probe="deploys", host="web-1", data=Deploys(head=BAD, branch="main", deploys=deploys)),
    ]


def healthy_findings(release: str = GOOD, *, started: str = "9:05:00") -> list[Finding]:
    return [
        Finding(probe="health", data=Http(check="health", ok=True, status=200, latency_ms=12, release=release)),
        Finding(probe="check:checkout", data=Http(check="checkout", ok=True, status=200, latency_ms=40)),
        Finding(probe="check:avatar", data=Http(check="avatar", ok=True, status=200, latency_ms=25)),
        *(
            Finding(probe="services", host=h, data=Services(services=services(h, release, started=started)))
            for h in ("web-1", "web-2")
        ),
        Finding(probe="logs:web", host="web-1", data=Logs(service="web", lines=40, errors=0)),
    ]


def survey(
    host: str, *, dirty: tuple[str, ...] = (), rebuilt: bool = False, changed: tuple[str, ...] = ("web/app.py",)
) -> Survey:
    images = tuple(
        ImageState(
            service=name,
            ref=f"shop-{name}:latest" if rebuilt else f"shop-{name}:{GOOD}",
            present=image(name, BAD if rebuilt else GOOD),
            remembered="" if rebuilt else image(name, GOOD),
            buildable=True,
        )
        for name in ("web", "worker")
    )
    return Survey(
        host=host,
        head=BAD,
        branch="main",
        dirty=dirty,
        dirty_patch="--- a/web/app.py\n" if dirty else "",
        release_present=True,
        changed_paths=changed,
        services=services(host, BAD, started="8:41:30", health="unhealthy"),
        config_ok=True,
        config_hashes=tuple((name, name * 8) for name in ("web", "worker")),
        images=images,
        free_bytes=21 * 2**30,
        rehearsal=Rehearsal(
            top="/srv/shop",
            base="/srv/shop/.git/flightrules",
            digest=hashlib.sha256("".join(f"{path}\n" for path in dirty).encode()).hexdigest(),
            kept=tuple(Kept(how="edited", path=path, kib=4) for path in dirty),
        ),
    )


def good_release() -> GoodRelease:
    return GoodRelease(
        release=GOOD,
        ground="observed_healthy",
        why="seen healthy at 2026-01-04 21:15 UTC by verify",
        at=datetime(2026, 1, 4, 21, 15, tzinfo=UTC),
    )


def plan_of(*surveys: Survey, incident: str = "INC-7K2QMX", good: GoodRelease | None = None) -> Plan:
    read = surveys or (survey("web-1"), survey("web-2"))
    return make_plan(plan_id="PLAN-4T9WZC", incident=incident, target=TARGET, surveys=read, good=good or good_release())


def detected(
    story: Story, *, title: str, via: str = "uptime alert", onset: str = "8:58:00", description: str = ""
) -> None:
    opened = e.IncidentOpened(
        incident=story.incident_id,
        target="shop",
        title=title,
        description=description,
        detected_at=at("9:00:00"),
        onset_at=at(onset),
        detected_via=via,
    )
    story.add("9:00:20", e.CallReceived(tool="open_incident", arguments={"title": title}), opened, call="C-1")


def assessed(story: Story, findings: Sequence[Finding]) -> None:
    story.add("9:00:30", e.CallReceived(tool="assess", arguments={}), call="C-2")
    story.add("9:00:30", e.AssessmentStarted(purpose="assess"), call="C-2")
    ids = story.evidence("9:00:42", findings)
    observation = Observation(release=GOOD, healthy=True, at=good_release().at, by="verify")
    deploys = next(f.data.deploys for f in findings if isinstance(f.data, Deploys))
    history = History(deploys=deploys, observations=(observation,))
    facts = facts_of(findings, TARGET)
    story.add("9:00:42", e.HistoryRead(history=history), e.AssessmentRecorded(evidence=ids, facts=facts), call="C-2")


def classified(
    story: Story,
    *,
    severity: Severity | None = None,
    impacts: tuple[Impact, ...] = (),
    users: str = "",
    money: str = "",
) -> None:
    facts = story.incident.facts
    assert facts is not None
    hits = rule_hits(facts, frozenset(impacts))
    floor = floor_of(hits, None)
    event = e.SeverityClassified(
        severity=severity or floor,
        floor=floor,
        rules=hits,
        impacts=impacts,
        users_affected=users,
        business_impact=money,
    )
    story.add("9:01:10", e.CallReceived(tool="classify", arguments={}), event, call="C-3")


def decided(story: Story, inputs: Inputs) -> None:
    decision = decide_path(inputs)
    event = e.PathDecided(
        path=decision.path,
        by="rules",
        reason=decision.reason,
        trace=decision.trace,
        warnings=decision.warnings,
        inputs=inputs,
        release=good_release() if decision.path == "rollback" else None,
    )
    story.add("9:01:30", e.CallReceived(tool="decide", arguments={}), event, call="C-4")


def proposed(story: Story, plan: Plan) -> None:
    read = [e.SurveyRead(survey=host.survey) for host in plan.hosts]
    event = e.PlanProposed(plan=plan, intent=plan.intent, review=plan.review, policy=policy_digest(POLICY, TARGET))
    story.add("9:02:00", e.CallReceived(tool="rollback", arguments={}), *read, event, call="C-5")


def approved(story: Story, plan: Plan, *, approver: str = "Anna Berg") -> None:
    """The agent is refused twice while nobody has approved; then a person does."""
    refusal = e.CallRefused(code="not_approved", answer={"reason": "No person has approved a plan."})
    for call in ("C-6", "C-7"):
        story.add("9:02:30", e.CallReceived(tool="rollback", arguments={}), refusal, call=call)
    event = e.ApprovalGranted(
        id="APP-H3N8RD",
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        approver=approver,
        channel="cli",
        until=at("9:14:10"),
        acknowledged=bool(plan.acknowledge),
    )
    story.add("9:04:10", event, actor=PERSON, call="C-8")


def rolling(story: Story, plan: Plan) -> None:
    operations = tuple((op.id, op.host) for op in plan.operations(who="Anna Berg"))
    event = e.RollbackStarted(plan=plan.id, approval="APP-H3N8RD", operations=operations)
    story.add("9:04:20", e.CallReceived(tool="rollback", arguments={}), event, call="C-9")


def steps(host: HostPlan, clock: str, *, failing: str = "") -> tuple[StepOutcome, ...]:
    """Steps of two seconds each, the failing one ending the operation; what came before it is undone."""
    names: list[str] = [step.name for step in host.steps]
    done = names[: names.index(failing) + 1] if failing else names
    return tuple(
        StepOutcome(
            index=n,
            name=name,
            started_at=at(clock) + timedelta(seconds=2 * n),
            ended_at=at(clock) + timedelta(seconds=2 * n + 2),
            exit_status=17 if name == failing else 0,
            undone=bool(failing) and (name == "checkout" or n == 0),
        )
        for n, name in enumerate(done)
    )


def host_rolled_back(story: Story, plan: Plan, number: int, clock: str) -> None:
    host = plan.hosts[number - 1]
    operation = f"{plan.id}-{number}"
    outcomes = steps(host, clock)
    story.add(clock, e.OperationLaunching(operation=operation, host=host.host), actor=SERVER)
    running = OperationStatus(state="running", steps=outcomes[:1])
    story.add(clock, e.OperationSeen(operation=operation, host=host.host, look=running), actor=SERVER)
    done = OperationStatus(state="done", exit_status=0, steps=outcomes)
    later = f"{clock[:-2]}{int(clock[-2:]) + 20:02d}"
    story.add(later, e.OperationSeen(operation=operation, host=host.host, look=done), actor=SERVER)
    now = Running(host=host.host, at=at(later), head=GOOD, services=services(host.host, GOOD, started="9:05:55"))
    health = Http(check="health", ok=True, status=200, release=GOOD)
    claims = (*prove(host, GOOD, now, outcomes[0].started_at), *prove_outside(health, GOOD))
    story.add(later, e.ProofTaken(host=host.host, running=now, claims=claims), actor=SERVER)
    says = "the wanted release runs, proven on the host and from outside"
    ended = e.HostFinished(host=host.host, operation=operation, outcome="succeeded", says=says)
    story.add(later, ended, actor=SERVER)


def verified(story: Story, clock: str, findings: Sequence[Finding], *, wanted: str | None = GOOD) -> None:
    story.add(clock, e.CallReceived(tool="verify", arguments={}), e.AssessmentStarted(purpose="verify"), call=clock)
    ids = story.evidence(clock, findings)
    baseline = story.incident.baseline
    assert baseline is not None
    facts = facts_of(findings, TARGET)
    judged = verification_of(facts, baseline, user_reports="decreased", wanted_release=wanted)
    event = e.VerificationRecorded(verdict=judged.verdict, items=judged.items, facts=facts, evidence=ids)
    story.add(clock, event, call=clock)


def caused(story: Story, clock: str, text: str, *, known: bool = True) -> None:
    call = e.CallReceived(tool="write_report", arguments={})
    story.add(clock, call, e.RootCauseRecorded(root_cause=text, known=known), call="C-20")


GIVEN = e.ReportInput(
    summary="Checkout failed for every customer after release b2b2b2b2b2b2; going back one release restored it.",
    went_well=("The alert came within two minutes of onset.",),
    improve=("No test pays in a currency other than EUR.",),
    actions=(
        e.ActionItem(action="Test checkout with three currencies", assignee="payments team", due="2026-01-12"),
        e.ActionItem(action="Alert on checkout errors", assignee="Anna Berg", due="2026-01-09"),
    ),
    prevention=("Deploy to web-2 only after web-1 has served checkouts for 10 minutes.",),
    related=("FEATURE-012", "ADR-007", "#481", "Status page entry of 2026-01-05"),
)


@dataclass(frozen=True)
class Voices:
    """Texts of people, agents and logs in the rollback story."""

    title: str = "Checkout answers 500 for all customers"
    description: str = "Every payment ends with a server error."
    via: str = "uptime alert"
    error: str = "ERROR payment failed: KeyError 'currency'"
    users: str = "all customers, about 1,200 in the window"
    money: str = "no order could be paid"
    cause: str = "The currency column was renamed in release b2b2b2b2b2b2; the web service still read the old name."
    approver: str = "Anna Berg"


def rollback_story(voices: Voices | None = None, *, plan: Plan | None = None) -> Story:
    """A P1 from detection to analysed: rolled back on two hosts, verified, root cause known."""
    says, plan = voices or Voices(), plan or plan_of()
    story = Story()
    detected(story, title=says.title, via=says.via, description=says.description)
    assessed(story, broken_findings(error=says.error))
    classified(story, impacts=(Impact.COMPLETE_OUTAGE,), users=says.users, money=says.money)
    inputs = Inputs(
        severity=Severity.P1,
        catastrophe=True,
        recent_deployment=True,
        recent_deployment_source="deployed b2b2b2b2b2b2 at 2026-01-05 08:41 UTC",
        good_release=GOOD,
        response_left_s=210,
    )
    decided(story, inputs)
    proposed(story, plan)
    approved(story, plan, approver=says.approver)
    rolling(story, plan)
    host_rolled_back(story, plan, 1, "9:04:25")
    host_rolled_back(story, plan, 2, "9:05:30")
    ending = "2 of 2 hosts: the wanted release runs, proven on the host and from outside"
    story.add("9:05:50", e.RollbackFinished(outcome="succeeded", says=ending), actor=SERVER)
    verified(story, "9:06:30", healthy_findings())
    verified(story, "9:16:30", healthy_findings())
    caused(story, "9:40:00", says.cause)
    return story


def watched(story: Story, clock: str, findings: Sequence[Finding], again: Sequence[Finding] = ()) -> None:
    """One look of the watch: whatever is due, as the rules record it."""
    incident, now = story.incident, at(clock)
    restored = incident.restored_at
    assert restored is not None
    command = c.RecordMonitoring(
        restored_at=restored,
        slots=schedule(incident, POLICY, now).due,
        **looked(findings, again, TARGET),
        logs_since=incident.watched.logs_until or restored,
        looked_at=now,
    )
    events = decide(incident, command, RuleContext(target=TARGET, policy=POLICY, now=now, actor=SERVER))
    story.found += sum(isinstance(event, e.EvidenceRecorded) for event in events)
    story.add(clock, *events, actor=SERVER)


def recurrence_story() -> Story:
    """Rolled back and verified, not watched for half an hour, watched then, and back after an hour."""
    story = rollback_story()
    watched(story, "9:42:00", healthy_findings())
    watched(story, "9:52:00", healthy_findings())
    watched(story, "10:07:00", broken_findings(), broken_findings())
    return story


def analysed_story() -> Story:
    """The rollback, and an analysis with everything there is a place for."""
    story = rollback_story()
    change = FileChange(path="web/orders.py", added=12, removed=9)
    data = Comparison(
        good=GOOD,
        bad=BAD,
        files_changed=2,
        added=15,
        removed=9,
        files=(change, FileChange(path="migrations/0031.sql", added=3, removed=0)),
        migrations=("migrations/0031.sql",),
        settings=(("added", ("CURRENCY_DEFAULT",)),),
        commits=(Commit(sha=BAD, at=at("8:30:00"), subject="Rename the currency column"),),
        commits_count=1,
    )
    story.add("9:41:00", e.AssessmentStarted(purpose="compare"))
    (compared,) = story.evidence("9:41:02", [Finding(probe="compare", host="web-1", data=data)])
    whys = (
        Cited(says="checkout reads a column that is not there", evidence=("E1", "E6")),
        Cited(says="the release renamed it in the database alone", evidence=(compared,)),
        Cited(says="the test database is rebuilt from the code, never migrated"),
    )
    story.add(
        "9:45:00",
        e.EventObserved(id="O1", at=at("8:58:00"), says="first customer writes", source="support inbox"),
        e.WhysRecorded(whys=whys),
        e.ReproductionRecorded(outcome="reliably", steps="Migrate a copy of production, then pay."),
        e.RootCauseRecorded(root_cause="The currency column was renamed.", known=True, evidence=("E6", compared)),
    )
    return story


def sparse_story() -> Story:
    """An incident about which hardly anything is known: nothing could be read, nobody said anything."""
    story = Story("INC-SPARSE")
    detected(story, title="Something is wrong", via="agent", onset="9:00:00")
    story.add("9:00:30", e.AssessmentStarted(purpose="assess"))
    unread = [Finding(probe=p, host=None if p == "health" else "web-1", why="no route") for p in ("health", "services")]
    ids = story.evidence("9:00:50", unread)
    story.add("9:00:50", e.AssessmentRecorded(evidence=ids, facts=facts_of(unread, TARGET)))
    return story


def fix_story() -> Story:
    """A P3 with a known cause, fixed in eleven minutes."""
    story = Story("INC-AVATAR")
    detected(story, title="Avatar upload fails", via="user report", onset="8:30:00")
    findings = [f for f in healthy_findings(BAD, started="8:41:30") if f.probe != "check:avatar"]
    failing = _failing("avatar", 413)
    deploys = Deploys(head=BAD, branch="main", deploys=(Deploy(sha=BAD, at=DAY - timedelta(days=9)),))
    findings += [Finding(probe="check:avatar", data=failing), Finding(probe="deploys", host="web-1", data=deploys)]
    assessed(story, findings)
    classified(story, impacts=(Impact.MINOR_FEATURE_BROKEN,), users="3 reports")
    decided(
        story,
        Inputs(
            severity=Severity.P3,
            recent_deployment=False,
            root_cause_known=True,
            isolated=True,
            fix_safe=True,
            fix_minutes=10,
            good_release=GOOD,
        ),
    )
    branch = "incident/incident-INC-AVATAR-avatar-upload-fails"
    story.add("9:03:00", e.FixStarted(branch=branch, says="raise the upload limit of the proxy to 8 MB"))
    story.add("9:14:00", e.FixEnded(outcome="deployed", reference="PR #512", says="limit raised"))
    verified(story, "9:15:00", healthy_findings(BAD, started="8:41:30"), wanted=None)
    caused(story, "9:30:00", "The proxy's upload limit was below the size of photos from new phones.")
    return story


def failed_story() -> Story:
    """A rollback that fails at its build on the first of two hosts, after budgets ran out; nothing is restored."""
    story = Story("INC-FAILED")
    detected(story, title="Checkout answers 500")
    assessed(story, broken_findings())
    classified(story)
    decided(story, Inputs(severity=Severity.P1, catastrophe=True, recent_deployment=True, good_release=GOOD))
    plan = plan_of(survey("web-1", rebuilt=True), survey("web-2", rebuilt=True), incident="INC-FAILED")
    proposed(story, plan)
    breach = e.BudgetBreached(budget="response", limit_s=300, ran_out_at=at("9:05:00"))
    story.add("9:06:00", breach, actor=SERVER)
    story.add("9:06:10", e.CallFailed(what="host web-2: no answer within 20 s", answer={}))
    event = e.ApprovalGranted(
        id="APP-H3N8RD",
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        approver="Anna Berg",
        channel="elicitation",
        until=at("9:17:00"),
    )
    story.add("9:07:00", event, actor=PERSON)
    operations = tuple((op.id, op.host) for op in plan.operations(who="Anna Berg"))
    story.add("9:07:10", e.RollbackStarted(plan=plan.id, approval="APP-H3N8RD", operations=operations))
    story.add("9:07:11", e.OperationLaunching(operation=operations[0][0], host="web-1"), actor=SERVER)
    look = OperationStatus(state="done", exit_status=17, steps=steps(plan.hosts[0], "9:07:12", failing="build"))
    story.add("9:07:30", e.OperationSeen(operation=operations[0][0], host="web-1", look=look), actor=SERVER)
    says = "step build ended with status 17; undone: save, checkout"
    story.add(
        "9:07:30",
        e.HostFinished(host="web-1", operation=operations[0][0], outcome="failed", says=says),
        e.RollbackFinished(outcome="failed", says=f"web-1: {says}; not touched: web-2"),
        actor=SERVER,
    )
    return story
