"""`flightrules host-setup` as somebody types it."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

from flightrules.adapters.gate import gate
from flightrules.cli import main
from flightrules.config import load
from tests.cli.stage import Stage

pytestmark = pytest.mark.requirement("HOST-gate")
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRoaXMgaXMgbm90IGEga2V5IHRoaXMgaXMgbm90IGEg"


@pytest.fixture
def public(tmp_path: Path) -> str:
    path = tmp_path / "id.pub"
    path.write_text(f"{PUBLIC} ada@laptop\n")
    return str(path)


def typed(at: Stage, *words: str) -> int:
    return main(["--config", str(at.config), "host-setup", *words])


def test_the_gate_goes_to_stdout_and_what_to_do_with_it_stands_beside(
    at: Stage, public: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(at, "shop", "web-1", "--public-key", public) == 0
    printed = capsys.readouterr()
    assert printed.out == gate(load(at.config).targets[0], "services")
    assert printed.out.startswith("#!/bin/sh\n")
    for word in (
        f'restrict,command="/usr/local/lib/flightrules/shop" {PUBLIC} flightrules\n',
        "authorized_keys of deploy",
        "owned by root",
        "flightrules doctor",
    ):
        assert word in printed.err


def test_the_line_alone_can_be_printed_and_narrowed(at: Stage, public: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(at, "shop", "web-1", "--line", "--from", "192.0.2.7", "--path", "/opt/g", "--public-key", public) == 0
    assert capsys.readouterr().out == f'restrict,command="/opt/g",from="192.0.2.7" {PUBLIC} flightrules\n'


def test_the_public_half_is_found_beside_the_key_or_in_it(
    at: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "key"
    key.write_private_key(path)
    at.config.write_text(at.config.read_text().replace("/nowhere/id", str(path)))
    assert typed(at, "shop", "web-1", "--line") == 0
    assert key.export_public_key().decode().split()[1] in capsys.readouterr().out
    path.with_name("key.pub").write_text(f"{PUBLIC}\n")
    assert typed(at, "shop", "web-1", "--line") == 0
    assert PUBLIC in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("blog", "web-1"), "There is no target blog. Targets: shop."),
        (("shop", "web-9"), "Target shop has no host web-9. Its hosts: web-1."),
        (("shop", "web-1"), "--public-key FILE"),
        (("shop", "web-1", "--public-key", "/nowhere.pub"), "public key /nowhere.pub"),
        (("shop", "web-1", "--public-key", "README"), "The file is not a public key"),
        (("shop", "web-1", "--path", '/opt/"x', "--public-key", "README"), "plain absolute path"),
        (("shop", "web-1", "--path", "opt/x", "--public-key", "README"), "plain absolute path"),
        (("shop", "web-1", "--from", '1"', "--public-key", "README"), "plain absolute path"),
        (("shop", "web-1", "--from", "a\nb", "--public-key", "README"), "plain absolute path"),
    ],
)
def test_what_cannot_be_printed_is_said_with_the_way_out(
    at: Stage, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (at.folder / "README").write_text("no key\n")
    assert typed(at, *words) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in " ".join(printed.err.split())
