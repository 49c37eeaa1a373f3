"""Docker Compose on its hosts.

Knows: which words its programs get, and which records are its own. Must not know: the incident.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from flightrules.adapters.compose_words import shell_words
from flightrules.adapters.frames import Frame
from flightrules.adapters.programs import Verb
from flightrules.adapters.reading.mounts import mounts
from flightrules.adapters.reading.present import plain_differences
from flightrules.adapters.reading.records import Records
from flightrules.adapters.runtimes.compose.containers import container_log, container_logs, container_states
from flightrules.adapters.runtimes.compose.survey import engine
from flightrules.adapters.runtimes.contract import HostRuntime
from flightrules.state.evidence import Logs, ServiceState
from flightrules.state.operation import Difference, Expected, Mounted
from flightrules.state.runtimes.compose.settings import ComposeRuntime
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line


class ComposeOnHost(HostRuntime[ComposeRuntime]):
    """Services run by Docker Compose v2."""

    __slots__ = ()

    kind: ClassVar[str] = "compose"
    probes: ClassVar[tuple[str, ...]] = ("services", "logs", "stats", "disk", "memory", "deploys")

    def words(self, target: Target, verb: Verb) -> tuple[str, ...]:
        """The project, and the words of its compose commands."""
        settings = self.settings
        more: dict[Verb, tuple[str, ...]] = {
            "survey": (settings.release_variable or "", *shell_words(target, settings)),
            "running": shell_words(target, settings),
            "remember": (str(settings.kept_releases),),
        }
        return (settings.project, *more.get(verb, ()))

    def gate_settings(self, target: Target) -> Mapping[str, str]:
        """The project, and the words of its compose commands."""
        settings = self.settings
        names = ("variable_words", "compose_words", "up_words")
        words = dict(zip(names, shell_words(target, settings), strict=True))
        return {"project": settings.project, "variable": settings.release_variable or ""} | words

    def expectations(self, expected: Expected) -> Iterable[tuple[str, ...]]:
        """Yield the digest of the images that run."""
        lines = sorted(f"{service} {image}\n".encode() for service, image in expected.images)
        yield ("images", self.settings.project, hashlib.sha256(b"".join(lines)).hexdigest())

    def states(self, records: Records) -> tuple[ServiceState, ...]:
        """Return the state of each container. Raises `Unreadable`."""
        return container_states(records)

    def log_parts(self, records: Records) -> Mapping[str, Sequence[str]]:
        """Return one record for each container of a service."""
        return container_logs(records)

    def log(self, service: str, frames: Sequence[Frame], since: datetime | None) -> Logs:
        """Return a service's containers read as one log."""
        return container_log(service, frames, since)

    def surveyed(
        self, target: Target, host: str, release: str, records: Records, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what the engine and compose say."""
        del host
        return engine(target, self.settings, release, records, fields)

    def differs(self, records: Records) -> tuple[tuple[Difference, ...] | None, str]:
        """Return what compose would change, or None and the reason that it did not tell."""
        if "would" not in records.frames:
            return None, ""
        try:
            return plain_differences(self.settings, records), ""
        except ValueError as error:
            return None, one_line(str(error), 400)

    def mounts(self, records: Records) -> tuple[Mounted, ...]:
        """Return what containers see at their mounts of the work tree."""
        return mounts(records)
