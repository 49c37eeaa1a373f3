"""A network that breaks: TCP forwarded to the host's SSH port, until it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Wire:
    """A network between server and host that can be broken: forwards TCP to the host's SSH port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._servers_ends: list[asyncio.StreamWriter] = []
        self._hosts_ends: list[asyncio.StreamWriter] = []
        self._pumps: list[asyncio.Task[None]] = []
        self._believed: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def laid(self, port: int = 0) -> AsyncIterator[int]:
        """Forward while the block lasts; gives the port at which the host is reached, a free one unless named."""
        listener = await asyncio.start_server(self._join, "127.0.0.1", port)
        try:
            yield int(listener.sockets[0].getsockname()[1])
        finally:
            listener.close()
            for end in (*self._servers_ends, *self._hosts_ends):
                end.transport.abort()
            await asyncio.gather(*self._pumps)
            await asyncio.sleep(0)  # transports close in the turn after

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._servers_ends.append(writer)
        self._hosts_ends.append(back)
        self._pumps += [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        if writer not in self._believed:
            writer.transport.abort()

    def break_servers_end(self) -> int:
        """Reset the connections at the server; the host goes on believing in them."""
        broken = [end for end in self._servers_ends if not end.is_closing()]
        self._believed.update(self._hosts_ends)
        for end in broken:
            end.transport.abort()
        return len(broken)
