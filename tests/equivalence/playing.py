"""Plays one project from the first clone to the verdict, and takes away all that it made.

Knows: the order of things. Must not know: what a project is made of, or what must come of it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.process import stop_all_in
from sandbox.ssh import Ssh
from tests.equivalence.commands_team import CommandsTeam
from tests.equivalence.comparing import compared, lost, trees_compared, volumes_compared
from tests.equivalence.compose_team import ComposeTeam, taken_away
from tests.equivalence.host_changes import change
from tests.equivalence.judging import DIED, Course, Verdict, judged
from tests.equivalence.keeping import Before, before_the_rollback, kept_elsewhere
from tests.equivalence.pictures import settled, volumes
from tests.equivalence.project import Project
from tests.equivalence.settings import write_settings
from tests.equivalence.team import Team, TeamError
from tests.realhost.cases import Case, play

_OBSERVE_TRIES = 8


@dataclass(kw_only=True)
class Played:
    """One project that was played."""

    project: Project
    verdict: Verdict
    course: Course = field(default_factory=Course)
    seconds: float = 0.0
    names: tuple[str, ...] = ()
    """Names of the projects on the engine; the last is the folder of the host."""


def played(project: Project, ssh: Ssh, *, control: bool = False) -> Played:
    """Play a project on the host behind `ssh`.

    As a `control` the team itself goes back, by deploying the good release once more: whatever differs then, the test
    itself brings in.
    """
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="equivalence-")).resolve()
    names = tuple(f"{kind}-{uuid.uuid4().hex[:8]}" for kind in ("eqv", "eqf"))
    course = Course()
    try:
        with gone_at_the_end(folder, names), ExitStack() as stack:
            verdict = _Play(project=project, ssh=ssh, folder=folder, names=names, course=course, control=control).whole(
                stack
            )
    except Exception as error:  # noqa: BLE001 - a project that cannot be played is a verdict, and the run goes on
        verdict = Verdict(word=DIED, why=_words(error))
    return Played(
        project=project, verdict=verdict, course=course, seconds=time.monotonic() - began, names=(*names, str(folder))
    )


def team_of(project: Project, folder: Path, hub: Path, port: int, name: str) -> Team:
    """The team that deploys a project."""
    kind = ComposeTeam if project.kind == "compose" else CommandsTeam
    return kind(project=project, folder=folder, hub=hub, port=port, name=name)


@dataclass(kw_only=True)
class _Play:
    project: Project
    ssh: Ssh
    folder: Path
    names: tuple[str, ...]
    course: Course
    control: bool

    def whole(self, stack: ExitStack) -> Verdict:
        case = Case(folder=self.folder / "host", ssh=self.ssh)
        team = team_of(self.project, case.folder, self.folder, case.port, self.names[0])
        team.commit("A")
        team.settle_in()
        team.deploy("A")
        self._answers(team)
        write_settings(case, team)
        if self.project.gated:
            stack.enter_context(case.gated())
        if not self.control:
            self._observe(case)
        team.commit("B")
        team.deploy("B", fine=True)
        for what in sorted(self.project.host) if not self.control else ():
            change(what, team)
        self._settled(team)
        before = before_the_rollback(team, self.folder / "kept", self.names)
        if self.control:
            team.deploy_anew("A")
            self.course.approval, self.course.state = "the team's own", "succeeded"
        else:
            self._incident(case)
        return self._judge(team, before)

    def _answers(self, team: Team) -> None:
        """Make sure that the good release of a generated project works at all."""
        self._settled(team)
        answers = team.picture(self.names).answers
        if set(answers.values()) != {200}:
            raise TeamError(f"the good release answers {answers}")

    def _settled(self, team: Team) -> None:
        if self.project.kind == "compose":
            settled(team.name)

    def _observe(self, case: Case) -> None:
        for _ in range(_OBSERVE_TRIES):
            done = case.flightrules("observe")
            self.course.observed = done.stdout + done.stderr
            if done.returncode == 0:
                return
            time.sleep(0.5)

    def _incident(self, case: Case) -> None:
        seen = asyncio.run(play(case, impact="complete_outage"))
        course = self.course
        course.approval, course.state, course.says = seen.question, seen.state, _says(seen.rolled)
        if not course.state:
            answers = [seen.assessed, seen.classified, seen.decided, seen.rolled]
            said = [course.observed, str(seen.decided.get("says", "")), *map(_problem, answers)]
            course.refusal = "\n".join(text for text in said if text)

    def _judge(self, team: Team, before: Before) -> Verdict:
        after = team.picture(self.names)
        if not self.course.state:
            found = compared(after, before.picture)
            found += lost(before.folder, before.held, {})
            return judged(found, self.course)
        found = volumes_compared(volumes(team.name), before.volumes)
        found += lost(before.folder, before.held, kept_elsewhere(team, before, self.course))
        team.stop()
        other = self._fresh(team, before)
        found += trees_compared(team.tree, other.tree, before.tracked, before.held)
        found += compared(after, other.picture(self.names))
        return judged(found, self.course)

    def _fresh(self, team: Team, before: Before) -> Team:
        """Deploy the good release by plain means on another host of the team, with the host's own files of now."""
        other = team_of(self.project, self.folder / "fresh", self.folder, team.port, self.names[1])
        other.folder.mkdir()
        other.shas = dict(team.shas)
        other.clone()
        other.site_of(team)
        if self.project.kind != "releases":
            other.checkout("A")
        other.settle_in_with(before.places)
        other.deploy("A")
        self._settled(other)
        return other


def _says(answer: Mapping[str, Any]) -> str:
    return str(answer.get("says") or _problem(answer))


def _problem(answer: Mapping[str, Any]) -> str:
    problem = answer.get("problem") or {}
    return " ".join(str(problem[name]) for name in ("code", "reason", "remedy") if problem.get(name))


def _words(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_words(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"


@contextmanager
def gone_at_the_end(folder: Path, names: tuple[str, ...]) -> Iterator[None]:
    """Leave nothing: processes, containers, networks, volumes, images, the folder."""
    try:
        yield
    finally:
        stop_all_in(folder)
        for name in names:
            with suppress(TeamError, OSError):
                taken_away(name)
        shutil.rmtree(folder, ignore_errors=True)
