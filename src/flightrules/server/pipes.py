"""The pipes between client and server over stdio, read and written by the event loop itself.

Knows: file descriptors. Must not know: the protocol. The SDK's own way hands each line to a thread and back three times
in a call, a fifth of what the call takes; it still serves where standard input and output are no pipes.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, cast

from flightrules.server.halves import without_halves

if TYPE_CHECKING:
    import anyio

CHUNK = 65_536
STDIN, STDOUT, STDERR = 0, 1, 2


class Lines:
    """The lines of a pipe, without an end to how long one may be."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def __aiter__(self) -> AsyncIterator[str]:
        begun: list[bytes] = []
        """What there is of a line whose end has not come; put together once, since it may be very long."""
        while chunk := await self._reader.read(CHUNK):
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                yield _text(b"".join((*begun, line)))
                begun.clear()
            begun.append(rest)
        if any(begun):
            yield _text(b"".join(begun))


def _text(line: bytes) -> str:
    return without_halves(line.decode(errors="replace"))


class Pen:
    """Writes to a pipe; what is flushed has left this process."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)
        self._writer = writer

    async def write(self, text: str) -> None:
        """Take text."""
        self._writer.write(text.encode())

    async def flush(self) -> None:
        """Return once the pipe took all of it."""
        await self._writer.drain()


Ends = tuple["anyio.AsyncFile[str] | None", "anyio.AsyncFile[str] | None"]
"""Standard input and output as the SDK's transport takes them; None leaves it to its own way."""


@asynccontextmanager
async def standard_pipes(stdout: int = STDOUT) -> AsyncIterator[Ends]:
    """Standard input and output, where they are pipes; nothing else in this process reaches them meanwhile.

    `stdout` is where standard output is, if it was taken away from 1 before.
    """
    if not _usable(stdout):
        with _put_back(stdout):
            yield None, None
        return
    loop = asyncio.get_running_loop()
    with _diverted(stdout) as (incoming, outgoing):
        async with AsyncExitStack() as stack:
            reader = asyncio.StreamReader()
            receiving, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(incoming, "rb", closefd=False)
            )
            stack.callback(receiving.close)
            sending, protocol = await loop.connect_write_pipe(
                lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(outgoing, "wb", closefd=False)
            )
            stack.callback(sending.abort)  # what is flushed is gone already; the rest nobody waits for
            pen = Pen(asyncio.StreamWriter(sending, protocol, None, loop))
            # The SDK asks of its files no more than these two give.
            yield cast("anyio.AsyncFile[str]", Lines(reader)), cast("anyio.AsyncFile[str]", pen)


def _usable(stdout: int) -> bool:
    """Whether both are pipes, and standard error is another: it must not become non-blocking with them."""
    try:
        found = [os.fstat(number) for number in (STDIN, stdout, STDERR)]
    except OSError:
        return False
    incoming, outgoing, errors = found
    pipes = all(stat.S_ISFIFO(end.st_mode) or stat.S_ISSOCK(end.st_mode) for end in (incoming, outgoing))
    same = (outgoing.st_dev, outgoing.st_ino) == (errors.st_dev, errors.st_ino)
    return pipes and not same and outgoing.st_ino != incoming.st_ino


@contextmanager
def _put_back(stdout: int) -> Iterator[None]:
    """Standard output where the SDK looks for it; afterwards it is standard error again, if it was."""
    if stdout == STDOUT:
        yield
        return
    sys.stdout.flush()  # what was printed so far is not the protocol's
    os.dup2(stdout, STDOUT)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(STDERR, STDOUT)


@contextmanager
def _diverted(stdout: int) -> Iterator[tuple[int, int]]:
    """The two pipes under other numbers; whoever reads 0 finds nothing, whoever writes to 1 reaches standard error."""
    incoming, outgoing = (fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, STDERR + 1) for number in (STDIN, stdout))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, STDIN)
    os.dup2(STDERR, STDOUT)
    os.close(nothing)
    try:
        yield incoming, outgoing
    finally:
        for number, ours in ((STDIN, incoming), (stdout, outgoing)):
            os.dup2(ours, number, inheritable=number <= STDERR)
            os.set_blocking(number, True)
            os.close(ours)
