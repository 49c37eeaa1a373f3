"""The agent of the demo: knows no protocol, takes the first call that the last answer names as legal.

Knows: structured answers and the arguments of each tool. Must not know: phases, rules, or how production is reached.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
from mcp import Client

from sandbox.demo_screen import Screen

Answer = dict[str, Any]

MOST_CALLS = 30
AGAIN_AFTER_S = 1.0
"""Between two looks at something that is not over yet."""


class Stuck(Exception):
    """The agent cannot go on; the message says why."""


class Agent:
    """Plays one incident."""

    def __init__(self, client: Client, screen: Screen, person: Callable[[str], Awaitable[None]]) -> None:
        self.client = client
        self.screen = screen
        self.person = person
        """Called with the incident when its user must approve somewhere else."""
        self.results: dict[str, Answer] = {}
        """The last result of each tool."""
        self.refusals: list[str] = []
        self.progress = 0

    async def play(self, target: str) -> str:
        """Take an incident from detection until only a person can go on; gives its id.

        Raises:
            Stuck: an answer left no way on.
        """
        answer = await self.call("open_incident", target=target, title="Every page of the shop answers 500")
        incident = str(answer["incident"])
        for _ in range(MOST_CALLS):
            if answer["phase"] == "decided" and not self.refusals:
                await self.stray(incident)
            tool = next((step["call"] for step in answer["next"]), "close")
            if tool == "close":
                return incident
            answer = await self.call(tool, incident=incident, **self.arguments(tool))
            await self.digest(answer, incident)
        raise Stuck(f"{MOST_CALLS} calls, and the incident is not over")

    async def stray(self, incident: str) -> None:
        """Make one wrong move on purpose: verify before anything was rolled back."""
        self.screen.line()
        self.screen.line("A wrong move on purpose, to see it refused:", "quiet")
        answer = await self.call("verify", incident=incident)
        if answer["ok"]:
            raise Stuck("`verify` was accepted before anything was rolled back")
        self.refusals.append(answer["problem"]["code"])

    async def digest(self, answer: Answer, incident: str) -> None:
        """Do what an answer asks for beside the next call."""
        if not answer["ok"]:
            raise Stuck(answer["says"])
        result = answer.get("result", {})
        if result.get("state") == "awaiting_approval":
            await self.person(incident)
        elif result.get("state") == "rolling_back" or result.get("verdict") == "inconclusive":
            await anyio.sleep(AGAIN_AFTER_S)

    async def call(self, tool: str, **arguments: Any) -> Answer:  # noqa: ANN401 - each tool has its own
        """Call a tool and show what came back."""
        self.screen.call("agent", f"{tool}({', '.join(f'{k}={json.dumps(v)}' for k, v in arguments.items())})")
        result = await self.client.call_tool(tool, arguments, progress_callback=self.progressed)
        if result.structured_content is None:
            raise Stuck(f"`{tool}` gave no structured answer")
        answer: Answer = dict(result.structured_content)
        self.results[tool] = answer.get("result", {})
        self.show(answer)
        return answer

    async def progressed(self, progress: float, total: float | None, message: str | None) -> None:
        """Show a progress line as it arrives."""
        del progress, total
        self.progress += 1
        self.screen.line(f"   ... {message or ''}", "quiet")

    def show(self, answer: Answer) -> None:
        """Show an answer in words, with the budgets that are left."""
        problem = answer.get("problem")
        if problem is not None:
            self.screen.say(f"{problem['kind']} ({problem['code']}): {answer['says']}", "bad")
        else:
            self.screen.say(answer["says"])
        for line in _details(answer.get("result", {})):
            self.screen.say(line)
        budgets = ", ".join(f"{item['name']} {_span(item['left_s'])}" for item in answer.get("budgets", []))
        legal = ", ".join(step["call"] for step in answer.get("next", []))
        severity = answer.get("severity", "not classified")
        left = f"left: {budgets}" if budgets else "no budget runs"
        self.screen.say(f"[phase {answer['phase']}; severity {severity}; {left}; legal next: {legal}]", "quiet")

    def arguments(self, tool: str) -> dict[str, Any]:
        """Return the arguments that the agent gives with a call, from what it was told so far."""
        if tool == "classify":
            down = self.results["assess"]["health"] == "down"
            return {"impacts": ["complete_outage" if down else "major_feature_broken"]}
        if tool == "analyze":
            seen = self.results["assess"]["evidence"][:1]
            pool = "The release that was deployed last reads the catalogue over a pool that loses its connections."
            whys = [
                {"says": "Every page answers 500.", "evidence": seen},
                {"says": "The pool was tried with one user."},
            ]
            return {"compare": True, "whys": whys, "root_cause": {"says": pool, "evidence": seen}}
        if tool == "write_report":
            return {
                "went_well": ["The last release seen healthy was on record."],
                "improve": ["A release that answers 500 to everything reached production."],
                "actions": [{"action": "Try the pool under load", "assignee": "shop team", "due": _in_a_week()}],
                "prevention": ["Ask the health address before a release takes traffic."],
            }
        if tool == "report_to_planner":
            return {"process_improvements": ["Canary before full deployment"], "technical_debt": ["No pool tests"]}
        return {}


def _details(result: Answer) -> list[str]:
    """Return the details of a result that deserve a line of their own."""
    lines = []
    if rules := result.get("rules"):
        lines.append(f"rules that held: {', '.join(rule['rule'] for rule in rules)}")
    lines += [f"asked: {node['question']} {node['saw']} -> {node['leads_to']}" for node in result.get("trace", [])]
    if good := _good(result):
        lines.append(f"good release {good['release'][:12]}: {good['why']}")
    if proof := result.get("proof"):
        held = [claim.removeprefix("yes: ") for claim in proof if claim.startswith("yes: ")]
        lines.append(f"proof, {len(held)} of {len(proof)} claims hold: {', '.join(held)}")
    lines += [f"from production: {line}" for line in result.get("untrusted_comparison", [])]
    lines += [f"{item['outcome']}: {item['item']} ({item['saw']})" for item in result.get("checklist", [])]
    return lines


def _good(result: Answer) -> Answer | None:
    """The release to go back to, as assess and decide tell it."""
    release = result.get("release")
    return result.get("good_release") or (release if isinstance(release, dict) else None)


def _in_a_week() -> str:
    return (datetime.now(UTC) + timedelta(days=7)).date().isoformat()


def _span(seconds: int) -> str:
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60}h{minutes % 60:02}" if minutes >= 60 else f"{sign}{minutes}:{rest:02}"  # noqa: PLR2004
