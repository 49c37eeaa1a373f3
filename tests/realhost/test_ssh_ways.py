"""Ways to a host that OpenSSH has: through a jump server, and with a certificate instead of a listed key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flightrules.adapters.ssh import SshHost
from flightrules.config import load
from flightrules.errors import Unavailable
from flightrules.state.target import Host, Jump
from sandbox.process import run
from tests.realhost.gates import own_sshd

pytestmark = pytest.mark.anyio


async def test_a_host_is_reached_through_its_jump_server_which_is_pinned_too(tmp_path: Path) -> None:
    with own_sshd(tmp_path / "bastion") as bastion, own_sshd(tmp_path / "inside") as inside:
        there, between = inside.ssh, bastion.ssh
        jump = Jump(
            address="127.0.0.1", port=between.port, user=between.user, key=str(between.key), host_key=between.host_key
        )
        host = Host(
            name="web-1", address="127.0.0.1", port=there.port, user=there.user, key=str(there.key),
            host_key=there.host_key, jump=jump,
        )  # fmt: skip
        ssh = SshHost(host)
        try:
            assert (await ssh.run(["echo", "through"])).out == b"through\n"
        finally:
            await ssh.close()
        wrong = SshHost(host.model_copy(update={"jump": jump.model_copy(update={"host_key": there.host_key})}))
        try:
            with pytest.raises(Unavailable, match="host web-1-jump: its host key changed"):
                await wrong.run(["true"])
        finally:
            await wrong.close()


async def test_a_certificate_beside_the_key_is_shown(tmp_path: Path) -> None:
    with own_sshd(tmp_path / "ssh") as sshd:
        key = tmp_path / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        authority = tmp_path / "authority"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority)
        run("ssh-keygen", "-q", "-s", authority, "-I", "flightrules", "-n", sshd.ssh.user, f"{key}.pub")
        listed = next((tmp_path / "ssh").rglob("authorized_keys"))
        listed.write_text(f"cert-authority {authority.with_name('authority.pub').read_text()}")
        facts = {"name": "web-1", "address": "127.0.0.1", "port": sshd.ssh.port, "user": sshd.ssh.user}
        host = Host.model_validate({**facts, "key": str(key), "host_key": sshd.ssh.host_key})
        ssh = SshHost(host)
        try:
            assert (await ssh.run(["echo", "signed"])).out == b"signed\n"
        finally:
            await ssh.close()
        alone = shutil.copy(key, tmp_path / "alone")
        without = SshHost(host.model_copy(update={"key": str(alone)}))
        try:
            with pytest.raises(Unavailable, match="refuses our key"):
                await without.run(["true"])
        finally:
            await without.close()


async def test_a_host_is_reached_the_way_that_an_ssh_config_names(tmp_path: Path) -> None:
    with own_sshd(tmp_path / "bastion") as bastion, own_sshd(tmp_path / "inside") as inside:
        names = {"web": inside.ssh, "between": bastion.ssh}
        (tmp_path / "ssh_config").write_text(
            "".join(
                f"Host {name}\n HostName 127.0.0.1\n Port {ssh.port}\n User {ssh.user}\n IdentityFile {ssh.key}\n"
                for name, ssh in names.items()
            )
            + "Host web\n ProxyJump between\n"
        )
        (tmp_path / "flightrules.toml").write_text(f"""
[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "https://shop.example/health"
runtime = {{ kind = "compose", project = "shop" }}
[[targets.hosts]]
name = "web-1"
address = "web"
host_key = "{inside.ssh.host_key}"
ssh_config = "ssh_config"
jump = {{ host_key = "{bastion.ssh.host_key}" }}
""")
        ssh = SshHost(load(tmp_path / "flightrules.toml").targets[0].hosts[0])
        try:
            assert (await ssh.run(["echo", "through"])).out == b"through\n"
        finally:
            await ssh.close()


def test_accounts_of_a_directory_are_names() -> None:
    facts = {"name": "web-1", "address": "a", "key": "k", "host_key": "ssh-ed25519 AAAA"}
    for user in ("ann@example.com", "EXAMPLE\\ann", "svc_web$"):
        assert Host.model_validate({**facts, "user": user}).user == user
