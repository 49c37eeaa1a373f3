"""Docker Compose as a runtime.

Knows: that images say what runs. Must not know: how a host is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from flightrules.state.operation import Step, Survey
from flightrules.state.runtimes.compose.settings import ComposeRuntime
from flightrules.state.runtimes.compose.steps import compose_steps
from flightrules.state.runtimes.contract import Runtime
from flightrules.state.runtimes.releases import git_steps


class Compose(Runtime[ComposeRuntime]):
    """Services run by Docker Compose v2."""

    __slots__ = ()

    kind: ClassVar[str] = "compose"
    asks: ClassVar[str] = "the compose project"
    containers: ClassVar[bool] = True
    services_row: ClassVar[str] = "services"
    own_logs: ClassVar[bool] = False

    @property
    def names(self) -> tuple[str, ...]:
        """The project."""
        return (self.settings.project,)

    @property
    def services(self) -> tuple[str, ...]:
        """None: the compose files name them."""
        return ()

    def steps(self, survey: Survey, release: str, plan_id: str) -> Iterable[Step]:
        """Move the work tree, then let compose bring up what differs."""
        yield from git_steps(survey, release, plan_id)
        yield from compose_steps(self.target, self.settings, survey, release)

    def is_there(self, survey: Survey, release: str) -> bool:
        """Return True if every service runs the release's image, and none must be made anew."""
        del release
        if survey.differs or any(touch.fate == "recreated" for touch in survey.touches):
            return False
        wanted = {(image.service, image.remembered or image.present) for image in survey.images}
        seen = [service for service in survey.services if service.image]
        running = {(s.service, s.image) for s in seen if s.state == "running"}
        finished = {(s.service, s.image) for s in seen if s.state == "exited" and s.exit_code == 0}
        return bool(wanted) and wanted <= running | finished
