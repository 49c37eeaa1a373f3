"""The connection between server and host breaks in the middle of a rollback; the host goes on by itself."""

from __future__ import annotations

import pytest

from tests.realhost.faults import Wire, broken_shop, serving, whole_audit

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]


@pytest.mark.parametrize("end", ["server", "host"])
async def test_a_connection_cut_in_the_middle_of_a_build_costs_nothing_but_a_new_connection(end: str) -> None:
    async with broken_shop() as shop:
        shop.forget_image("web", shop.good)
        wire = Wire(shop.sshd.ssh.port)
        shop.gates.close("build", "compose* build")
        async with wire.laid() as port, serving(shop.at_port(port)) as agent:
            incident = await agent.decided()
            async with agent.rolling_back(incident) as found:
                await shop.gates.reached("build")
                await shop.log().sees_running("build")
                assert (shop.sshd.cut() if end == "host" else wire.break_servers_end()) >= 1
                await shop.looked_at()
                shop.gates.open("build")
        assert found["result"]["state"] == "succeeded", found
        assert shop.production.get("/api/v1/health")[0] == 200
        assert shop.audit() == whole_audit("checkout", "build", "up")
        assert len(shop.gates.calls("docker compose", " build ")) == 1
        assert len(shop.gates.calls("docker compose", " up ")) == 1
