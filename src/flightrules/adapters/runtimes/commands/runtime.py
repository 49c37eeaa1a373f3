"""The user's own commands on their hosts.

Knows: which words its programs get, and which records are its own. Must not know: the incident.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from flightrules.adapters.frames import Frame
from flightrules.adapters.programs import Verb, counted
from flightrules.adapters.reading.folders import folders, free
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.adapters.runtimes.commands.logs import own_log
from flightrules.adapters.runtimes.commands.status import commanded
from flightrules.adapters.runtimes.contract import HostRuntime
from flightrules.state.evidence import UNKNOWN, Logs, ServiceState
from flightrules.state.restarting import RestartRight, by_sudo, listed, unlisted
from flightrules.state.runtimes.commands.settings import CommandsRuntime
from flightrules.state.runtimes.releases import SWITCH
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line

MOST_TOLD = 100
MOST_WHY = 500


class CommandsOnHost(HostRuntime[CommandsRuntime]):
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
        """The restart, and the words before the two paths of a switch."""
        del target
        switch = ("sh", "-c", SWITCH, "switch")
        return {"restart_words": shlex.join(self.settings.restart), "switch_words": shlex.join(switch)}

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

    def told(self, frame: Frame | None) -> str | None:
        """Return what the `release` command says, empty if nothing; None without such a command."""
        if self.settings.release is None:
            return None
        return one_line(frame.text, MOST_TOLD) if frame is not None and frame.status == 0 else ""

    def log_parts(self, records: Records) -> Mapping[str, Sequence[str]]:
        """Return the one log."""
        del records
        return {self.settings.service: (f"log:{self.settings.service}:",)}

    def log(self, service: str, frames: Sequence[Frame], since: datetime | None) -> Logs:
        """Return the log that the command printed. Raises `Unreadable`."""
        return own_log(service, frames[0], self.settings, since)

    def surveyed(
        self, target: Target, host: str, release: str, records: Records, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return free space, folders, the state of the service and the right to restart it."""
        del release, fields
        free_bytes, free_inodes = free(records)
        return folders(target, records) | {
            "free_bytes": free_bytes,
            "free_inodes": free_inodes,
            "release": self.told(records.frames.get("told")),
            "restart": self._restart(target, host, records),
            "services": self.states_or_unknown(records),
            "config_ok": True,
        }

    def _restart(self, target: Target, host: str, records: Records) -> RestartRight:
        """Return whether the login user may restart the service."""
        if not by_sudo(self.settings):
            return unlisted(self.settings, next(item.user for item in target.hosts if item.name == host))
        frame = records.frames.get("right")
        if frame is None:
            return RestartRight(right="unknown", why=one_line(records.missing, MOST_WHY))
        return listed(frame.status, frame.text, frame.err.decode(errors="replace"))
