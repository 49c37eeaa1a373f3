"""`flightrules init` and `flightrules doctor`: a settings file to begin with, and whether everything works.

Knows: how the rows of a check-up look in a terminal, and this machine's disks. Must not know: what makes a row fail.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path

from flightrules.adapters.files import write_new
from flightrules.cli.located import here, settings_of
from flightrules.cli.session import call_of, with_application
from flightrules.cli.terminal import terminal_width
from flightrules.config import Settings
from flightrules.errors import FlightrulesError, Refused, Unavailable
from flightrules.paths import expanded
from flightrules.service.application import Application
from flightrules.service.checkup.notifying import notify_rows
from flightrules.service.checkup.target import Row, space_row
from flightrules.service.checkup.trying import Machine, documents_row, log_row, sender_rows, target_rows, witness_rows
from flightrules.state.runtimes.known import RUNTIMES
from flightrules.templates.columns import GAP, columns

NEXT = """\
Wrote {path}. Edit it now:
  [[targets]]        name, app_dir (the git checkout on the hosts) and health_url
  [[targets.hosts]]  address, user, key, and host_key (ssh-keyscan, compared with the host's own)
  [targets.runtime]  {runtimes}
  [[targets.checks]] one for each feature that matters
Then: flightrules doctor            tries every part and says what to correct
      flightrules observe           while production is healthy: remembers the release to go back to
      docs/clients.md               how to configure your agent's client
"""


def init(arguments: argparse.Namespace) -> int:
    """Write the commented example, or what is read off a host; never over a file that is there."""
    if arguments.source:
        from flightrules.cli.reading_off import init_from

        return init_from(arguments)
    path = here() / expanded(arguments.path)
    if path.is_dir():
        path /= "flightrules.toml"
    text = files("flightrules.templates").joinpath("flightrules.toml").read_text(encoding="utf-8")
    try:
        write_new(path, text)
    except FileExistsError as error:
        raise Refused("exists", f"{path} already exists.", "Edit it, or name another path.") from error
    except OSError as error:
        raise Unavailable(f"settings file {path}", f"{error.strerror or error}.", "Name another path.") from error
    print(NEXT.format(path=path, runtimes=", or ".join(runtime.asks for runtime in RUNTIMES)), end="")
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """Try every part, or what a client meets; 1 when one fails."""
    if arguments.client:
        from flightrules.cli.client_doctor import client_rows

        return _told({"": asyncio.run(client_rows(arguments))})
    try:
        settings = settings_of(arguments)
    except FlightrulesError as wrong:
        rows = [Row(part="settings", state="FAIL", saw=_said(wrong), mend=getattr(wrong, "remedy", ""))]
        return _told({"": rows})
    if arguments.upgrade:
        from flightrules.cli.upgrading import upgrade_rows

        return _told(with_application(arguments, lambda app: upgrade_rows(app, settings)))
    return _told(with_application(arguments, lambda app: _check_up(app, settings, notify=arguments.notify)))


def _said(wrong: FlightrulesError) -> str:
    return wrong.reason if isinstance(wrong, Refused) else str(wrong)


async def _check_up(app: Application, settings: Settings, *, notify: bool) -> dict[str, list[Row]]:
    """Rows by the target they are about, those of this machine under no name."""
    names = [target.name for target in settings.targets]
    call = call_of("doctor", "", {})
    here = [
        Row(part="settings", saw=f"{settings.file}: {', '.join(names)}"),
        await log_row(app.incidents, call),
        *([] if settings.store.url else [space_row("space for the log", _free(Path(settings.store.path)))]),
        *await witness_rows(app.incidents, partial(_same_disk, Path(settings.store.path))),
        await documents_row("outbox", app.incidents.outbox, "", HERE),
        *await sender_rows(app.incidents),
        *await _alert_rows(settings, app.incidents.clock.now()),
        *(await notify_rows(app.incidents) if notify else ()),
    ]
    found = await asyncio.gather(*(target_rows(app.incidents, name, HERE) for name in names))
    return {"": here, **dict(zip(names, found, strict=True))}


async def _alert_rows(settings: Settings, now: datetime) -> list[Row]:
    """A test alert for each source; the HTTP face is imported for it alone."""
    if not settings.alerts:
        return []
    from flightrules.cli.alert_trials import alert_rows

    return await alert_rows(settings, now)


def _free(path: Path) -> int | None:
    """Free bytes where a file lies or will lie."""
    try:
        return shutil.disk_usage(next(folder for folder in path.parents if folder.exists())).free
    except (OSError, StopIteration):
        return None


def _same_disk(log: Path, witness: str) -> bool:
    """Return True if a witness is a file on the disk of the log."""
    path = Path(witness.removeprefix("file "))
    try:
        return path.is_absolute() and path.stat().st_dev == log.stat().st_dev
    except OSError:
        return False


async def _remove(path: str) -> None:
    await asyncio.to_thread(partial(Path(path).unlink, missing_ok=True))


HERE = Machine(remove=_remove, writable=lambda path: os.access(path, os.W_OK))


def _told(groups: Mapping[str, Sequence[Row]]) -> int:
    """Print all rows as one table; 1 when one of them is a failure."""
    for line in table(groups, terminal_width()):
        print(line)
    states = [row.state for group in groups.values() for row in group]
    print(f"\n{states.count('ok')} ok, {states.count('warn')} warn, {states.count('FAIL')} FAIL")
    return 1 if "FAIL" in states else 0


def table(groups: Mapping[str, Sequence[Row]], width: int) -> list[str]:
    """All rows in aligned columns; the last two share what is left of the width, and are wrapped."""
    rows = [("part", "host", "", "seen", "how to mend")]
    for name, group in groups.items():
        rows += [(f"{name}: {row.part}" if name else row.part, row.host, row.state, row.saw, row.mend) for row in group]
    narrow = [max(len(row[column]) for row in rows) for column in range(3)]
    left = width - sum(narrow) - len(GAP) * 4
    widths = [*narrow, left * 3 // 5, left - left * 3 // 5]
    return columns(rows, widths)
