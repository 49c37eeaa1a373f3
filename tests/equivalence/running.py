"""Plays many projects, a few at once, and tells how it goes."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from sandbox.ssh import Ssh
from tests.equivalence.playing import Played, played
from tests.equivalence.project import Project
from tests.equivalence.recording import Record


def play_all(projects: Iterable[Project], ssh: Ssh, record: Record, *, at_once: int = 2, control: bool = False) -> int:
    """Play each project; ends with 1 where one was not as it must be."""
    words: Counter[str] = Counter()
    bad = 0

    def play(project: Project) -> Played:
        done = played(project, ssh, control=control)
        record.add(done)
        return done

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pool = ThreadPoolExecutor(at_once)
    try:
        for done in pool.map(play, projects):
            words[done.verdict.word] += 1
            bad += not done.verdict.good
            sys.stdout.write(told(done))
            sys.stdout.flush()
    finally:
        # Whoever stops the run waits for the projects that are played, so that nothing of them stays.
        pool.shutdown(cancel_futures=True)
    sys.stdout.write(f"{sum(words.values())} projects: {', '.join(f'{n} {w}' for w, n in words.most_common())}\n")
    return 1 if bad else 0


def told(done: Played) -> str:
    """Return the result of one project, for people to read."""
    verdict = done.verdict
    lines = [f"#{done.project.number} {verdict.word} in {done.seconds:.0f} s: {done.project.words()}"]
    lines += [f"   silent: {one}" for one in verdict.silent]
    lines += [f"   told: {one}\n      by: {words}" for one, words in verdict.told.items()]
    if verdict.why:
        lines.append(f"   why: {verdict.why[:1500]}")
    return "\n".join(lines) + "\n"
