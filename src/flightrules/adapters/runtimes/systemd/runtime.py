"""systemd on its hosts.

Knows: which words its programs get, and which records are its own. Must not know: the incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from flightrules.adapters.frames import Frame
from flightrules.adapters.programs import Verb, counted
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.adapters.runtimes.processes import ProcessesOnHost, gate_words
from flightrules.adapters.runtimes.systemd.journal import unit_log
from flightrules.adapters.runtimes.systemd.units import unit_states
from flightrules.state.evidence import UNKNOWN, Logs, ServiceState
from flightrules.state.restarting import by_sudo
from flightrules.state.runtimes.systemd.settings import SystemdRuntime
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line


class SystemdOnHost(ProcessesOnHost[SystemdRuntime]):
    """Services run by systemd, as units of the system manager."""

    __slots__ = ()

    kind: ClassVar[str] = "systemd"
    probes: ClassVar[tuple[str, ...]] = ("services", "logs", "disk", "memory", "deploys")

    def words(self, target: Target, verb: Verb) -> tuple[str, ...]:
        """The units, after the commands that the program runs or asks sudo about."""
        del target
        settings = self.settings
        if verb == "remember":
            return (kind_of_name(settings), "0")
        told = counted(settings.release or ()) if verb != "probe" else ()
        right = counted(settings.restart if by_sudo(settings) else ()) if verb == "survey" else ()
        return (kind_of_name(settings), *told, *right, *settings.units)

    def gate_settings(self, target: Target) -> Mapping[str, str]:
        """The restart, and the words around the paths of a switch and a preparation."""
        del target
        return gate_words(self.settings)

    def states(self, records: Records) -> tuple[ServiceState, ...]:
        """Return the state of each unit. Raises `Unreadable`."""
        return unit_states(self.settings.services, records.text("status"))

    def states_or_unknown(self, records: Records) -> tuple[ServiceState, ...]:
        """Return the same; all unknown if systemd does not answer."""
        try:
            return self.states(records)
        except Unreadable as error:
            if "status" not in records.frames:
                raise
            why = one_line(str(error), 300)
            return tuple(ServiceState(service=name, state=UNKNOWN, why=why) for name in self.settings.services)

    def log_parts(self, records: Records) -> Mapping[str, Sequence[str]]:
        """Return one record for each unit."""
        del records
        return {name: (f"log:{name}:",) for name in self.settings.services}

    def log(self, service: str, frames: Sequence[Frame], since: datetime | None) -> Logs:
        """Return the journal of one unit. Raises `Unreadable`."""
        return unit_log(service, frames[0], since)


def kind_of_name(settings: SystemdRuntime) -> str:
    """Return the name that stands for the target's units as a whole."""
    return settings.services[0]
