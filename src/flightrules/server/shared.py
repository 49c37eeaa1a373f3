"""Descriptors that others share, as a terminal, a file or one socket for both ways: they are left blocking.

Knows: file descriptors and the event loop. Must not know: lines, nor the protocol.
Each use waits until the descriptor is ready for it, and then takes no more than is sure to go without a wait.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import stat
from collections.abc import Callable


class SharedInput:
    """Reads."""

    def __init__(self, number: int) -> None:
        self._number = number

    async def read(self, most: int) -> bytes:
        """Return what has come, once something has; nothing at the end."""
        loop = asyncio.get_running_loop()
        while True:
            await _ready(self._number, loop.add_reader, loop.remove_reader)
            try:
                return os.read(self._number, most)
            except BlockingIOError:  # somebody else made it non-blocking, and took what there was
                continue


class SharedOutput:
    """Writes."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._socket = stat.S_ISSOCK(os.fstat(number).st_mode)

    async def write(self, text: str) -> None:
        """Return once all of it left this process."""
        loop, left = asyncio.get_running_loop(), memoryview(text.encode())
        while left:
            await _ready(self._number, loop.add_writer, loop.remove_writer)
            try:
                # A pipe that is ready takes so much at once; a socket may take less, and says so when asked.
                left = left[self._taken(left[: select.PIPE_BUF]) :]
            except BlockingIOError:
                continue

    def _taken(self, part: memoryview) -> int:
        if not self._socket:
            return os.write(self._number, part)
        with socket.socket(fileno=os.dup(self._number)) as sending:
            return sending.send(part, socket.MSG_DONTWAIT)


async def _ready(number: int, watch: Callable[..., None], forget: Callable[[int], bool]) -> None:
    """Return once a descriptor is ready; a file always is, and cannot be watched."""
    ready = asyncio.get_running_loop().create_future()
    try:
        watch(number, _done, ready)
    except PermissionError:
        return
    try:
        await ready
    finally:
        forget(number)


def _done(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
