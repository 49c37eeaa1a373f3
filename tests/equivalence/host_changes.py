"""Changes that somebody makes on the host after the bad release was deployed.

Knows: files of the checkout and plain docker. Must not know: the product.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.equivalence.compose_team import ComposeTeam
from tests.equivalence.team import Team, run

CHANGES: dict[str, Callable[[Team], None]] = {}
NEEDS: dict[str, Callable[[str, frozenset[str]], bool]] = {}
"""Condition of each change: whether a project, by its kind and features, allows it."""


def host_change(
    needs: Callable[[str, frozenset[str]], bool],
) -> Callable[[Callable[[Team], None]], Callable[[Team], None]]:
    """Register a change by its name."""

    def registered(made: Callable[[Team], None]) -> Callable[[Team], None]:
        CHANGES[made.__name__] = made
        NEEDS[made.__name__] = needs
        return made

    return registered


def change(name: str, team: Team) -> None:
    """Make one change."""
    CHANGES[name](team)


def _always(kind: str, features: frozenset[str]) -> bool:
    del kind, features
    return True


def _compose(kind: str, features: frozenset[str]) -> bool:
    del features
    return kind == "compose"


def _side_by_side(kind: str, features: frozenset[str]) -> bool:
    del features
    return kind != "releases"


@host_change(_side_by_side)
def hand_edit(team: Team) -> None:
    """A tracked file, edited."""
    path = team.app / "README.md"
    path.write_text(path.read_text() + "Edited on the host.\n")


@host_change(lambda _kind, features: "bind_file" in features)
def hand_edit_of_a_mounted_file(team: Team) -> None:
    """A tracked and mounted file, edited."""
    path = team.app / "conf" / "app.conf"
    path.write_text("set by hand\n")


@host_change(_side_by_side)
def executable_by_hand(team: Team) -> None:
    """A tracked file, made executable."""
    (team.app / "README.md").chmod(0o755)


@host_change(_always)
def untracked_file(team: Team) -> None:
    """A file that git does not know, in nobody's way."""
    (team.tree / "notes.txt").write_text("who was on call\n")


@host_change(_side_by_side)
def untracked_in_the_way(team: Team) -> None:
    """A file of the host's own where the good release tracks one."""
    _in_the_way(team, "settings/local.json")


@host_change(_side_by_side)
def ignored_in_the_way(team: Team) -> None:
    """A file that git ignores where the good release tracks one."""
    _in_the_way(team, "settings/ignored.json")


@host_change(_side_by_side)
def ignored_folder_in_the_way(team: Team) -> None:
    """A folder that git ignores where the good release tracks a file."""
    path = team.app / "settings" / "cache"
    path.mkdir(parents=True)
    (path / "entry").write_text("kept by the host\n")


def _in_the_way(team: Team, name: str) -> None:
    path = team.app / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"db": "production"}\n')


@host_change(_always)
def failing_hook(team: Team) -> None:
    """A hook of somebody's tool that fails here."""
    path = team.common / "hooks" / "post-checkout"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\nexit 2\n")
    path.chmod(0o755)


@host_change(lambda kind, features: kind == "compose" and "dotenv" in features)
def dotenv_edited(team: Team) -> None:
    """A value in `.env`, changed after the deployment."""
    path = team.app / ".env"
    path.write_text(path.read_text().replace("hello", "good evening"))


@host_change(lambda kind, features: kind == "compose" and "worker_mounts" in features)
def worker_paused(team: Team) -> None:
    """A service, paused."""
    _compose_words(team, "pause", "worker")


@host_change(lambda kind, features: kind == "compose" and "worker_mounts" in features)
def worker_stopped(team: Team) -> None:
    """A service, stopped by hand."""
    _compose_words(team, "stop", "-t", "0", "worker")


@host_change(lambda kind, features: kind == "compose" and "worker_mounts" in features)
def worker_removed(team: Team) -> None:
    """A service whose container somebody removed."""
    _compose_words(team, "rm", "-f", "-s", "worker")


@host_change(lambda kind, _features: kind == "releases")
def release_folder_cleaned(team: Team) -> None:
    """The folder of the good release, removed by a cleanup that keeps only the newest."""
    folder = team.folder / "releases" / team.shas["A"]
    run("git", "worktree", "remove", "--force", folder, cwd=team.app)


@host_change(_compose)
def images_pruned(team: Team) -> None:
    """Images that no container uses, pruned: those of this project, as a prune of all would."""
    listed = run("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", cwd=team.folder).split()
    for name in listed:
        if name.startswith(f"{team.name}-") and "<none>" not in name:
            run("docker", "image", "rm", name, cwd=team.folder, fine=True)


@host_change(lambda kind, features: kind == "compose" and "volume" in features)
def data_in_the_volume(team: Team) -> None:
    """Data that a named volume holds."""
    point = run("docker", "volume", "inspect", "-f", "{{.Mountpoint}}", f"{team.name}_data", cwd=team.folder).strip()
    run("sh", "-c", f'echo "ten orders" >{point}/orders', cwd=team.folder)


def _compose_words(team: Team, *words: str) -> None:
    if isinstance(team, ComposeTeam):
        team.compose(*words, release="B", fine=True)
