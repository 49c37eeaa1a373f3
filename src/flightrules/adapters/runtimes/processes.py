"""The part of a host's reading that all runtimes without containers share.

Knows: records of a restart's right, of free space and of folders. Must not know: how a process is started or seen.
"""

from __future__ import annotations

import shlex
from abc import ABC
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.folders import folders, free
from flightrules.adapters.reading.records import Records
from flightrules.adapters.runtimes.contract import HostRuntime
from flightrules.state.restarting import RestartRight, by_sudo, listed, unlisted
from flightrules.state.runtimes.commands.settings import CommandsRuntime
from flightrules.state.runtimes.releases import PREPARE, SWITCH
from flightrules.state.runtimes.systemd.settings import SystemdRuntime
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line

MOST_TOLD = 100
MOST_WHY = 500

S = TypeVar("S", CommandsRuntime, SystemdRuntime)


class _Restarted(Protocol):
    @property
    def restart(self) -> tuple[str, ...]: ...

    @property
    def prepare(self) -> tuple[str, ...] | None: ...


def gate_words(settings: _Restarted) -> Mapping[str, str]:
    """The words of a plan that are the same in every rollback: restart, switch, and what prepares a new folder."""
    return {
        "restart_words": shlex.join(settings.restart),
        "switch_words": shlex.join(("sh", "-c", SWITCH, "switch")),
        "prepare_words": shlex.join(("sh", "-c", PREPARE, "prepare")) if settings.prepare else "",
        "prepare_with": shlex.join(settings.prepare or ()),
    }


class ProcessesOnHost(HostRuntime[S], ABC):
    """Services that are processes: only they themselves can say which release they run."""

    __slots__ = ()

    def told(self, frame: Frame | None) -> str | None:
        """Return what the `release` command says, empty if nothing; None without such a command."""
        if self.settings.release is None:
            return None
        return one_line(frame.text, MOST_TOLD) if frame is not None and frame.status == 0 else ""

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
