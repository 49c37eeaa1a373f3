from __future__ import annotations

from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.adapters.own_patterns import LIMIT_S, OVERLAP, PIECE, TOO_LONG, own_net
from flightrules.state.redaction import MASK

COMMIT = "48d06615e17b0e2c016e5c3e5308d7f3cbff64da"


@pytest.mark.requirement("UNT-own-patterns")
def test_what_a_pattern_of_the_users_own_matches_is_taken_out() -> None:
    net = own_net(["acme-[A-Za-z0-9]{8,}", r"^X-Internal: .+"])
    assert net("a acme-0123456789 b\nX-Internal: yes\nend") == f"a {MASK} b\n{MASK}\nend"


@pytest.mark.requirement("UNT-identifiers-stay")
def test_a_pattern_that_is_too_wide_does_not_hide_commit_ids() -> None:
    net = own_net(["[0-9a-f]{12,}"])
    line = f"deployed {COMMIT}, image sha256:{'c' * 64}, order 123e4567-e89b-12d3-a456-426614174000"
    assert net(line) == line
    assert net("session abcdef0123456789") == f"session {MASK}"


def test_a_secret_is_found_wherever_in_a_long_line_it_stands() -> None:
    net, secret = own_net(["key[0-9]{20}"]), "key" + "7" * 20
    for before in (0, PIECE - 10, PIECE - OVERLAP - 5, 3 * PIECE + 1):
        assert net("x" * before + secret + "y" * PIECE) == "x" * before + MASK + "y" * PIECE


@pytest.mark.timeout(60)
def test_a_pattern_that_takes_too_long_hides_the_rest_rather_than_the_time_of_an_incident() -> None:
    net = own_net([r"\w*\w*#"])
    for text in ("a" * 200_000, "\n".join(["a" * PIECE] * 200)):
        began = thread_time()
        assert net(text).endswith(TOO_LONG)
        assert thread_time() - began < LIMIT_S + 5


@given(st.text(st.sampled_from("ab#\n"), max_size=3000))
def test_a_text_without_the_secret_is_not_changed_and_no_match_is_left(text: str) -> None:
    found = own_net(["a#b"])(text)
    assert "a#b" not in found
    assert found.replace(MASK, "a#b") == text
