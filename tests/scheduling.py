"""Scheduling of tests: which go to a worker together, and which begin first.

Knows: the ids of tests. Must not know: what a test does.
"""

from __future__ import annotations

import os

REAL_HOST = "tests/realhost/"
CONTRACT = "tests/runtimes/test_contract.py"
ALONE = (REAL_HOST, CONTRACT, "tests/adversary/test_adversary.py", "tests/sandbox/test_scenarios.py")
"""Here each test is long and stands for itself."""
TOGETHER = tuple(
    f"{REAL_HOST}test_{name}.py" for name in ("doctor", "equivalence_oracle", "gate", "host_contract", "production")
)
"""Here the tests of a file share what is dear to set up."""
LONGEST = (
    "tests/realhost/test_restarts.py",
    "tests/adversary/test_adversary.py::test_whatever",
    "tests/realhost/test_fault_kill.py",
    "tests/adversary/test_adversary.py",
)
"""Tests that take so long that they must not be left for the end, the longest first."""


def unit(nodeid: str) -> str:
    """Return what goes to one worker as a whole: a test by itself if it is long, else its file."""
    file = nodeid.partition("::")[0]
    if file.startswith((REAL_HOST, CONTRACT)) and not os.environ.get("REALHOST_DIR"):
        return REAL_HOST  # a worker brings the host up for itself, and there is one engine on a machine
    return nodeid if file.startswith(ALONE) and file not in TOGETHER else file


def place(unit: str, tests: int) -> tuple[int, int, int]:
    """Return the place of a unit in the queue.

    The longest tests come first, then those that are long at all, then the fullest files.
    """
    rank = next((rank for rank, start in enumerate(LONGEST) if unit.startswith(start)), len(LONGEST))
    return rank, not unit.startswith(ALONE), -tests
