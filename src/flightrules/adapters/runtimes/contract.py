"""The contract of a runtime on its hosts: which words its programs get, and what their records say.

Knows: what survey, evidence, proof and gate ask of every runtime. Must not know: any particular runtime.
The other half, which touches nothing, is state/runtimes/contract.py; the programs themselves are in host/.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from flightrules.adapters.frames import Frame
from flightrules.adapters.programs import Verb
from flightrules.adapters.reading.records import Records
from flightrules.state.evidence import Logs, ServiceState
from flightrules.state.operation import Difference, Expected, Mounted
from flightrules.state.runtimes.settings import RuntimeSettings
from flightrules.state.target import Target

S = TypeVar("S", bound=RuntimeSettings)


@dataclass(frozen=True, slots=True)
class HostRuntime(ABC, Generic[S]):
    """The settings of one target's runtime, and how its hosts are asked and read."""

    settings: S

    kind: ClassVar[str]
    """Value of `kind` in the settings."""
    probes: ClassVar[tuple[str, ...]]
    """Probes that are made on a host."""

    @abstractmethod
    def words(self, target: Target, verb: Verb) -> tuple[str, ...]:
        """Words that say what is looked at, and how; they follow the words that differ from call to call."""

    @abstractmethod
    def gate_settings(self, target: Target) -> Mapping[str, str]:
        """Constants of the shell with which the gate builds a plan again."""

    def expectations(self, expected: Expected) -> Iterable[tuple[str, ...]]:
        """Yield what the host compares before the first step, besides the release that it stands at."""
        del expected
        return ()

    @abstractmethod
    def states(self, records: Records) -> tuple[ServiceState, ...]:
        """Return the state of each service. Raises `Unreadable`."""

    def states_or_unknown(self, records: Records) -> tuple[ServiceState, ...]:
        """Return the same; a service that does not say its state is `unknown` if the host was read otherwise."""
        return self.states(records)

    def told(self, frame: Frame | None) -> str | None:
        """Return what the service's own command says of its release, empty if nothing; None without such a command."""
        del frame
        return None

    @abstractmethod
    def log_parts(self, records: Records) -> Mapping[str, Sequence[str]]:
        """Return the names of the records that make up each service's log. Raises `Unreadable`."""

    @abstractmethod
    def log(self, service: str, frames: Sequence[Frame], since: datetime | None) -> Logs:
        """Return the log of one service, from `since` on by the host's clock. Raises `Unreadable`."""

    @abstractmethod
    def surveyed(
        self, target: Target, host: str, release: str, records: Records, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the fields of a survey that are this runtime's; `fields` are those of every host."""

    def differs(self, records: Records) -> tuple[tuple[Difference, ...] | None, str]:
        """Return what the settings would change about what runs; None with the reason if they do not tell."""
        del records
        return None, ""

    def mounts(self, records: Records) -> tuple[Mounted, ...]:
        """Return what services see of the work tree, if they do not see the work tree itself."""
        del records
        return ()
