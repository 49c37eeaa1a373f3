from __future__ import annotations

import random

import pytest

from flightrules.adapters.error_kinds import MOST, TemplateKinds
from flightrules.state.logs import signature

KINDS = TemplateKinds()


def same(one: str, other: str) -> bool:
    """Return True if the second line is taken for the first."""
    known, seen = signature(one), signature(other)
    return KINDS.kinds([known], [seen])[seen] == known


@pytest.mark.requirement("MON-by-template")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ERROR payment failed for order 7", "ERROR payment failed for order 8812"),
        ("ERROR request failed req=Zx9QpL2", "ERROR request failed req=aB3kLmN"),
        ("ERROR request failed req=ab3k", "ERROR request failed req=77zq"),
        ("[V1StGXR8_Z5jdHi6B-myT] ERROR no route", "[Uakgb_J5m9g-0JDMbcJqLJ] ERROR no route"),
        ("ERROR 01ARZ3NDEKTSV4RRFFQ69G5FAV died", "ERROR 01BX5ZZKBKACTAV9WEVGEMMVRZ died"),
        ("ERROR user alice has no cart here", "ERROR user bob has no cart here"),
    ],
)
def test_a_changed_id_or_name_is_the_same_error(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.requirement("MON-by-template")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ERROR timeout", "ERROR deadlock"),
        ("ERROR failed to connect", "ERROR failed to authenticate"),
        ("ERROR division by zero in checkout", "ERROR out of memory in worker"),
        ("ERROR POST /api/v1/cart answered 500", "ERROR cannot write the session file"),
        ("ERROR payment failed", "ERROR payment failed for order 7"),
    ],
)
def test_another_error_stays_another(one: str, other: str) -> None:
    assert not same(one, other)


def test_a_known_signature_stays_as_it_is_also_where_its_template_would_be_wider() -> None:
    known = [signature(f"ERROR user {name} has no cart here") for name in ("alice", "bob")]
    assert KINDS.kinds(known, known) == {line: line for line in known}


def test_what_was_never_known_is_drawn_together_under_one_template() -> None:
    seen = [signature(f"ERROR user {name} has no cart here") for name in ("alice", "bob", "carol")]
    assert set(KINDS.kinds([], seen).values()) == {"ERROR user <*> has no cart here"}


def test_a_template_found_earlier_takes_in_a_line_with_a_name_never_seen() -> None:
    known = "ERROR user <*> has no cart here"
    seen = "ERROR user dave has no cart here"
    assert KINDS.kinds([known], [seen]) == {seen: known}


def test_the_order_in_which_lines_were_seen_changes_nothing() -> None:
    seen = [signature(f"ERROR {what} {who} broke the page") for what in ("user", "bot") for who in ("a", "b", "c")]
    shuffled = seen[:]
    random.Random(7).shuffle(shuffled)  # noqa: S311 - any other order
    assert KINDS.kinds(seen[:2], shuffled) == KINDS.kinds(list(reversed(seen[:2])), seen)


def test_what_was_asked_before_changes_nothing() -> None:
    seen = ["ERROR user dave has no cart here"]
    fresh = TemplateKinds().kinds([], seen)
    KINDS.kinds(["ERROR user <*> has no cart here"], seen)
    assert KINDS.kinds([], seen) == fresh


@pytest.mark.parametrize("line", ["", " ", "<*>", "<n>", "0", "\x00", "a" * 10_000, "e " * 5_000])
def test_any_text_is_taken(line: str) -> None:
    assert set(KINDS.kinds([line], [line])) <= {line}


def test_no_more_than_so_many_are_looked_at() -> None:
    assert len(KINDS.kinds([], [f"ERROR kind {'x' * n}" for n in range(MOST + 50)])) == MOST
