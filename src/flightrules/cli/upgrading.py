"""`flightrules doctor --upgrade`: what this version changes, told before anything is changed.

Knows: what an older version leaves: settings, log, gates, operations on hosts. Must not know: how any of it is used.
"""

from __future__ import annotations

from pathlib import Path

from flightrules import __version__
from flightrules.adapters.sqlite.upgrading import pending
from flightrules.config import Settings
from flightrules.errors import Unavailable
from flightrules.service.application import Application
from flightrules.service.checkup.target import Row
from flightrules.state.words import listed


async def upgrade_rows(app: Application, settings: Settings) -> dict[str, list[Row]]:
    """Rows by the target they are about, those of this machine under no name."""
    here = [
        Row(part="settings", saw=f"{settings.file} is read as it is; no key of 0.1 has another name in {__version__}"),
        log_row(Path(settings.store.path)),
    ]
    return {"": here} | {target.name: await _host_rows(app, target.name) for target in settings.targets}


def log_row(path: Path) -> Row:
    """Return a row on the changes that the first start makes to the log's file."""
    try:
        steps = pending(path)
    except Unavailable as failed:
        return Row(part="log", state="FAIL", saw=str(failed), mend=failed.remedy)
    if not steps:
        return Row(part="log", saw=f"{path}: nothing changes" if path.exists() else f"{path}: not there yet")
    saw = (
        f"{path}: the first start brings it to {listed(steps)}; no event changes, and an older version refuses it then"
    )
    return Row(
        part="log", state="warn", saw=saw, mend=f"Copy it first: sqlite3 {path} \".backup '/backup/incidents.db'\""
    )


async def _host_rows(app: Application, name: str) -> list[Row]:
    """Return a row for each gate that says if it is of this version; nothing else on a host is renewed."""
    managed, rows = app.incidents.managed(name), list[Row]()
    for host in managed.target.hosts:
        try:
            guard = await managed.production.guard(host.name)
        except Unavailable as failed:
            rows.append(Row(part="gate", host=host.name, state="FAIL", saw=failed.why, mend=failed.remedy))
        else:
            saw = "of this version" if guard.gate else "none of flightrules' own"
            rows.append(Row(part="gate", host=host.name, saw=saw))
        rows.append(
            Row(part="operations", host=host.name, saw="what was handed over goes on, and is looked at as before")
        )
    return rows
