"""The sockets of an address, bound once: between a test of the address and its use another could take it.

Knows: sockets. Must not know: HTTP, nor who may call. Nobody can connect before `listen`.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from flightrules.errors import Unavailable

BACKLOG = 2048
"""So many connections may wait to be taken, as with uvicorn."""


@contextmanager
def bound(host: str, port: int) -> Iterator[tuple[list[socket.socket], int]]:
    """A socket for each address the host has here, and the port, which with 0 is a free one.

    Raises `Unavailable` where the address is not free.
    """
    with _told(host, port), ExitStack() as opened:
        sockets: list[socket.socket] = []
        for family, address in _addresses(host, port):
            one = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
            if _bind(one, (address, sockets[0].getsockname()[1] if sockets else port)):
                sockets.append(one)
        if not sockets:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        kept = opened.pop_all()
    with kept:
        yield sockets, sockets[0].getsockname()[1]


def listen(sockets: Sequence[socket.socket]) -> None:
    """Let clients connect. Raises `Unavailable` where another listens there after all."""
    for one in sockets:
        with _told(*one.getsockname()[:2]):
            one.listen(BACKLOG)


def _addresses(host: str, port: int) -> list[tuple[int, str]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bind(one: socket.socket, address: tuple[str, int]) -> bool:
    """Bind a socket; False where this machine has no such address, as `localhost` may stand for two."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        one.bind(address)
    except OSError as failed:
        if failed.errno == errno.EADDRNOTAVAIL:
            return False
        raise
    return True


@contextmanager
def _told(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # What Python tells of a bind repeats the address.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
        raise Unavailable(f"address {host}:{port}", f"{why}.", "Stop what listens there, or name another.") from error
