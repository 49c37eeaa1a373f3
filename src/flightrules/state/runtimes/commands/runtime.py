"""The user's own commands as a runtime.

Knows: that a restart is all there is. Must not know: how a host is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from flightrules.state.operation import Step, Survey
from flightrules.state.restarting import sudo_rule
from flightrules.state.runtimes.commands.settings import CommandsRuntime
from flightrules.state.runtimes.contract import Runtime
from flightrules.state.runtimes.releases import release_steps


class Commands(Runtime[CommandsRuntime]):
    """One service run by anything else, through the user's own commands."""

    __slots__ = ()

    kind: ClassVar[str] = "commands"
    asks: ClassVar[str] = 'kind = "commands"'
    containers: ClassVar[bool] = False
    services_row: ClassVar[str] = "status command"
    own_logs: ClassVar[bool] = True

    @property
    def names(self) -> tuple[str, ...]:
        """The service."""
        return self.services

    @property
    def services(self) -> tuple[str, ...]:
        """The one service."""
        return (self.settings.service,)

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
        """Bring the files of the release, then restart."""
        yield from release_steps(self.target, survey, release, plan_id, prepare=self.prepare)
        restart = self.settings.restart
        yield Step(name="restart", argv=restart, changes=True, says=f"restart {self.settings.service}")
