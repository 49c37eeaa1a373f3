"""Warnings and required acknowledgements that a person must be shown before they approve a plan.

The warnings say what may go differently than expected. The acknowledgements say what cannot be undone.

Knows: what a survey of the hosts says against a rollback that goes as one would think.
Must not know: what forbids a plan (plan.py), nor how it is shown.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from flightrules.state.comparison import is_migration
from flightrules.state.host_files import written_since
from flightrules.state.operation import Survey
from flightrules.state.rehearsal import Rehearsal
from flightrules.state.releases import GoodRelease
from flightrules.state.runtimes.compose.images import must_build, unnamed
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import Target
from flightrules.state.words import counted, listed, size

LEAST_FREE_BYTES = 512 * 1024 * 1024
"""Free space below which a build or a new folder may not fit."""
LEAST_FREE_INODES = 20_000
"""The same in files: images and dependencies hold tens of thousands."""
MOST_COPIED_KIB = 256 * 1024
"""So much may be copied aside without a word of the approver."""
NAMED = 20
"""Number of paths that a caution lists at most; the digest covers all paths."""
WEAK = {"served": "", "named_by_person": "was "}
"""Grounds weaker than an observation, and the verb their words need."""


def warnings(
    target: Target, surveys: Sequence[Survey], good: GoodRelease, *, left_out: tuple[str, ...], idle: bool
) -> Iterable[str]:
    """Yield what may go differently than expected in a rollback; `idle` if every host already runs the release."""
    yield from _not_touched(target, left_out)
    if good.ground in WEAK:
        yield f"The release was never observed healthy; it is chosen because it {WEAK[good.ground]}{good.why}."
    if idle:
        yield "Every host runs that release already: nothing is expected to change but the proof."
    yield from _unseen(target)
    for survey in surveys:
        yield from _folder_warnings(target, survey)
        yield from _host_warnings(target, survey, good.release)


def _host_warnings(target: Target, survey: Survey, release: str) -> Iterable[str]:
    where = survey.host
    orphans = sorted({s.service for s in survey.services} - survey.planned) if survey.planned else []
    if orphans:
        yield f"{where}: {', '.join(orphans)} is not part of that release and stays running."
    yield from _states(survey)
    if any(must_build(i, release) for i in survey.images):
        yield f"{where}: images must be rebuilt; a rebuild is not byte for byte what ran then."
        yield from (f"{where}: only {what}, a build may fail." for what in scarce(survey))
    if survey.env_files_changed:
        yield f"{where}: environment files differ between the releases: {', '.join(survey.env_files_changed)}."
    if survey.env_files_written:
        paths = ", ".join(survey.env_files_written)
        yield f"{where}: written since services that read them started, so these may read something else: {paths}."
    yield from (f"{where}: {caution}." for caution in written_since(survey.host_files))
    if survey.rehearsal:
        yield from (f"{where}: {caution}." for caution in _checkout_cautions(survey.rehearsal))
    if survey.restart.right == "unknown":
        yield f"{where}: the restart may be refused: {survey.restart.why}."
    if survey.branch and survey.branch != target.branch:
        yield f"{where}: the checkout is on branch {survey.branch}, not {target.branch}."


def _states(survey: Survey) -> Iterable[str]:
    """Services that do not simply run now."""
    found: dict[str, set[str]] = {}
    for service in survey.services:
        if service.service in survey.planned and not (service.state == "exited" and service.exit_code == 0):
            found.setdefault(service.state, set()).add(service.service)
    if paused := found.get("paused"):
        names = ", ".join(sorted(paused))
        yield f"{survey.host}: {names} is paused now, and goes on before the services are brought up."
    for state in ("exited", "created", "dead"):
        if stopped := found.get(state):
            names = ", ".join(sorted(stopped))
            yield f"{survey.host}: {names} is {_STOPPED[state]} now, and the rollback starts it."


_STOPPED = {"exited": "stopped", "created": "made but not started", "dead": "dead"}


def _checkout_cautions(found: Rehearsal) -> Iterable[str]:
    """Yield the side effects that the move of the work tree has."""
    if only := [item.path for item in found.kept if item.how == "untracked"]:
        yield f"this host alone has {listed(only, NAMED)}, which is in the way and will be moved aside"
    if found.filters:
        yield f"content filters run: {'; '.join(found.filters)}"
    if found.unfiltered:
        names = ", ".join(found.unfiltered)
        yield f"files ask for the filter {names}, which is not configured there: they are written as they are stored"
    if found.absent:
        yield f"submodules are not checked out and stay so: {listed(found.absent, NAMED)}"
    yield from found.unreached


def scarce(survey: Survey) -> Iterable[str]:
    """Yield the resources that are low on a host where a rollback builds images or makes a folder."""
    if survey.free_bytes is not None and survey.free_bytes < LEAST_FREE_BYTES:
        yield f"{survey.free_bytes // 2**20} MiB are free"
    if survey.free_inodes is not None and survey.free_inodes < LEAST_FREE_INODES:
        yield f"{counted(survey.free_inodes, 'inode')} are free"


def _unseen(target: Target) -> Iterable[str]:
    """Yield what no proof can show because nothing reports it."""
    runtime = runtime_of(target)
    if not (runtime.containers or runtime.tells_release or target.release_pointer):
        yield (
            "Nothing tells which release the process runs: only the work tree and the health can be proven. "
            "Let the service tell it, by a command or in its health answer."
        )
    shared = [host.name for host in target.hosts if host.role == "services" and host.health_url is None]
    if len(target.service_hosts) > 1 and shared:
        yield (
            f"Any host answers at the health address: {', '.join(shared)} cannot be seen from outside alone, only all "
            "hosts together at the end. Give each host a health address of its own."
        )


def _folder_warnings(target: Target, survey: Survey) -> Iterable[str]:
    side = target.side_by_side
    if side is None:
        return
    if survey.release_folder_taken:
        yield (
            f"{survey.host}: the folder of that release in {side.folder} was changed, or has files that a filter wrote "
            "and that cannot be compared. It is left alone, and a new one is made under another name."
        )
    if not survey.release_folder:
        prepare = shlex.join(runtime_of(target).prepare)
        yield f"{survey.host}: the release's folder is made from the commit " + (
            f"and by `{prepare}`; what a deployment adds to it otherwise is not there."
            if prepare
            else "alone; what a deployment adds to it (dependencies, links to shared files) is not there."
        )
        yield from (f"{survey.host}: only {what} for it." for what in scarce(survey))
    if survey.dirty:
        yield f"{survey.host}: uncommitted changes stay behind in {survey.current_folder}: " + ", ".join(
            survey.dirty[:10]
        )


def acknowledgements(target: Target, surveys: Sequence[Survey], release: str, *, healthy: bool) -> Iterable[str]:
    """Yield what the approver must acknowledge: that production is healthy, and what cannot be undone."""
    if healthy:
        yield "healthy: services, health and checks of production are well now; this rolls back what works"
    moved = sorted({p for s in surveys for p in s.changed_paths if is_migration(p, target)})
    if moved:
        yield f"data: migrations lie between the releases and are not undone: {', '.join(moved[:10])}"
    for survey in surveys:
        yield from unexplained(survey)
        for image in (image for image in survey.images if unnamed(image, release)):
            yield (
                f"image: {image.service} on {survey.host} stays at {image.ref}: ${image.named_by} of the host names "
                "it, whatever the release. Name it in [targets.runtime] by the release (variables = { "
                f'{image.named_by} = "{{short}}" }}), or deploy that tag by hand'
            )
        if survey.kept_volumes:
            yield (
                f"volumes: {listed(survey.kept_volumes, 10)} on {survey.host} stays as it is, though the release "
                "declares it with another driver or other options: compose does not recreate what holds data"
            )
        edited = edited_in(survey)
        if edited and target.side_by_side is None:
            yield f"dirty: uncommitted changes on {survey.host} are saved and removed: {listed(edited, 10)}"
        if survey.rehearsal and survey.rehearsal.copied_kib > MOST_COPIED_KIB:
            much = size(survey.rehearsal.copied_kib * 1024)
            yield f"kept: {much} that no commit has are copied aside on {survey.host}, to another file system"


def edited_in(survey: Survey) -> tuple[str, ...]:
    """The tracked files that differ from HEAD, those of submodules among them."""
    found = survey.rehearsal
    return survey.dirty if found is None else tuple(item.path for item in found.kept if item.how != "untracked")


def unexplained(survey: Survey) -> Iterable[str]:
    """Yield differences between what runs and what the settings would make.

    A rollback by the settings would change these as well, and not only the release.
    """
    for item in survey.differs[:10]:
        name = f"{item.service} " if item.service else ""
        mend = f" (name it in [targets.runtime]: {item.mend})" if item.mend else ""
        yield f"settings: on {survey.host}, {name}{item.saw}{mend}; the rollback brings it up by the settings"
    if survey.differs_why:
        yield f"settings: it is not known whether they make what runs on {survey.host}: {survey.differs_why}"


def _not_touched(target: Target, left_out: tuple[str, ...]) -> Iterable[str]:
    if left_out:
        yield f"Left out by a person's word, and still on another release: {', '.join(left_out)}."
    if spared := [host.name for host in target.hosts if host.role != "services"]:
        yield f"Runs migrations and is not rolled back: {', '.join(spared)}."
