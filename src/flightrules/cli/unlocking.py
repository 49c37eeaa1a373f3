"""`flightrules unlock`: a person ends an operation that is stuck.

Knows: that a terminal is needed and the operation must be typed. Must not know: how it is ended.
"""

from __future__ import annotations

import argparse

from flightrules.cli.confirming import confirmed_by_person
from flightrules.cli.session import call_of, said, with_application
from flightrules.service.application import Application
from flightrules.service.unlocking import Stuck, break_lock

WARNING = "An operation that is ended midway may leave services stopped. Look at the host first."


def unlock(arguments: argparse.Namespace) -> int:
    """Ask for the operation's name once more, then end it."""

    async def run(app: Application) -> int:
        policy = app.desk.site(arguments.target).policy.people
        print(WARNING)
        what = f"end it on {arguments.host}"
        how = confirmed_by_person(arguments, what, policy, word=arguments.operation)
        stuck = {name: str(getattr(arguments, name)) for name in ("target", "host", "operation")}
        stuck["reason"] = said(arguments.reason)
        call = call_of("unlock", "", {**stuck, "given": how})
        outcome = await break_lock(app.desk, app.desk.errand(call), Stuck(**stuck))
        print(f"{arguments.host}: lock broken, the operation was {outcome}")
        return 0

    return with_application(arguments, run)
