"""Comparison of a good release with a bad one: files by their purpose, settings by their names, and commits.

Knows: which files configure, depend or migrate, by their names. Must not know: how two releases are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flightrules.state.evidence import Comparison, FileChange
from flightrules.state.migrations import counts
from flightrules.state.target import Target
from flightrules.state.words import counted, listed, short

_DEPENDENCIES = re.compile(
    r"(?:^|/)(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock"
    r"|requirements[^/]*\.(?:txt|in|lock)|pyproject\.toml|setup\.(?:py|cfg)|Pipfile(?:\.lock)?|poetry\.lock|uv\.lock"
    r"|go\.(?:mod|sum)|Cargo\.(?:toml|lock)|Gemfile(?:\.lock)?|[^/]+\.gemspec|composer\.(?:json|lock)|mix\.(?:exs|lock)"
    r"|pom\.xml|[^/]+\.gradle(?:\.kts)?|gradle\.lockfile|[^/]+\.csproj|packages\.lock\.json|conda[^/]*\.ya?ml)$"
)
_CONFIGURATION = re.compile(
    r"(?:^|/)(?:\.env[^/]*|[^/]+\.(?:env|ini|cfg|conf|properties|tf|tfvars|service)|Dockerfile[^/]*|Containerfile[^/]*"
    r"|Procfile|[^/]+\.(?:ya?ml|toml)|nginx[^/]*|settings[^/]*\.(?:json|py)|(?:[^/]+\.|app)?config(?:uration)?\.(?:json|py|m?js|ts))$"
    r"|(?:^|/)(?:config|conf|deploy|helm|k8s|etc)/",
    re.IGNORECASE,
)


def is_migration(path: str, target: Target) -> bool:
    """Return True if a path lies in one of the folders that hold the target's migrations."""
    return counts(path, target.migrations)


def dependency_files(paths: Iterable[str]) -> tuple[str, ...]:
    """The files that say what a release is built from."""
    return tuple(path for path in paths if _DEPENDENCIES.search(path))


def configuration_files(paths: Iterable[str]) -> tuple[str, ...]:
    """The files that set how a release behaves or is run, those above left out."""
    return tuple(path for path in paths if _CONFIGURATION.search(path) and not _DEPENDENCIES.search(path))


def comparison_lines(seen: Comparison, most: int = 8) -> tuple[str, ...]:
    """A comparison in words, what most often explains an incident first."""
    counts = f"{counted(seen.files_changed, 'file')} changed, {seen.added} lines added, {seen.removed} removed"
    settings = [f"{name} {change}" for change, names in seen.settings for name in names]
    parts = (
        ("migrations", seen.migrations),
        ("dependencies", seen.dependencies),
        ("configuration", seen.configuration),
        ("names of settings", settings),
        ("files", [_file(change) for change in _biggest(seen.files)]),
        ("commits", [f"{short(commit.sha)} {commit.subject}" for commit in seen.commits]),
    )
    first = f"from good {short(seen.good)} to bad {short(seen.bad)}: {counts}, {counted(seen.commits_count, 'commit')}"
    return (first, *(f"{name}: {listed(items, most)}" for name, items in parts if items))


def _biggest(files: Sequence[FileChange]) -> list[FileChange]:
    return sorted(files, key=lambda change: (-((change.added or 0) + (change.removed or 0)), change.path))


def _file(change: FileChange) -> str:
    if change.added is None:
        return f"{change.path} (binary)"
    return f"{change.path} (+{change.added} -{change.removed})"
