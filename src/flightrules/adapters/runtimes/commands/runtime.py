"""The user's own commands on their hosts.

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
from flightrules.adapters.runtimes.commands.logs import own_log
from flightrules.adapters.runtimes.commands.status import commanded
from flightrules.adapters.runtimes.processes import ProcessesOnHost, gate_words
from flightrules.state.evidence import UNKNOWN, Logs, ServiceState
from flightrules.state.restarting import by_sudo
from flightrules.state.runtimes.commands.settings import CommandsRuntime
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line


class CommandsOnHost(ProcessesOnHost[CommandsRuntime]):
    """One service run by the user's own commands."""

    __slots__ = ()

    kind: ClassVar[str] = "commands"
    probes: ClassVar[tuple[str, ...]] = ("services", "logs", "disk", "memory", "deploys")

    def words(self, target: Target, verb: Verb) -> tuple[str, ...]:
        """The service, and the commands that the program runs or asks sudo about."""
        del target
        settings = self.settings
        if verb == "remember":
            return (settings.service, "0")
        second = settings.logs if verb == "probe" else settings.release or ()
        third = counted(settings.restart) if verb == "survey" and by_sudo(settings) else ()
        return (settings.service, *counted(settings.status), *counted(second), *third)

    def gate_settings(self, target: Target) -> Mapping[str, str]:
        """The restart, and the words around the paths of a switch and a preparation."""
        del target
        return gate_words(self.settings)

    def states(self, records: Records) -> tuple[ServiceState, ...]:
        """Return the state that the status command tells. Raises `Unreadable`."""
        return (commanded(self.settings, records),)

    def states_or_unknown(self, records: Records) -> tuple[ServiceState, ...]:
        """Return the same; unknown if the command says nothing, perhaps since it came with another release."""
        try:
            return self.states(records)
        except Unreadable as error:
            if "status" not in records.frames:
                raise
            return (ServiceState(service=self.settings.service, state=UNKNOWN, why=one_line(str(error), 300)),)

    def log_parts(self, records: Records) -> Mapping[str, Sequence[str]]:
        """Return the one log."""
        del records
        return {self.settings.service: (f"log:{self.settings.service}:",)}

    def log(self, service: str, frames: Sequence[Frame], since: datetime | None) -> Logs:
        """Return the log that the command printed. Raises `Unreadable`."""
        return own_log(service, frames[0], self.settings, since)
