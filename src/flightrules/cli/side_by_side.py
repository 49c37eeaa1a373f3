"""Work on many files, shared out among processes: an archive is replayed on all cores.

Knows: how many files make a process worth its start, and that answers keep the order of the files.
Must not know: what is done with a file.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from pathlib import Path
from typing import TypeVar

from flightrules.errors import Unavailable

T = TypeVar("T")
Work = Callable[[Sequence[Path]], list[T]]
"""Function that works on some files, an answer each; a process is handed it by its name, so it stands in a module."""

WORTH = 64
"""Files for which one more process is worth its start: a tenth of a second."""
PART = 16
"""Files that a process takes at a time: few, for that all are done at about the same time."""


def cores() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def on_all(work: Work[T], paths: Sequence[Path], jobs: int) -> list[T]:
    """The work on all files, in up to so many processes. Raises `Unavailable` where one of them died."""
    jobs = min(jobs, len(paths) // WORTH)
    if jobs <= 1:
        return work(paths)
    parts = [paths[at : at + PART] for at in range(0, len(paths), PART)]
    gc.freeze()  # else the collector of each process would write to every page that all share
    pool = ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_leave_to_parent)
    try:
        return list(chain.from_iterable(pool.map(work, parts)))
    except BrokenProcessPool as died:
        what = "one of the processes that share the files"
        raise Unavailable(what, "it died before it answered.", "Memory may be short: name `--jobs 1`.") from died
    finally:
        pool.shutdown(cancel_futures=True)


def _context() -> multiprocessing.context.BaseContext:
    """Forked where that can be: what is imported is there at once. This process has one thread."""
    forks = "fork" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("fork" if forks else None)


def _leave_to_parent() -> None:
    """An interrupt from the keyboard reaches all processes; the one that started the others ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
