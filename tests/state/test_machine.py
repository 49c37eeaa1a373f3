"""Any order of commands, from anybody, at any time: what must hold always, holds.

TESTS_PROFILE=long runs many more and longer orders.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import Budget, running_budgets
from flightrules.state.fold import fold, step
from flightrules.state.incident import Incident
from flightrules.state.log import Actor, broken
from flightrules.state.operation import Survey
from flightrules.state.phases import TRANSITIONS
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.rules.executing import movable
from flightrules.state.status import status_of
from flightrules.state.vocabulary import Impact, Path, Phase, Severity
from tests.state.core import AGENT, BAD, CHECKED, GOOD, OLD, PERSON, SHOP, SYSTEM, TWO, Core, blind, seen
from tests.state.samples import samples

ACTORS = st.sampled_from([AGENT, PERSON, SYSTEM])
EDGES = {(old, new) for (old, _), new in TRANSITIONS.items()}


class Incidents(RuleBasedStateMachine):
    """One incident, worked on by everybody at once."""

    @initialize(two=st.booleans())
    def open(self, *, two: bool) -> None:
        self.core = Core(TWO if two else SHOP)
        self.granted: dict[str, tuple[e.ApprovalGranted, datetime]] = {}
        self.spent: set[str] = set()
        self.elapsed: dict[tuple[str, datetime], int] = {}

    def attempt(self, command: c.Command, actor: Actor = AGENT) -> bool:
        """Judge and take over what happened, event by event; a refusal changes nothing."""
        before = self.core.incident
        try:
            events = self.core.judge(command, actor)
        except Refused:
            assert self.core.incident is before
            return False
        self._watch(before, events, actor)
        self.core.append(events, actor)
        return True

    def _watch(self, before: Incident, events: list[e.Event], actor: Actor) -> None:
        incident: Incident | None = before
        for event in events:
            here = incident
            incident = step(here, event, at=self.core.now, version=before.version + 1)
            assert here is not None
            assert incident is not None
            assert incident.phase is here.phase or (here.phase, incident.phase) in EDGES
            if isinstance(event, e.ApprovalGranted):
                assert actor.kind == "person"
                self.granted[event.id] = (event, self.core.now)
            if isinstance(event, e.RollbackStarted):
                self._started(here, event)

    def _started(self, before: Incident, event: e.RollbackStarted) -> None:
        """No rollback without an approval that is for it, unused and not expired."""
        approval, _ = self.granted[event.approval]
        plan = before.plan
        assert plan is not None
        assert event.approval not in self.spent
        assert (approval.plan, approval.intent, approval.review) == (event.plan, plan.intent, plan.review)
        assert self.core.now < approval.until
        self.spent.add(event.approval)

    # -- what anybody may try -----------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 30, 60, 240, 299, 300, 600, 900, 1800, 3600, 14400, 86400]))
    def time_passes(self, seconds: int) -> None:
        self.core.wait(seconds=seconds)

    @rule(data=st.data(), actor=ACTORS)
    def anything(self, data: st.DataObject, actor: Actor) -> None:
        offered = list(samples(self.core))
        self.attempt(offered[data.draw(st.integers(0, len(offered) - 1))], actor)

    @rule(release=st.sampled_from([BAD, GOOD, OLD]), well=st.booleans(), seen_at_all=st.booleans())
    def assess(self, release: str, *, well: bool, seen_at_all: bool) -> None:
        found = seen(release, well=well, hosts=len(self.core.target.hosts))
        self.attempt(c.RecordAssessment(findings=found if seen_at_all else blind(found)))

    @rule(severity=st.none() | st.sampled_from(Severity), impact=st.none() | st.sampled_from(Impact), actor=ACTORS)
    def classify(self, severity: Severity | None, impact: Impact | None, actor: Actor) -> None:
        floor, bar = self.core.incident.floor, self.core.incident.bar
        impacts = (impact,) if impact else ()
        if self.attempt(c.Classify(severity=severity, impacts=impacts, reason="because"), actor):
            now = self.core.incident
            assert now.floor is not None
            assert now.bar is not None
            assert now.severity is not None
            assert floor is None or now.floor.rank <= floor.rank
            assert now.severity.rank <= now.bar.rank
            assert actor.kind == "person" or bar is None or now.bar.rank <= bar.rank

    @rule(path=st.sampled_from([Path.ROLLBACK, Path.FIX, Path.INVESTIGATE]), release=st.sampled_from([None, GOOD, OLD]))
    def a_person_decides(self, path: Path, release: str | None) -> None:
        command = c.DecideByPerson.model_validate({"path": path, "reason": "I say so", "release": release})
        self.attempt(command, PERSON)

    @rule()
    def the_tree_decides(self) -> None:
        self.attempt(c.Decide())

    @precondition(lambda self: self.core.incident.phase is Phase.DECIDED)
    @rule(moved=st.booleans())
    def roll_back(self, *, moved: bool) -> None:
        """The way a rollback takes; with a world that moved it must stop at the last moment."""
        core = self.core
        self.attempt(c.ProposePlan(plan_id=f"PLAN-{len(core.records)}", surveys=core.surveys()))
        self.attempt(core.approval(acknowledged=True), PERSON)
        surveys: tuple[Survey, ...] = core.surveys(**({"head": OLD} if moved else {}))
        started = self.attempt(c.StartRollback(surveys=surveys))
        assert not (started and moved and core.incident.phase is Phase.ROLLING_BACK)

    @precondition(lambda self: self.core.incident.phase is Phase.ROLLING_BACK)
    @rule(status=st.sampled_from([0, 0, 0, 1]))
    def a_host_ends(self, status: int) -> None:
        core = self.core
        operation, *_ = movable(core.incident)
        host = dict(core.incident.operations)[operation]
        self.attempt(c.Launch(operation=operation, survey=core.unmoved(operation)), SYSTEM)
        if core.incident.phase is not Phase.ROLLING_BACK:
            assert core.incident.approved_until is not None
            assert core.now >= core.incident.approved_until
            return
        core.look(operation, exit_status=status)
        proof = c.RecordProof(operation=operation, running=core.running(host), health=core.health(), settled=True)
        assert self.attempt(proof, SYSTEM)

    @rule(release=st.sampled_from([BAD, GOOD, OLD]), well=st.booleans())
    def verify(self, release: str, *, well: bool) -> None:
        self.attempt(c.RecordVerification(findings=seen(release, well=well, hosts=len(self.core.target.hosts))))

    @rule(end=st.sampled_from(["begin", "deployed", "failed"]))
    def fix(self, end: str) -> None:
        if end == "begin":
            self.attempt(c.BeginFix(says="null check"))
        else:
            self.attempt(c.EndFix.model_validate({"outcome": end, "reference": "#7", "checks": CHECKED}))

    @rule()
    def write_and_hand_over(self) -> None:
        given = e.ReportInput()
        self.attempt(c.PrepareReport(given=given))
        self.attempt(c.RecordReport(path="r.md", sha256="0", given=given))
        brief = e.PlannerBrief(technical_debt=("no canary",))
        self.attempt(c.RecordPlannerBrief(brief=brief, sinks=("folder",)))

    @rule()
    def tick(self) -> None:
        self.attempt(c.Tick(), SYSTEM)

    # -- what must hold always -----------------------------------------------------------------------------------------

    @invariant()
    def the_log_gives_the_state(self) -> None:
        assert fold(self.core.records) == self.core.incident

    @invariant()
    def the_chain_holds(self) -> None:
        assert broken(self.core.records) is None

    @invariant()
    def budgets_only_run_down(self) -> None:
        """Whatever its limit, what a clock has used of it only grows; spent means none is left."""
        running: tuple[Budget, ...] = running_budgets(self.core.incident, self.core.policy, self.core.now)
        for budget in running:
            used = budget.limit_s - budget.left_s
            clock = (budget.name, budget.started_at)
            assert used >= self.elapsed.get(clock, 0)
            assert budget.spent is (budget.left_s <= 0)
            self.elapsed[clock] = used

    @invariant()
    def a_rollback_runs_on_a_spent_approval(self) -> None:
        incident = self.core.incident
        assert incident.approvals_spent == self.spent
        if incident.phase is Phase.ROLLING_BACK:
            assert incident.rollback_plan is not None
            assert movable(incident)

    @invariant()
    def somebody_can_go_on(self) -> None:
        incident = self.core.incident
        told = status_of(incident, self.core.policy, self.core.now)
        assert told.next or incident.phase is Phase.CLOSED
        assert incident.approval is None or incident.plan is not None

    @invariant()
    def what_was_left_behind_is_no_candidate(self) -> None:
        incident = self.core.incident
        candidates = candidates_of(incident, self.core.context(AGENT))
        assert not incident.left_behind & {good.release for good in candidates}
        if incident.decided_by == "rules" and incident.chosen is not None:
            assert incident.path is Path.ROLLBACK
            assert incident.chosen.ground != "named_by_person"


def _settings() -> settings:
    long = os.environ.get("TESTS_PROFILE") == "long"
    many: dict[str, Any] = {"max_examples": 600, "stateful_step_count": 80} if long else {"max_examples": 15}
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(deadline=None, suppress_health_check=quiet, **many)


TestIncidents = Incidents.TestCase
TestIncidents.settings = _settings()
