"""`flightrules update` and `flightrules deliver`: what people and the public are told, from a terminal.

Knows: how a person's words become a command, and how messages read in a terminal. Must not know: rules.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from flightrules.account import account
from flightrules.cli.confirming import UNASKED, Given, confirmed_by_person
from flightrules.cli.people import told
from flightrules.cli.session import call_of, said, with_application
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.asking import refused_unasked
from flightrules.service.invocation import Call
from flightrules.service.messages import updating
from flightrules.service.messages.delivering import Courier, entries
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.messages.outbox import troubles
from flightrules.state.untrusted import clean

LONGEST = 64_000


def update(arguments: argparse.Namespace) -> int:
    """Post an update, or say yes or no to one for the public."""
    return told(with_application(arguments, lambda app: _update(app, arguments)))


async def _update(app: Application, arguments: argparse.Namespace) -> Answer[Any]:
    if arguments.action == "post":
        return await _post(app, arguments)
    given = {"action": arguments.action, "update": arguments.update}
    if arguments.action == "approve":
        yes = c.ApproveUpdate(update=arguments.update, approver=account())
        if refused := await refused_unasked(app.incidents, _call(arguments, {**given, "given": UNASKED}), yes):
            return refused
        how = await _confirmed(app, arguments, "", f"let {arguments.update} out to the public")
        return await updating.approve_update(app.incidents, _call(arguments, {**given, "given": how}), yes)
    reason = said(arguments.reason)
    no = c.RejectUpdate(update=arguments.update, approver=account(), reason=reason)
    return await updating.reject_update(app.incidents, _call(arguments, {**given, "reason": reason}), no)


def _call(arguments: argparse.Namespace, given: Mapping[str, JsonValue]) -> Call:
    return call_of("update", arguments.incident, given)


async def _post(app: Application, arguments: argparse.Namespace) -> Answer[Any]:
    text = clean(arguments.text, LONGEST)
    given: dict[str, JsonValue] = {"action": "post", "text": text, "external": arguments.external}
    command = c.PostUpdate(text=text, external=arguments.external)
    if arguments.external:
        if refused := await refused_unasked(app.incidents, _call(arguments, {**given, "given": UNASKED}), command):
            return refused
        given["given"] = await _confirmed(app, arguments, text, "tell the public")
    return await updating.post_update(app.incidents, _call(arguments, given), command)


async def _confirmed(app: Application, arguments: argparse.Namespace, text: str, what: str) -> Given:
    """A person's yes to what the public will read, which is shown first, and what in it may be a name from inside."""
    incident = await app.incidents.incident(arguments.incident)
    for held in incident.held:
        if held.id == getattr(arguments, "update", ""):
            print(f"{held.component}: {held.status}\n{held.text}\nImpact: {held.impact}\n")
            text = held.text
    if names := updating.meaning_names(app.incidents, incident, text).strip():
        print(f"{names} Publish it only if customers read it as an ordinary word.\n")
    policy = app.incidents.managed(incident.target).policy.people
    return confirmed_by_person(arguments, f"{what} ({incident.id})", policy)


def deliver(arguments: argparse.Namespace) -> int:
    """Send what is due now, once, with `--again` what was given up too; 1 where something did not go out."""
    asked_by = call_of("deliver", "", {}).actor if arguments.again else None
    return with_application(arguments, lambda app: _deliver(app, asked_by))


async def _deliver(app: Application, asked_by: Actor | None) -> int:
    await Courier(app.incidents).deliver(asked_by=asked_by)
    states: Counter[str] = Counter()
    wrong: list[str] = []
    for incident in await app.incidents.store.streams("INC-"):
        stand = await entries(app.incidents, incident)
        states.update(entry.state for entry in stand)
        wrong += troubles(stand)
    print(", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items()) or "nothing to send")
    for line in wrong:
        print(f"  {line}")
    if states["given_up"]:
        print("What was given up is tried again with: flightrules deliver --again")
    return int(bool(wrong))
