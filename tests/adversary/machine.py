"""An adversary at the real service: any tool in any order with any argument, and everything that goes wrong meanwhile.

Knows: what can be tried. Must not know: what is allowed; ledger.py judges what reached a host. No test by itself.
Tools come from the catalogue, arguments from the published schemas: a new tool is played without a change here.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import JsonValue

from flightrules.account import account
from flightrules.errors import Refused
from flightrules.ports import Write
from flightrules.service import observing, opening, unlocking
from flightrules.service.approval import in_advance
from flightrules.service.approval import signed as signed_approvals
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call
from flightrules.service.unlocking import Stuck
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import running_budgets
from flightrules.state.signing.statements import ApprovedInAdvance
from flightrules.state.vocabulary import Path as Way
from flightrules.state.vocabulary import Phase, Severity
from tests.adversary.arguments import Maker
from tests.adversary.ledger import Advance
from tests.adversary.stage import PEOPLE, Died, Face, Stage
from tests.service.house import RELEASES

MOODS = ("yes", "yes", "yes", "no", "declined", "cancelled", "late", "replanned", "moved")
SEEDS = st.integers(0, 2**32 - 1)
SERVERS = st.sampled_from([0, 1])
SPANS = (1, 20, 60, 290, 301, 599, 601, 1800, 14_400, 90_000, -30, -600, -86_400)
NEXT: dict[Phase, str] = {
    Phase.DETECTED: "assess",
    Phase.ASSESSED: "classify",
    Phase.CLASSIFIED: "decide",
    Phase.INVESTIGATING: "decide",
    Phase.DECIDED: "rollback",
    Phase.ROLLING_BACK: "rollback",
    Phase.FIXING: "fix",
    Phase.VERIFYING: "verify",
    Phase.MONITORING: "write_report",
    Phase.ANALYSED: "write_report",
    Phase.DOCUMENTED: "report_to_planner",
}
"""Call that brings an incident further from each phase, so that late phases are played as often as the first."""


class PromiseBroken(AssertionError):
    """Failure of something that must always hold."""


class Adversary(RuleBasedStateMachine):
    """One run. Every rule counts as one step."""

    steps: ClassVar[int] = 0
    kinds: ClassVar[dict[str, int]] = {}
    tools: ClassVar[dict[str, int]] = {}
    arrived: ClassVar[int] = 0
    make_stage: ClassVar[Callable[[Path, random.Random, Sequence[Face]], Stage]] = Stage
    runner: ClassVar[asyncio.Runner]
    faces: ClassVar[tuple[Face, Face]]

    @classmethod
    @contextmanager
    def playing(cls) -> Iterator[None]:
        """One event loop and two faces for all runs."""
        with asyncio.Runner() as cls.runner:
            cls.faces = (Face(), Face())
            yield
            for face in cls.faces:
                cls.runner.run(face.close())

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="adversary-")
        self.schemas: dict[str, Any] = {}
        self.used: dict[tuple[str, str, datetime], int] = {}
        self.latest = datetime.min.replace(tzinfo=UTC)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        return self.runner.run(work)

    @initialize(policy=st.integers(0, 6), seed=SEEDS)
    def begin(self, policy: int, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - not for secrets
        self.stage = type(self).make_stage(Path(self.folder.name), self.rng, self.faces)
        self.ledger = self.stage.ledger
        self.run(self._begin(policy))

    async def _begin(self, policy: int) -> None:
        await self.stage.open(policy)
        client = self.faces[0].client
        assert client is not None
        self.schemas = {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.run(self._end())
        self.folder.cleanup()

    async def _end(self) -> None:
        await self.stage.close()
        for stream, head in self.ledger.heads.items():
            records = await self.stage.store.load(stream)
            assert records[-1] == head
        for kind, count in self.ledger.seen.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + count
        type(self).arrived += self.ledger.arrived

    # -- what helps to try ---------------------------------------------------------------------------------------------

    def maker(self, seed: int) -> Maker:
        rng = random.Random(seed)  # noqa: S311 - not for secrets
        # The clock and everything else that is drawn within a step comes from the step's own seed.
        self.stage.rng = self.rng = rng
        incident_list = [*list(self.stage.known_incidents())[-4:], "INC-999999"]
        return Maker(rng, {"incident": incident_list, "target": [*self.stage.targets, "nowhere"]})

    def some_incident(self) -> str:
        known = list(self.stage.known_incidents())[-4:]
        return self.rng.choice(known) if known else "INC-000000"

    def waiting(self) -> str:
        """An incident whose plan waits for approval, mostly; else any."""
        planned = [name for name in self.stage.known_incidents() if self.stage.plan_of(name)]
        return self.rng.choice(planned) if planned and self.rng.random() < 0.9 else self.some_incident()

    async def told(self, index: int, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        """Call a tool as the agent; None where the server died over it."""
        self.tools[tool] = self.tools.get(tool, 0) + 1
        if tool == "rollback":
            self.ledger.requesters.setdefault(str(arguments.get("incident")), set()).add(account())
        try:
            result = await self.stage.called(index, tool, arguments)
        except Died:
            return None
        answer: dict[str, Any] | None = result.structured_content
        if answer is None or "Traceback" in str(result.content):
            self.ledger.wrong(f"`{tool}` with {arguments} is answered by {str(result.content)[:300]}")
            return None
        return answer

    async def person(self, work: Callable[[IncidentService], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do what a person does at a terminal; a refusal is an answer.

        Now and then the terminal is closed in the middle of it.
        """
        effects = self.rng.randrange(8) if self.rng.random() < 0.05 else None
        return await self.stage.at_terminal(work, effects=effects)

    # -- what an agent tries -------------------------------------------------------------------------------------------

    @rule(index=SERVERS, seed=SEEDS, mood=st.sampled_from(MOODS))
    def agent_calls_anything(self, index: int, seed: int, mood: str) -> None:
        maker = self.maker(seed)
        self.stage.mood = mood
        tool = maker.rng.choice(list(self.schemas))
        self.run(self.told(index, tool, maker.valid(self.schemas[tool])))

    @rule(index=SERVERS, seed=SEEDS, mood=st.sampled_from(MOODS), many=st.integers(1, 8))
    def agent_goes_on(self, index: int, seed: int, mood: str, many: int) -> None:
        maker = self.maker(seed)
        self.stage.mood = mood
        self.run(self._goes_on(index, maker, many))

    @rule(seed=SEEDS)
    def agent_goes_all_the_way_to_a_plan(self, seed: int) -> None:
        maker = self.maker(seed)
        self.stage.mood = "cancelled"
        self.run(self._goes_on(maker.rng.randrange(2), maker, 5, stop=Phase.ROLLING_BACK))

    async def _goes_on(self, index: int, maker: Maker, many: int, stop: Phase = Phase.CLOSED) -> None:
        """Take the newest or some incident further, the way the protocol goes."""
        incident = self.some_incident() if maker.rng.random() < 0.8 else ""
        if incident not in self.ledger.incidents or self.ledger.incidents[incident].phase is Phase.CLOSED:
            opened = await self.told(
                index, "open_incident", {"target": maker.rng.choice(self.stage.targets), "title": "x"}
            )
            incident = (opened or {}).get("incident", "")
        for _ in range(many):
            found = self.ledger.incidents.get(incident)
            if found is None or found.phase is stop or found.phase not in NEXT:
                return
            tool = NEXT[found.phase]
            given = maker.valid(self.schemas[tool], optional=0.2)
            given.pop("key", None)
            if tool == "classify" and maker.rng.random() < 0.5:
                given["impacts"] = ["complete_outage"]
            await self.told(index, tool, given | {"incident": incident})
            if self.ledger.incidents[incident].phase is Phase.DECIDED and tool == "rollback":
                return

    @rule(index=SERVERS, seed=SEEDS)
    def what_an_answer_names_as_legal_is_legal(self, index: int, seed: int) -> None:
        maker = self.maker(seed)
        self.stage.mood = "cancelled"
        self.run(self._legal(index, maker))

    async def _legal(self, index: int, maker: Maker) -> None:
        incident = self.some_incident()
        before = self.ledger.incidents.get(incident)
        if before is None or before.phase is Phase.ROLLING_BACK:
            return
        answer = await self.told(index, "incident_status", {"incident": incident})
        calls = [step["call"] for step in (answer or {}).get("next", ()) if step["call"] in self.schemas]
        if answer is None or not calls:
            return
        tool = maker.rng.choice(calls)
        given = maker.valid(self.schemas[tool], optional=0.2) | {"incident": incident}
        given.pop("key", None)
        again = await self.told(index, tool, given)
        if again is not None and tool != "fix" and (again.get("problem") or {}).get("code") == "out_of_order":
            self.ledger.wrong(f"`{tool}` was named as legal in phase {answer['phase']} and refused: {again['says']}")

    @rule(seed=SEEDS, mood=st.sampled_from(MOODS), many=st.integers(2, 5))
    def everybody_calls_at_once(self, seed: int, mood: str, many: int) -> None:
        maker = self.maker(seed)
        self.stage.mood = mood
        incident = self.some_incident()
        calls = []
        for number in range(many):
            same = maker.rng.random() < 0.6
            tool = "rollback" if maker.rng.random() < 0.6 else maker.rng.choice(list(self.schemas))
            given = maker.valid(self.schemas[tool])
            if same and "incident" in given:
                given["incident"] = incident
            calls.append((number % 2, tool, given))
        self.run(self._at_once(calls))

    async def _at_once(self, calls: list[tuple[int, str, dict[str, Any]]]) -> None:
        await asyncio.gather(*(self.told(*call) for call in calls))

    @rule(
        seed=SEEDS,
        then=st.sampled_from(
            ["", "", "", "deployed", "late", "set back", "settings", "rejected", "asked", "dies", "lies"]
        ),
        start=st.integers(0, 12),
    )
    def a_plan_is_approved_and_then_something_happens(self, seed: int, then: str, start: int) -> None:
        maker = self.maker(seed)
        self.stage.mood = "cancelled"
        self.run(self._approved_and_then(maker, then, start))

    async def _approved_and_then(self, maker: Maker, then: str, start: int) -> None:
        stage, rng = self.stage, maker.rng
        await self._goes_on(rng.randrange(2), maker, 5, stop=Phase.ROLLING_BACK)
        waiting = self.waiting()
        plan = stage.plan_of(waiting)
        if plan is None:
            return
        await self._approved_rightly(waiting)
        if then == "deployed":
            stage.deploy(plan.target, plan.hosts[-1].host, rng.choice(RELEASES[:-1]))
            stage.clock.advance(60)
        elif then in {"late", "set back"}:
            stage.clock.advance(601 if then == "late" else -86_400)
        elif then == "settings":
            stage.configured(rng.randrange(7))
            await self._both_restarted()
            stage.clock.advance(60)
        elif then == "rejected":
            await self.person(lambda incidents: self.verb(incidents, "reject", waiting))
        elif then == "asked":
            await self.told(0, "classify", {"incident": waiting, "impacts": ["data_loss"]})
        elif then == "dies":
            stage.servers[0].life.left = start
        await self.told(0, "rollback", {"incident": waiting})
        if then == "dies":
            # Whoever takes it up does so an hour later, over whatever was deployed since.
            stage.clock.advance(rng.choice([60, 3600]))
            if rng.random() < 0.5:
                stage.deploy(plan.target, plan.hosts[0].host, RELEASES[0])
                stage.clock.advance(60)
            await stage.restart(0)
            await self.told(1, "rollback", {"incident": waiting})

    async def _approved_rightly(self, incident: str) -> None:
        """As many people approve as policy wants, through what counts."""
        policy = self.stage.settings.approval
        found = self.ledger.incidents[incident]
        channels = policy.channels.of(found.severity or Severity.P1)
        for who in ("ada", "bob")[: policy.approvers]:
            if "cli" in channels:
                await self._typed(incident, who, "right")
            else:
                await self._signed(incident, who, "right")

    # -- what people do, and what others do in their name --------------------------------------------------------------

    @rule(seed=SEEDS, who=st.sampled_from([account(), "ada", "bob"]), kind=st.sampled_from(["right", "right", "wrong"]))
    def somebody_types_a_digest(self, seed: int, who: str, kind: str) -> None:
        self.maker(seed)
        self.run(self._typed(self.waiting(), who, kind))

    async def _typed(self, incident: str, who: str, kind: str) -> None:
        plan = self.stage.plan_of(incident)
        digest = plan.short if plan else "00000000"
        if kind == "wrong":
            digest = self.rng.choice([*self.stage.digests, "yes", digest[:7]])
        elif plan is not None:
            self.stage.digests.append(digest)
        if plan is not None and digest == plan.short:
            self.stage.granted(who, "cli", plan)
        call = self.stage.call_of("approve", incident, who, digest=digest, acknowledged=True)

        async def typed(incidents: IncidentService) -> None:
            await typed_approvals.approve(incidents, call, approver=who, digest=digest, acknowledged=True)

        await self.person(typed)

    @rule(
        seed=SEEDS,
        who=st.sampled_from(["ada", "bob"]),
        kind=st.sampled_from(
            ["right", "right", "untouched", "mallory", "forged", "ahead", "replayed", "twice", "long"]
        ),
    )
    def somebody_hands_in_a_signature(self, seed: int, who: str, kind: str) -> None:
        self.maker(seed)
        self.run(self._signed(self.waiting(), who, kind))

    async def _signed(self, incident: str, who: str, kind: str) -> None:
        stage = self.stage
        statement = await stage.statement(incident, who, acknowledged=True)
        if kind == "replayed" or statement is None:
            if not stage.signed:
                return
            message, signature = self.rng.choice(stage.signed)
            await self._handed_in(incident, message, signature)
            return
        if kind == "ahead":
            shift = timedelta(minutes=9)
            statement = statement.model_copy(update={"at": statement.at + shift, "until": statement.until + shift})
        if kind == "long":
            statement = statement.model_copy(update={"until": statement.until + timedelta(hours=8)})
        message = statement.message
        flags = 0 if kind == "untouched" else 1
        signer = "mallory" if kind == "mallory" else who
        signature = stage.forged(message) if kind == "forged" else stage.sign(signer, message, flags=flags)
        plan = stage.plan_of(incident)
        if plan is not None and plan.id == statement.plan and kind in {"right", "untouched", "ahead", "twice"}:
            stage.granted(who, "signed", plan, until=statement.until, touched=bool(flags))
        for _ in range(2 if kind == "twice" else 1):
            await self._handed_in(incident, message, signature)

    async def _handed_in(self, incident: str, message: str, signature: str) -> None:
        call = self.stage.call_of("approve", incident, "deploy", message=message, signature=signature)
        await self.person(
            lambda incidents: signed_approvals.approve(incidents, call, message=message, signature=signature)
        )

    @rule(
        seed=SEEDS,
        kind=st.sampled_from(["right", "right", "forged", "mallory", "replayed"]),
        severity=st.sampled_from([Severity.P1, Severity.P1, Severity.P2]),
        uses=st.integers(1, 2),
    )
    def somebody_approves_in_advance(self, seed: int, kind: str, severity: Severity, uses: int) -> None:
        self.maker(seed)
        stage = self.stage
        at = stage.clock.now().replace(microsecond=0)
        terms = ApprovedInAdvance(
            approver="ada@example.org",
            at=at,
            until=at + timedelta(hours=self.rng.choice([1, 24])),
            id=f"STND-{self.rng.randrange(10**9)}",
            target=self.rng.choice(stage.targets),
            severity=severity,
            uses=uses,
        )
        message = terms.message
        if kind == "replayed" and stage.signed:
            message, signature = self.rng.choice(stage.signed)
        elif kind == "forged":
            signature = stage.forged(message)
        else:
            signature = stage.sign("mallory" if kind == "mallory" else "ada", message)
            if kind != "mallory":
                self.ledger.advances[terms.id] = Advance(
                    id=terms.id, who="ada", target=terms.target, severity=severity, until=terms.until, uses=uses
                )
        call = stage.call_of("approve", "", "deploy")
        self.run(self.person(lambda incidents: in_advance.grant(incidents, call, message=message, signature=signature)))

    @rule(seed=SEEDS, name=st.sampled_from(["shop", "shed"]))
    def somebody_takes_it_back(self, seed: int, name: str) -> None:
        self.maker(seed)
        if self.ledger.advances:
            standing = self.rng.choice(list(self.ledger.advances))
            call = self.stage.call_of("revoke", "", "bob")
            answer = self.run(
                self.person(lambda incidents: in_advance.revoke(incidents, call, name, standing, "no more"))
            )
            if answer is not None and answer.ok:
                self.ledger.advances[standing].revoked = True

    @rule(seed=SEEDS, verb=st.sampled_from(["reject", "decide", "classify", "accept", "close", "unlock", "observe"]))
    def a_person_does_something_else(self, seed: int, verb: str) -> None:
        self.maker(seed)
        incident = self.some_incident()
        self.run(self.person(lambda incidents: self.verb(incidents, verb, incident)))

    async def verb(self, incidents: IncidentService, verb: str, incident: str) -> None:
        """One verb of the command line; each of these is a person's."""
        stage = self.stage

        def call(**given: JsonValue) -> Call:
            return stage.call_of(verb, incident, "bob", **given)

        if verb == "reject":
            await typed_approvals.reject(incidents, call(reason="no"), approver="bob", reason="no")
        elif verb == "decide":
            way = self.rng.choice([Way.ROLLBACK, Way.ROLLBACK, Way.FIX, Way.INVESTIGATE])
            release = self.rng.choice([None, None, RELEASES[1], "f" * 40]) if way is Way.ROLLBACK else None
            command = c.DecideByPerson(path=way, reason="I say so", release=release)
            given = call(path=way.value, to=release, reason="I say so")
            answer = await opening.decide(incidents, given, command)
            if answer.ok and way is not Way.ROLLBACK:
                self.ledger.held_back.add(incident)
        elif verb == "classify":
            severity = self.rng.choice(list(Severity))
            given = call(severity=severity.value, reason="I know")
            classified = await opening.classify(incidents, given, c.Classify(severity=severity, reason="I know"))
            self.ledger.person_said(incident, severity, taken=classified.ok)
        elif verb == "accept":
            await observing.accept(incidents, call(reason="I looked"), c.AcceptByPerson(reason="I looked"))
        elif verb == "close":
            reason = self.rng.choice(["", "", "false alarm"])
            await opening.close(incidents, call(reason=reason), c.Close(reason=reason))
        elif verb == "observe":
            await observing.observe(incidents, self.rng.choice(stage.targets), call())
        elif operations := [
            (world.target.name, name, operation)
            for world in stage.worlds.values()
            for name, host in world.hosts.items()
            for operation in host.operations
        ]:
            target, host, operation = self.rng.choice(operations)
            self.ledger.unlocked.add(operation)
            stuck = Stuck(target=target, host=host, operation=operation, reason="stuck")
            await unlocking.break_lock(incidents, incidents.invocation(call()), stuck)

    # -- what goes wrong -----------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from(SPANS))
    def the_clock_jumps(self, seconds: int) -> None:
        self.stage.clock.advance(seconds)

    @rule(seed=SEEDS)
    def somebody_deploys(self, seed: int) -> None:
        self.maker(seed)
        name = self.rng.choice(self.stage.targets)
        for host in self.rng.choice([list(self.stage.worlds[name].hosts), list(self.stage.worlds[name].hosts)[:1]]):
            self.stage.deploy(name, host, self.rng.choice([RELEASES[-1], RELEASES[-1], RELEASES[0], RELEASES[-2]]))

    @rule(seed=SEEDS, wrong=st.sampled_from(["away", "lost", "slow", "fails", "crashes", "disk", "well"]))
    def something_breaks_or_is_mended(self, seed: int, wrong: str) -> None:
        self.maker(seed)
        world = self.stage.worlds[self.rng.choice(self.stage.targets)]
        host = world.hosts[self.rng.choice(list(world.hosts))]
        if wrong == "well":
            for each in self.stage.worlds.values():
                each.fail_steps, each.crash_at, each.looks_to_finish, each.lose_launch_answers = {}, "", 0, 0
                for one in each.hosts.values():
                    one.unreachable = ""
                    for held in one.operations.values():
                        held.looks_left = 0
            self.stage.documents.failing = ""
        elif wrong == "away":
            host.unreachable = "" if host.unreachable else "no route to host"
        elif wrong == "lost":
            world.lose_launch_answers = 2
        elif wrong == "slow":
            world.looks_to_finish = self.rng.choice([3, 60])
        elif wrong == "fails":
            world.fail_steps = {self.rng.choice(["checkout", "up"]): 1}
        elif wrong == "crashes":
            world.crash_at = self.rng.choice(["checkout", "up"])
        else:
            self.stage.documents.failing = "the disk is full."

    @rule(index=SERVERS, effects=st.integers(0, 40))
    def a_server_will_die(self, index: int, effects: int) -> None:
        """In the middle of whatever comes next, between two effects."""
        self.stage.servers[index].life.left = effects

    @rule(index=SERVERS)
    def a_server_dies_at_once(self, index: int) -> None:
        self.run(self.stage.restart(index))

    @rule(policy=st.integers(0, 6))
    def the_settings_change(self, policy: int) -> None:
        self.stage.configured(policy)
        self.run(self._both_restarted())

    async def _both_restarted(self) -> None:
        for index in (0, 1):
            await self.stage.restart(index)

    @rule(seed=SEEDS, kind=st.sampled_from(["signed", "standing", "terms"]))
    def somebody_writes_an_approval_into_the_log(self, seed: int, kind: str) -> None:
        """Into the database itself, with a good hash and no signature that holds."""
        self.maker(seed)
        self.run(self._forge(self.waiting(), kind))

    async def _forge(self, incident: str, kind: str) -> None:
        stage = self.stage
        plan, now = stage.plan_of(incident), stage.clock.now()
        alone = "signed" in stage.settings.approval.channels.P1 and len(stage.settings.approval.channels.P1) == 1
        if plan is None or not alone or self.ledger.incidents[incident].phase is not Phase.DECIDED:
            return
        statement = await stage.statement(incident, "ada", acknowledged=True)
        if statement is None:
            return
        terms = ApprovedInAdvance(
            approver="ada@example.org", at=now, until=now + timedelta(hours=9), id="STND-forged",
            target=plan.target, severity=Severity.P1, uses=9,
        )  # fmt: skip
        message = statement.message if kind == "signed" else terms.message
        signed = {
            "message": message,
            "signature": stage.forged(message),
            "principal": "ada@example.org",
            "fingerprint": PEOPLE["ada"].public.fingerprint,
            "kind": PEOPLE["ada"].kind,
            "touched": True,
        }
        granted = {
            "id": f"APPR-{self.rng.randrange(10**9)}",
            "plan": plan.id,
            "intent": plan.intent,
            "review": plan.review,
            "approver": "ada@example.org",
            "channel": "standing" if kind == "standing" else "signed",
            "until": statement.until,
            "acknowledged": True,
            "signed": signed,
            "standing": "STND-forged" if kind == "standing" else "",
        }
        event: e.Event = e.ApprovalGranted.model_validate(granted)
        stream = incident
        if kind == "terms":
            event, stream = (
                e.StandingGranted.model_validate({"terms": terms, "signed": signed}),
                f"target:{plan.target}",
            )
        draft = event.draft(at=now, actor=stage.call_of("approve", incident, "ada").actor, call="")
        self.ledger.note(await stage.store.append(Write(stream, None, [draft])))

    # -- what must hold always -----------------------------------------------------------------------------------------

    @invariant()
    def nothing_was_broken(self) -> None:
        if not hasattr(self, "stage"):
            return
        type(self).steps += 1
        self._budgets_only_run_down()
        if type(self).steps % 4 == 0:
            self.run(self._live_state_is_the_folded_log())
        if self.ledger.violations:
            raise PromiseBroken("; ".join(self.ledger.violations))

    def _budgets_only_run_down(self) -> None:
        now = self.stage.clock.now()
        if now < self.latest:
            self.used = {}  # the clock was set back: that is all a budget can know
        self.latest = now
        for name, incident in list(self.ledger.incidents.items())[-4:]:
            policy = self.ledger.policies[incident.target]
            for budget in running_budgets(incident, policy, now):
                key = (name, budget.name, budget.started_at)
                used = budget.limit_s - budget.left_s
                if used < self.used.get(key, used):
                    self.ledger.wrong(f"{name}: {budget.name} grew")
                self.used[key] = used

    async def _live_state_is_the_folded_log(self) -> None:
        incident = self.some_incident()
        for server in self.stage.servers:
            if server.life.dead.is_set() or server.life.left is not None:
                continue
            with suppress(Refused):
                live = await server.incidents.incident(incident)
                if live != self.ledger.incidents.get(incident):
                    self.ledger.wrong(f"{incident} is not what its log says")
