"""`flightrules deployable`: the exit status by which a team's own deployment goes on or waits.

Knows: how the answer reads, and its exit status. Must not know: what holds deployments.
"""

from __future__ import annotations

import argparse

from flightrules.cli.session import with_application
from flightrules.service.deployable import held_by


def run(arguments: argparse.Namespace) -> int:
    """0 if deployments of the target may go on; 1, with the reason, while an incident of it is open."""
    target = arguments.target
    reasons = with_application(arguments, lambda app: held_by(app.incidents, target), reads=True)
    for reason in reasons:
        print(reason)
    if reasons:
        print(f"{target}: deployments wait until it is closed: flightrules status")
        return 1
    print(f"{target}: no incident is open; deployments may go on")
    return 0
