"""`flightrules unlock`: a person ends an operation that is stuck.

Knows: that a terminal is needed and the operation must be typed. Must not know: how it is ended.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from flightrules.cli.confirming import UNASKED, Given, confirmed_by_person
from flightrules.cli.session import call_of, said, with_application
from flightrules.service.application import Application
from flightrules.service.invocation import Call
from flightrules.service.unlocking import Stuck, break_lock, require_breakable

PLACE = ("target", "host", "operation")
WARNING = "An operation that is ended midway may leave services stopped. Look at the host first."


def unlock(arguments: argparse.Namespace) -> int:
    """Ask for the operation's name once more, then end it."""

    async def run(app: Application) -> int:
        policy = app.incidents.managed(arguments.target).policy.people
        stuck = Stuck(**{name: str(getattr(arguments, name)) for name in PLACE}, reason=said(arguments.reason))
        require_breakable(app.incidents, _call(stuck, UNASKED).actor, stuck)
        print(WARNING)
        what = f"end it on {arguments.host}"
        how = confirmed_by_person(arguments, what, policy, word=arguments.operation)
        outcome = await break_lock(app.incidents, app.incidents.invocation(_call(stuck, how)), stuck)
        print(f"{arguments.host}: lock broken, the operation was {outcome}")
        return 0

    return with_application(arguments, run)


def _call(stuck: Stuck, how: Given) -> Call:
    return call_of("unlock", "", {**asdict(stuck), "given": how})
