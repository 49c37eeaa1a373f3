"""Obstacles to a real host: if it cannot be brought up, one line says why."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from sandbox import prodhost
from sandbox.process import SandboxError


def nothing_installed(program: str, path: str | None = None) -> str | None:
    del program, path
    return None


def test_without_root_the_obstacle_is_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert prodhost.obstacle() == "a real host needs root"


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", nothing_installed)
    monkeypatch.setattr(prodhost, "DEBIAN_MARK", Path(__file__))
    assert prodhost.obstacle() == (
        "Debian packages are missing: docker.io iptables openssh-server busybox-static git-lfs systemd "
        "(python -m sandbox.prodhost up --install DIR)"
    )
    assert prodhost.obstacle(install=True) is None


def test_on_another_system_the_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", nothing_installed)
    monkeypatch.setattr(prodhost, "DEBIAN_MARK", tmp_path / "absent")
    assert (prodhost.obstacle(install=True) or "").startswith("a real host needs Debian, or docker.io")


def test_bringing_it_up_where_it_cannot_be_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError, match="needs root"):
        prodhost.up(tmp_path / "host")
    assert not (tmp_path / "host").exists()


def test_taking_down_what_was_never_up_does_nothing(tmp_path: Path) -> None:
    prodhost.down(tmp_path)
    assert list(tmp_path.iterdir()) == []
