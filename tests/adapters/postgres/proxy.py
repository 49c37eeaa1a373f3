"""A socket in front of a database that loses the answer to a COMMIT, or the COMMIT itself."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

SOCKET = ".s.PGSQL.5432"


class Proxy:
    """The proxy. It passes everything on until it is told what to lose."""

    def __init__(self, front: Path, back: Path) -> None:
        self.loses: Literal["nothing", "answer", "commit"] = "nothing"
        """The part of the next COMMIT that is lost, and the connection with it."""
        self.lost = 0
        self._back = str(back / SOCKET)
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(front / SOCKET))
        self._listener.listen()
        self._start(self._accept)

    def refuse(self) -> None:
        """Take no more connections."""
        _end(self._listener)

    def close(self) -> None:
        """End everything."""
        self.refuse()
        _end(*self._ends)
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                self._ends += [client, server]
                server.connect(self._back)
                swallow = threading.Event()
                self._start(self._there, client, server, swallow)
                self._start(self._back_again, client, server, swallow)

    def _there(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while sent := client.recv(65536):
                if b"COMMIT\0" in sent and self.loses != "nothing":
                    loses, self.loses = self.loses, "nothing"
                    self.lost += 1
                    if loses == "commit":
                        break
                    swallow.set()
                server.sendall(sent)
        _end(client, server)

    def _back_again(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while got := server.recv(65536):
                if swallow.is_set():
                    break
                client.sendall(got)
        _end(client, server)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def in_front_of(front: Path, back: Path) -> Iterator[Proxy]:
    """A proxy on a socket in one folder, before the database whose socket is in the other."""
    front.mkdir()
    proxy = Proxy(front, back)
    try:
        yield proxy
    finally:
        proxy.close()
