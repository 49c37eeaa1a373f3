"""A line of a report, for tests."""

from __future__ import annotations

from flightrules.testing.drill import Drill


def line(drill: Drill, start: str) -> str:
    """Return the first line of the report that begins so; empty if there is none."""
    return next((line for line in drill.report().split("\n") if line.startswith(start)), "")
