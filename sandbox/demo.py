"""`make demo`: one incident from detection to report, with a production, a server and a client that are all real.

    python -m sandbox.demo [--runtime compose|commands] [--no-elicitation]

Only the agent and the person are scripted. Ends with a status other than 0 when anything is not as it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time

from anyio import to_thread
from mcp import Client, StdioServerParameters

from sandbox.demo_agent import Agent, Stuck
from sandbox.demo_end import Outcome, conclude
from sandbox.demo_person import Approver
from sandbox.demo_screen import Screen
from sandbox.demo_stage import BROKEN, GOOD, TARGET, Stage, choose, environment, stage
from sandbox.process import SandboxError
from sandbox.production import Kind

_ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Ends the demo as Ctrl-C does: with everything taken down."""


def main() -> int:
    """Play the demo as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description="Play one incident in a sandbox.")
    parser.add_argument("--runtime", choices=["compose", "commands"], help="what runs the shop (default: what can be)")
    parser.add_argument("--no-elicitation", action="store_true", help="a client that cannot ask: approve in a terminal")
    wanted = parser.parse_args()
    screen = Screen.on(sys.stdout)
    try:
        return asyncio.run(_demo(screen, wanted.runtime, asks=not wanted.no_elicitation))
    except (SandboxError, Stuck) as why_not:
        screen.line(f"the demo stopped: {why_not}", "bad")
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.line("the demo was stopped", "bad")
    return 1


async def _demo(screen: Screen, wanted: Kind | None, *, asks: bool) -> int:
    began = time.monotonic()
    _end_in_order()
    choice = await to_thread.run_sync(choose, wanted)
    screen.line(f"runtime {choice.kind}: {choice.why}", "quiet")
    async with stage(choice) as made:
        await _break(screen, made)
        agent, incident, approver = await _play(screen, made, asks=asks)
        outcomes = await conclude(screen, made, agent, incident)
    outcomes += (
        Outcome("a person was asked exactly once", approver.asked == 1),
        Outcome("nothing of the sandbox is left", not made.production.folder.exists()),
    )
    return verdict(screen, outcomes, time.monotonic() - began)


def _end_in_order() -> None:
    task = asyncio.current_task()
    for number in _ENDING:
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _break(screen: Screen, made: Stage) -> None:
    """Put a healthy release on record, then deploy the broken one."""
    releases = made.production.releases
    screen.heading("Before: the shop is healthy, and that is put on record")
    screen.call("team", f"flightrules observe {TARGET}")
    screen.box(await made.observe())
    screen.heading("The team deploys a broken release")
    screen.call("team", f"deploys {BROKEN} ({releases[BROKEN][:12]}) over {GOOD} ({releases[GOOD][:12]})")
    await made.production.deploy(BROKEN)
    await made.production.settle(500)
    status, body = await made.health()
    screen.say(f"GET {made.production.health_url}: {status} {body}", "bad")


async def _play(screen: Screen, made: Stage, *, asks: bool) -> tuple[Agent, str, Approver]:
    """Let the agent play the incident against the real server over stdio."""
    approver = Approver(screen)
    command, *arguments = made.words("serve")
    server = StdioServerParameters(command=command, args=arguments, env=environment(), cwd=made.folder)
    screen.heading("The incident, over MCP on stdio" + ("" if asks else ", with a client that cannot ask a person"))

    async def at_terminal(incident: str) -> None:
        await approver.approve_at_terminal(made, incident)

    incident, why_not = "", Stuck("the incident was not played")
    async with Client(server, elicitation_callback=approver.answer if asks else None) as client:
        agent = Agent(client, screen, at_terminal)
        try:
            incident = await agent.play(TARGET)
        except Stuck as stuck:
            # Carried out of the client by hand, which would wrap it into groups.
            why_not = stuck
    if not incident:
        raise why_not
    return agent, incident, approver


def verdict(screen: Screen, outcomes: tuple[Outcome, ...], took_s: float) -> int:
    """Say what holds and what does not; the exit status of the demo."""
    screen.heading("Checked")
    for outcome in outcomes:
        screen.line(f"   {'ok  ' if outcome.holds else 'FAIL'} {outcome.what}", "good" if outcome.holds else "bad")
    screen.line(f"   {took_s:.1f} s in all", "quiet")
    return 0 if all(outcome.holds for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
