"""A rollback plan as a value: what will run, what was checked before, and the two digests an approval names.

Knows: how a survey of the hosts becomes exact steps, and what forbids a plan.
Must not know: how a host is read or a step is run. Nothing an agent says becomes a word of a step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from flightrules.errors import Refused
from flightrules.state.canonical import digest
from flightrules.state.operation import Operation, Release, Step, Survey
from flightrules.state.releases import GoodRelease
from flightrules.state.steps import compose_command, must_build, remembered_ref, steps_for
from flightrules.state.target import CommandsRuntime, Target
from flightrules.state.value import Value

__all__ = ["HostPlan", "Plan", "compose_command", "make_plan", "must_build", "remembered_ref", "same_world"]

_FULL_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
LEAST_FREE_BYTES = 512 * 1024 * 1024
"""Free space below which a build is not begun."""


class HostPlan(Value):
    """The steps for one host, and what its survey showed."""

    host: str
    steps: tuple[Step, ...]
    survey: Survey


class Plan(Value):
    """One rollback of one target, exactly."""

    id: str
    incident: str
    target: str
    from_release: str
    to_release: Release
    good: GoodRelease
    hosts: tuple[HostPlan, ...]
    waves: tuple[tuple[str, ...], ...]
    """Hosts that go together, in order: the canary first; a failure stops all waves after it."""
    left_out: tuple[str, ...] = ()
    """Hosts that a person left out by name."""
    warnings: tuple[str, ...] = ()
    acknowledge: tuple[str, ...] = ()
    """What the approver must acknowledge, in words."""

    def operations(self, *, who: str) -> tuple[Operation, ...]:
        """One operation a host, in order; ids are the plan's own, so launching one twice runs it once."""
        return tuple(
            Operation(
                id=f"{self.id}-{number}",
                incident=self.incident,
                target=self.target,
                host=host.host,
                from_release=host.survey.head,
                to_release=self.to_release,
                steps=host.steps,
                who=who,
                why=f"incident {self.incident}",
            )
            for number, host in enumerate(self.hosts, start=1)
        )

    @property
    def intent(self) -> str:
        """Digest over what will run."""
        steps: JsonValue = [
            [h.host, *(s.model_dump(mode="json", exclude={"says"}) for s in h.steps)] for h in self.hosts
        ]
        waves: JsonValue = [list(wave) for wave in self.waves]
        return digest(
            {"target": self.target, "from": self.from_release, "to": self.to_release, "steps": steps, "waves": waves}
        )

    @property
    def review(self) -> str:
        """Digest over what the person is shown: the whole plan."""
        return digest(self.model_dump(mode="json"))

    @property
    def short(self) -> str:
        """What a person types to approve: the first eight characters of the review digest."""
        return self.review[:8]


def make_plan(  # noqa: PLR0913 - a plan is made from just these, by name
    *,
    plan_id: str,
    incident: str,
    target: Target,
    surveys: Sequence[Survey],
    good: GoodRelease,
    left_out: tuple[str, ...] = (),
) -> Plan:
    """Make the plan that brings a target back to a good release, but for the hosts that a person left out.

    Raises `Refused` where a survey shows that the plan could not work.
    """
    _require_every_host(target, surveys, left_out)
    for survey in surveys:
        _refuse_what_cannot_work(survey, good.release)
    needed = [s for s in surveys if not _is_there(s, target, good.release)] or list(surveys)
    hosts = tuple(HostPlan(host=s.host, steps=steps_for(target, s, good.release, plan_id), survey=s) for s in needed)
    return Plan(
        id=plan_id,
        incident=incident,
        target=target.name,
        from_release=needed[0].head,
        to_release=good.release,
        good=good,
        hosts=hosts,
        waves=waves_of([host.host for host in hosts], target),
        left_out=left_out,
        warnings=(*_not_touched(target, left_out), *_warnings(target, surveys, good)),
        acknowledge=tuple(_acknowledgements(target, surveys)),
    )


WATCHED = (
    "head",
    "branch",
    "dirty",
    "dirty_patch",
    "release_present",
    "changed_paths",
    "config_ok",
    "config_hashes",
    "images",
    "engine_ok",
    "lock_holder",
    "lock_alive",
    "shadowed",
    "env_files_changed",
    "submodules",
)
"""Fields of a survey that void an approval when they move; free space and the clock move by themselves."""


def same_world(before: Survey, now: Survey) -> tuple[str, ...]:
    """What changed between the survey a person was shown and now, in words; () when nothing that matters did."""
    moved = [f"{name} on {now.host}" for name in WATCHED if getattr(before, name) != getattr(now, name)]
    if {(s.service, s.image) for s in before.services} != {(s.service, s.image) for s in now.services}:
        moved.append(f"running images on {now.host}")
    return tuple(moved)


def _is_there(survey: Survey, target: Target, release: str) -> bool:
    """Whether a host needs nothing: the tree stands at the release and each service runs its image."""
    if survey.head != release or isinstance(target.runtime, CommandsRuntime):
        return False
    wanted = {(image.service, image.remembered or image.present) for image in survey.images}
    running = {(s.service, s.image) for s in survey.services if s.state == "running" and s.image}
    finished = {(s.service, s.image) for s in survey.services if s.state == "exited" and s.exit_code == 0 and s.image}
    return bool(wanted) and wanted <= running | finished


def waves_of(hosts: Sequence[str], target: Target) -> tuple[tuple[str, ...], ...]:
    """The canary, then the others in batches."""
    canary, batch = target.rollout.canary, target.rollout.batch
    rest = range(canary, len(hosts), batch)
    return (tuple(hosts[:canary]), *(tuple(hosts[start : start + batch]) for start in rest))


def _not_touched(target: Target, left_out: tuple[str, ...]) -> Iterable[str]:
    if left_out:
        yield f"Left out by a person's word, and still on another release: {', '.join(left_out)}."
    if spared := [host.name for host in target.hosts if host.role != "services"]:
        yield f"Runs migrations and is not rolled back: {', '.join(spared)}."


def _require_every_host(target: Target, surveys: Sequence[Survey], left_out: tuple[str, ...]) -> None:
    wanted = [name for name in target.service_hosts if name not in left_out]
    read = [survey.host for survey in surveys]
    if sorted(wanted) != sorted(read) or not wanted:
        raise Refused(
            "hosts_missing",
            f"A plan needs each host of {target.name} once: {', '.join(wanted)}; read: {', '.join(read) or 'none'}.",
            "Call `rollback` again once every host can be read.",
        )


def _refuse_what_cannot_work(survey: Survey, release: str) -> None:
    host = survey.host
    if not _FULL_ID.fullmatch(survey.head):
        raise Refused("no_head", f"It cannot be read which release {host} stands at.", "Look at its git checkout.")
    if not survey.engine_ok:
        raise Refused("engine_down", f"The engine on {host} does not answer: {survey.engine_why}.", "Start it first.")
    if not survey.release_present:
        raise Refused(
            "release_missing",
            f"Release {release[:12]} is not in the checkout on {host} and could not be fetched.",
            "Push it to the remote, or have a person choose another release.",
        )
    if survey.lock_holder and survey.lock_alive:
        raise Refused(
            "locked", f"Another operation holds {host}: {survey.lock_holder}.", "Wait for it, then plan again."
        )
    if not survey.config_ok:
        raise Refused(
            "bad_config",
            f"The runtime configuration at {release[:12]} is not valid on {host}: {survey.config_why}.",
            "Have a person choose another release.",
        )
    if survey.shadowed:
        raise Refused(
            "shadowed",
            f"{host} sets {', '.join(survey.shadowed)}, which would override what the plan sets.",
            "Remove it from the host's environment or .env file, then plan again.",
        )


WEAK = {"served": "", "named_by_person": "was "}
"""Grounds weaker than an observation, and the verb their words need."""


def _warnings(target: Target, surveys: Sequence[Survey], good: GoodRelease) -> Iterable[str]:
    if good.ground in WEAK:
        yield f"The release was never observed healthy; it is chosen because it {WEAK[good.ground]}{good.why}."
    if all(_is_there(survey, target, good.release) for survey in surveys):
        yield "Every host runs that release already: nothing is expected to change but the proof."
    for survey in surveys:
        where = survey.host
        planned = {name for name, _ in survey.config_hashes}
        orphans = sorted({s.service for s in survey.services} - planned) if planned else []
        if orphans:
            yield f"{where}: {', '.join(orphans)} is not part of that release and stays running."
        if any(must_build(i, good.release) for i in survey.images):
            yield f"{where}: images must be rebuilt; a rebuild is not byte for byte what ran then."
            if survey.free_bytes is not None and survey.free_bytes < LEAST_FREE_BYTES:
                yield f"{where}: only {survey.free_bytes // 2**20} MiB are free, a build may fail."
        if survey.env_files_changed:
            yield f"{where}: environment files differ: {', '.join(survey.env_files_changed)}."
        if survey.submodules:
            yield f"{where}: the repository has submodules; they are not moved."
        if survey.branch and survey.branch != target.branch:
            yield f"{where}: the checkout stands on branch {survey.branch}, not {target.branch}."


def _acknowledgements(target: Target, surveys: Sequence[Survey]) -> Iterable[str]:
    moved = sorted({p for s in surveys for p in s.changed_paths if _is_migration(p, target)})
    if moved:
        yield f"data: migrations lie between the releases and are not undone: {', '.join(moved[:10])}"
    for survey in surveys:
        if survey.dirty:
            yield f"dirty: uncommitted changes on {survey.host} are saved as a patch and removed: " + ", ".join(
                survey.dirty[:10]
            )


def _is_migration(path: str, target: Target) -> bool:
    return any(path == folder or path.startswith(f"{folder.rstrip('/')}/") for folder in target.migrations)
