"""`flightrules log`: check the chain, or print the events.

Knows: streams and chains. Must not know: what an event means.
"""

from __future__ import annotations

import argparse

from flightrules.cli.session import with_application
from flightrules.errors import Refused
from flightrules.service.application import Application
from flightrules.state.log import broken


def run(arguments: argparse.Namespace) -> int:
    """Run the asked action."""
    action = _verify if arguments.action == "verify" else _export
    return with_application(arguments, lambda app: action(app, arguments))


async def _verify(app: Application, arguments: argparse.Namespace) -> int:
    names = [arguments.incident] if arguments.incident else await app.desk.store.streams()
    code = 0
    for name in names:
        records = await app.desk.records(name)
        if not records:
            raise Refused("unknown_incident", f"The log has no stream {name!r}.", "See `flightrules status`.")
        found = broken(records)
        if found is None:
            print(f"{name}: {len(records)} events, chain holds, head {records[-1].hash}")
        else:
            code = 1
            print(f"{name}: BROKEN at event {found.version}: {found.why}")
    missing = await _missing(app) if not arguments.incident else []
    for name in missing:
        code = 1
        print(f"{name}: REMOVED: it is registered, but has no events")
    if not names:
        print("the log is empty")
    return code


async def _missing(app: Application) -> list[str]:
    """Incidents that the server's stream registered and that have no events any more."""
    there = set(await app.desk.store.streams("INC-"))
    registered = [
        str(record.data["incident"])
        for record in await app.desk.records("server")
        if record.kind == "incident_registered"
    ]
    return [name for name in registered if name not in there]


async def _export(app: Application, arguments: argparse.Namespace) -> int:
    records = await app.desk.records(arguments.incident)
    if not records:
        raise Refused("unknown_incident", f"There is no incident {arguments.incident!r}.", "See `flightrules status`.")
    for record in records:
        print(record.model_dump_json())
    return 0
