"""`flightrules log`: check the chain and what witnesses saw of it, print the events, or show those a report names.

Knows: streams, chains and heads. Must not know: what an event means.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Sequence

from flightrules.cli.session import with_application
from flightrules.errors import Refused, Unavailable
from flightrules.paths import expanded
from flightrules.service.application import Application
from flightrules.service.exporting import whole
from flightrules.service.incident_service import SERVER_STREAM
from flightrules.service.observing import target_stream
from flightrules.service.witnessing import WitnessedStore
from flightrules.state.archive.witness import Witnessed, missing, read_lines
from flightrules.state.log import Recorded, broken


def run(arguments: argparse.Namespace) -> int:
    """Run the asked action."""
    action = {"verify": _verify, "show": _show, "export": _export}[arguments.action]
    return with_application(arguments, lambda app: action(app, arguments), reads=True)


async def _verify(app: Application, arguments: argparse.Namespace) -> int:
    """Check streams; 1 where one does not hold or a witness cannot be read."""
    if arguments.head and not arguments.incident:
        raise Refused("incident_missing", "A hash belongs to one incident.", "Name the incident as well.")
    heads, worst = await _witnessed(app, arguments.witness)
    if arguments.incident:
        names = [arguments.incident]
    else:
        names = await _known(app, heads)
        if not names:
            print("the log is empty")
    for name in names:
        mine = [head for head in heads if head.stream == name]
        worst = max(worst, await _check(app, name, mine, arguments.head))
    return worst


async def _witnessed(app: Application, files: Sequence[str]) -> tuple[list[Witnessed], int]:
    """All heads that witnesses kept, those of the settings and those in files; 1 where something cannot be read."""
    store = app.incidents.store
    texts: list[tuple[str, str | None]] = [(name, await asyncio.to_thread(_read, name)) for name in files]
    for witness in store.witnesses if isinstance(store, WitnessedStore) else ():
        try:
            texts.append((witness.name, await witness.lines()))
        except Unavailable as failed:
            print(f"witness {failed}")
            return [], 1
    heads: list[Witnessed] = []
    worst = 0
    events = bool(await store.streams())
    for name, text in texts:
        if text is None:
            print(f"witness {name}: cannot be asked; fetch what it kept, and add --witness FILE")
            continue
        read, unread = read_lines(text)
        gone = (
            "" if read or unread or not events else "; ALARM: the log has events, and this witness kept nothing of them"
        )
        print(f"witness {name}: {len(read)} heads{_unread(unread)}{gone}")
        heads, worst = heads + read, max(worst, int(bool(unread or gone)))
    return heads, worst


def _unread(numbers: Sequence[int]) -> str:
    return f"; UNREADABLE at line {', '.join(map(str, numbers[:5]))}" if numbers else ""


def _read(name: str) -> str:
    try:
        return expanded(name).read_text("utf-8", "replace")
    except OSError as error:
        raise Unavailable(f"file {name}", f"it cannot be read ({error.strerror}).", "Name a file of heads.") from error


async def _known(app: Application, heads: Iterable[Witnessed]) -> list[str]:
    """Every stream there is or should be; a stream that lost its first event is not listed by itself."""
    listed = await app.incidents.store.streams()
    registered = [str(r.data["incident"]) for r in await _load(app, SERVER_STREAM) if r.kind == "incident_registered"]
    others = [
        name for name in (SERVER_STREAM, *map(target_stream, app.incidents.managed_targets)) if await _load(app, name)
    ]
    return list(dict.fromkeys([*listed, *registered, *others, *(head.stream for head in heads)]))


async def _load(app: Application, name: str) -> list[Recorded]:
    """The events of a stream; none where they cannot be read, which its own check says."""
    try:
        return await app.incidents.records(name)
    except Unavailable:
        return []


async def _check(app: Application, name: str, heads: Sequence[Witnessed], head: str = "") -> int:
    """Say whether one stream holds; 1 where it does not."""
    try:
        records = await app.incidents.records(name)
    except Unavailable as failed:
        print(f"{name}: UNREADABLE: {failed}")
        return 1
    wrong = _wrong(records, heads, head)
    print(f"{name}: {wrong or f'{len(records)} events, chain holds, head {records[-1].hash}{_seen(heads)}'}")
    return int(bool(wrong))


def _seen(heads: Sequence[Witnessed]) -> str:
    return f", witnessed up to event {max(one.version for one in heads)}" if heads else ""


def _wrong(records: Sequence[Recorded], heads: Sequence[Witnessed], head: str) -> str:
    if not records:
        return "REMOVED: it has no events"
    if found := broken(records):
        return f"BROKEN at event {found.version}: {found.why}"
    if lost := missing(records, heads):
        return f"{'CUT' if lost.version > len(records) else 'REPLACED'} at event {lost.version}: {lost.why}"
    if head and head not in {record.hash for record in records}:
        return f"CUT: no event up to {len(records)} has the hash {head}; what followed is gone"
    return ""


async def _export(app: Application, arguments: argparse.Namespace) -> int:
    for record in _there(await whole(app.incidents, arguments.incident), arguments.incident):
        print(record.model_dump_json())
    return 0


async def _show(app: Application, arguments: argparse.Namespace) -> int:
    """Print events and pieces of evidence by the numbers that a report gives them."""
    records = _there(await app.incidents.records(arguments.incident), arguments.incident)
    for number in arguments.number:
        print(_named(records, number).model_dump_json(indent=1))
    return 0


def _there(records: Sequence[Recorded], incident: str) -> Sequence[Recorded]:
    if not records:
        raise Refused("unknown_incident", f"There is no incident {incident!r}.", "See `flightrules status`.")
    return records


def _named(records: Sequence[Recorded], number: str) -> Recorded:
    plain = number.lstrip("#")
    for record in records:
        if plain in (str(record.version), record.data.get("id") if record.kind == "evidence_recorded" else None):
            return record
    newest = records[-1].version
    raise Refused(
        "unknown_number",
        f"The log has no event or evidence {number!r}.",
        f"Give an event, 1 to {newest}, or evidence like E1.",
    )
