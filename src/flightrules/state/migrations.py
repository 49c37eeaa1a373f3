"""Paths of a repository that hold migrations: those that the settings name, else the usual places.

Knows: the folders that frameworks use. Must not know: how a repository is read.
Paths are relative to the repository's root, also if `app_dir` lies inside of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flightrules.state.value import Value
from flightrules.state.words import listed

USUAL = ("migrations", "*/migrations", "db/migrate", "prisma/migrations", "alembic/versions", "db/migration")
_USUAL = re.compile(r"(?:^|.*/)(?:migrations|db/migrate|db/migration|alembic/versions)(?:/|$)")


class MigrationPlaces(Value):
    """Paths of migrations in a repository, as far as it was read."""

    there: tuple[str, ...] = ()
    """Paths that count and are in one of the two releases."""
    missing: tuple[str, ...] = ()
    """Paths that the settings name and neither release has."""


def counts(path: str, named: Iterable[str]) -> bool:
    """Return True if a changed path is a migration.

    The paths that the settings name decide or, if they name none, the usual places.
    """
    places = [place.strip("/") for place in named]
    if not places:
        return _USUAL.match(path) is not None
    return any(path == place or path.startswith(f"{place}/") for place in places)


def places_of(named: Iterable[str], folders: Iterable[str]) -> MigrationPlaces:
    """The paths that count, out of the folders of both releases and the files at their roots."""
    known, places = set(folders), [place.strip("/") for place in named]
    if not places:
        found = sorted(folder for folder in known if _USUAL.match(folder))
        return MigrationPlaces(there=tuple(f for f in found if f.rpartition("/")[0] not in found)[:20])
    there = tuple(place for place in places if place in known or _file_in(place, known))
    return MigrationPlaces(there=there, missing=tuple(place for place in places if place not in there))


def _file_in(place: str, folders: set[str]) -> bool:
    """Return True if a path may be a file in one of the folders; only files at the root are known by name."""
    folder, _, name = place.rpartition("/")
    return bool(folder) and "." in name and folder in folders


def data_words(places: MigrationPlaces | None) -> str:
    """Return what is known about the data between two releases if no changed path is a migration."""
    if places is not None and places.missing:
        return f"not known: `migrations` names {listed(places.missing)}, which neither release has"
    if places is not None and not places.there:
        return "no migrations were found in the usual places of either release; name others in `migrations`"
    return "no migration path differs between the releases"
