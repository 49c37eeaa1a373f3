"""A person without an agent, at a terminal, over a real shop behind a real SSH server."""

from __future__ import annotations

import json
import re
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest
from anyio import to_thread

from sandbox.scenarios.library import SCENARIOS
from sandbox.scenarios.staging import Transition, transition
from tests.cli.stage import Stage
from tests.cli.terminal import Terminal
from tests.cli.test_responding import OPENING, play

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

FLIGHTRULES = (sys.executable, "-m", "flightrules.cli")


def taken_alone(staged: Transition) -> list[dict[str, Any]]:
    """Lead an incident from its opening to its end; the events of its log."""
    at = cast("Stage", SimpleNamespace(folder=staged.stage.folder))
    settings = ("--config", str(staged.stage.settings))
    terminal = Terminal(at, *settings, "respond", "shop", command=FLIGHTRULES)
    try:
        play(
            terminal,
            *OPENING,
            ("What now?", "6"),
            ("What else?", "1"),
            ("What now?", "6"),
            ("What else?", "3"),
            ("What does the public read", "Orders are kept and sent later."),
            ("Let everybody read exactly this?", "y"),
            ("What now?", "6"),
            ("What else?", "5"),
            ("How long may the fix take", ""),
            ("Cadence of updates", "30m"),
            ("Why? The answer goes into the log", "two people are awake"),
            ("What now?", "1"),
            ("Numbers, with spaces between", "1"),
            ("How many users are affected", "everybody"),
            ("What does it cost the business", ""),
            ("Number [1]: ", "1"),
            ("What is the root cause", ""),
            ("roll back: a plan is made and shown", "1"),
        )
        terminal.waits_for("to approve, anything else to stop: ")
        (digest,) = re.findall(r"Type ([0-9a-f]{8}) to approve", terminal.shown)
        play(
            terminal,
            ("to approve, anything else to stop: ", digest),
            ("Reports of users since then?", "2"),
            ("Production is restored and watched", "4"),
            ("What else?", "6"),
            ("When did it begin", ""),
            ("When was it noticed", ""),
            ("When were users well again", ""),
            ("How do you know?", "nothing to correct"),
            ("Production is restored and watched", "1"),
            ("Read from production what changed", "y"),
            ("  > ", "the release fails at each request [E1]"),
            ("  > ", ""),
            ("The root cause, with its evidence in brackets", "the release fails at each request [E1]"),
            ("What happened, in a sentence or two", "The shop was down for everybody."),
            ("How many users were affected", ""),
            ("What did it cost the business", "no orders"),
            ("What set it off", ""),
            ("What contributed to it?", ""),
            ("What went well?", ""),
            ("Where did we get lucky?", ""),
            ("What could be improved?", ""),
            ("What is to be done", "Try it on one host first; kim; 2099-02-01; prevent"),
            ("  >", ""),
            ("What would prevent it?", ""),
            ("Feature specs, ADRs, follow-up issues?", ""),
            ("For the planner: which quality issues", ""),
            ("Improvements of the process?", ""),
            ("Feature specs to update?", ""),
            ("Technical debt?", "no canary"),
            ("  > ", ""),
            ("The planner has its brief. What now?", "1"),
        )
        assert terminal.ends() == 0, terminal.shown
    finally:
        terminal.leave()
    (incident,) = set(re.findall(r"(INC-\w+) is closed", terminal.shown))
    exported = Terminal(at, *settings, "log", "export", incident, command=FLIGHTRULES)
    try:
        assert exported.ends() == 0, exported.shown
    finally:
        exported.leave()
    return [json.loads(line) for line in exported.shown.splitlines() if line.startswith("{")]


async def test_a_person_alone_rolls_a_real_shop_back_and_tells_people() -> None:
    async with transition(SCENARIOS["bad-deploy"], "commands") as staged:
        await staged.break_it()
        events = await to_thread.run_sync(taken_alone, staged)
        assert staged.production.get(staged.production.health_url)[0] == 200
    kinds = [event["kind"] for event in events if event["stream"].startswith("INC-")]
    for kind in ("acknowledged", "pace_set", "rollback_finished", "planner_reported", "incident_closed"):
        assert kinds.count(kind) == 1, (kind, kinds)
    told = [event["data"]["text"] for event in events if event["kind"] == "update_posted"]
    assert "Orders are kept and sent later." in told
