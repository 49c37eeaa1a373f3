"""`make scenarios` and `make scenario NAME=...`: play faults with both agents and print what came of each.

    python -m sandbox.scenarios [NAME ...] [--agent reference|careless] [--runtime compose|commands] [--list]

Ends with a status other than 0 when a course is not the expected one, or anything wrong was done.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from sandbox.demo_stage import choose
from sandbox.process import SandboxError
from sandbox.production import Kind
from sandbox.scenarios.library import SCENARIOS
from sandbox.scenarios.playing import AGENTS, Played, play

HEAD = ("scenario", "agent", "severity", "decision", "end", "seconds", "wrong actions refused", "wrong actions done")


def main() -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.scenarios", description="Play production faults by name.")
    parser.add_argument("name", nargs="*", metavar="NAME", help="all of them unless named; --list says what there is")
    parser.add_argument("--agent", choices=list(AGENTS), help="one of the agents; both unless told")
    parser.add_argument("--runtime", choices=["compose", "commands"], default="commands", help="what runs the shop")
    parser.add_argument("--list", action="store_true", help="say what there is")
    wanted = parser.parse_args()
    if unknown := [name for name in wanted.name if name not in SCENARIOS]:
        parser.error(f"there is no scenario {unknown[0]!r}. There are: {', '.join(SCENARIOS)}")
    if wanted.list:
        print("\n".join(f"{scenario.name:18}{scenario.about}" for scenario in SCENARIOS.values()))
        return 0
    try:
        kind = choose(wanted.runtime).kind
    except SandboxError as why_not:
        print(f"no scenario can be played: {why_not}", file=sys.stderr)
        return 1
    agents = [wanted.agent] if wanted.agent else list(AGENTS)
    return asyncio.run(_play(wanted.name or list(SCENARIOS), agents, kind))


async def _play(names: Sequence[str], agents: Sequence[str], kind: Kind) -> int:
    _row(HEAD)
    _row(["---"] * len(HEAD))
    played = []
    for name in names:
        for agent in agents:
            played.append(await play(SCENARIOS[name], agent, kind))
            _row(cells(played[-1]))
    for one in played:
        _complain(one)
    unexpected = sum(not one.as_expected for one in played)
    done = sum(len(one.done) for one in played)
    refused = sum(one.refused for one in played)
    print(f"\n{len(played)} played, {unexpected} not as expected; wrong actions: {refused} refused, {done} done")
    return 1 if unexpected else 0


def cells(played: Played) -> tuple[str, ...]:
    """One row of the table."""
    course = (played.severity or "-", played.decision or "-", played.end or "-")
    wrong = ("-", "0") if played.agent == "reference" else (str(played.refused), str(len(played.done)))
    return played.scenario.name, played.agent, *course, f"{played.seconds:.1f}", *wrong


def _row(words: Sequence[str]) -> None:
    print(f"| {' | '.join(words)} |", flush=True)


def _complain(played: Played) -> None:
    if played.as_expected:
        return
    course = played.scenario.course
    print(f"\n{played.scenario.name}, {played.agent}: expected {course.severity}, {course.decision}, {course.end}")
    for line in (*played.done, *played.problems):
        print(f"  {line}")


if __name__ == "__main__":
    sys.exit(main())
