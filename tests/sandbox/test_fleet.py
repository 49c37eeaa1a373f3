"""The fleet is what the tests on it take it for: several hosts that share one path and nothing else."""

from __future__ import annotations

import asyncssh
import pytest
from anyio import to_thread

from sandbox.fleet import get, sandbox_fleet
from sandbox.process import living_in
from sandbox.prodhost import obstacle
from sandbox.ssh import connect

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))]


async def test_each_host_sees_its_own_folder_at_the_shared_path_and_one_address_reaches_all() -> None:
    async with sandbox_fleet(2, migrations=True) as fleet:
        await fleet.settle(500)
        assert await to_thread.run_sync(fleet.serving) == {"web-1": "bad", "web-2": "bad", "db-1": ""}
        for name, machine in fleet.machines.items():
            async with await connect(machine.sshd.ssh) as connection:
                seen = await connection.run(f"cat {fleet.app_dir}/.env", check=True)
            assert f"SHOP_PORT={machine.port}" in str(seen.stdout), name
        assert not list(fleet.app_dir.iterdir())
        assert len({machine.port for machine in fleet.machines.values()}) == 3
        assert [host.role for host in fleet.target.hosts] == ["services", "services", "migrations"]

        await to_thread.run_sync(fleet.machines["web-2"].ctl, "stop")
        answers = sorted([get(fleet.port, "/api/v1/health")[0] for _ in range(4)])
        assert answers == [500, 500, 502, 502]


async def test_a_host_that_is_unplugged_cannot_be_reached_and_goes_on_and_nothing_is_left_in_the_end() -> None:
    async with sandbox_fleet(1) as fleet:
        await fleet.settle(500)
        machine = fleet.machines["web-1"]
        machine.unplug()
        with pytest.raises((OSError, asyncssh.Error)):
            await connect(machine.sshd.ssh)
        assert await to_thread.run_sync(machine.serving) == fleet.releases["bad"]
    assert not machine.view.alive()
    assert not list(living_in(fleet.folder))
    assert not fleet.folder.exists()
