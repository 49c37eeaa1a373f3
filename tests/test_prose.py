"""Checks of prose find what they are there for."""

from __future__ import annotations

import pytest

from tests.prose import MOST, long_subjects, openings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"""Whose it is."""', [(1, "Whose")]),
        ('def one() -> None:\n    """What it does."""', [(2, "What")]),
        ('class One:\n    """A value."""\n\n    two: int\n    """Whether it is two."""', [(5, "Whether")]),
        ('"""A module.\n\nWhat follows is free."""', []),
        ('def one() -> str:\n    return "What is said"', []),
        ('def one() -> None:\n    """Return whether it is one."""', []),
    ],
)
def test_a_docstring_that_opens_with_a_relative_word_is_found(text: str, found: list[tuple[int, str]]) -> None:
    assert openings(text) == found


def test_a_subject_that_is_too_long_is_found() -> None:
    assert long_subjects(["a" * MOST, "b" * (MOST + 1)]) == ["b" * (MOST + 1)]
