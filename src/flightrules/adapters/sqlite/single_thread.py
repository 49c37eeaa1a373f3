"""One thread on which work is done in the order in which it was handed over.

Knows: threads and event loops. Must not know: what the work is.
`concurrent.futures` does the same in twice the time, which each call of an agent would wait for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Job(NamedTuple):
    work: Callable[[], object]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class SingleThread:
    """The thread; it begins with the first work and ends with `close`.

    A process that ends without `close` ends it in the middle of its work, like a kill would.
    """

    def __init__(self, name: str, rest: Callable[[], None] = lambda: None) -> None:
        """`rest` is done on the thread each time nothing waits there; it does not raise."""
        self._rest = rest
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work on the thread; a caller that is cancelled meanwhile stops waiting, and the work goes on."""
        if self._thread.ident is None:
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future

    def close(self) -> None:
        """End the thread once everything handed over before is done."""
        self._jobs.put(None)

    def _run(self) -> None:
        for job in iter(self._jobs.get, None):
            _do(job)
            del job  # while the next one is waited for, nothing of this one is kept alive
            if self._jobs.empty():
                self._rest()


def _do(job: _Job) -> None:
    try:
        tell = partial(job.future.set_result, job.work())
    except BaseException as failed:  # noqa: BLE001 - it belongs to the caller, whatever it is
        tell = partial(job.future.set_exception, failed)
    with contextlib.suppress(RuntimeError):  # the caller's event loop is closed: nobody waits any more
        job.loop.call_soon_threadsafe(_unless_given_up, job.future, tell)


def _unless_given_up(future: asyncio.Future[Any], tell: Callable[[], None]) -> None:
    if not future.done():
        tell()
