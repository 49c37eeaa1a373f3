"""Files of the host alone that a release's configuration names, out of the lines of host/alone.sh.

Knows: its columns, and names of what a service writes itself. Must not know: what follows from a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from flightrules.adapters.reading import docker
from flightrules.adapters.reading.reach import read_by
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.host_files import HostFile
from flightrules.state.untrusted import lines_of, one_line
from flightrules.state.value import changed

MOST_FILES = 100
MOST_PATH = 300
_COLUMNS = 5
_Written = Literal["since", "before", "unknown", "data"]
_WRITTEN_BY_ITSELF = re.compile(
    r"(?:\.(?:db|db3|sqlite|sqlite3|rdb|aof|log|pid|lock|sock|cache|swp)|(?:^|/)acme\.json|-wal|-shm|-journal)$"
)
"""Files that a service writes, if it may."""
_SETTINGS = re.compile(
    r"(?:^|/)\.?env(?:\.[\w.-]+)?$"
    r"|\.(?:conf|config|cfg|cnf|ini|toml|ya?ml|json|properties|xml|env|php|pem|crt|key|rules)$"
)
"""Names of settings, in a folder that containers may write."""


def host_files(project: Mapping[str, Any], records: Records) -> tuple[HostFile, ...]:
    """Return the files of the host alone that the services of a release see; empty if the host was not asked."""
    if "alone" not in records.frames:
        return ()
    try:
        lines = lines_of(records.text("alone"))
    except Unreadable as error:
        return (
            HostFile(
                path=f"what services mount could not be looked at: {one_line(str(error), 200)}", written="unknown"
            ),
        )
    readers, found = _readers(project, records), dict[str, HostFile]()
    for file in filter(None, (_file(line.split("\t"), readers) for line in lines if line)):
        known = found.get(file.path, file)
        found[file.path] = changed(known, services=tuple(sorted({*known.services, *file.services})))
    return tuple(file for _, file in sorted(found.items()))[:MOST_FILES]


def _readers(project: Mapping[str, Any], records: Records) -> dict[str, tuple[str, ...]]:
    """The services of each path. Only the configuration with its variables as they are names env files."""
    found = dict(read_by(project))
    try:
        raw = docker.project(records.text("raw"))
    except Unreadable:
        return found
    return found | {path: (*found.get(path, ()), *names) for path, names in read_by(raw).items()}


def _file(columns: list[str], readers: Mapping[str, Iterable[str]]) -> HostFile | None:
    if len(columns) != _COLUMNS or columns[0] not in get_args(_Written):
        return None
    written, mode, seconds, named, path = columns
    inside = path.startswith(f"{named}/")
    if mode == "rw" and (_WRITTEN_BY_ITSELF.search(path) or (inside and not _SETTINGS.search(path))):
        return None
    return HostFile.model_validate(
        {
            "path": one_line(path, MOST_PATH),
            "services": tuple(sorted(set(readers.get(named, ())))),
            "written": written,
            "at": datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() and len(seconds) < 12 else None,  # noqa: PLR2004 - more is no time
        }
    )
