"""A rollback plan as a value: what will run, what was checked before, and the two digests an approval names.

Knows: how a survey of the hosts becomes exact steps, and what forbids a plan.
Must not know: how a host is read or a step is run. Nothing an agent says becomes a word of a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from flightrules.errors import Refused
from flightrules.state.canonical import digest
from flightrules.state.operation import ImageState, Operation, Release, Step, Survey
from flightrules.state.releases import GoodRelease
from flightrules.state.target import CommandsRuntime, ComposeRuntime, Target
from flightrules.state.value import Value

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
        return digest({"target": self.target, "from": self.from_release, "to": self.to_release, "steps": steps})

    @property
    def review(self) -> str:
        """Digest over what the person is shown: the whole plan."""
        return digest(self.model_dump(mode="json"))

    @property
    def short(self) -> str:
        """What a person types to approve: the first eight characters of the review digest."""
        return self.review[:8]


def make_plan(*, plan_id: str, incident: str, target: Target, surveys: Sequence[Survey], good: GoodRelease) -> Plan:
    """Make the plan that brings a target back to a good release.

    Raises `Refused` where a survey shows that the plan could not work.
    """
    for survey in surveys:
        _refuse_what_cannot_work(survey, good.release)
    needed = [s for s in surveys if not _is_there(s, target, good.release)] or list(surveys)
    hosts = tuple(HostPlan(host=s.host, steps=_steps(target, s, good.release, plan_id), survey=s) for s in needed)
    return Plan(
        id=plan_id,
        incident=incident,
        target=target.name,
        from_release=surveys[0].head,
        to_release=good.release,
        good=good,
        hosts=hosts,
        warnings=tuple(_warnings(target, surveys, good)),
        acknowledge=tuple(_acknowledgements(target, surveys)),
    )


def same_world(before: Survey, now: Survey) -> tuple[str, ...]:
    """What changed between the survey a person was shown and now, in words; () when nothing that matters did."""
    watched = (
        "head",
        "dirty",
        "release_present",
        "changed_paths",
        "config_hashes",
        "images",
        "lock_holder",
        "shadowed",
    )
    moved = [f"{name} on {now.host}" for name in watched if getattr(before, name) != getattr(now, name)]
    if {(s.service, s.image) for s in before.services} != {(s.service, s.image) for s in now.services}:
        moved.append(f"running images on {now.host}")
    return tuple(moved)


def _is_there(survey: Survey, target: Target, release: str) -> bool:
    """Whether a host needs nothing: the tree stands at the release and each service runs its image."""
    if survey.head != release or isinstance(target.runtime, CommandsRuntime):
        return False
    wanted = {image.service: image.remembered or image.present for image in survey.images}
    return bool(wanted) and all(wanted.get(s.service) == s.image for s in survey.services if s.service in wanted)


def _refuse_what_cannot_work(survey: Survey, release: str) -> None:
    host = survey.host
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


def _steps(target: Target, survey: Survey, release: str, plan_id: str) -> tuple[Step, ...]:
    runtime = target.runtime
    if isinstance(runtime, ComposeRuntime):
        return (*_git_steps(target, survey, release, plan_id), *_compose_steps(target, runtime, survey, release))
    return (*_git_steps(target, survey, release, plan_id), *_command_steps(runtime))


def _git(target: Target, *words: str) -> tuple[str, ...]:
    safe = ("-c", f"safe.directory={target.app_dir}", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
    return ("git", "-C", target.app_dir, *safe, *words)


def _git_steps(target: Target, survey: Survey, release: str, plan_id: str) -> Iterable[Step]:
    back = (survey.branch,) if survey.branch else ("--detach", survey.head)
    if survey.dirty:
        patch = f"{target.app_dir}/.git/flightrules/{plan_id}.patch"
        yield Step(
            name="save",
            argv=_git(target, "diff", "--binary", f"--output={patch}", "HEAD"),
            says=f"save uncommitted changes of {len(survey.dirty)} files to {patch}",
        )
    force = ("--force",) if survey.dirty else ()
    yield Step(
        name="checkout",
        argv=_git(target, "checkout", *force, "--detach", release, "--"),
        undo=_git(target, "checkout", *back, "--"),
        says=f"check out {release[:12]}",
    )


def compose_command(target: Target, runtime: ComposeRuntime) -> tuple[str, ...]:
    """The words every compose command of a target begins with."""
    files = (word for name in runtime.files for word in ("-f", f"{target.app_dir}/{name}"))
    return ("docker", "compose", "-p", runtime.project, "--project-directory", target.app_dir, *files)


def remembered_ref(runtime: ComposeRuntime, service: str, release: str) -> str:
    """The tag under which a service's image is remembered for a release."""
    return f"flightrules/{runtime.project}/{service}:{release}"


def _compose_steps(target: Target, runtime: ComposeRuntime, survey: Survey, release: str) -> Iterable[Step]:
    compose = compose_command(target, runtime)
    env = ((runtime.release_variable, release),) if runtime.release_variable else ()
    for image in survey.images:
        if image.remembered and image.present != image.remembered:
            source = remembered_ref(runtime, image.service, release)
            yield Step(
                name="retag",
                argv=("docker", "tag", source, image.ref),
                says=f"bring back the remembered image of {image.service} as {image.ref}",
            )
    rebuilt = tuple(image.service for image in survey.images if must_build(image, release))
    if rebuilt:
        yield Step(
            name="build",
            argv=(*compose, "build", *rebuilt),
            env=env,
            says=f"build {', '.join(rebuilt)} at {release[:12]} (no remembered image: this is a rebuild)",
        )
    yield Step(
        name="up",
        argv=(*compose, "up", "-d", "--no-build"),
        env=env,
        changes=True,
        says="bring the services up; those that do not differ are left alone",
    )


def must_build(image: ImageState, release: str) -> bool:
    """An image is at hand when it is remembered, or its name carries the release; a fixed tag proves nothing."""
    carries_release = release in image.ref or release[:7] in image.ref
    at_hand = bool(image.remembered) or (bool(image.present) and carries_release)
    return image.buildable and not at_hand


def _command_steps(runtime: CommandsRuntime) -> Iterable[Step]:
    yield Step(name="restart", argv=runtime.restart, changes=True, says=f"restart {runtime.service}")


def _warnings(target: Target, surveys: Sequence[Survey], good: GoodRelease) -> Iterable[str]:
    if good.ground == "served":
        yield f"The release was never observed healthy; it is chosen because it {good.why}."
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
