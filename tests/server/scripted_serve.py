"""`flightrules serve` on a production in memory, with as little patience for a form as it is told.

A program of its own: `python -m tests.server.scripted_serve SECONDS serve ...`. All else is the real server.
"""

from __future__ import annotations

import sys

from flightrules.state.rules import asking
from flightrules.state.target import Target
from flightrules.testing import ManualClock, ScriptedProduction

RELEASES = tuple(char * 40 for char in "1234b")
"""Four good releases and a broken one, oldest first."""


def production(target: Target, clock: ManualClock, *, handshakes: object) -> ScriptedProduction:
    """A target whose newest release is broken."""
    del handshakes
    found = ScriptedProduction(target, clock, releases=RELEASES)
    found.broken.add(RELEASES[-1])
    return found


def main() -> int:
    """Serve."""
    asking.FORM_S = float(sys.argv.pop(1))  # before anybody brings it in
    from flightrules import bootstrap
    from flightrules.cli import main as flightrules

    vars(bootstrap)["SshProduction"] = production
    return flightrules()


if __name__ == "__main__":
    raise SystemExit(main())
