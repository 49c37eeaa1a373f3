"""One host over one SSH connection: commands as lists of words, bounded in time and in bytes.

Knows: connections, channels, the pinned host key. Must not know: what the commands are for.
A command whose end was not seen is never called failed: its outcome is UNKNOWN, since the host goes on without us.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flightrules.adapters.handshakes import Handshakes
from flightrules.adapters.login import Pinned, bastion_of, client, identity, said, unreachable
from flightrules.errors import Unavailable, Unreached
from flightrules.state.target import Host

if TYPE_CHECKING:
    import asyncssh

MOST_CHANNELS = 8
"""OpenSSH allows ten sessions on a connection (MaxSessions); two are left to others."""

MOST_OUT = 16 * 1024 * 1024
MOST_ERR = 64 * 1024
CHUNK = 64 * 1024
PREFERRED_CIPHERS = "^aes256-gcm@openssh.com,aes128-gcm@openssh.com"
"""One call into OpenSSL a packet; for asyncssh's first choice, chacha20-poly1305, it takes several. Others follow."""
NOWHERE = 1
"""A port at which nothing listens."""
DROPPED_PAUSES_S = (0.2, 0.5, 1.0)
"""Before a handshake that a busy server dropped is tried again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one connection: times to wait, unanswered keepalives and channels."""

    connect_s: float = 10.0
    keepalive_s: float = 5.0
    keepalive_count: int = 3
    """Unanswered keepalives after which a connection counts as broken."""
    channels: int = MOST_CHANNELS


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Result of one command."""

    out: bytes
    err: bytes
    status: int | None
    """None where the end was not seen."""
    why: str = ""
    """Reason that the end was not seen, or the signal that ended it."""


class SshHost:
    """Keeps one connection to one host, opened when first needed and again when it broke."""

    def __init__(self, host: Host, limits: Limits | None = None, handshakes: Handshakes | None = None) -> None:
        self.host = host
        self.name = f"host {host.name}"
        self._limits = limits or Limits()
        self._handshakes = handshakes or Handshakes()
        self._channels = asyncio.Semaphore(self._limits.channels)
        self._opening = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        bastion = bastion_of(host)
        self._jump = SshHost(bastion, limits, handshakes) if bastion else None

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", limit_s: float = 30.0, most: int = MOST_OUT
    ) -> CommandResult:
        """Run a command to its end.

        Raises `Unreached` if the host cannot be reached, and `Unavailable`, saying that the outcome is UNKNOWN,
        where the end of the command was not seen. A failure of the command itself is in `status`.
        """
        heard = await self.hear(argv, stdin=stdin, limit_s=limit_s, most=most)
        if heard.status is None:
            raise unseen(self.name, heard)
        return heard

    async def hear(
        self, argv: Sequence[str], *, asks: str = "", stdin: bytes = b"", limit_s: float = 30.0, most: int = MOST_OUT
    ) -> CommandResult:
        """Run a command and return what arrived, whether or not its end was seen.

        `asks` stands before the command, for a gate that reads it instead; it must be nothing to a shell.
        Raises `Unreached` if the command was never sent, `Unavailable` if that is not known.
        """
        import asyncssh

        hearing, why = _Hearing(most), ""
        deadline = asyncio.get_running_loop().time() + limit_s
        async with self._channels:
            command = shlex.join(argv)
            process = await self._start(f"{asks}; exec {command}" if asks else command, deadline)
            try:
                async with asyncio.timeout_at(deadline):
                    await hearing.listen(process, stdin)
            except TimeoutError:
                why = f"no end within {limit_s:g} s"
            except _TooMuch as error:
                why = str(error)
            except (asyncssh.Error, OSError) as error:
                why = f"the connection broke ({said(error)})"
            finally:
                process.channel.abort()
        return hearing.heard(process, why)

    async def ready(self) -> None:
        """Connect where no connection is open, so that what follows is not delayed by it."""
        await self.connected()

    async def forwards(self) -> bool:
        """Return True if the host would open connections of ours to what it can reach; no connection is made."""
        import asyncssh

        connection = await self.connected()
        try:
            async with asyncio.timeout(self._limits.connect_s):
                _, writer = await connection.open_connection("127.0.0.1", NOWHERE)
        except asyncssh.ChannelOpenError as error:
            return error.code != asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED
        except (asyncssh.Error, OSError) as error:
            raise Unavailable(self.name, f"the connection broke ({said(error)}).") from error
        writer.close()
        return True

    async def close(self) -> None:
        """Close the connection, where there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()
        if self._jump is not None:
            await self._jump.close()

    async def _start(self, command: str, deadline: float) -> asyncssh.SSHClientProcess[bytes]:
        """Send a command. Only what never reached the host is tried a second time."""
        import asyncssh

        for last in (False, True):
            connection = await self.connected()
            try:
                async with asyncio.timeout_at(deadline):
                    return await connection.create_process(command, encoding=None)
            except asyncssh.ChannelOpenError as error:
                if last or not connection.is_closed():
                    raise Unreached(self.name, f"no channel could be opened ({said(error)}).") from error
            except TimeoutError as error:
                connection.abort()
                raise Unavailable(self.name, "it took no command in time; the outcome is UNKNOWN.") from error
            except (asyncssh.Error, OSError) as error:
                raise Unavailable(
                    self.name, f"the connection broke ({said(error)}); the outcome is UNKNOWN."
                ) from error
        raise AssertionError  # pragma: no cover

    async def connected(self) -> asyncssh.SSHClientConnection:
        """Connect if no connection is open, through the jump server if there is one."""
        async with self._opening:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect_patiently()
            return self._connection

    async def _connect_patiently(self) -> asyncssh.SSHClientConnection:
        """Connect, again where a busy sshd dropped the handshake (MaxStartups): no command was sent yet."""
        import asyncssh

        for pause in (*DROPPED_PAUSES_S, None):
            try:
                async with self._handshakes.turn():
                    return await self._connect()
            except (asyncssh.ConnectionLost, ConnectionResetError) as error:
                if pause is None:
                    why = f"its SSH server closes the connection ({said(error)})."
                    raise Unreached(self.name, why, "Look at its sshd and its load.") from error
            await asyncio.sleep(pause)
        raise AssertionError  # pragma: no cover

    async def _connect(self) -> asyncssh.SSHClientConnection:
        import asyncssh

        pinned = Pinned(self.host)
        keys, agent = identity(self.host)
        tunnel = await self._jump.connected() if self._jump is not None else None
        try:
            async with asyncio.timeout(self._limits.connect_s):
                return await asyncssh.connect(
                    self.host.address,
                    self.host.port,
                    username=self.host.user,
                    client_keys=keys,
                    agent_path=agent,
                    client_factory=lambda: client(pinned),
                    server_host_key_algs=pinned.algorithms,
                    known_hosts=asyncssh.import_known_hosts(""),
                    config=None,
                    tunnel=tunnel or (),
                    encryption_algs=PREFERRED_CIPHERS,
                    preferred_auth="publickey",
                    agent_forwarding=False,
                    x509_trusted_certs=None,
                    keepalive_interval=self._limits.keepalive_s,
                    keepalive_count_max=self._limits.keepalive_count,
                )
        except asyncssh.HostKeyNotVerifiable as error:
            raise pinned.refused() from error
        except (asyncssh.ConnectionLost, ConnectionResetError):
            raise
        except (asyncssh.Error, OSError) as error:
            raise unreachable(self.host, error, self._limits.connect_s) from error


def unseen(name: str, heard: CommandResult) -> Unavailable:
    """Return the error to report when the end of a command was not seen."""
    return Unavailable(name, f"{heard.why}; the outcome is UNKNOWN, the command may go on there.")


class _Hearing:
    """Collects one command's output within bounds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._out = bytearray()
        self._err = bytearray()

    async def listen(self, process: asyncssh.SSHClientProcess[bytes], stdin: bytes) -> None:
        """Hear a command to its end."""
        others = [asyncio.create_task(_feed(process, stdin)), asyncio.create_task(self._listen_err(process))]
        try:
            await self._listen_out(process)
            await asyncio.gather(*others)
            await process.wait_closed()
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    def heard(self, process: asyncssh.SSHClientProcess[bytes], why: str) -> CommandResult:
        """Return what arrived.

        An end that was seen counts, whatever happened to the connection afterwards.
        """
        status, name = process.exit_status, process.exit_signal
        if len(self._out) >= self._most:  # its end may have come as well, but what is missing may not pass for all
            return CommandResult(
                bytes(self._out), bytes(self._err), None, why or f"it printed more than {self._most} bytes"
            )
        if status is None:
            return CommandResult(bytes(self._out), bytes(self._err), None, why or "the connection broke")
        ended = f"ended by signal {name[0]}" if name else ""
        return CommandResult(bytes(self._out), bytes(self._err), status, ended)

    async def _listen_out(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        while data := await process.stdout.read(CHUNK):
            self._out += data[: self._most - len(self._out)]
            if len(self._out) >= self._most:
                raise _TooMuch(f"it printed more than {self._most} bytes")

    async def _listen_err(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        while data := await process.stderr.read(CHUNK):
            self._err += data[: MOST_ERR - len(self._err)]


class _TooMuch(Exception):
    pass


async def _feed(process: asyncssh.SSHClientProcess[bytes], stdin: bytes) -> None:
    try:
        process.stdin.write(stdin)
        await process.stdin.drain()
        process.stdin.write_eof()
    except OSError:
        return  # it ended without reading all: its exit status tells
