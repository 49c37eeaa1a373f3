"""Equipment of the fault tests under one name: shop, gates, agents with servers to kill, a wire to break."""

from __future__ import annotations

from sandbox.wire import Wire
from tests.realhost.fault_agents import Agent, Person, approves, in_terminal, serving
from tests.realhost.fault_gates import LIMIT_S, Gates, eventually
from tests.realhost.fault_shop import BAD, GOOD, Log, Shop, broken_shop, building, compose_file, release, whole_audit

__all__ = [
    "BAD",
    "GOOD",
    "LIMIT_S",
    "Agent",
    "Gates",
    "Log",
    "Person",
    "Shop",
    "Wire",
    "approves",
    "broken_shop",
    "building",
    "compose_file",
    "eventually",
    "in_terminal",
    "release",
    "serving",
    "whole_audit",
]
