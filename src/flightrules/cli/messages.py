"""`flightrules update` and `flightrules deliver`: what people and the public are told, from a terminal.

Knows: how a person's words become a command, and how messages read in a terminal. Must not know: rules.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from flightrules.account import account
from flightrules.cli.people import told
from flightrules.cli.session import call_of, with_application
from flightrules.service import updating
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.delivering import Courier, entries
from flightrules.state import commands as c
from flightrules.state.outbox import troubles
from flightrules.state.untrusted import clean, one_line

LONGEST = 64_000


def update(arguments: argparse.Namespace) -> int:
    """Post an update, or say yes or no to one for the public."""
    return told(with_application(arguments, lambda app: _update(app, arguments)))


async def _update(app: Application, arguments: argparse.Namespace) -> Answer[Any]:
    given = {"action": arguments.action, "update": getattr(arguments, "update", "")}
    call = call_of("update", arguments.incident, given)
    if arguments.action == "post":
        command = c.PostUpdate(text=clean(arguments.text, LONGEST), external=arguments.external)
        return await updating.post_update(app.desk, call, command)
    if arguments.action == "approve":
        await _show(app, arguments)
        yes = c.ApproveUpdate(update=arguments.update, approver=account())
        return await updating.approve_update(app.desk, call, yes)
    no = c.RejectUpdate(update=arguments.update, approver=account(), reason=one_line(arguments.reason, 4000))
    return await updating.reject_update(app.desk, call, no)


async def _show(app: Application, arguments: argparse.Namespace) -> None:
    """What goes out, as the public will read it."""
    incident = await app.desk.incident(arguments.incident)
    for held in incident.held:
        if held.id == arguments.update:
            print(f"{held.component}: {held.status}\n{held.text}\nImpact: {held.impact}\n")


def deliver(arguments: argparse.Namespace) -> int:
    """Send what is due now, once; 1 where something did not go out."""
    return with_application(arguments, _deliver)


async def _deliver(app: Application) -> int:
    await Courier(app.desk).deliver()
    states: Counter[str] = Counter()
    wrong: list[str] = []
    for incident in await app.desk.store.streams("INC-"):
        stand = await entries(app.desk, incident)
        states.update(entry.state for entry in stand)
        wrong += troubles(stand)
    print(", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items()) or "nothing to send")
    for line in wrong:
        print(f"  {line}")
    return int(bool(wrong))
