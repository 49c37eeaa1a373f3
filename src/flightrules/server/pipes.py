"""Standard input and output, read and written by the event loop itself, whatever they are.

Knows: file descriptors. Must not know: the protocol. The SDK's own way hands each line to a thread and back three times
in a call, a fifth of what the call takes. What is shared with somebody else stays blocking (shared.py).
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Protocol

from flightrules.server.halves import without_halves
from flightrules.server.shared import SharedInput, SharedOutput

CHUNK = 65_536
STDIN, STDOUT, STDERR = 0, 1, 2


class Source(Protocol):
    """Source of bytes."""

    async def read(self, most: int) -> bytes:
        """At least one byte, and none at the end. Raises OSError where the other end broke off."""
        ...


class Lines:
    """The lines of a source, without an end to how long one may be."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def __aiter__(self) -> AsyncIterator[str]:
        begun: list[bytes] = []
        """Parts of a line whose end has not come; they are put together once, since the line may be very long."""
        while chunk := await self._source.read(CHUNK):
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                yield _text(b"".join((*begun, line)))
                begun.clear()
            begun.append(rest)
        if any(begun):
            yield _text(b"".join(begun))


def _text(line: bytes) -> str:
    return without_halves(line.decode(errors="replace"))


class LineWriter(Protocol):
    """Writes lines."""

    async def write(self, text: str) -> None:
        """Return once all of it left this process. Raises OSError where nobody takes it any more."""
        ...


class PipePen:
    """Writes to a pipe."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)
        self._writer = writer

    async def write(self, text: str) -> None:
        """Return once the pipe took all of it."""
        self._writer.write(text.encode())
        await self._writer.drain()


Ends = tuple[Lines, LineWriter]


@asynccontextmanager
async def standard_pipes(stdout: int = STDOUT) -> AsyncIterator[Ends]:
    """Standard input and output; nothing else in this process reaches them meanwhile.

    `stdout` is where standard output is, if it was taken away from 1 before.
    """
    ours = _ours_alone(stdout)
    with _diverted(stdout) as (incoming, outgoing):
        async with AsyncExitStack() as stack:
            if ours:
                yield Lines(await _reader(incoming, stack)), PipePen(await _writer(outgoing, stack))
            else:
                yield Lines(SharedInput(incoming)), SharedOutput(outgoing)


async def _reader(incoming: int, stack: AsyncExitStack) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(incoming, "rb", closefd=False)
    )
    stack.callback(transport.close)
    return reader


async def _writer(outgoing: int, stack: AsyncExitStack) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(outgoing, "wb", closefd=False)
    )

    def abort() -> None:
        """Abort the transport.

        What was written is gone already; nobody waits for the rest.
        """
        if not transport.is_closing():  # one whose reader went away has ended itself, and complains of a second end
            transport.abort()

    stack.callback(abort)
    return asyncio.StreamWriter(transport, protocol, None, loop)


def _ours_alone(stdout: int) -> bool:
    """Return True if both are pipes, and standard error is another one.

    Standard error must not become non-blocking with them.
    """
    incoming, outgoing, errors = (os.fstat(number) for number in (STDIN, stdout, STDERR))
    pipes = all(stat.S_ISFIFO(end.st_mode) or stat.S_ISSOCK(end.st_mode) for end in (incoming, outgoing))
    same = (outgoing.st_dev, outgoing.st_ino) == (errors.st_dev, errors.st_ino)
    return pipes and not same and outgoing.st_ino != incoming.st_ino


@contextmanager
def _diverted(stdout: int) -> Iterator[tuple[int, int]]:
    """Both under other numbers; whoever reads 0 finds nothing, whoever writes to 1 reaches standard error."""
    incoming, outgoing = (fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, STDERR + 1) for number in (STDIN, stdout))
    blocks = [os.get_blocking(number) for number in (incoming, outgoing)]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, STDIN)
    os.dup2(STDERR, STDOUT)
    os.close(nothing)
    try:
        yield incoming, outgoing
    finally:
        for number, ours, blocking in zip((STDIN, stdout), (incoming, outgoing), blocks, strict=True):
            os.dup2(ours, number, inheritable=number <= STDERR)
            os.set_blocking(number, blocking)
            os.close(ours)
