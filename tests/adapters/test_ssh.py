"""The SSH connection, against a server in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from flightrules.adapters.ssh import Limits, SshHost
from flightrules.errors import Unavailable
from flightrules.state.target import Host
from sandbox.embedded import EmbeddedHost, embedded_host
from sandbox.ssh import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedHost]:
    async with embedded_host(tmp_path / "ssh") as embedded:
        yield embedded


@pytest.fixture
async def host(server: EmbeddedHost) -> AsyncIterator[SshHost]:
    ssh = SshHost(described(server))
    yield ssh
    await ssh.close()


def described(server: EmbeddedHost, **changed: object) -> Host:
    ssh = server.ssh
    host = Host(
        name="shop-1", address=ssh.address, port=ssh.port, user=ssh.user, key=str(ssh.key), host_key=ssh.host_key
    )
    return host.model_copy(update=changed)


async def test_the_words_of_a_command_arrive_as_they_are(host: SshHost) -> None:
    words = ["a b", "$HOME", "it's", '"', "*", "\n", "", "é"]
    heard = await host.run(["printf", "%s|", *words])
    assert (heard.status, heard.out.decode()) == (0, "".join(f"{word}|" for word in words))


async def test_output_error_output_and_exit_status_come_back(host: SshHost) -> None:
    heard = await host.run(["sh", "-c", "cat; echo bad >&2; exit 3"], stdin=b"in")
    assert (heard.out, heard.err, heard.status) == (b"in", b"bad\n", 3)


async def test_a_command_that_was_killed_has_no_good_exit_status(host: SshHost) -> None:
    heard = await host.run(["sh", "-c", "kill -9 $$"])
    assert heard.status not in {0, None}


async def test_input_that_nobody_reads_is_no_failure(host: SshHost) -> None:
    assert (await host.run(["true"], stdin=b"x" * 3_000_000)).status == 0


async def test_a_time_limit_leaves_the_outcome_unknown_and_says_so(host: SshHost, tmp_path: Path) -> None:
    script = 'echo begun; until [ -e "$1/go" ]; do sleep 0.02; done; touch "$1/ended"'
    with pytest.raises(Unavailable, match=r"no end within 0\.5 s; the outcome is UNKNOWN"):
        await host.run(["sh", "-c", script, "slow", str(tmp_path)], limit_s=0.5)
    (tmp_path / "go").touch()
    async with asyncio.timeout(5):
        while not (tmp_path / "ended").exists():  # noqa: ASYNC110 - the command goes on where nobody tells us
            await asyncio.sleep(0.02)


async def test_what_arrived_before_the_time_limit_is_kept(host: SshHost) -> None:
    heard = await host.hear(["sh", "-c", "echo begun; sleep 30"], limit_s=0.5)
    assert (heard.out, heard.status) == (b"begun\n", None)
    assert "0.5 s" in heard.why


async def test_output_without_end_is_bounded(host: SshHost) -> None:
    with pytest.raises(Unavailable, match="more than 1000 bytes"):
        await host.run(["head", "-c", "2000", "/dev/zero"], most=1000)
    heard = await host.run(["sh", "-c", "yes | head -c 1000000 >&2"])
    assert (heard.status, len(heard.err)) == (0, 64 * 1024)


async def test_many_commands_share_one_connection(host: SshHost, server: EmbeddedHost) -> None:
    heard = await asyncio.gather(*(host.run(["echo", str(n)]) for n in range(20)))
    assert [int(item.out) for item in heard] == list(range(20))
    assert server.cut() == 1


async def test_no_more_channels_are_open_at_once_than_allowed(server: EmbeddedHost, tmp_path: Path) -> None:
    host = SshHost(described(server), Limits(channels=1))
    alone = ["sh", "-c", 'mkdir "$1/alone" && sleep 0.05 && rmdir "$1/alone"', "alone", str(tmp_path)]
    heard = await asyncio.gather(*(host.run(alone) for _ in range(4)))
    assert [item.status for item in heard] == [0] * 4
    await host.close()


async def test_a_connection_that_was_cut_is_opened_again_for_the_next_command(
    host: SshHost, server: EmbeddedHost
) -> None:
    running = asyncio.create_task(host.run(["sh", "-c", "echo begun; sleep 30"]))
    while server.cut() == 0:  # noqa: ASYNC110 - until there is a connection to cut
        await asyncio.sleep(0.02)
    with pytest.raises(Unavailable, match="shop-1"):
        await running
    assert (await host.run(["echo", "again"])).out == b"again\n"


async def test_a_changed_host_key_is_refused_with_both_fingerprints(server: EmbeddedHost) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    pinned = other.export_public_key().decode().strip()
    presented = asyncssh.import_public_key(server.ssh.host_key).get_fingerprint()
    with pytest.raises(Unavailable) as refused:
        await SshHost(described(server, host_key=pinned)).run(["true"])
    for part in ("shop-1", other.get_fingerprint(), presented, "host_key"):
        assert part in str(refused.value)


async def test_a_pinned_key_of_another_kind_is_refused_with_both_fingerprints(server: EmbeddedHost) -> None:
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    pinned = other.export_public_key().decode().strip()
    with pytest.raises(Unavailable, match="host key changed"):
        await SshHost(described(server, host_key=pinned)).run(["true"])


async def test_settings_of_the_user_have_no_say(
    server: EmbeddedHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host *\n  ProxyCommand false\n  Port 1\n  User nobody\n")
    (tmp_path / ".ssh" / "known_hosts").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "no-agent"))
    host = SshHost(described(server))
    assert (await host.run(["echo", "fine"])).out == b"fine\n"
    await host.close()


async def test_a_key_that_the_host_does_not_know_is_refused(server: EmbeddedHost, tmp_path: Path) -> None:
    key = tmp_path / "other"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(key)
    with pytest.raises(Unavailable, match="authorized_keys"):
        await SshHost(described(server, key=str(key))).run(["true"])


@pytest.mark.parametrize("content", [None, b"no key", b""])
async def test_a_key_that_cannot_be_used_is_named(
    server: EmbeddedHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    key = tmp_path / "broken"
    if content is not None:
        key.write_bytes(content)
    with pytest.raises(Unavailable, match=str(key)):
        await SshHost(described(server, key=str(key))).run(["true"])


async def test_a_key_with_a_passphrase_is_named(server: EmbeddedHost, tmp_path: Path) -> None:
    key = tmp_path / "locked"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(key, "pkcs8-pem", passphrase="made up")
    with pytest.raises(Unavailable, match="passphrase"):
        await SshHost(described(server, key=str(key))).run(["true"])


async def test_a_pinned_key_that_is_none_is_unavailable(server: EmbeddedHost) -> None:
    with pytest.raises(Unavailable, match="host_key"):
        await SshHost(described(server, host_key="ssh-ed25519 AAAA")).run(["true"])


async def test_a_port_where_nobody_listens_is_unavailable(server: EmbeddedHost) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        await SshHost(described(server, port=free_port())).run(["true"])


async def test_a_server_that_says_nothing_is_unavailable_in_time(server: EmbeddedHost) -> None:
    async with relay(server.ssh.port) as wire:
        wire.freeze()
        host = SshHost(described(server, port=wire.port), Limits(connect_s=0.3))
        with pytest.raises(Unavailable, match=r"did not answer within 0\.3 s"):
            await host.run(["true"])


async def test_a_server_that_closes_at_once_is_tried_a_few_times(server: EmbeddedHost) -> None:
    tries = 0

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as dropping:
        port = dropping.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable, match="closes the connection"):
            await SshHost(described(server, port=port)).run(["true"])
    assert tries == 4


async def test_a_connection_that_freezes_is_noticed(server: EmbeddedHost, tmp_path: Path) -> None:
    async with relay(server.ssh.port) as wire:
        host = SshHost(described(server, port=wire.port), Limits(keepalive_s=0.1, keepalive_count=2))
        running = asyncio.create_task(host.run(["sh", "-c", 'touch "$1"; sleep 30', "frozen", str(tmp_path / "begun")]))
        while not (tmp_path / "begun").exists():  # noqa: ASYNC110 - the command tells nobody else
            await asyncio.sleep(0.02)
        wire.freeze()
        with pytest.raises(Unavailable, match="UNKNOWN"):
            await running
        await host.close()


class _Wire:
    """A relay that can stop passing bytes on without closing anything, as a dead network does."""

    def __init__(self, to: int) -> None:
        self.port = 0
        self._to = to
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def freeze(self) -> None:
        self._open.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._tasks |= {asyncio.create_task(self._pass(reader, back)), asyncio.create_task(self._pass(there, writer))}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                await self._open.wait()
                writer.write(data)
        except OSError:
            return
        finally:
            writer.close()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def relay(to: int) -> AsyncIterator[_Wire]:
    """Relay a loopback port."""
    wire = _Wire(to)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        await wire.stop()
