"""Parts of an incident that several tests play alike. Not collected as tests."""

from __future__ import annotations

from flightrules.testing.drill import Drill

MILD = {"isolated": True, "fix_safe": True, "fix_minutes": 10, "rollback_more_disruptive": True}
"""Statements after which the rules decide for a fix."""


def rolled_back(drill: Drill, incident: str) -> None:
    """Roll a decided incident back with the user's yes, and verify it a minute later."""
    drill.agent.user = "yes"
    drill.call("rollback", incident=incident)
    drill.advance(60)
    drill.call("verify", incident=incident)


def fix_begun(drill: Drill) -> str:
    """Open an incident over a broken check, and begin the fix that is decided; return the incident."""
    drill.production.broken_checks.add(("avatar", drill.production.releases[-1]))
    i = drill.opened("Avatar broken")
    for tool in ("assess", "classify"):
        drill.call(tool, incident=i)
    drill.call("decide", incident=i, root_cause="typo", reason="x", **MILD)
    drill.call("fix", incident=i, action="begin", says="typo")
    return i
