"""`python -m bench rollback --against COMMIT`: from a yes to the start, this tree against another commit.

Both are measured in turns in one run, on one production of a real host, each rollback in a process of its own. The
other commit is built by its own `make venv` in a temporary folder, which stays for the next run.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from statistics import median

from bench.hands import real_host
from bench.measuring import Goal, Outcome, Row
from bench.rollback import POLICY, Run
from sandbox import prodhost
from sandbox.production import Production, sandbox_production
from sandbox.shop.repository import Release
from sandbox.toml import dump

ROOT = Path(__file__).parents[1]
ONE = Path(__file__).parent / "one_rollback.py"
BASE = "1ed0ae0"
"""Commit that the goal is measured against."""
MOST = 1.5
ROUNDS = 7
LIMIT_S = 180
TITLE = "Yes to started, against another commit"
PARTS = {"planned": "the plan", "started": "yes to started", "proven": "yes to proven"}

Taken = dict[str, list[dict[str, float]]]


def bench(commit: str = BASE, rounds: int = ROUNDS) -> list[Outcome]:
    """Roll the same bad release back over and over, with either tree."""
    why_not = prodhost.obstacle()
    if why_not is not None:
        return [Outcome(title=TITLE, notes=[f"Not measured: {why_not}."])]
    trees = {"this tree": ROOT, commit: built(commit)}
    return [_outcome(asyncio.run(_measure(trees, rounds)), commit)]


def built(commit: str) -> Path:
    """The folder with a commit and an environment of its own, made unless it is there."""
    words = ("git", "-C", str(ROOT), "rev-parse", "--verify", f"{commit}^{{commit}}")
    sha = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    folder = Path(tempfile.gettempdir()) / f"flightrules-bench-{os.getuid()}" / sha
    if not (folder / ".venv" / ".installed").exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        archive = subprocess.run(("git", "-C", str(ROOT), "archive", sha), check=True, capture_output=True).stdout
        subprocess.run(("tar", "-x", "-C", str(folder)), check=True, input=archive)
        subprocess.run(("make", "-C", str(folder), "venv"), check=True, stdout=subprocess.DEVNULL)
    return folder


def _outcome(taken: Taken, commit: str) -> Outcome:
    def middle(name: str) -> float:
        return median(one["started"] for one in taken[name])

    rows = [
        Row(name=f"{name}: {words}", seconds=[one[part] for one in all_taken])
        for name, all_taken in taken.items()
        for part, words in PARTS.items()
    ]
    ratio = middle("this tree") / middle(commit)
    goal = Goal(name=f"yes to started, this tree / {commit}, medians", value=ratio, limit=MOST)
    note = f"Load {os.getloadavg()[0]:.2f} at the end. The plan, with its rehearsal, is made before anybody is asked."
    return Outcome(title=TITLE, rows=rows, goals=[goal], notes=[note])


async def _measure(trees: dict[str, Path], rounds: int) -> Taken:
    releases = [Release("good", "Open the shop"), Release("bad", "Use the connection pool", behaviour="error500")]
    taken: Taken = {name: [] for name in trees}
    with real_host() as ssh:
        async with sandbox_production("compose", ssh=ssh, releases=releases, deployed=["good"]) as shop:
            await shop.settle(200)
            run = Run(shop=shop)
            await run.remember()
            for number in range(rounds):
                order = list(trees.items())
                for name, tree in order if number % 2 else reversed(order):
                    await run.broken("good")
                    taken[name].append(await asyncio.to_thread(_one, shop, tree))
                    await shop.settle(200)
    return taken


def _one(shop: Production, tree: Path) -> dict[str, float]:
    """One rollback by the package of a tree, with a log of its own."""
    settings = shop.folder / "against.toml"
    store = {"store": {"path": f"{uuid.uuid4().hex}.db"}}
    settings.write_text(f"{shop.toml}\n{dump({**store, **POLICY})}")
    python = sys.executable if tree == ROOT else str(tree / ".venv" / "bin" / "python")
    words = (python, "-P", str(ONE), str(settings), shop.name, shop.releases["good"])
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr[-1500:]
    told = json.loads(done.stdout)
    assert Path(told.pop("package")).parent == tree / "src", "another package was measured"
    return {part: float(seconds) for part, seconds in told.items()}
