"""The core driven by commands, as the service drives it but without a world. Not collected as tests.

Knows: a shop in production, what its probes and surveys show, and how to bring an incident into each circumstance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import JsonValue

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Analysis, Cited, Observed
from flightrules.state.decide import decide, open_incident
from flightrules.state.evidence import (
    Deploy,
    Deploys,
    ErrorGroup,
    Finding,
    Http,
    Logs,
    Services,
    ServiceState,
)
from flightrules.state.facts import Facts
from flightrules.state.fix import CHECKLIST, FixCheck, SuiteRun
from flightrules.state.fold import fold
from flightrules.state.incident import Incident
from flightrules.state.log import GENESIS, Actor, Recorded, record
from flightrules.state.monitoring import schedule
from flightrules.state.operation import ImageState, OperationStatus, Running, StepOutcome, Survey
from flightrules.state.policy import Policy
from flightrules.state.recurrence import sight_of
from flightrules.state.releases import Observation
from flightrules.state.rules.context import RuleContext
from flightrules.state.target import Check, CommandsRuntime, ComposeRuntime, Host, Target
from flightrules.state.vocabulary import ActorKind, Impact, Path, Phase, Severity, Watch
from flightrules.state.watched import Sight, Slot

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
OLD, GOOD, BAD, FIXED = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
AGENT = Actor(kind=ActorKind.AGENT, name="claude", face="mcp")
PERSON = Actor(kind=ActorKind.PERSON, name="Ada", face="cli")
SYSTEM = Actor(kind=ActorKind.SYSTEM, name="server", face="server")
P1, P2, P3, P4 = Severity


class Plain(NamedTuple):
    """Data of a draft whose event means nothing."""

    data: dict[str, JsonValue]

    def as_json(self) -> dict[str, JsonValue]:
        """The data themselves."""
        return self.data


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0"
HOSTS = tuple(
    Host(name=f"web-{n}", address=f"192.0.2.{n}", user="deploy", key="~/.ssh/id", host_key=KEY) for n in (1, 2)
)
SHOP = Target(
    name="shop",
    hosts=HOSTS[:1],
    app_dir="/srv/shop",
    runtime=ComposeRuntime(project="shop"),
    health_url="https://shop.example/health",
    release_pointer="/release",
    checkout="/home/ada/shop",
    test=("make", "test"),
    checks=(Check(name="cart", path="/cart"), Check(name="avatar", path="/avatar", major=False)),
)
TWO = SHOP.model_copy(update={"hosts": HOSTS})
PLAIN = SHOP.model_copy(
    update={
        "runtime": CommandsRuntime(
            service="shop", status=("systemctl", "is-active", "shop"), logs=("journalctl",), restart=("run", "restart")
        )
    }
)

DEPLOYS = (
    Deploy(sha=BAD, at=NOON - timedelta(minutes=40), how="pull"),
    Deploy(sha=GOOD, at=NOON - timedelta(days=2), how="pull"),
    Deploy(sha=OLD, at=NOON - timedelta(days=9), how="pull"),
)
OBSERVED = (Observation(release=GOOD, healthy=True, at=NOON - timedelta(days=1), by="verify"),)


def image(service: str, release: str) -> str:
    """The image id of a service at a release."""
    return f"sha256:{service}-{release[:7]}"


def states(release: str, **changes: object) -> tuple[ServiceState, ...]:
    """Both services of the shop, at a release."""
    return tuple(
        ServiceState(
            service=name,
            container=f"{name}1",
            state="running",
            health="healthy",
            image=image(name, release),
            image_ref=f"shop-{name}:{release}",
            started_at=NOON + timedelta(minutes=30),
            config_hash=f"hash-{name}",
        ).model_copy(update=changes)
        for name in ("web", "worker")
    )


def seen(
    release: str | None = BAD, *, well: bool = False, deploys: Sequence[Deploy] | None = DEPLOYS, hosts: int = 1
) -> tuple[Finding, ...]:
    """Return the findings of the probes: a shop that is well, or one that answers 500."""
    group = () if well else (ErrorGroup(signature="ERROR boom", count=9, example="ERROR boom"),)
    status, failed = (200, ()) if well else (500, ("The status is 500, not 200.",))
    outside = [
        Finding(probe="health", data=Http(check="health", ok=well, status=status, failed=failed, release=release))
    ]
    outside += [
        Finding(probe=f"check:{name}", data=Http(check=name, ok=well, status=status)) for name in ("cart", "avatar")
    ]
    inside: list[Finding] = []
    for host in HOSTS[:hosts]:
        health = "healthy" if well else "unhealthy"
        inside.append(
            Finding(probe="services", host=host.name, data=Services(services=states(release or BAD, health=health)))
        )
        logs = Logs(service="web", lines=10, errors=len(group), groups=group)
        inside.append(Finding(probe="logs:web", host=host.name, data=logs))
        read = None if deploys is None else Deploys(head=release or "", branch="main", deploys=tuple(deploys))
        inside.append(Finding(probe="deploys", host=host.name, data=read, why="" if read else "no answer"))
    return (*outside, *inside)


def blind(findings: Sequence[Finding] | None = None) -> tuple[Finding, ...]:
    """The same probes, none of them readable."""
    return tuple(f.model_copy(update={"data": None, "why": "no answer"}) for f in findings or seen())


def survey(release: str = GOOD, host: str = "web-1", **changes: object) -> Survey:
    """Return the survey of a host that runs BAD, seen from a release, with the release's images at hand."""
    images = tuple(
        ImageState(
            service=name, ref=f"shop-{name}:{release}", present=image(name, release), remembered="", buildable=True
        )
        for name in ("web", "worker")
    )
    return Survey(
        host=host,
        head=BAD,
        branch="main",
        release_present=True,
        changed_paths=("web/app.py",),
        services=states(BAD),
        config_ok=True,
        config_hashes=(("web", "hash-web"), ("worker", "hash-worker")),
        images=images,
        free_bytes=20 * 2**30,
    ).model_copy(update=changes)


class Core:
    """One incident, its log, and the clock it is judged by."""

    def __init__(self, target: Target = SHOP, policy: Policy | None = None, **opening: object) -> None:
        self.target = target
        self.policy = policy or Policy()
        self.now = NOON
        self.records: list[Recorded] = []
        self._incident: Incident | None = None
        fields = {"incident": "INC-1", "target": target.name, "title": "Everything answers 500"}
        opened = c.Open.model_validate(fields | opening)
        self.append(open_incident(opened, self.context(AGENT)), AGENT)

    @property
    def incident(self) -> Incident:
        assert self._incident is not None
        return self._incident

    def stands(self) -> tuple[Phase, Path | None]:
        return self.incident.phase, self.incident.path

    def context(self, actor: Actor) -> RuleContext:
        return RuleContext(target=self.target, policy=self.policy, now=self.now, actor=actor)

    def append(self, events: Sequence[e.Event], actor: Actor) -> None:
        for event in events:
            draft = event.draft(at=self.now, actor=actor, call="")
            previous = self.records[-1].hash if self.records else GENESIS
            version = len(self.records) + 1
            self.records.append(record(draft, stream="INC-1", version=version, previous=previous))
            self._incident = fold(self.records[-1:], self._incident)

    def judge(self, command: c.Command, actor: Actor = AGENT) -> list[e.Event]:
        """Return the events that the core decides on, without applying them."""
        return decide(self.incident, command, self.context(actor))

    def do(self, command: c.Command, actor: Actor = AGENT) -> list[e.Event]:
        events = self.judge(command, actor)
        self.append(events, actor)
        return events

    def wait(self, **span: float) -> Core:
        self.now += timedelta(**span)
        return self

    # -- what an incident goes through ------------------------------------------------------------------------------

    def assess(self, findings: Sequence[Finding] | None = None) -> Core:
        self.do(c.BeginAssessment())
        found = seen(hosts=len(self.target.hosts)) if findings is None else tuple(findings)
        self.do(c.RecordAssessment(findings=found, observations=OBSERVED))
        return self

    def classify(self, severity: Severity | None = None, *impacts: Impact, reason: str = "because") -> Core:
        self.do(c.Classify(severity=severity, impacts=impacts, reason=reason))
        return self

    def choose(self, path: Path, release: str | None = None) -> Core:
        self.do(c.DecideByPerson.model_validate({"path": path, "reason": "I say so", "release": release}), PERSON)
        return self

    def surveys(self, **changes: object) -> tuple[Survey, ...]:
        chosen = self.incident.plan.to_release if self.incident.plan else GOOD
        if self.incident.chosen:
            chosen = self.incident.chosen.release
        return tuple(survey(chosen, host.name, **changes) for host in self.target.hosts)

    def plan(self, **changes: object) -> Core:
        self.do(c.ProposePlan(plan_id=f"PLAN-{len(self.records)}", surveys=self.surveys(**changes)))
        return self

    def approval(self, **changes: object) -> c.Approve:
        plan = self.incident.plan
        return c.Approve(
            approval_id=f"APPR-{len(self.records)}",
            approver="Ada",
            channel="cli",
            intent=plan.intent if plan else "",
            review=plan.review if plan else "",
        ).model_copy(update=changes)

    def approve(self) -> Core:
        self.do(self.approval(), PERSON)
        return self

    def start(self) -> Core:
        self.do(c.StartRollback(surveys=self.surveys()))
        return self

    def running(self, host: str, release: str | None = None, **changes: object) -> Running:
        plan = self.incident.rollback_plan
        wanted = release or (plan.to_release if plan else GOOD)
        return Running(host=host, at=self.now, head=wanted, services=states(wanted, started_at=self.now)).model_copy(
            update=changes
        )

    def health(self, release: str | None = None, *, ok: bool = True) -> Finding:
        plan = self.incident.rollback_plan
        told = release or (plan.to_release if plan else GOOD)
        return Finding(probe="health", data=Http(check="health", ok=ok, status=200 if ok else 500, release=told))

    def look(self, operation: str, state: str = "done", exit_status: int | None = 0) -> Core:
        step = StepOutcome(index=0, name="checkout", started_at=self.now, ended_at=self.now, exit_status=exit_status)
        status = exit_status if state == "done" else None
        shown = OperationStatus.model_validate({"state": state, "exit_status": status, "steps": (step,)})
        self.do(c.RecordStatus(operation=operation, look=shown), SYSTEM)
        return self

    def launch(self, operation: str) -> Core:
        self.do(c.Launch(operation=operation, survey=self.unmoved(operation)), SYSTEM)
        return self

    def unmoved(self, operation: str) -> Survey | None:
        """Return the survey of the host of an operation as long as nothing touched the host; None if it has none."""
        host, plan = dict(self.incident.operations).get(operation), self.incident.rollback_plan
        return next((item.survey for item in plan.hosts if item.host == host), None) if plan else None

    def prove(self, operation: str, **changes: object) -> Core:
        host = dict(self.incident.operations)[operation]
        proof = c.RecordProof(operation=operation, running=self.running(host), health=self.health(), settled=True)
        self.do(proof.model_copy(update=changes), SYSTEM)
        return self

    def follow(self, exit_status: int = 0) -> Core:
        """Take every host to its end."""
        for operation, _ in self.incident.operations:
            if self.incident.phase is Phase.ROLLING_BACK:
                self.launch(operation).look(operation, exit_status=exit_status).prove(operation)
        return self

    def verify(self, findings: Sequence[Finding]) -> Core:
        self.do(c.BeginVerification())
        self.do(c.RecordVerification(findings=tuple(findings)))
        return self

    def roll_back(self) -> Core:
        """From a decision for rollback to its end."""
        return self.plan().approve().start().follow()

    def check(self, findings: Sequence[Finding] | None = None, again: Sequence[Finding] = (), why: str = "") -> Core:
        """One look of a watcher: whatever is due now, recorded, as the service does it."""
        incident, due = self.incident, schedule(self.incident, self.policy, self.now).due
        read = incident.watched.logs_until or incident.restored_at
        assert read is not None
        assert incident.restored_at is not None
        command = c.RecordMonitoring(
            restored_at=incident.restored_at,
            slots=due,
            **(looked(seen(GOOD, well=True) if findings is None else findings, again, self.target) if due else {}),
            logs_since=read,
            looked_at=self.now,
            why=why,
        )
        self.do(command, SYSTEM)
        return self

    def analyse(self) -> Core:
        self.do(c.PrepareReport(given=e.ReportInput(), root_cause="v3 divides by zero"))
        return self


def looked(findings: Sequence[Finding], again: Sequence[Finding] = (), target: Target = SHOP) -> dict[str, Any]:
    """Return what a watcher hands in of its looks."""
    return {
        "first": sight_of(findings, target),
        "again": sight_of(again, target) if again else None,
        "evidence": (*findings, *again),
    }


def decided(path: Path = Path.ROLLBACK, target: Target = SHOP) -> Core:
    """An incident for which the decision was this."""
    core = Core(target).assess().classify()
    core.do(c.Decide())
    return core if path is core.incident.path else core.choose(path)


CHECKED = tuple(FixCheck(item=item, evidence="I looked") for item in CHECKLIST)
"""The whole checklist of a fix."""


def fixing() -> Core:
    core = decided(Path.FIX)
    core.do(c.BeginFix(says="null check"))
    return core


def branching() -> Core:
    core = fixing()
    core.do(c.BeginBranch(start=BAD))
    return core


def running_tests() -> Core:
    core = branching()
    core.do(c.RecordBranch(commit=BAD))
    core.do(c.BeginTests(run="TEST-1", checks=CHECKED[:1]))
    return core


def after_tests(*, passed: bool = True) -> Core:
    core = running_tests()
    result = SuiteRun(outcome="passed" if passed else "failed", exit_status=int(not passed), commit=FIXED)
    core.do(c.RecordTests(run="TEST-1", result=result), SYSTEM)
    return core


def fixed() -> Core:
    core = fixing().wait(minutes=5)
    core.do(c.EndFix(outcome="deployed", reference=FIXED, checks=CHECKED))
    return core


def rolling(target: Target = SHOP) -> Core:
    return decided(target=target).plan().approve().start()


def rolled_back() -> Core:
    return rolling().follow()


def monitoring() -> Core:
    return rolled_back().verify(seen(GOOD, well=True))


def analysed() -> Core:
    """Analysed with everything there is a place for."""
    core = monitoring()
    cause = Cited(says="the pool is never filled", evidence=("E1", "E2"))
    given = Analysis(
        whys=(cause, Cited(says="nobody tried it")),
        observed=(Observed(at=NOON, says="the database was full", source="dashboard"),),
        reproduced="reliably",
        steps="start it with an empty pool",
        root_cause=cause,
    )
    core.do(c.RecordAnalysis(given=given))
    return core


def documented() -> Core:
    core = monitoring().analyse()
    core.do(c.RecordReport(path="report.md", sha256="0" * 64, given=e.ReportInput()))
    return core


def reported() -> Core:
    core = documented()
    brief = e.PlannerBrief(technical_debt=("no canary",))
    core.do(c.RecordPlannerBrief(brief=brief, sinks=("folder",)))
    return core


def closed() -> Core:
    core = reported()
    core.do(c.Close(), PERSON)
    return core


def no_release() -> Core:
    """Nothing to go back to: the tree asks for a person."""
    core = Core()
    core.do(c.RecordAssessment(findings=seen(deploys=DEPLOYS[:1])))
    core.classify()
    core.do(c.Decide())
    return core


def half_done() -> Core:
    core = rolling(TWO)
    first = core.incident.operations[0][0]
    return core.launch(first).look(first).prove(first)


def failed() -> Core:
    return rolling().follow(exit_status=1)


def stood_down() -> Core:
    core = Core()
    core.do(c.Close(reason="false alarm"), PERSON)
    return core


def launched() -> Core:
    core = rolling()
    return core.launch(core.incident.operations[0][0])


def shown() -> Core:
    core = launched()
    return core.look(core.incident.operations[0][0])


def recurred() -> Core:
    """It came back after the analysis, and was rolled back further."""
    core = monitoring().analyse().verify(seen(GOOD))
    return core.choose(Path.ROLLBACK, OLD).roll_back()


SCENES: dict[str, Callable[[], Core]] = {
    "detected": Core,
    "detected long ago": lambda: Core().wait(minutes=6),
    "assessed": lambda: Core().assess(),
    "assessed blindly": lambda: Core().assess(blind()),
    **{f"classified {s}": lambda s=s: Core().assess(seen(well=True)).classify(s) for s in Severity},  # type: ignore[misc]
    "decided to roll back": decided,
    "decided to fix": lambda: decided(Path.FIX),
    "decided to ask a person": no_release,
    "planned": lambda: decided().plan(),
    "planned for two hosts": lambda: decided(target=TWO).plan(),
    "approved": lambda: decided().plan().approve(),
    "approved too long ago": lambda: decided().plan().approve().wait(minutes=11),
    "investigating": lambda: decided(Path.INVESTIGATE),
    "rolling back": rolling,
    "rolling back, launched": launched,
    "rolling back, ended": shown,
    "rolling back, one host of two": half_done,
    "rolling back, over time": lambda: rolling().wait(minutes=11),
    "rollback failed": failed,
    "rollback failed, again": lambda: failed().choose(Path.ROLLBACK),
    "fixing": fixing,
    "fix being branched": branching,
    "fix being tested": running_tests,
    "fix tested": after_tests,
    "fixing, over time": lambda: fixing().wait(minutes=31),
    "verifying a rollback": rolled_back,
    "verifying a fix": fixed,
    "verification inconclusive": lambda: rolled_back().verify(blind()),
    "monitoring": monitoring,
    "monitoring after a recurrence": lambda: recurred().verify(seen(OLD, well=True)),
    "monitoring, checked": lambda: monitoring().wait(minutes=1).check(),
    "monitoring, not looked at for hours": lambda: monitoring().wait(hours=3).check(),
    "monitoring, seen nothing": lambda: monitoring().wait(minutes=30).check(blind()),
    "monitoring, over": lambda: monitoring().wait(hours=25).check(),
    "monitoring, it came back": lambda: monitoring().wait(minutes=10).check(seen(GOOD), seen(GOOD)),
    "analysed": lambda: monitoring().analyse(),
    "analysed with evidence": analysed,
    "documented": documented,
    "reported": reported,
    "closed": closed,
    "stood down": stood_down,
}
"""Every circumstance worth a name; each phase is among them (test_space.py insists)."""


def watched_well(core: Core) -> Core:
    """A look of the watch, logs included, that sees everything well."""
    slot, facts = Slot(watch=Watch.LOGS, number=30), Facts(health="up", checks_passed=("checkout",), logs_known=True)
    sight = Sight(facts=facts, answers=True)
    checked = e.MonitoringChecked(slots=(slot,), looked_at=core.now, verdict="ok", logs_until=core.now, first=sight)
    core.append([checked], SYSTEM)
    core.do(c.ShowRollback())
    return core
