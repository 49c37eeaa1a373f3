"""systemd as a runtime.

Knows: that each start of a unit has an id of its own. Must not know: how a host is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from flightrules.state.claims import Claim, after
from flightrules.state.evidence import ServiceState
from flightrules.state.operation import Running, Step, Survey
from flightrules.state.restarting import sudo_rule
from flightrules.state.runtimes.contract import Runtime
from flightrules.state.runtimes.releases import release_steps
from flightrules.state.runtimes.systemd.settings import SystemdRuntime


class Systemd(Runtime[SystemdRuntime]):
    """Services run by systemd, as units of the system manager."""

    __slots__ = ()

    kind: ClassVar[str] = "systemd"
    asks: ClassVar[str] = 'kind = "systemd" and its units'
    containers: ClassVar[bool] = False
    services_row: ClassVar[str] = "units"
    own_logs: ClassVar[bool] = False

    @property
    def names(self) -> tuple[str, ...]:
        """The units, with and without their suffix."""
        return (*self.services, *self.settings.units)

    @property
    def services(self) -> tuple[str, ...]:
        """The units without their suffix."""
        return self.settings.services

    @property
    def tells_release(self) -> bool:
        """Return True if there is a `release` command."""
        return self.settings.release is not None

    @property
    def prepare(self) -> tuple[str, ...]:
        """The command that is run in a release's new folder."""
        return self.settings.prepare or ()

    def sudo_rule(self, user: str) -> str:
        """Return the line of sudoers that a login user needs for the restart."""
        return sudo_rule(self.settings, user)

    def steps(self, survey: Survey, release: str, plan_id: str) -> Iterable[Step]:
        """Bring the files of the release, then restart all units."""
        yield from release_steps(self.target, survey, release, plan_id, prepare=self.prepare)
        names = ", ".join(self.settings.units)
        yield Step(name="restart", argv=self.settings.restart, changes=True, says=f"restart {names}")

    def claims(self, survey: Survey, running: Running, began: datetime | None) -> Iterable[Claim]:
        """Yield that each unit was started by the operation: at a later time, and as another run than before."""
        if began is None:
            return
        before = {service.service: service.invocation for service in survey.services}
        for service in running.services:
            if service.state == "running":
                yield _started(service, before.get(service.service, ""), began)


def _started(service: ServiceState, before: str, began: datetime) -> Claim:
    """Hold one unit against the run that the survey saw, and against the time at which the operation began."""
    exact = service.started_at is not None and service.started_at.microsecond
    claim = after(
        f"{service.service} started by this operation",
        service.started_at,
        began if exact else began.replace(microsecond=0),
    )
    if before and service.invocation == before:
        return claim.model_copy(update={"got": "still the run of before", "holds": False})
    return claim
