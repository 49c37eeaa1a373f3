"""Plays projects and writes down what came of each: `make equivalence N=20 SEED=7`.

python -m tests.equivalence --count 20 --seed 7 [--only 3,5] [--set KEY=VALUE] [--list] [--folder DIR] [--record FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.prodhost import Prodhost, down, up
from tests.equivalence.drawing import chosen, drawn, varied
from tests.equivalence.recording import Record, commit, summed
from tests.equivalence.running import play_all


def main() -> int:
    """Play, record, and end with 1 where a project was not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.equivalence", description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="numbers of projects, joined by commas")
    parser.add_argument("--set", action="append", default=[], help="another value for these: features=a,b gated=yes")
    parser.add_argument("--folder", type=Path, help="a host that is up: see python -m sandbox.prodhost")
    parser.add_argument("--record", type=Path, default=Path(".equivalence/record.tsv"))
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument(
        "--control", action="store_true", help="the team goes back itself: shows what the test brings in"
    )
    parser.add_argument("--list", action="store_true", help="show the projects and play none")
    parser.add_argument("--sum", action="store_true", help="show the figures of the record, and play none")
    wanted = parser.parse_args()
    if wanted.sum:
        sys.stdout.write(summed(wanted.record))
        return 0
    run = drawn(wanted.count, wanted.seed)
    only = {int(number) for number in wanted.only.split(",") if number}
    projects = [varied(project, wanted.set) for project in chosen(run, only)]
    sys.stdout.write(f"{len(projects)} projects; {len(run.missing)} pairs of features in none of {wanted.count}\n")
    if wanted.list:
        sys.stdout.writelines(f"{project.number}: {project.words()}\n" for project in projects)
        return 0
    record = Record(wanted.record, seed=wanted.seed, commit=commit())
    with _host(wanted.folder) as host, suppress(KeyboardInterrupt):
        return play_all(projects, host.ssh, record, at_once=wanted.at_once, control=wanted.control)
    return 130


@contextmanager
def _host(given: Path | None) -> Iterator[Prodhost]:
    """The host that is up in a folder, or one for this run alone."""
    if given is not None:
        yield up(given)
        return
    with tempfile.TemporaryDirectory(prefix="equivalence-host-", ignore_cleanup_errors=True) as name:
        try:
            yield up(Path(name))
        finally:
            down(Path(name))


if __name__ == "__main__":
    sys.exit(main())
