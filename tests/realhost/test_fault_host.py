"""The host itself: it is replaced by another, goes away for a while, or lives in another time than the server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from sandbox.process import run
from sandbox.sshd import Sshd, start_sshd
from tests.realhost.faults import Shop, broken_shop, eventually, serving, whole_audit

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]

RESTART = "git rev-parse HEAD"
IMPATIENT = """
from functools import partial
from flightrules.adapters import ssh
ssh.Limits = partial(ssh.Limits, connect_s=2.0, keepalive_s=1.0, keepalive_count=2)
"""
"""The same code with shorter patience than the 5 s and three unanswered keepalives of every day."""


async def test_a_host_key_that_changed_in_the_middle_stops_all_talk_and_the_rollback_is_found_again_after_it() -> None:
    async with broken_shop("commands") as shop:
        shop.gates.close("restart", RESTART)
        folder, port = shop.sshd.ssh.key.parent, shop.sshd.ssh.port
        async with serving(shop) as agent:
            incident = await agent.decided()
            answer = await agent.call("rollback", incident=incident)
            assert answer["phase"] == "rolling_back"
            shop.sshd.stop()
            intruder = impostor(shop, port)
            try:
                shop.gates.open("restart")
                await eventually(lambda: "[preauth]" in log_of(shop), "the intruder is called")
                answer = await agent.call("rollback", incident=incident)
                assert answer["phase"] == "rolling_back", answer
                assert any("its host key changed" in line for line in agent.progress), agent.progress
            finally:
                intruder.stop()
            again = start_sshd(folder, port=port, env={"PATH": shop.gates.path})
            try:
                answer = await agent.rolled_back(incident)
            finally:
                again.stop()
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.audit() == whole_audit("checkout", "restart")


def impostor(shop: Shop, port: int) -> Sshd:
    """Another SSH server, with another key, at the port of the host."""
    return start_sshd(shop.production.folder / "impostor", port=port)


def log_of(shop: Shop) -> str:
    return (shop.production.folder / "impostor" / "sshd.log").read_text()


@dataclass(frozen=True)
class Island:
    """A network namespace with an SSH server in it, which can be cut off."""

    sshd: Sshd
    inside: tuple[str, ...]

    def away(self) -> None:
        """Lose every packet that arrives, without a word to the sender."""
        run(*self.inside, "iptables", "--insert", "INPUT", "--jump", "DROP")

    def back(self) -> None:
        run(*self.inside, "iptables", "--flush", "INPUT")


@contextmanager
def island(shop: Shop) -> Iterator[Island]:
    """An SSH server of this shop's host in a network of its own."""
    name = f"fr{uuid.uuid4().hex[:8]}"
    near, far = f"{name}a", f"{name}b"
    inside = ("ip", "netns", "exec", name)
    net = int(uuid.uuid4().hex[:4], 16)
    here, there = f"10.{net >> 8}.{net & 255}.1", f"10.{net >> 8}.{net & 255}.2"
    run("ip", "netns", "add", name)
    try:
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        run("ip", "address", "add", f"{here}/30", "dev", near)
        run("ip", "link", "set", near, "up")
        run(*inside, "ip", "address", "add", f"{there}/30", "dev", far)
        run(*inside, "ip", "link", "set", far, "up")
        env = {"PATH": shop.gates.path}
        sshd = start_sshd(shop.production.folder / "island", address=there, env=env, inside=inside)
        try:
            yield Island(sshd, inside)
        finally:
            sshd.stop()
    finally:
        run("ip", "netns", "delete", name)


async def test_a_host_that_is_away_for_a_while_is_found_again_and_the_rollback_ended_meanwhile() -> None:
    async with broken_shop("compose") as plain:
        with island(plain) as isle:
            shop = replace(plain, production=replace(plain.production, ssh=isle.sshd.ssh))
            shop.gates.close("up", "compose*up -d")
            async with serving(shop, program=IMPATIENT) as agent:
                incident = await agent.decided()
                async with agent.rolling_back(incident) as found:
                    await shop.log().sees_running("up")
                    isle.away()
                    shop.gates.open("up")
                    await shop.answers(200)
                    await eventually(
                        lambda: any("did not answer within" in line for line in agent.progress), "a connection is tried"
                    )
                    isle.back()
            assert found["result"]["state"] == "succeeded", found
            assert shop.audit() == whole_audit("checkout", "up")


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_server_whose_clock_is_an_hour_off_rolls_back_and_proves_all_the_same(hours: int) -> None:
    shifted = f"""
from datetime import timedelta
from flightrules.adapters.clock import SystemClock
real = SystemClock.now
SystemClock.now = lambda self: real(self) + timedelta(hours={hours})
"""
    async with broken_shop() as shop, serving(shop, program=shifted) as agent:
        answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        skews = {event["survey"]["clock_skew_s"] for event in shop.log().events("survey_read")}
        assert all(abs(skew + hours * 3600) < 30 for skew in skews), skews
        verified = await agent.call("verify", incident=answer["incident"])
        assert verified["result"]["verdict"] == "restored", verified
