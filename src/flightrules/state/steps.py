"""The exact steps of a rollback on one host, for each runtime.

Knows: git, compose and the user's own commands, as words of an argv. Must not know: whether a plan may be made.
Nothing an agent says becomes a word of a step; every step before the one that changes what serves users can be undone.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state.composing import compose_command, compose_variables, up_words
from flightrules.state.operation import ImageState, Step, Survey
from flightrules.state.rehearsal import Rehearsal
from flightrules.state.target import CommandsRuntime, ComposeRuntime, SideBySide, Target
from flightrules.state.words import counted


def steps_for(target: Target, survey: Survey, release: str, plan_id: str) -> tuple[Step, ...]:
    """The steps that bring one host to a release."""
    runtime = target.runtime
    if isinstance(runtime, ComposeRuntime):
        return (*_git_steps(survey, release, plan_id), *_compose_steps(target, runtime, survey, release))
    if target.side_by_side is None:
        return (*_git_steps(survey, release, plan_id), *_command_steps(runtime))
    return (*_folder_steps(target, survey, release, plan_id), *_command_steps(runtime))


def _git(target: Target, *words: str) -> tuple[str, ...]:
    """Words of git that run no hook and nothing in the background."""
    off = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false")
    settings = (word for setting in (f"safe.directory={target.app_dir}", *off) for word in ("-c", setting))
    return ("git", "-C", target.app_dir, *settings, *words)


TREE = "flightrules-tree"
"""The program that the host keeps beside each operation: it moves the work tree, and brings it back (host/tree.sh)."""


def _git_steps(survey: Survey, release: str, plan_id: str) -> Iterable[Step]:
    """Everything the move replaces is put aside first, so either step brings back the work tree as it was."""
    found = survey.rehearsal or Rehearsal()
    restore = (TREE, "restore", plan_id)
    yield Step(
        name="save",
        argv=(TREE, "save", plan_id, survey.head, release, found.digest),
        undo=restore,
        says=_saves(found, plan_id),
    )
    yield Step(
        name="checkout",
        argv=(TREE, "checkout", plan_id, release),
        undo=restore,
        says=f"check out {release[:12]} without hooks; git overwrites nothing that was not put aside",
    )


def _saves(found: Rehearsal, plan_id: str) -> str:
    if not found.kept:
        return "keep what the checkout replaces, in case a step fails"
    return f"put {counted(len(found.kept), 'path')} that no commit has aside, to {found.base}/kept/{plan_id}/files"


def _compose_steps(target: Target, runtime: ComposeRuntime, survey: Survey, release: str) -> Iterable[Step]:
    compose = compose_command(target, runtime)
    env = compose_variables(runtime, release)
    for image in survey.images:
        if image.remembered and image.present != image.remembered and _takes_a_tag(image.ref):
            yield Step(
                name="retag",
                # By its id, not by its tag: a prune may take the tag of an image that a container holds.
                argv=("docker", "tag", image.remembered, image.ref),
                undo=("docker", "tag", image.present, image.ref) if image.present else None,
                says=f"bring back the remembered image of {image.service} as {image.ref}",
            )
    rebuilt = tuple(image.service for image in survey.images if must_build(image, release))
    yield from (_keep(image) for image in survey.images if image.service in rebuilt and image.present)
    if rebuilt:
        yield Step(
            name="build",
            argv=(*compose, "build", *rebuilt),
            env=env,
            says=f"build {', '.join(rebuilt)} at {release[:12]} (no remembered image: this is a rebuild)",
        )
    yield from _made_anew(compose, env, runtime, survey)
    yield Step(
        name="up",
        argv=(*compose, "up", "-d", "--no-build", *up_words(runtime)),
        env=env,
        changes=True,
        says="bring the services up; those that do not differ are left alone",
    )


def _made_anew(
    compose: tuple[str, ...], env: tuple[tuple[str, str], ...], runtime: ComposeRuntime, survey: Survey
) -> Iterable[Step]:
    """Give the steps for what `up` alone does not reach.

    That is: paused containers, and services whose difference compose does not see.
    """
    paused = paused_services(survey)
    if paused:
        yield Step(
            name="unpause",
            argv=(*compose, "unpause", *paused),
            env=env,
            undo=(*compose, "pause", *paused),
            says=f"let {', '.join(paused)} go on: compose cannot bring up what is paused",
        )
    anew = tuple(touch.service for touch in survey.touches if touch.fate == "recreated")
    if anew:
        yield Step(
            name="recreate",
            argv=(*compose, "up", "-d", "--no-build", "--force-recreate", *up_words(runtime), *anew),
            env=env,
            changes=True,
            says=f"make {', '.join(anew)} anew: compose does not see what changed for them",
        )


def paused_services(survey: Survey) -> tuple[str, ...]:
    """Services of the release with a paused container."""
    return tuple(sorted({s.service for s in survey.services if s.state == "paused" and s.service in survey.planned}))


def _keep(image: ImageState) -> Step:
    """A build takes the name from the image that runs; should it fail, the name goes back. Run forward, it is idle."""
    tag = ("docker", "tag", image.present, image.ref)
    return Step(name="save", argv=tag, undo=tag, says=f"keep {image.ref} as it is, should the build fail")


def _takes_a_tag(ref: str) -> bool:
    """Return True if an image can be given that name; a digest or an id names one image for ever."""
    return "@" not in ref and not ref.startswith("sha256:")


def must_build(image: ImageState, release: str) -> bool:
    """An image is at hand when it is remembered, or its name carries the release; a fixed tag proves nothing."""
    carries_release = release in image.ref or release[:7] in image.ref
    at_hand = bool(image.remembered) or (bool(image.present) and carries_release)
    return image.buildable and not at_hand


def unnamed(image: ImageState, release: str) -> bool:
    """Nothing says which image a service had at that release: the host names the same for every release."""
    return bool(image.named_by) and not image.remembered and not must_build(image, release)


def _command_steps(runtime: CommandsRuntime) -> Iterable[Step]:
    yield Step(name="restart", argv=runtime.restart, changes=True, says=f"restart {runtime.service}")


SWITCH = 'ln -sfn -- "$1" "$2.new" && mv -fT -- "$2.new" "$2"'
"""A link is replaced by renaming another over it: whoever follows it finds the one folder or the other, never none."""


def _folder_steps(target: Target, survey: Survey, release: str, plan_id: str) -> Iterable[Step]:
    """Give the steps for releases that lie side by side.

    They make the release's folder if it is missing, and the link to it.
    """
    side = target.side_by_side
    if side is None:
        return
    name = survey.release_folder or new_folder(survey, release, plan_id)
    folder = f"{side.folder}/{name}"
    if not survey.release_folder:
        safe = ("-c", f"safe.directory={folder}")
        yield Step(
            name="release",
            argv=_git(target, *safe, "worktree", "add", "--force", "--detach", folder, release),
            undo=_git(target, *safe, "worktree", "remove", "--force", folder),
            says=f"make {folder} from the commit",
        )
    if name != survey.current_folder:
        yield Step(
            name="switch",
            argv=_switch(side, name),
            undo=_switch(side, survey.current_folder),
            says=f"let {side.link} lead to {name} instead of {survey.current_folder}",
        )


def new_folder(survey: Survey, release: str, plan_id: str) -> str:
    """The name a release's folder gets; a folder that is there but changed is left alone."""
    return f"{release}-{plan_id}" if survey.release_folder_taken else release


def _switch(side: SideBySide, name: str) -> tuple[str, ...]:
    return ("sh", "-c", SWITCH, "switch", f"{side.folder}/{name}", side.link)
