"""An SSH server inside this process, for machines with neither Docker nor sshd.

Knows: SSH sessions and /bin/sh. Must not know: what the commands do.
Commands are real: each runs through /bin/sh as the current user, and what it detaches outlives its channel,
as with OpenSSH. A cut connection closes the pipes of a command and kills nothing.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import asyncssh

from sandbox.ssh import Ssh

_PASSED_ON = ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "USER")
_DRAIN_LIMIT_S = 5.0


class EmbeddedHost:
    """One embedded server: how to reach it, and ways to make it fail."""

    def __init__(self, ssh: Ssh, connections: set[asyncssh.SSHServerConnection], children: set[_Child]) -> None:
        self.ssh = ssh
        self._connections = connections
        self._children = children

    def cut(self) -> int:
        """Cut every connection now, as a failing network does; says how many there were."""
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        return len(connections)

    async def close(self) -> None:
        """Cut the connections and stop the commands that still run, each session by its id."""
        self.cut()
        children = list(self._children)
        for child in children:
            child.signal("KILL")
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(child.ended.wait() for child in children)), _DRAIN_LIMIT_S)


class _Server(asyncssh.SSHServer):
    def __init__(self, connections: set[asyncssh.SSHServerConnection], children: set[_Child]) -> None:
        self._connections = connections
        self._children = children
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._connection is not None:
            self._connections.discard(self._connection)

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        return _Session(self._children)


class _Session(asyncssh.SSHServerSession[bytes]):
    """One channel: passes bytes, signals and the end between the client and one command."""

    def __init__(self, children: set[_Child]) -> None:
        self._children = children
        self._child: _Child | None = None
        self._starting: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._early_eof = False
        self._command = ""
        self._lost = False

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        self._starting = asyncio.create_task(self._start())

    async def _start(self) -> None:
        child = _Child(self._channel, self._children)
        await asyncio.get_running_loop().subprocess_exec(
            lambda: child,
            "/bin/sh",
            "-c",
            self._command,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            cwd=Path.home(),
            start_new_session=True,
        )
        self._child = child
        for data in self._early:
            child.write(data)
        if self._early_eof:
            child.write_eof()
        if self._lost:
            child.let_go()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        del datatype
        if self._child is None:
            self._early.append(data)
        else:
            self._child.write(data)

    def eof_received(self) -> bool:
        self._early_eof = True
        if self._child is not None:
            self._child.write_eof()
        return True

    def signal_received(self, signal: str) -> None:
        if self._child is not None:
            self._child.signal(signal)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._lost = True
        if self._child is not None:
            self._child.let_go()


class _Child(asyncio.SubprocessProtocol):
    """One command: its output goes to the channel while there is one, its end closes the channel."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], children: set[_Child]) -> None:
        self.ended = asyncio.Event()
        self._channel = channel
        self._children = children
        self._attached = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self._children.add(self)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if not self._attached:
            return
        with suppress(BrokenPipeError):  # the client went away while output flowed; the child goes on
            self._channel.write(data, asyncssh.EXTENDED_DATA_STDERR if fd == 2 else None)  # noqa: PLR2004 - stderr

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._children.discard(self)
        self.ended.set()
        code = self._transport.get_returncode()
        self._transport.close()
        if not self._attached or code is None:
            return
        with suppress(OSError):
            if code < 0:
                self._channel.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))
            else:
                self._channel.exit(code)

    def write(self, data: bytes) -> None:
        """Pass bytes to the command's stdin."""
        pipe = cast("asyncio.WriteTransport | None", self._transport.get_pipe_transport(0))
        if pipe is not None and not pipe.is_closing():
            pipe.write(data)

    def write_eof(self) -> None:
        """End the command's stdin."""
        self._close_pipe(0)

    def let_go(self) -> None:
        """Close the pipes: the command goes on until it writes into one of them."""
        self._attached = False
        for fd in (0, 1, 2):
            self._close_pipe(fd)

    def signal(self, name: str) -> None:
        """Send a signal to the command and what it started in its session."""
        with suppress(ProcessLookupError, AttributeError):
            os.killpg(self._transport.get_pid(), getattr(signal, f"SIG{name}"))

    def _close_pipe(self, fd: int) -> None:
        pipe = self._transport.get_pipe_transport(fd)
        if pipe is not None:
            pipe.close()


@asynccontextmanager
async def embedded_host(folder: Path) -> AsyncIterator[EmbeddedHost]:
    """Serve SSH on a free loopback port, with keys made in `folder`, until the block ends."""
    connections: set[asyncssh.SSHServerConnection] = set()
    children: set[_Child] = set()
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    client_key = asyncssh.generate_private_key("ssh-ed25519")
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Server(connections, children),
        server_host_keys=[host_key],
        authorized_client_keys=asyncssh.import_authorized_keys(client_key.export_public_key().decode()),
        encoding=None,
    )
    ssh = Ssh(
        address="127.0.0.1",
        port=acceptor.get_port(),
        user=getpass.getuser(),
        key=_write_key(folder, client_key),
        host_key=" ".join(host_key.export_public_key().decode().split()[:2]),
    )
    host = EmbeddedHost(ssh, connections, children)
    try:
        yield host
    finally:
        acceptor.close()
        await host.close()
        await acceptor.wait_closed()


def _write_key(folder: Path, key: asyncssh.SSHKey) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "client_key"
    path.touch(mode=0o600)
    key.write_private_key(path)
    return path
