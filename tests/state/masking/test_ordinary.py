"""Texts that are done with before any rule looks at them hold nothing that a rule would find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.state.masking import keys
from flightrules.state.redaction import _WORDS, _ordinary, _redact, redact
from tests.state.secret_forms.harmless import HARMLESS
from tests.state.secret_forms.known import FORMS
from tests.state.secret_forms.ninth import NINTH
from tests.state.secret_forms.ordinary import ordinary

PIECES = st.sampled_from(
    (
        *(*keys.STEMS, *keys.WORDS, *_WORDS, "answers", "users", "web", "the", "17", "4111", "1111"),
        *("hunter2", "Winter2026!", "a1B2c3d4e5f6", "a1B2c3d4e5f6g7h8i9j0", "ghp", "=", ": ", ":", " ", "-", "\t"),
    )
)


def test_no_secret_is_taken_for_ordinary_and_neither_is_a_line_of_one() -> None:
    texts = [text for _, text, _ in (*FORMS, *NINTH)] + ordinary(500) + [*HARMLESS]
    lines = [line for text in texts for line in text.splitlines()]
    for text in (*texts, *lines):
        assert not _ordinary(text) or _redact(text) == text


@given(st.lists(PIECES, max_size=8).map("".join), st.lists(PIECES, max_size=8).map(" ".join))
def test_what_is_taken_for_ordinary_is_what_every_rule_leaves_as_it_is(glued: str, apart: str) -> None:
    for text in (glued, apart):
        assert not _ordinary(text) or _redact(text) == text


@pytest.mark.parametrize(
    "text", ["mot de passe Winter2026", "4111 1111 1111 1111", "password hunter2!x", "net user ann p1geonHole /add"]
)
def test_words_apart_show_a_secret_together(text: str) -> None:
    assert not _ordinary(text)


@pytest.mark.parametrize(
    "text", ["Everything answers 500", "registered user 17", "Release 1234567", "no route to host"]
)
def test_a_title_is_ordinary_at_its_first_look(text: str) -> None:
    assert _ordinary(text)
    assert redact(text) == text
