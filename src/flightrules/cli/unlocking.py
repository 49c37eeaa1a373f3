"""`flightrules unlock`: a person ends an operation that is stuck.

Knows: that a terminal is needed and the operation must be typed. Must not know: how it is ended.
"""

from __future__ import annotations

import argparse

from flightrules.cli.approving import require_terminal
from flightrules.cli.session import call_of, with_application
from flightrules.errors import Refused
from flightrules.service.application import Application
from flightrules.service.unlocking import Stuck, break_lock

WARNING = "An operation that is ended midway may leave services stopped. Look at the host first."


def unlock(arguments: argparse.Namespace) -> int:
    """Ask for the operation's name once more, then end it."""
    require_terminal()
    print(WARNING)
    if input(f"Type {arguments.operation} to end it on {arguments.host}: ").strip() != arguments.operation:
        raise Refused("not_typed", "The operation was not typed.", "Nothing was done.")
    given = {name: str(getattr(arguments, name)) for name in ("target", "host", "operation", "reason")}

    async def run(app: Application) -> int:
        outcome = await break_lock(app.desk, app.desk.errand(call_of("unlock", "", given)), Stuck(**given))
        print(f"{arguments.host}: lock broken, the operation was {outcome}")
        return 0

    return with_application(arguments, run)
