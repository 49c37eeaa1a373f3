"""The end of the demo: the report, the log and production are looked at, and each thing must hold.

Knows: what an incident leaves behind. Must not know: how it was played.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.demo_agent import Agent
from sandbox.demo_screen import Screen
from sandbox.demo_stage import GOOD, Stage

_OK = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that must hold at the end."""

    what: str
    holds: bool


async def conclude(screen: Screen, made: Stage, agent: Agent, incident: str) -> tuple[Outcome, ...]:
    """Show what the incident left behind, and say what of it is as it should be."""
    verdict = agent.results.get("verify", {}).get("verdict", "none")
    return (
        Outcome("the wrong move was refused as out of order", agent.refusals == ["out_of_order"]),
        Outcome("the rollback showed its progress live", agent.progress > 0),
        Outcome(f"the verification says restored (it says {verdict})", verdict == "restored"),
        _report(screen, made, agent, incident),
        await _chain(screen, made),
        await _health(screen, made),
    )


def _report(screen: Screen, made: Stage, agent: Agent, incident: str) -> Outcome:
    screen.heading("The incident report, written from the log")
    path = made.production.folder / "docs" / agent.results.get("write_report", {}).get("path", "missing")
    text = path.read_text() if path.is_file() else ""
    screen.line(f"   {path}", "quiet")
    screen.box(text)
    return Outcome("the report stands in its file and names the incident", incident in text)


async def _chain(screen: Screen, made: Stage) -> Outcome:
    screen.heading("The log")
    screen.call("team", "flightrules log verify")
    status, said = await made.flightrules("log", "verify")
    screen.box(said)
    return Outcome("the log's chain holds", status == 0 and "chain holds" in said)


async def _health(screen: Screen, made: Stage) -> Outcome:
    screen.heading("After")
    status, body = await made.health()
    screen.say(f"GET {made.production.health_url}: {status} {body}", "good" if status == _OK else "bad")
    return Outcome(f"the shop answers {_OK} on {GOOD}", status == _OK and made.production.releases[GOOD] in body)
