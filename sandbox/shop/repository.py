"""The shop's git repository: releases as commits, deployments as reflog entries with their own dates.

Knows: git and the files of a release. Must not know: hosts, containers, SSH.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from sandbox.engine import BASE_IMAGE
from sandbox.process import run
from sandbox.shop.behaviour import behaviour_file

_FILES = Path(__file__).parent / "files"
_DOTTED = {"gitignore": ".gitignore", "dockerignore": ".dockerignore"}
_FIRST_COMMIT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_BETWEEN_COMMITS = timedelta(hours=6)
# Neither the machine's git settings nor its owner reach the repository: the same input gives the same commits.
_GIT_ENV = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


@dataclass(frozen=True, slots=True)
class Release:
    """One commit to be: a name, which becomes its tag, what its message says and how it behaves."""

    name: str
    message: str
    behaviour: str = "ok"
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Further files by path, over those of the shop."""


RELEASES = (
    Release("v1", "Open the shop"),
    Release("v2", "Show more characters at once"),
    Release("v3", "Send mail in batches"),
    Release("v4", "Make avatars round"),
    Release("v5", "Read the catalogue over the new connection pool", behaviour="error500"),
)
"""Four good releases and a bad one."""


def build_repository(
    path: Path,
    releases: Sequence[Release] = RELEASES,
    *,
    committed: Mapping[str, datetime] | None = None,
) -> dict[str, str]:
    """Make a repository with one commit and one tag a release on `main`; returns the full sha of each by name."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    shas = {}
    for number, release in enumerate(releases):
        _write_files(path, release)
        when = (committed or {}).get(release.name, _FIRST_COMMIT + number * _BETWEEN_COMMITS)
        git(path, "add", "--all", at=when)
        git(path, "commit", "--quiet", "--message", release.message, at=when)
        git(path, "tag", release.name, at=when)
        shas[release.name] = git(path, "rev-parse", "HEAD").strip()
    return shas


def clone(origin: Path, app_dir: Path) -> None:
    """Clone the repository as a host does before its first deployment: nothing is checked out yet."""
    git(origin, "clone", "--quiet", "--no-checkout", str(origin), str(app_dir))
    # The clone itself is no deployment, yet git wrote it down as one of the newest commit.
    (app_dir / ".git" / "logs" / "HEAD").write_text("")


def checkout(app_dir: Path, sha: str, *, at: datetime | None = None) -> None:
    """Check a release out; the reflog entry, which tells when it was deployed, is dated `at`."""
    git(app_dir, "checkout", "--quiet", "--detach", sha, at=at)


def deployments(app_dir: Path) -> list[tuple[str, datetime]]:
    """Return what was checked out and when, newest first, as the reflog tells it."""
    entries = git(app_dir, "reflog", "--date=unix", "--format=%H %gd").splitlines()
    parts = [entry.partition(" HEAD@{") for entry in entries]
    return [(sha, datetime.fromtimestamp(int(when.rstrip("}")), UTC)) for sha, _, when in parts]


def git(path: Path, *words: str, at: datetime | None = None) -> str:
    """Run git in a folder, as nobody in particular, its new entries dated `at`."""
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _WHO.items()}
    dates = {} if at is None else {"GIT_AUTHOR_DATE": _date(at), "GIT_COMMITTER_DATE": _date(at)}
    return run("git", "-c", "gc.auto=0", *words, cwd=path, env={**_GIT_ENV, **who, **dates})


_WHO = MappingProxyType({"NAME": "Shop Team", "EMAIL": "team@shop.example"})


def _date(at: datetime) -> str:
    return f"@{int(at.timestamp())} +0000"


def _write_files(path: Path, release: Release) -> None:
    for source in sorted(_FILES.rglob("*")):
        if source.is_dir() or "__pycache__" in source.parts:
            continue
        relative = source.relative_to(_FILES)
        target = path / _DOTTED.get(str(relative), str(relative))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text().replace("@BASE@", BASE_IMAGE))
        target.chmod(source.stat().st_mode & 0o777)
    extra = {"VERSION": f"{release.name}\n", "behaviour.conf": behaviour_file(release.behaviour), **release.files}
    for name, text in extra.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
