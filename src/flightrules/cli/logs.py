"""`flightrules log`: check the chain, or print the events.

Knows: streams and chains. Must not know: what an event means.
"""

from __future__ import annotations

import argparse

from flightrules.cli.session import with_application
from flightrules.errors import Refused, Unavailable
from flightrules.service.application import Application
from flightrules.service.desk import SERVER_STREAM
from flightrules.service.observing import target_stream
from flightrules.state.log import Recorded, broken


def run(arguments: argparse.Namespace) -> int:
    """Run the asked action."""
    action = _verify if arguments.action == "verify" else _export
    return with_application(arguments, lambda app: action(app, arguments))


async def _verify(app: Application, arguments: argparse.Namespace) -> int:
    if arguments.incident:
        return await _check(app, arguments.incident, arguments.head)
    if arguments.head:
        raise Refused("incident_missing", "A hash belongs to one incident.", "Name the incident as well.")
    names = await _known(app)
    if not names:
        print("the log is empty")
    return max([await _check(app, name) for name in names], default=0)


async def _known(app: Application) -> list[str]:
    """Every stream there is or should be; a stream that lost its first event is not listed by itself."""
    listed = await app.desk.store.streams()
    registered = [str(r.data["incident"]) for r in await _load(app, SERVER_STREAM) if r.kind == "incident_registered"]
    others = [name for name in (SERVER_STREAM, *map(target_stream, app.desk.sites)) if await _load(app, name)]
    return list(dict.fromkeys([*listed, *registered, *others]))


async def _load(app: Application, name: str) -> list[Recorded]:
    """The events of a stream; none where they cannot be read, which its own check says."""
    try:
        return await app.desk.records(name)
    except Unavailable:
        return []


async def _check(app: Application, name: str, head: str = "") -> int:
    """Say whether one stream holds; 1 where it does not."""
    try:
        records = await app.desk.records(name)
    except Unavailable as failed:
        print(f"{name}: UNREADABLE: {failed}")
        return 1
    wrong = _wrong(records, head)
    print(f"{name}: {wrong or f'{len(records)} events, chain holds, head {records[-1].hash}'}")
    return int(bool(wrong))


def _wrong(records: list[Recorded], head: str) -> str:
    if not records:
        return "REMOVED: it has no events"
    if found := broken(records):
        return f"BROKEN at event {found.version}: {found.why}"
    if head and head not in {record.hash for record in records}:
        return f"CUT: no event up to {len(records)} has the hash {head}; what followed is gone"
    return ""


async def _export(app: Application, arguments: argparse.Namespace) -> int:
    records = await app.desk.records(arguments.incident)
    if not records:
        raise Refused("unknown_incident", f"There is no incident {arguments.incident!r}.", "See `flightrules status`.")
    for record in records:
        print(record.model_dump_json())
    return 0
