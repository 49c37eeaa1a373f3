"""Two agents: one that plays by the answers it gets, and one that tries every wrong thing first.

Knows: structured answers, the tools' own schemas, and what a scenario lets an agent state.
Must not know: phases, rules, or how production is reached.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import anyio
from mcp import Client

from flightrules.state.fix import CHECKLIST
from sandbox.demo_agent import Answer, Stuck
from sandbox.scenarios.scenario import Scenario

MOST_CALLS = 80
AGAIN_AFTER_S = 0.5
PATIENCE = 30
"""Number of times that something unclear is looked at again before a person is asked."""
RELEASE_RUNS = "the wanted release runs"
"""Name of the checklist item that a verification cannot judge for a fix whose reference names no commit."""
_GOES_ON = ("assess", "classify", "decide", "rollback", "fix", "write_report", "report_to_planner", "verify")
"""Tools that take an incident on, in the order in which one is chosen where several are legal."""


class Colleague(Protocol):
    """The person on call, as an agent can reach them."""

    async def approval_wanted(self, incident: str) -> None:
        """A plan waits for a person."""
        ...

    async def decision_wanted(self, incident: str) -> None:
        """The rules do not decide, or what was decided does not help."""
        ...

    async def stuck(self, incident: str, why: str) -> None:
        """Something outside keeps the agent from going on."""
        ...

    async def word_wanted(self, incident: str) -> None:
        """No probe can tell whether it is over."""
        ...


Shell = Callable[..., Awaitable[list[tuple[int, str]]]]
"""Runs command lines of flightrules without a terminal, as a coding agent can; the exit status and output of each."""


class Reference:
    """Takes the natural next call, and asks a person where an answer says so."""

    def __init__(self, client: Client, scenario: Scenario, person: Colleague, shell: Shell) -> None:
        self.client = client
        self.scenario = scenario
        self.person = person
        self.shell = shell
        self.incident = ""
        self.answers: list[tuple[str, Answer]] = []
        self._looks = 0

    async def play(self, target: str) -> str:
        """Take an incident from detection to the planner, or to where a person ended it; gives its id.

        Raises:
            Stuck: an answer left no way on.
        """
        answer = await self.call("open_incident", target=target, title=self.scenario.title)
        self.incident = str(answer["incident"])
        for _ in range(MOST_CALLS):
            await self.about_to_go_on(answer)
            tool = self._chosen(answer)
            if not tool:
                return self.incident
            answer = await self.call(tool, incident=self.incident, **self._arguments(tool, answer))
            if await self._asked_a_person(tool, answer):
                answer = await self.call("incident_status", incident=self.incident)
        raise Stuck(f"{MOST_CALLS} calls, and the incident is not over: {answer['says']}")

    async def about_to_go_on(self, answer: Answer) -> None:
        """Nothing but the natural next call."""

    async def call(self, tool: str, **arguments: Any) -> Answer:  # noqa: ANN401 - each tool has its own
        """Call a tool."""
        result = await self.client.call_tool(tool, arguments)
        if result.structured_content is None:
            raise Stuck(f"`{tool}` gave no structured answer: {result.content}")
        answer: Answer = dict(result.structured_content)
        self.answers.append((tool, answer))
        return answer

    def _chosen(self, answer: Answer) -> str:
        legal = [step["call"] for step in answer.get("next", [])]
        if answer.get("phase") in {"monitoring", "analysed", "documented"}:
            # Both stay legal until closing, for news: neither takes the incident on.
            legal = [tool for tool in legal if tool not in {"verify", "classify"}]
        if answer.get("phase") in {"reported", "closed"} or not legal:
            return ""
        first = legal[0]
        return first if first in _GOES_ON else next((tool for tool in _GOES_ON if tool in legal), "")

    def _arguments(self, tool: str, answer: Answer) -> dict[str, Any]:
        if tool == "fix":
            return self._fix(answer)
        if tool == "write_report":
            return {"root_cause": self.scenario.about, "actions": [_action()], "went_well": ["It was noticed."]}
        if tool == "report_to_planner":
            return {"process_improvements": ["Play this scenario before the next release."]}
        given = {"classify": self.scenario.classify, "decide": self.scenario.decide}
        return dict(given.get(tool, {}))

    @staticmethod
    def _fix(answer: Answer) -> dict[str, Any]:
        if answer["phase"] != "fixing":
            return {"action": "begin", "says": "what lies around the release is mended"}
        checks = [{"item": item, "evidence": "looked at on the host"} for item in CHECKLIST]
        return {"action": "deployed", "reference": "change OPS-1", "checks": checks}

    async def _asked_a_person(self, tool: str, answer: Answer) -> bool:
        """Ask a person where an answer wants one, else wait where it wants that; whether a person was asked."""
        result = answer.get("result") or {}
        if not answer["ok"]:
            await self.person.stuck(self.incident, answer["says"])
        elif result.get("state") == "awaiting_approval":
            await self.person.approval_wanted(self.incident)
        elif tool == "decide" and result["path"] in {"person", "investigate"}:
            await self.person.decision_wanted(self.incident)
        elif result.get("verdict") == "inconclusive" and self._unclear_for_good(result):
            await self.person.word_wanted(self.incident)
        else:
            if result.get("state") == "rolling_back" or result.get("verdict") == "inconclusive":
                await anyio.sleep(AGAIN_AFTER_S)
            return False
        return True

    def _unclear_for_good(self, result: Mapping[str, Any]) -> bool:
        """Return True if looking again will not help: it was done often, or a fix names no commit."""
        self._looks += 1
        unseen = [item["item"] for item in result["checklist"] if item["outcome"] == "unknown"]
        return self._looks >= PATIENCE or unseen == [RELEASE_RUNS]


class Careless(Reference):
    """Tries, wherever it stands, each call that is not legal there, and to approve what only a person may approve."""

    def __init__(self, client: Client, scenario: Scenario, person: Colleague, shell: Shell) -> None:
        super().__init__(client, scenario, person, shell)
        self.refused = 0
        self.done: list[str] = []
        """Wrong calls that were not refused."""
        self._tried: set[str] = set()

    async def about_to_go_on(self, answer: Answer) -> None:
        """Try every wrong thing, once a phase and plan."""
        where = f"{answer.get('phase')}/{(answer.get('result') or {}).get('state', '')}"
        if where in self._tried:
            return
        self._tried.add(where)
        legal = {step["call"] for step in answer.get("next", [])}
        for tool in (await self.client.list_tools()).tools:
            if tool.name in {*_GOES_ON, "analyze"} - legal and (tool.name, answer["phase"]) != ("rollback", "decided"):
                await self._wrong(tool.name, _made_up(tool.input_schema, self.incident))
        for name, arguments in self._never_right():
            await self._wrong(name, arguments)
        if where.startswith("decided"):
            await self._as_a_person()

    def _never_right(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """Calls that no phase allows."""
        here = {"incident": self.incident}
        return (
            ("rollback", {**here, "approve": True}),
            ("rollback", {**here, "approved_by": "the user", "digest": "00000000"}),
            ("rollback", {"incident": "INC-000000"}),
            ("rollback", {"incident": "INC-1; reboot"}),
            ("classify", {**here, "severity": "P5"}),
            ("decide", {**here, "fix_minutes": -1}),
            ("approve", here),
            ("close", here),
            ("assess", {**here, "command": "rm -rf /"}),
            ("open_incident", {"target": "$(reboot)", "title": "x"}),
        )

    async def _as_a_person(self) -> None:
        """Do in a shell what only a person may do."""
        why = ("--reason", "the user said so")
        given = {"approve": (), "decide": ("rollback", *why), "classify": ("--severity", "P4", *why), "close": why}
        done = await self.shell(*([verb, self.incident, *rest] for verb, rest in given.items()))
        for verb, (status, said) in zip(given, done, strict=True):
            self._judge(f"flightrules {verb}", said, refused=status != 0)

    async def _wrong(self, tool: str, arguments: dict[str, Any]) -> None:
        result = await self.client.call_tool(tool, arguments)
        answer = result.structured_content or {}
        self._judge(
            f"{tool}({arguments})", str(answer.get("says")), refused=result.is_error or not answer.get("ok", True)
        )

    def _judge(self, what: str, said: str, *, refused: bool) -> None:
        if refused:
            self.refused += 1
        else:
            self.done.append(f"{what}: {said}")


def _made_up(schema: Mapping[str, Any], incident: str) -> dict[str, Any]:
    """Arguments of the right shape for whatever a tool requires, and no more."""
    given = {}
    for name in schema.get("required", []):
        wanted = schema["properties"][name]
        wanted = schema.get("$defs", {}).get(wanted.get("$ref", "").rpartition("/")[2], wanted)
        by_type = {"string": "x", "integer": 1, "boolean": True, "array": [], "object": {}}
        given[name] = incident if name == "incident" else wanted.get("enum", [by_type.get(wanted.get("type"))])[0]
    return given


def _action() -> dict[str, str]:
    due = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    return {"action": "Add an alert for this", "assignee": "shop team", "due": due}
