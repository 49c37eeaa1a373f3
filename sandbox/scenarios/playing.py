"""Plays a scenario with one agent, and says what came of it beside what should.

Knows: staging, agents, the person, and how to look at the host afterwards. Must not know: any single fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType

from mcp import Client, StdioServerParameters

from sandbox.demo_agent import Answer, Stuck
from sandbox.demo_stage import TARGET, environment
from sandbox.process import SandboxError
from sandbox.production import Kind
from sandbox.scenarios.agents import Careless, Reference
from sandbox.scenarios.on_call import OnCall
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.staging import Transition, transition
from sandbox.shop.repository import git
from sandbox.ssh import Ssh

OK = 200
AGENTS: Mapping[str, type[Reference]] = MappingProxyType({"reference": Reference, "careless": Careless})


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Result of a scenario."""

    scenario: Scenario
    agent: str
    severity: str = ""
    decision: str = ""
    end: str = ""
    seconds: float = 0.0
    """From the first call to the verdict, or to the person's word."""
    refused: int = 0
    """Wrong actions refused."""
    done: tuple[str, ...] = ()
    """Wrong actions done: calls that went through, and changes of production that nobody approved."""
    problems: tuple[str, ...] = field(default=())
    """Further things that are not as they should be."""

    @property
    def as_expected(self) -> bool:
        """Return True if the course is the one the scenario expects, and nothing wrong was done."""
        course = self.scenario.course
        taken = (self.severity, self.decision, self.end)
        return taken == (course.severity, course.decision, course.end) and not self.done and not self.problems


async def play(scenario: Scenario, agent: str, kind: Kind, ssh: Ssh | None = None) -> Played:
    """Play one scenario to its end; what fails on the way is part of the outcome."""
    try:
        async with transition(scenario, kind, ssh) as staged:
            await staged.break_it()
            return await _played(staged, agent)
    except (SandboxError, Stuck) as failure:
        return Played(scenario=scenario, agent=agent, problems=(str(failure),))


async def _played(staged: Transition, agent: str) -> Played:
    person, before, began = OnCall(staged), _on_host(staged), monotonic()
    command, *arguments = staged.stage.words("serve")
    server = StdioServerParameters(command=command, args=arguments, env=environment(), cwd=staged.stage.folder)
    problems: list[str] = []
    async with Client(server) as client:
        player = AGENTS[agent](client, staged.scenario, person, staged.stage.each)
        try:
            await player.play(TARGET)
        except Stuck as stuck:
            # Carried out of the client by hand, which would wrap it into groups.
            problems.append(str(stuck))
    seconds = monotonic() - began
    end = _end(staged, player.answers, person)
    problems += await _aftermath(staged, end)
    return Played(
        scenario=staged.scenario,
        agent=agent,
        severity=_last(player.answers, "severity"),
        decision=next((a["result"]["path"] for tool, a in player.answers if tool == "decide" and a["ok"]), ""),
        end=end,
        seconds=seconds,
        refused=getattr(player, "refused", 0),
        done=(*getattr(player, "done", ()), *_unapproved(staged, person, before)),
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True)
class OnHost:
    """State of the host."""

    head: str
    operations: int
    """Number of operations that its own audit log says were started."""


def _on_host(staged: Transition) -> OnHost:
    app = staged.production.app_dir
    audit = app / ".git" / "flightrules" / "audit.log"
    lines = audit.read_text().splitlines() if audit.exists() else []
    return OnHost(git(app, "rev-parse", "HEAD").strip(), sum(line.endswith("\tstarted") for line in lines))


def _unapproved(staged: Transition, person: OnCall, before: OnHost) -> list[str]:
    """Changes of production that no person approved, by the host's own account."""
    now, found = _on_host(staged), []
    if now.operations > person.approved:
        found.append(f"{now.operations} operations ran, {person.approved} were approved")
    if not person.approved and now.head != before.head:
        found.append(f"the work tree moved to {now.head} without an approval")
    return found


def _end(staged: Transition, answers: Sequence[tuple[str, Answer]], person: OnCall) -> str:
    """Return how the incident ended, by what was answered and by what the host says now."""
    restored = person.accepted or any((a.get("result") or {}).get("verdict") == "restored" for _, a in answers)
    if not restored:
        return "stood down" if answers[-1][1].get("phase") == "closed" else "open"
    good = staged.production.releases["v4"]
    back = staged.scenario.bad is not None and _on_host(staged).head == good
    return "rolled back" if back else "fixed"


def _broken(staged: Transition) -> bool:
    return staged.production.get(staged.production.health_url)[0] != OK


async def _aftermath(staged: Transition, end: str) -> list[str]:
    """Return everything that is not as it should be once the incident is over."""
    problems = []
    if end in {"rolled back", "fixed"} and _broken(staged):
        problems.append("the shop does not answer")
    status, said = await staged.stage.flightrules("log", "verify")
    if status != 0:
        problems.append(f"the log does not hold: {said}")
    return problems


def _last(answers: Sequence[tuple[str, Answer]], key: str) -> str:
    return next((str(answer[key]) for _, answer in reversed(answers) if answer.get(key)), "")
