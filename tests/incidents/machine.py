"""A whole server, its world, everybody around it and their mailboxes, under any failures, in any order, at any time.

Hypothesis chooses what happens; `oracle.py`, which knows nothing of the product, says what may be read.
`python -m tests.incidents.machine STEPS SEED` plays it for longer: `make messages`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from flightrules.ports import OutboundMessage, Receipt
from flightrules.service.messages.delivering import Courier
from flightrules.state.evidence import Finding
from flightrules.testing.agents import UserAnswer
from flightrules.testing.drill import Drill
from flightrules.testing.sender import ScriptedSender
from tests.incidents.oracle import NEGATIVE, Level, Model, solved_too_early, untrue

AUDIENCES = ("internal", "escalation", "external", "approvers")
WHOLE = [f"{name}/2" for name in AUDIENCES]
"""Destinations that never fail."""
FAULTY = [f"{name}/1" for name in AUDIENCES]
PAGE = "Nobody has taken this"
IMPACTS = ("complete_outage", "data_loss", "security_breach", "major_feature_broken", "minor_feature_broken")
CHECKS = [
    {"item": item, "evidence": "seen"}
    for item in ("root_cause", "side_effects", "tested_locally", "tests_passing", "documented")
]
TIMES = st.sampled_from([0, 1, 20, 59, 61, 301, 901, 1801, 3600, 7200, 90_000, -1, -45, -900, -7200])


class Died(BaseException):
    """The process dies while it sends."""


class Faulty(ScriptedSender):
    """A destination that fails in every way there is, and tells the machine what is read there."""

    def __init__(self, name: str, machine: Messages) -> None:
        super().__init__()
        self.name = name
        self.machine = machine
        self.next: list[str] = []
        self.refused: set[str] = set()
        """Ids of messages that it does not want, however often they come."""

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Take a parcel, or fail in the way that comes next."""
        how = self.next.pop(0) if self.next else "arrives"
        if how in ("arrives", "arrives unheard", "dies after"):
            await super().send(outbound)
            self.machine.read(self.name, outbound)
        if how.startswith("dies"):
            raise Died
        if how == "is refused":
            self.refused.add(outbound.id)
            return Receipt(arrived=False, why="HTTP 400", again=False)
        wait = 600 if how == "asks to wait" else 0
        return Receipt(arrived=how == "arrives", why="" if how == "arrives" else "HTTP 503", wait_s=wait)


WAYS = ["fails", "fails", "asks to wait", "is refused", "arrives unheard", "dies", "dies after"]


class Messages(RuleBasedStateMachine):
    """One service, incident after incident."""

    steps: ClassVar[int] = 0
    letters: ClassVar[int] = 0
    seed: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.models: dict[str, Model] = {}
        self.open = ""
        self.wrong: list[str] = []
        self.arrived: dict[str, list[tuple[datetime, OutboundMessage]]] = {name: [] for name in (*WHOLE, *FAULTY)}
        self.back = dict.fromkeys(self.arrived, 0)
        """Number of messages that each had when the clock last went back: a second may come twice."""
        self.acted = 0
        """The version of the log when a person last did something."""

    # -- the stage ----------------------------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        """Open the doors."""
        self.drill = self.stack.enter_context(Drill())
        self.boxes = {name: Faulty(name, self) for name in self.arrived}
        for name, box in self.boxes.items():
            self.drill.send_to(name, box)
        self.good, self.bad = self.drill.production.releases[-2:]
        collect = self.drill.production.collect

        async def collected(
            probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
        ) -> tuple[Finding, ...]:
            if not probes or "health" in probes:
                self.here.level = self._level()
                self.here.looked()
            return await collect(probes, since=since, limit_s=limit_s)

        self.drill.production.collect = collected  # type: ignore[method-assign]

    def teardown(self) -> None:
        """Close them, and say what was wrong in what was read last."""
        self.stack.close()
        assert not self.wrong, self.wrong

    @property
    def here(self) -> Model:
        """The incident that is worked on; without one, nothing that is seen is told."""
        return self.models.get(self.open) or Model(level=self._level())

    def _level(self) -> Level:
        world = self.drill.production
        serving = next(iter(world.hosts.values())).serving
        if world.down or serving in world.broken:
            return "down"
        failing = {name for name, release in world.broken_checks if release == serving}
        return "major" if "checkout" in failing else "minor" if failing else "up"

    def read(self, name: str, outbound: OutboundMessage) -> None:
        """Hold against what is so what an audience reads."""
        type(self).letters += 1
        now, model = self.drill.clock.now(), self.models.get(outbound.incident)
        text = f"{outbound.title}\n{outbound.text}"
        if model is not None:
            model.time(now)
        before = self.arrived[name]
        again = [one for one in before if one[1].id == outbound.id]
        if model is not None and name.startswith("external"):
            self.wrong += [f"{name}: {said}: {text}" for said in untrue(model, text)]
        if model is not None and not name.startswith("approvers") and solved_too_early(model, text):
            self.wrong.append(f"{name}: solved too early: {text}")
        if NEGATIVE.search(text):
            self.wrong.append(f"{name}: a span below nothing: {text}")
        older = [one for _, one in before if one.incident == outbound.incident and _version(one) > _version(outbound)]
        if older:
            self.wrong.append(f"{name}: {outbound.title!r} comes after {older[-1].title!r}")
        twice = [
            one
            for at, one in before[self.back[name] :]
            if at == now and one.title == outbound.title and one.text == outbound.text
        ]
        if twice and not again:
            self.wrong.append(f"{name}: told twice in one second: {text}")
        if again and name in WHOLE:
            self.wrong.append(f"{name}: {outbound.id} came again: {text}")
        before.append((now, outbound))

    def does(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Take over what came of a call."""
        model, phase = self.here, answer.get("phase")
        if answer.get("severity"):
            model.severities.append(str(answer["severity"]))
        if phase in ("decided", "assessed", "classified", "investigating"):
            model.work = False
            model.unrestored()
        if phase in ("detected", "decided", "assessed", "classified", "investigating", "fixing", "rolling_back"):
            model.remedied = False
        self.check()
        return answer

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call as the agent does."""
        return self.does(self.drill.call(tool, incident=self.open, **arguments))

    def _version(self) -> int:
        return len(self.drill.server.records(self.open))

    def _pages(self) -> list[OutboundMessage]:
        """Pages of the open incident that nobody has taken."""
        own = [one for _, one in self.arrived["escalation/2"] if one.incident == self.open]
        return [one for one in own if _version(one) > self.acted]

    def check(self) -> None:
        """Say what was wrong as soon as something was."""
        self.here.time(self.drill.clock.now())
        assert not self.wrong, self.wrong

    def person(self, answer: dict[str, Any]) -> dict[str, Any]:
        """A person does something: whoever does takes what was paged before."""
        if answer.get("ok"):
            self.acted = self._version()
        return self.does(answer)

    def passes(self, seconds: float) -> None:
        """Move the clock."""
        if seconds < 0:
            self.back = {name: len(read) for name, read in self.arrived.items()}
        self.drill.clock.advance(seconds)

    def watch(self, seconds: float = 0.0) -> None:
        """Time passes, and the watch makes a round; a process that died begins anew."""
        self.passes(seconds)
        incidents = self.drill.server.app.incidents

        async def once() -> None:
            with suppress(Died):
                await self.drill.server.app.watching.once()
                return
            self.drill.server.app.watching.chores = (Courier(incidents).deliver,)

        self.drill.server.portal.call(once)
        if self.open:
            incident = self.drill.server.portal.call(incidents.incident, self.open)
            self.does({"phase": incident.phase, "severity": incident.severity})

    @invariant()
    def counted(self) -> None:
        """Count the steps."""
        type(self).steps += 1

    # -- the world ----------------------------------------------------------------------------------------------------

    @rule(how=st.sampled_from(["up", "up", "minor", "major", "bad release", "down"]))
    def the_world_changes(self, how: str) -> None:
        """Production breaks, or is well again."""
        world = self.drill.production
        serving = next(iter(world.hosts.values())).serving
        world.down = how == "down"
        world.broken = {serving} if how == "bad release" else set()
        failing = {"minor": {("avatar", serving)}, "major": {("checkout", serving)}}
        world.broken_checks = failing.get(how, set())
        for model in self.models.values():
            model.level = self._level()

    @rule(seconds=TIMES)
    def time_passes(self, seconds: int) -> None:
        """The clock moves, forward or back, and nobody looks."""
        self.passes(seconds)

    @rule(seconds=TIMES)
    def the_watch_looks(self, seconds: int) -> None:
        """The watch makes a round."""
        self.watch(seconds)

    @rule(name=st.sampled_from(FAULTY), ways=st.lists(st.sampled_from(WAYS), min_size=1, max_size=4))
    def a_destination_fails(self, name: str, ways: list[str]) -> None:
        """The next messages there fail so."""
        self.boxes[name].next = ways

    # -- the agent ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.open)
    @rule(tools=st.integers(0, 3))
    def somebody_opens(self, tools: int) -> None:
        """An incident is opened and taken some way."""
        opened = self.drill.call("open_incident", target="shop", title="Checkout answers 500")
        self.open = str(opened["incident"])
        self.models[self.open] = Model(level=self._level())
        for tool in ("assess", "classify", "decide")[:tools]:
            self.call(tool)

    @precondition(lambda self: self.open)
    @rule(joins=st.booleans())
    def it_is_noticed_again(self, *, joins: bool) -> None:
        """Another one of the same target: the first is named; it joins, or is a duplicate."""
        if joins:
            told = self.drill.call("open_incident", target="shop", title="The cart is empty", duplicate_of=self.open)
            assert told["incident"] == self.open, told
            return
        told = self.drill.call("open_incident", target="shop", title="The cart is empty")
        assert self.open in told["says"], told["says"]
        listed = self.drill.call("incident_status")
        names = [one["incident"] for one in listed["result"]["incidents"][:2]]
        assert {self.open, told["incident"]} == set(names), listed["says"]
        self.models[told["incident"]] = Model(level=self._level(), closed="duplicate")
        assert self.drill.person().close(told["incident"], f"duplicate of {self.open}")["ok"]

    @precondition(lambda self: self.open)
    @rule(tool=st.sampled_from(["assess", "classify", "decide", "verify", "verify", "report_to_planner"]))
    def the_agent_calls(self, tool: str) -> None:
        """A call that takes nothing."""
        given = {"technical_debt": ["none"]} if tool == "report_to_planner" else {}
        before = len(self.here.seen)
        answer = self.call(tool, **given)
        if tool == "assess" and answer["ok"] and before < len(self.here.seen):
            level = self.here.seen[-1]
            self.here.failed |= {"down": {"checkout"}, "major": {"checkout"}, "minor": {"avatar"}}.get(level, set())
        if tool == "verify" and (answer.get("result") or {}).get("verdict") == "restored":
            assert self.here.level == "up", "restored while users see it fail"
            self.here.restored(self.drill.clock.now())
        self.check()

    @precondition(lambda self: self.open)
    @rule(impact=st.sampled_from(IMPACTS))
    def an_agent_states_an_impact(self, impact: str) -> None:
        """It may be made worse at any time until closing."""
        known = self.here.severities
        answer = self.call("classify", impacts=[impact], reason="somebody said so")
        assert answer["ok"] or not known, answer["says"]

    @precondition(lambda self: self.open)
    @rule(minutes=st.sampled_from([5, 20, 60]), outside=st.booleans())
    def an_agent_knows_the_cause(self, minutes: int, *, outside: bool) -> None:
        """The tree decides with a cause."""
        mild = {"isolated": True, "fix_safe": True, "rollback_more_disruptive": True}
        self.call("decide", root_cause="x", reason="x", fix_minutes=minutes, outside_release=outside, **mild)

    @precondition(lambda self: self.open)
    @rule(helps=st.booleans(), fails=st.booleans(), person=st.sampled_from(["yes", "no", "cancel"]))
    def it_is_rolled_back(self, *, helps: bool, fails: bool, person: UserAnswer) -> None:
        """The rollback, with whatever the person at the client says."""
        world = self.drill.production
        world.fail_steps = {"up": 1} if fails else {}
        self.drill.agent.user = person
        self.here.work = True  # while the call runs
        answer = self.drill.call("rollback", incident=self.open)
        if helps and answer.get("phase") == "verifying":
            world.down, world.broken, world.broken_checks = False, set(), set()
        for model in self.models.values():
            model.level = self._level()
        if person != "cancel" and self.drill.agent.forms:
            self.acted = self._version()
        self.here.remedied = answer.get("phase") == "verifying"
        self.here.work = answer.get("phase") in ("rolling_back", "fixing")
        self.does(answer)

    @precondition(lambda self: self.open)
    @rule(action=st.sampled_from(["begin", "begin", "deployed", "failed", "abandoned", "by_hand", "none"]))
    def an_agent_fixes(self, action: str) -> None:
        """A fix, or what an agent says was done."""
        given = {"reference": self.good, "checks": CHECKS} if action == "deployed" else {}
        if action == "begin":
            self.here.work = True
        answer = self.drill.call("fix", incident=self.open, action=action, says="as was said", **given)
        if action == "deployed" and answer.get("phase") == "verifying" and answer["ok"]:
            self.here.remedied, self.here.work = True, False
        if action == "begin":
            self.here.work = answer.get("phase") in ("fixing", "rolling_back")
        self.does(answer)

    @precondition(lambda self: self.open)
    @rule(times=st.sampled_from([1, 3]))
    def an_agent_tells_the_team(self, times: int) -> None:
        """The same, several times over."""
        for _ in range(times):
            self.call("post_update", text="Still looking.")

    @precondition(lambda self: self.open)
    @rule()
    def an_agent_writes_for_the_public(self) -> None:
        """Own words: how it was seen last."""
        if self.here.seen:
            self.call("post_update", text=f"As far as we see, it is {self.here.seen[-1]}.", external=True)

    @precondition(lambda self: self.open)
    @rule()
    def an_agent_writes_the_report(self) -> None:
        """The report holds what any assessment saw, the worst severity, and no span below nothing."""
        answer = self.call("write_report", root_cause="x")
        if not answer["ok"]:
            return
        text = next(
            text for name, text in self.drill.server.documents.items() if self.open in name and name.endswith(".md")
        )
        affected = next((line for line in text.split("\n") if line.startswith("- **Services Affected")), "")
        assert all(name in affected for name in self.here.failed), (affected, self.here.failed)
        severity = next(line for line in text.split("\n") if line.startswith("- **Severity"))
        assert not self.here.severities or min(self.here.severities) in severity, (severity, self.here.severities)
        assert not NEGATIVE.search(text), NEGATIVE.findall(text)

    # -- people -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.open)
    @rule(path=st.sampled_from(["rollback", "fix", "investigate"]))
    def a_person_decides(self, path: str) -> None:
        """Against the rules, or with them."""
        self.person(self.drill.person().decide(self.open, path, "I say so"))

    @precondition(lambda self: self.open)
    @rule(severity=st.sampled_from(["P1", "P2", "P3", "P4"]))
    def a_person_classifies(self, severity: str) -> None:
        """Worse or milder."""
        self.person(self.drill.person().classify(self.open, severity, "I say so"))

    @precondition(lambda self: self.open)
    @rule(how=st.sampled_from(["by_hand", "none"]))
    def a_person_says_it_is_mended(self, how: str) -> None:
        """By hand, or by itself."""
        before = self.here.restored_at
        answer = self.drill.person().mitigated(self.open, how, "as was seen")
        if answer["ok"] and before is None:
            self.here.remedied, self.here.work = True, False
        self.person(answer)

    @precondition(lambda self: self.open)
    @rule(minutes=st.sampled_from([30, 240]))
    def a_person_sets_the_pace(self, minutes: int) -> None:
        """For a while."""
        self.person(self.drill.person().pace(self.open, "a restore", fix_minutes=minutes, update_minutes=60))

    @precondition(lambda self: self.open)
    @rule(onset=st.integers(1, 300))
    def a_person_corrects_the_onset(self, onset: int) -> None:
        """It began earlier."""
        self.person(
            self.drill.person().correct(
                self.open, "as the log shows", onset_at=(self.drill.clock.now() - timedelta(minutes=onset)).isoformat()
            )
        )

    @precondition(lambda self: self.open)
    @rule()
    def a_person_acknowledges(self) -> None:
        """Somebody takes it."""
        assert self.person(self.drill.person().ack(self.open))["ok"]

    @precondition(lambda self: self.open)
    @rule(lets_out=st.booleans())
    def a_person_answers_an_update(self, *, lets_out: bool) -> None:
        """The oldest that waits."""
        incidents = self.drill.server.app.incidents
        held = [one.id for one in self.drill.server.portal.call(incidents.incident, self.open).held]
        if not held:
            return
        if lets_out:
            self.person(self.drill.person().approve_update(self.open, held[0]))
        else:
            self.person(self.drill.person().reject_update(self.open, held[0], "no"))

    @precondition(lambda self: self.open)
    @rule(reason=st.sampled_from(["false alarm", "handed over to the provider", "nobody answers any more"]))
    def a_person_closes(self, reason: str) -> None:
        """Before the end or at it."""
        model, before = self.here, self.here.closed
        model.closed = reason
        answer = self.person(self.drill.person().close(self.open, reason))
        if answer["ok"]:
            self.watch()
            self.open, self.acted = "", 0
        else:
            model.closed = before

    # -- calm ---------------------------------------------------------------------------------------------------------

    def _calm(self) -> None:
        """Every destination works, and the watch makes rounds for an hour and a quarter."""
        for box in self.boxes.values():
            box.next = []
        for _ in range(15):
            self.watch(300)

    @precondition(lambda self: self.models)
    @rule()
    def the_last_thing_that_each_reads_is_what_is_so(self) -> None:
        """After a calm hour, a destination that failed has read last what one that never did has, and it is so.

        Of each incident: every message names its own, and readers tell them apart by it. What a receiver refused for
        good is told where the incident stands.
        """
        self._calm()
        for name in set(AUDIENCES) - {"approvers"}:
            refused = self.boxes[f"{name}/1"].refused
            whole = _last_of_each(one for _, one in self.arrived[f"{name}/2"] if one.id not in refused)
            faulty = _last_of_each(one for _, one in self.arrived[f"{name}/1"])
            assert {**faulty, **whole} == faulty, (name, faulty, whole)
        public = [one for _, one in self.arrived["external/2"] if one.incident == self.open]
        if self.open and public:
            last = f"{public[-1].title}\n{public[-1].text}"
            assert not [*untrue(self.here, last)], ([*untrue(self.here, last)], last)

    @precondition(lambda self: self.models)
    @rule(acknowledged=st.booleans())
    def a_page_is_repeated_until_somebody_takes_it(self, *, acknowledged: bool) -> None:
        """Two hours in which nobody does anything but, perhaps, take it."""
        self._calm()
        if not self.open or self.here.restored_at is not None:
            return
        if acknowledged:
            assert self.person(self.drill.person().ack(self.open))["ok"]
        told = self._pages()
        for _ in range(24):
            self.watch(300)
        if self.here.restored_at is not None:
            return
        later = [one.title for one in self._pages()[len(told) :]]
        if acknowledged:
            assert not later or PAGE not in later[0], later
        elif told and sum(PAGE in one.title for one in told) <= 1:
            assert later, [one.title for one in told]


def _last_of_each(outbound_messages: Iterable[OutboundMessage]) -> dict[str, tuple[str, str]]:
    """The last message of each incident."""
    return {one.incident: (one.id, one.title) for one in outbound_messages}


def _version(outbound: OutboundMessage) -> int:
    return int(outbound.id.split(":")[1])


STEPS_A_RUN = 80
RUNS_AT_ONCE = 50


def quick(examples: int, steps: int = STEPS_A_RUN, *, shrink: bool = True) -> settings:
    """Settings of a round; no example is kept from one to the next."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


def play(steps: int, seed: int, *, at_once: int = RUNS_AT_ONCE, shrink: bool = True) -> tuple[int, int]:
    """Play until that many steps are done; steps and messages read."""

    class Fresh(Messages):
        steps = 0
        letters = 0

    while Fresh.steps < steps:
        Fresh._hypothesis_internal_use_seed = seed
        run_state_machine_as_test(Fresh, settings=quick(at_once, shrink=shrink))
        seed += 1
    return Fresh.steps, Fresh.letters


def main() -> None:
    """Play from the command line: STEPS SEED."""
    steps, seed = int(sys.argv[1]), int(sys.argv[2])
    sys.stdout.write(f"messages: {steps} steps from seed {seed}\n")
    sys.stdout.flush()
    done, read = play(steps, seed)
    sys.stdout.write(f"{done} steps, {read} messages read, none false, doubled or out of order\n")


if __name__ == "__main__":
    main()
