"""The cap on handshakes, alone and with hosts of an SSH server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flightrules.adapters.handshakes import Handshakes
from flightrules.adapters.ssh import Limits, SshHost
from flightrules.errors import Unavailable
from flightrules.state.target import Host
from sandbox.embedded import embedded_host

pytestmark = pytest.mark.anyio


class Crowd:
    """Counts who is inside at once."""

    def __init__(self) -> None:
        self.inside = self.most = 0

    async def pass_through(self, handshakes: Handshakes, until: asyncio.Event) -> None:
        async with handshakes.turn():
            self.inside += 1
            self.most = max(self.most, self.inside)
            await until.wait()
            self.inside -= 1


async def test_no_more_than_the_cap_are_under_way_at_once() -> None:
    crowd, until = Crowd(), asyncio.Event()
    handshakes = Handshakes(most=3)
    tasks = [asyncio.create_task(crowd.pass_through(handshakes, until)) for _ in range(9)]
    while crowd.inside < 3:  # noqa: ASYNC110 - until the first are in
        await asyncio.sleep(0)
    until.set()
    await asyncio.gather(*tasks)
    assert crowd.most == 3


async def test_one_that_takes_too_long_gives_its_turn_away_once() -> None:
    crowd, until = Crowd(), asyncio.Event()
    handshakes = Handshakes(most=1, patience_s=0.01)
    tasks = [asyncio.create_task(crowd.pass_through(handshakes, until)) for _ in range(3)]
    async with asyncio.timeout(5):
        while crowd.inside < 3:  # noqa: ASYNC110 - until all got in
            await asyncio.sleep(0.01)
    until.set()
    await asyncio.gather(*tasks)
    crowd, until = Crowd(), asyncio.Event()
    async with handshakes.turn():
        waiting = asyncio.create_task(crowd.pass_through(handshakes, until))
        await asyncio.sleep(0)
        assert crowd.inside == 0
    until.set()
    await waiting


async def test_a_turn_is_free_again_after_a_failure() -> None:
    handshakes = Handshakes(most=1)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            async with asyncio.timeout(5), handshakes.turn():
                raise RuntimeError


async def test_hosts_that_share_a_cap_connect_one_after_the_other_and_a_silent_one_holds_nobody_up(
    tmp_path: Path,
) -> None:
    silent = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    handshakes = Handshakes(most=1, patience_s=0.05)
    async with embedded_host(tmp_path / "ssh") as server, await asyncio.start_server(say_nothing, "127.0.0.1") as mute:
        ssh = server.ssh
        fields = {"address": ssh.address, "user": ssh.user, "key": str(ssh.key), "host_key": ssh.host_key}
        ports = [mute.sockets[0].getsockname()[1], ssh.port, ssh.port]
        described = [Host.model_validate({"name": f"web-{n}", "port": port, **fields}) for n, port in enumerate(ports)]
        hosts = [SshHost(host, Limits(connect_s=1.0), handshakes) for host in described]
        muted = asyncio.create_task(hosts[0].run(["true"]))
        heard = await asyncio.gather(*(host.run(["echo", "here"]) for host in hosts[1:]))
        assert [item.out for item in heard] == [b"here\n"] * 2
        assert not muted.done()
        with pytest.raises(Unavailable, match="did not answer"):
            await muted
        silent.set()
        for host in hosts:
            await host.close()
