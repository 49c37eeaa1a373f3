"""Contents of a folder, read by plain means: paths, modes, owners, bytes, links; and what of it git has.

Knows: files and git. Must not know: the product.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One path: what it is and what it holds."""

    kind: str
    """`file`, `link`, `folder` or `other`."""
    mode: str
    owner: str
    content: str
    """The digest of a file's bytes, or where a link leads to."""

    def without_owner(self) -> Entry:
        """The same entry as git knows it: kind, the executable bit, content."""
        executable = "x" if self.kind == "file" and int(self.mode, 8) & 0o100 else ""
        return Entry(self.kind, executable, "", self.content)


def digest(content: bytes) -> str:
    """A short name of some bytes."""
    return hashlib.sha256(content).hexdigest()[:16]


def entry(path: Path) -> Entry | None:
    """Return the entry at a path; None if there is nothing."""
    try:
        facts = path.lstat()
        mode, owner = f"{stat.S_IMODE(facts.st_mode):04o}", f"{facts.st_uid}:{facts.st_gid}"
        if stat.S_ISLNK(facts.st_mode):
            return Entry("link", "", owner, str(path.readlink()))
        if stat.S_ISDIR(facts.st_mode):
            return Entry("folder", mode, owner, "")
        if stat.S_ISREG(facts.st_mode):
            return Entry("file", mode, owner, digest(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Entry("other", mode, owner, f"{facts.st_rdev}")


def below(folder: Path, *, leave: tuple[str, ...] = ()) -> dict[str, Entry]:
    """All that lies at and below a folder, by relative path (`.` is the folder); names in `leave` are not entered."""
    return {str(path.relative_to(folder)): found for path in _walk(folder, leave) if (found := entry(path))}


def _walk(folder: Path, leave: tuple[str, ...]) -> Iterator[Path]:
    yield folder
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in leave)
        for name in (*folders, *sorted(files)):
            if name not in leave:
                yield Path(place) / name


def git(folder: Path, *words: str) -> bytes:
    """Return the output of git in a folder, whoever owns the folder."""
    argv = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", str(folder), *words]
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(argv, env=env, capture_output=True, check=True, timeout=60).stdout


def tracked(folder: Path) -> set[str]:
    """The paths that the commit checked out in a folder has, those of its submodules among them."""
    listed = git(folder, "ls-files", "-z", "--recurse-submodules").decode(errors="surrogateescape")
    return {path for path in listed.split("\0") if path}


def modules(folder: Path) -> list[str]:
    """The submodules that are there, by path."""
    found = git(folder, "ls-files", "-z", "--stage").decode(errors="surrogateescape").split("\0")
    paths = [line.partition("\t")[2] for line in found if line.startswith("160000")]
    return [path for path in paths if (folder / path / ".git").exists()]


def held(folder: Path) -> dict[str, Entry]:
    """The files of which git has not the content at their paths: untracked, ignored and changed ones."""
    found: dict[str, Entry] = {}
    places = [folder, *(folder / path for path in modules(folder))]
    for place in places:
        said = git(place, "status", "--porcelain=v1", "-z", "--ignored", "--untracked-files=all", "--no-renames")
        for line in said.decode(errors="surrogateescape").split("\0"):
            code, path = line[:2], place / line[3:]
            if not line or code in {" D", "D "} or path in places:
                continue
            inside = [path] if not path.is_dir() or path.is_symlink() else list(_walk(path, (".git",)))
            for each in inside:
                what = entry(each)
                if what is not None and what.kind != "folder":
                    found[str(each.relative_to(folder))] = what
    return found
