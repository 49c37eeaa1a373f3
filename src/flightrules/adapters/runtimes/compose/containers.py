"""Containers of a project: their states and logs, out of the records of the host's programs.

Knows: the records of host/probe.sh that are the engine's. Must not know: what follows from a state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading import docker
from flightrules.adapters.reading.logs import MOST_LINES_SINCE
from flightrules.adapters.reading.logs import cut as cut_by
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import Logs, ServiceState
from flightrules.state.logs import read_log
from flightrules.state.untrusted import lines_of
from flightrules.state.value import changed


def container_states(records: Records) -> tuple[ServiceState, ...]:
    """Return the state of each container. Raises `Unreadable`."""
    listed = docker.containers(records.text("containers"))
    states = docker.services(records.text("services"))
    if {state.container for state in states} != {ident[:12] for ident in listed}:
        raise Unreadable("the containers that were inspected are not those that were listed")
    return states


def container_logs(records: Records) -> dict[str, list[str]]:
    """Return the names of the records that make up each service's log: one for each container."""
    names: dict[str, list[str]] = {}
    for ident, service in docker.containers(records.text("containers")).items():
        names.setdefault(service, []).append(f"log:{service}:{ident}")
    return names


def container_log(service: str, frames: Sequence[Frame], since: datetime | None) -> Logs:
    """Return a service's containers read as one log; the engine leaves older lines out itself."""
    texts = [frame.text for frame in frames]
    lines = lines_of(texts[0]) if len(texts) == 1 else sorted(line for text in texts for line in lines_of(text))
    log = read_log(service, "\n".join(lines), since=since)  # each begins with the engine's time
    most_lines = since is not None and any(len(lines_of(text)) >= MOST_LINES_SINCE for text in texts)
    return changed(
        log, cut=cut_by(frames) or (f"only the last {MOST_LINES_SINCE} lines were read" if most_lines else "")
    )
