"""Files that a host had before a rollback, and where the bytes that are its own lie afterwards.

Knows: files, and where the product says that it keeps what it moves. Must not know: what must have stayed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.equivalence.judging import Course
from tests.equivalence.pictures import Picture, volumes
from tests.equivalence.team import Team, run
from tests.equivalence.trees import Entry, digest, held, tracked

_SMALLEST_NAME = 6


@dataclass(kw_only=True)
class Before:
    """State of the host before the rollback."""

    folder: Path
    """The tree that was served."""
    held: Mapping[str, Entry]
    """The files of the host's own in it, by path."""
    places: Mapping[str, Path]
    """Copies of them."""
    tracked: set[str]
    volumes: Mapping[str, Mapping[str, Entry]]
    picture: Picture


def before_the_rollback(team: Team, copies: Path, names: tuple[str, ...]) -> Before:
    """Read all that is compared afterwards, and copy what the host alone has."""
    own = held(team.tree)
    copies.mkdir()
    places = {path: copies / str(number) for number, path in enumerate(sorted(own))}
    for path, place in places.items():
        shutil.copy2(team.tree / path, place, follow_symlinks=False)
    return Before(
        folder=team.tree,
        held=own,
        places=places,
        tracked=tracked(team.tree),
        volumes=volumes(team.name),
        picture=team.picture(names),
    )


def kept_elsewhere(team: Team, before: Before, course: Course) -> dict[str, str]:
    """Return the paths of the bytes that the product says it kept, by digest.

    Only places that its words name count.
    """
    told = course.approval + course.says
    found: dict[str, str] = {}
    own = team.app / run("git", "rev-parse", "--git-dir", cwd=team.app).strip()
    for base in {place.resolve() for place in (own, team.common)}:
        for path in base.rglob("flightrules/**/*"):
            if path.is_file() and not path.is_symlink() and _named(path, base, told):
                found[digest(path.read_bytes())] = str(path)
                if path.suffix == ".patch":
                    found |= _patched(team, before, path)
    return found


def _named(path: Path, base: Path, told: str) -> bool:
    parts = path.relative_to(base).parts
    return any(len(part) >= _SMALLEST_NAME and part in told for part in parts)


def _patched(team: Team, before: Before, patch: Path) -> dict[str, str]:
    """The files that a kept patch brings back onto the bad release."""
    with tempfile.TemporaryDirectory(prefix="equivalence-patch-") as name:
        folder = Path(name) / "clone"
        clone = ["git", "clone", "-q", "--branch", "v-B", str(team.origin), str(folder)]
        apply = ["git", "-C", str(folder), "apply", str(patch)]
        if any(subprocess.run(argv, capture_output=True, check=False).returncode for argv in (clone, apply)):
            return {}
        paths = [folder / path for path in before.held]
        return {digest(path.read_bytes()): str(patch) for path in paths if path.is_file()}
