"""Ports of the sandbox, which are used some time after they were found free."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sandbox import ssh


def test_a_port_is_none_that_the_system_gives_to_outgoing_connections_meanwhile() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if first <= 10_000:
        pytest.skip("this machine gives away nearly every port")
    assert all(10_000 <= ssh.free_port() < first for _ in range(50))


def test_where_every_port_is_given_away_one_that_is_free_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "_first_given_away", lambda: 1024)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", ssh.free_port()))
