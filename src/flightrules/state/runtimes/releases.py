"""Steps that bring the files of a release to a host: in its checkout, or in a folder of their own.

Knows: git, as words of an argv. Must not know: what runs out of the files.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from flightrules.state.operation import Step, Survey
from flightrules.state.rehearsal import Rehearsal
from flightrules.state.runtimes.settings import SideBySide
from flightrules.state.target import Target
from flightrules.state.words import counted


def release_steps(
    target: Target, survey: Survey, release: str, plan_id: str, *, prepare: tuple[str, ...] = ()
) -> Iterable[Step]:
    """The steps that bring the files of a release to where the service runs out of."""
    if target.side_by_side is None:
        return git_steps(survey, release, plan_id)
    return _folder_steps(target, survey, release, plan_id, prepare)


def _git(target: Target, *words: str) -> tuple[str, ...]:
    """Words of git that run no hook and nothing in the background."""
    off = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false")
    settings = (word for setting in (f"safe.directory={target.app_dir}", *off) for word in ("-c", setting))
    return ("git", "-C", target.app_dir, *settings, *words)


TREE = "flightrules-tree"
"""The program that the host keeps beside each operation: it moves the work tree, and brings it back (host/tree.sh)."""


def git_steps(survey: Survey, release: str, plan_id: str) -> Iterable[Step]:
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


SWITCH = 'ln -sfn -- "$1" "$2.new" && mv -fT -- "$2.new" "$2"'
"""A link is replaced by renaming another over it: whoever follows it finds the one folder or the other, never none."""


PREPARE = 'dir=$1 && cd -- "$dir" && shift && "$@" && git -c safe.directory="$dir" worktree unlock "$dir"'
"""A command is run in the new folder, which git keeps locked until it has ended well: no other rollback takes such a
folder for a whole one. The undo of the step before removes it."""


def _folder_steps(
    target: Target, survey: Survey, release: str, plan_id: str, prepare: tuple[str, ...]
) -> Iterable[Step]:
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
        lock, force = (("--lock",), ("--force", "--force")) if prepare else ((), ("--force",))
        yield Step(
            name="release",
            argv=_git(target, *safe, "worktree", "add", "--force", "--detach", *lock, folder, release),
            undo=_git(target, *safe, "worktree", "remove", *force, folder),
            says=f"make {folder} from the commit",
        )
        if prepare:
            argv = ("sh", "-c", PREPARE, "prepare", folder, *prepare)
            yield Step(name="prepare", argv=argv, says=f"run {shlex.join(prepare)} in {folder}")
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
