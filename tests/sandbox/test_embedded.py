"""The embedded SSH server behaves as OpenSSH does where flightrules relies on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import asyncssh
import pytest

from sandbox.embedded import EmbeddedHost, embedded_host
from sandbox.process import living_in, stop_all_in, wait_until
from sandbox.ssh import connect

pytestmark = pytest.mark.anyio


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[EmbeddedHost]:
    async with embedded_host(tmp_path / "ssh") as up:
        yield up


async def eventually(path: Path, text: str) -> None:
    def arrived() -> bool:
        return path.exists() and path.read_text() == text

    assert await anyio.to_thread.run_sync(lambda: wait_until(arrived, limit_s=5))


async def test_a_command_gets_its_stdin_and_gives_stdout_stderr_and_exit_status(host: EmbeddedHost) -> None:
    async with await connect(host.ssh) as connection:
        done = await connection.run("cat; echo oops >&2; exit 7", input="hello", check=False)
    assert (done.stdout, done.stderr, done.exit_status) == ("hello", "oops\n", 7)


async def test_large_stdin_and_stdout_pass_whole(host: EmbeddedHost) -> None:
    text = "0123456789abcdef" * 65_536
    async with await connect(host.ssh) as connection:
        done = await connection.run("cat", input=text)
    assert done.stdout == text


async def test_commands_on_one_connection_run_side_by_side(host: EmbeddedHost, tmp_path: Path) -> None:
    async with await connect(host.ssh) as connection:
        waiting = await connection.create_process(f"until [ -e {tmp_path}/go ]; do sleep 0.02; done; echo went")
        await connection.run(f"touch {tmp_path}/go", check=True)
        with anyio.fail_after(5):
            assert (await waiting.wait()).stdout == "went\n"


async def test_a_signal_reaches_the_command_and_its_death_is_reported(host: EmbeddedHost) -> None:
    async with await connect(host.ssh) as connection:
        process = await connection.create_process("echo ready; exec sleep 60")
        assert await process.stdout.readline() == "ready\n"
        process.send_signal("TERM")
        with anyio.fail_after(5):
            done = await process.wait()
    assert done.exit_signal is not None
    assert done.exit_signal[0] == "TERM"


async def test_a_detached_command_outlives_its_connection(host: EmbeddedHost, tmp_path: Path) -> None:
    script = f"until [ -e {tmp_path}/go ]; do sleep 0.02; done; printf done >{tmp_path}/out"
    async with await connect(host.ssh) as connection:
        await connection.run(f"setsid sh -c '{script}' </dev/null >/dev/null 2>&1 &", check=True)
        connection.abort()
    (tmp_path / "go").touch()
    await eventually(tmp_path / "out", "done")


async def test_a_cut_connection_does_not_kill_the_command(host: EmbeddedHost, tmp_path: Path) -> None:
    connection = await connect(host.ssh)
    script = f"echo ready; until [ -e {tmp_path}/go ]; do sleep 0.02; done; printf done >{tmp_path}/out"
    process = await connection.create_process(script)
    assert await process.stdout.readline() == "ready\n"
    assert host.cut() == 1
    await connection.wait_closed()
    (tmp_path / "go").touch()
    await eventually(tmp_path / "out", "done")


async def test_another_key_is_turned_away(host: EmbeddedHost) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(
            host.ssh.address,
            host.ssh.port,
            username=host.ssh.user,
            client_keys=[stranger],
            known_hosts=None,
            config=None,
        )


async def test_closing_the_host_stops_commands_that_still_run(tmp_path: Path) -> None:
    async with embedded_host(tmp_path / "ssh") as host:
        connection = await connect(host.ssh)
        process = await connection.create_process(f"echo ready; while :; do sleep 0.1; : {tmp_path}/marker; done")
        assert await process.stdout.readline() == "ready\n"
        assert list(living_in(tmp_path))
    assert not list(living_in(tmp_path))
    connection.abort()


async def test_what_detached_itself_is_found_by_its_folder_and_stopped(host: EmbeddedHost, tmp_path: Path) -> None:
    async with await connect(host.ssh) as connection:
        await connection.run(f"cd {tmp_path}; setsid sleep 60 </dev/null >/dev/null 2>&1 &", check=True)
    assert list(living_in(tmp_path))
    stop_all_in(tmp_path)
    assert not list(living_in(tmp_path))
