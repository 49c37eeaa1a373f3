"""Migrations among changed paths, and what may be said if there are none."""

from __future__ import annotations

import pytest

from flightrules.state.migrations import MigrationPlaces, counts, data_words, places_of


@pytest.mark.parametrize(
    ("path", "named", "is_one"),
    [
        ("migrations/1.sql", (), True),
        ("shop/cart/migrations/0001_initial.py", (), True),
        ("db/migrate/20260105_add.rb", (), True),
        ("prisma/migrations/1/migration.sql", (), True),
        ("backend/alembic/versions/1.py", (), True),
        ("src/main/resources/db/migration/V1__a.sql", (), True),
        ("migrations.md", (), False),
        ("web/app.py", (), False),
        ("db/migrate/1.rb", ("migrations",), False),
        ("schema/1.sql", ("schema/",), True),
        ("schema.sql", ("schema.sql",), True),
    ],
)
def test_the_settings_name_migrations_or_the_usual_places_count(
    path: str, named: tuple[str, ...], *, is_one: bool
) -> None:
    assert counts(path, named) is is_one


def test_a_place_that_neither_release_has_lets_nothing_be_claimed() -> None:
    places = places_of(("db/migrations", "db/schema.rb", "schema.sql"), ("db", "db/migrate", "schema.sql"))
    assert places == MigrationPlaces(there=("db/schema.rb", "schema.sql"), missing=("db/migrations",))
    assert data_words(places).startswith("not known: `migrations` names db/migrations")


def test_the_usual_places_are_found() -> None:
    places = places_of((), ("web", "db", "db/migrate", "shop/migrations", "shop/migrations/old"))
    assert places == MigrationPlaces(there=("db/migrate", "shop/migrations"))
    assert data_words(places) == data_words(None) == "no migration path differs between the releases"
    assert "no migrations were found" in data_words(places_of((), ("web",)))
