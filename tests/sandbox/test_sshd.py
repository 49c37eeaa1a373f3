from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

from sandbox.prodhost import obstacle
from sandbox.ssh import connect
from sandbox.sshd import start_sshd

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))]


async def test_a_server_of_ones_own_sets_what_it_is_told_and_ends_when_it_is_told(tmp_path: Path) -> None:
    server = start_sshd(tmp_path / "ssh", env={"COLOUR": "dark green"})
    try:
        async with await connect(server.ssh) as connection:
            assert (await connection.run('printf %s "$COLOUR"', check=True)).stdout == "dark green"
            assert server.cut() >= 1
            await connection.wait_closed()
        async with await connect(server.ssh) as connection:
            server.stop()
            await connection.wait_closed()
    finally:
        server.stop()
    assert not server.process.alive()
    with pytest.raises(ConnectionRefusedError):
        await connect(server.ssh)


async def test_a_server_started_again_keeps_its_keys(tmp_path: Path) -> None:
    first = start_sshd(tmp_path / "ssh")
    first.stop()
    again = start_sshd(tmp_path / "ssh", port=first.ssh.port)
    try:
        assert again.ssh == first.ssh
        async with await connect(again.ssh) as connection:
            assert isinstance(connection, asyncssh.SSHClientConnection)
    finally:
        again.stop()
