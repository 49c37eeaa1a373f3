"""The contract of a runtime: what flightrules must know of a way to run services, without touching the world.

Knows: what plan, proof, warnings, doctor and init ask of every runtime. Must not know: any particular runtime.
How a host is read and what its gate lets through is the other half (adapters/runtimes/contract.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from flightrules.state.claims import Claim
from flightrules.state.operation import Running, Step, Survey
from flightrules.state.releases import names
from flightrules.state.runtimes.settings import RuntimeSettings
from flightrules.state.target import Target

S = TypeVar("S", bound=RuntimeSettings)


@dataclass(frozen=True, slots=True)
class Runtime(ABC, Generic[S]):
    """One target's runtime. A class attribute holds for all targets of its kind."""

    target: Target
    settings: S

    kind: ClassVar[str]
    """Value of `kind` in the settings; the host's programs and gate know the runtime by it."""
    asks: ClassVar[str]
    """The words in which `flightrules init` asks a person for it."""
    containers: ClassVar[bool]
    """True if services are containers, and images prove what runs. Else only the process itself can say it."""
    services_row: ClassVar[str]
    """Name of doctor's row on whether the services run."""
    own_logs: ClassVar[bool]
    """True if the user's own command prints the logs: then a line may lack its time."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the settings that are not for the public."""

    @property
    @abstractmethod
    def services(self) -> tuple[str, ...]:
        """Services that the settings name; none if only the host knows them."""

    @property
    def tells_release(self) -> bool:
        """Return True if a command of the settings asks the running process for its release."""
        return False

    @property
    def prepare(self) -> tuple[str, ...]:
        """The command that is run in a release's new folder; empty if there is none."""
        return ()

    def sudo_rule(self, user: str) -> str:
        """Return the line of sudoers that a login user needs for the restart; empty if there is none."""
        del user
        return ""

    @abstractmethod
    def steps(self, survey: Survey, release: str, plan_id: str) -> Iterable[Step]:
        """The steps that bring one host to a release."""

    def claims(self, survey: Survey, running: Running, began: datetime | None) -> Iterable[Claim]:
        """Yield the claims of this runtime alone; `began` is when the operation began, by the host's clock."""
        del survey, running, began
        return ()

    def is_there(self, survey: Survey, release: str) -> bool:
        """Return True if all services of a host that stands at the release were seen to run it."""
        states = {service.state for service in survey.services}
        return names(survey.release or "", release) and states == {"running"}
