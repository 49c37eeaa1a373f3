"""Ending in order when the process is told to: leases are let go of, so that another process goes on at once.

Knows: signals. Must not know: what is ended. Told a second time, the process ends at once.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Do some work to its end, or until SIGTERM or a hang-up; either is a good end.

    The handlers are plain ones: who serves may put its own in their place for a while, and raise the signal at its end.
    """
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    told = asyncio.Event()

    def end() -> None:
        told.set()
        task.cancel()

    def on_term(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        loop.call_soon_threadsafe(end)

    signal.signal(signal.SIGTERM, on_term)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as with nohup
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        await task
    except asyncio.CancelledError:
        if not told.is_set():
            raise
