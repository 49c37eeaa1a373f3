"""Plays the machine for so many steps from a seed, and says with which seed it failed: `make adversary`.

Knows: how Hypothesis is driven. Must not know: what is tried (machine.py).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.adversary.machine import Adversary
from tests.adversary.moves import Attacker

STEPS_A_RUN = 50
RUNS_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class Played:
    """Summary of what was tried."""

    steps: int
    arrived: int
    """Operations that reached a host."""
    tools: dict[str, int]
    kinds: dict[str, int]
    """Events on record."""


class Broken(AssertionError):
    """A promise did not hold; the message says which, and how to see it again."""

    def __init__(self, said: str, seed: int) -> None:
        super().__init__(said)
        self.seed = seed


def play(  # noqa: PLR0913 - each is named where it is given
    steps: int,
    seed: int,
    *,
    shrink: bool = True,
    player: type[Adversary] = Attacker,
    at_once: int = RUNS_AT_ONCE,
    progress: Callable[[int], None] = lambda _steps: None,
) -> Played:
    """Play until that many steps are done; each round of runs has a seed of its own, counted on from the first."""
    counts: dict[str, Any] = {"steps": 0, "arrived": 0, "kinds": {}, "tools": {}}
    Fresh: Any = type("Fresh", (player,), counts)  # noqa: N806 - a class
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    quiet = list(HealthCheck)
    with Fresh.playing():
        while Fresh.steps < steps:
            Fresh._hypothesis_internal_use_seed = seed
            rules = settings(
                max_examples=at_once,
                stateful_step_count=STEPS_A_RUN,
                deadline=None,
                database=None,
                phases=phases,
                suppress_health_check=quiet,
                print_blob=False,
            )
            try:
                run_state_machine_as_test(Fresh, settings=rules)
            except Exception as error:
                again = f"make adversary SEED={seed} STEPS=1"
                said = "; ".join(map(str, getattr(error, "exceptions", (error,))))
                told = f"after {Fresh.steps} steps, seed {seed}: {said}\nTo see it again: {again}"
                raise Broken(told, seed) from error
            seed += 1
            progress(Fresh.steps)
    return Played(steps=Fresh.steps, arrived=Fresh.arrived, tools=Fresh.tools, kinds=Fresh.kinds)


def commit() -> str:
    """The commit that is checked out, and whether files differ from it."""
    told = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, check=True, text=True)
    return told.stdout.strip()


def _so_far(steps: int) -> None:
    """Say after each round how far it came: a run that is stopped has been of use."""
    sys.stdout.write(f"  {steps} steps\n")
    sys.stdout.flush()


def main() -> None:
    """Play from the command line: STEPS SEED...; so many steps from each seed."""
    steps, seeds = int(sys.argv[1]), [int(seed) for seed in sys.argv[2:]]
    all_steps, began = 0, time.monotonic()
    for seed in seeds:
        start, used = time.monotonic(), time.process_time()
        sys.stdout.write(f"adversary at {commit()}: {steps} steps from seed {seed}\n")
        sys.stdout.flush()
        played = play(steps, seed, progress=_so_far)
        all_steps += played.steps
        spent = f"{time.monotonic() - start:.0f} s, {time.process_time() - used:.0f} s of a processor"
        reached = f"{played.arrived} operations reached a host, none without its approval"
        sys.stdout.write(f"{played.steps} steps from seed {seed}, {reached}; {spent}\n")
    sys.stdout.write(f"{all_steps} steps from {len(seeds)} seeds in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
