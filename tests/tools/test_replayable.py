"""Every tool can be replayed: a tool that nothing could call again would make sessions that nobody can replay."""

from __future__ import annotations

import pytest

from flightrules.replay.calls import CALLS
from flightrules.tools.catalog import TOOLS


@pytest.mark.requirement("REPL-identical")
def test_each_tool_is_known_to_the_replay() -> None:
    """Add a new tool to replay/calls.py, as its handler calls the service."""
    assert {tool.name for tool in TOOLS} - {"rollback"} <= set(CALLS)
