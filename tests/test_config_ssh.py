"""Settings that are taken from an ssh_config of OpenSSH, and those that are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flightrules.config import load
from flightrules.errors import Refused
from flightrules.state.target import Host

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client is not installed")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def host(folder: Path, ssh_config: str, more: str = "", *, named: str = 'ssh_config = "ssh_config"') -> Host:
    (folder / "ssh_config").write_text(ssh_config)
    (folder / "flightrules.toml").write_text(f"""
[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "https://shop.example/health"
runtime = {{ kind = "compose", project = "shop" }}
[[targets.hosts]]
name = "web-1"
address = "web"
host_key = "{KEY}"
{named}
{more}
""")
    return load(folder / "flightrules.toml").targets[0].hosts[0]


WEB = """Host web
  HostName 192.0.2.7
  User EXAMPLE\\\\ann
  Port 2222
  IdentityFile /keys/web
"""


def test_address_user_port_and_key_come_from_the_file_that_is_named(tmp_path: Path) -> None:
    found = host(tmp_path, WEB)
    assert (found.address, found.user, found.port, found.key) == ("192.0.2.7", "EXAMPLE\\ann", 2222, "/keys/web")
    assert found.jump is None


def test_an_account_with_a_domain_is_taken(tmp_path: Path) -> None:
    assert host(tmp_path, WEB.replace("EXAMPLE\\\\ann", "ann@example.com")).user == "ann@example.com"


def test_what_the_settings_say_themselves_stays(tmp_path: Path) -> None:
    found = host(tmp_path, WEB, 'user = "deploy"\nport = 22\nkey = "/keys/mine"')
    assert (found.address, found.user, found.port, found.key) == ("192.0.2.7", "deploy", 22, "/keys/mine")


def test_a_jump_server_is_looked_up_in_the_same_file_and_pinned_in_the_settings(tmp_path: Path) -> None:
    jump = "  ProxyJump root@bastion:2022\nHost bastion\n  HostName 192.0.2.1\n  IdentityFile /keys/bastion\n"
    found = host(tmp_path, WEB + jump, f'jump = {{ host_key = "{KEY}" }}').jump
    assert found is not None
    assert (found.address, found.user, found.port, found.key) == ("192.0.2.1", "root", 2022, "/keys/bastion")
    with pytest.raises(Refused, match=r"jump\.host_key: missing"):
        host(tmp_path, WEB + jump)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("  ProxyCommand nc %h %p\n", "ProxyCommand"),
        ("  ProxyJump a,b\n", "more than one jump"),
        ("  ProxyJump a\nHost a\n  ProxyJump b\n", "ProxyJump of its own"),
        ("  NoSuchOption yes\n", "does not take"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_in_words(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        host(tmp_path, WEB + more)


def test_without_the_setting_no_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"user: missing"):
        host(tmp_path, WEB, named="")
    with pytest.raises(Refused, match="is not a file"):
        host(tmp_path, WEB, named='ssh_config = "elsewhere"')
