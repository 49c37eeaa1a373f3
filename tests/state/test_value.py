"""Results that follow from a value: they are computed once, and never outlive a change."""

from __future__ import annotations

import copy

import pytest
from pydantic import ValidationError

from flightrules.state.policy import Budgets, Policy
from flightrules.state.rules.approving import policy_digest
from flightrules.state.target import Target
from flightrules.state.value import Value, built, keep, keep_newest
from tests.state.core import SHOP, TWO


class Pair(Value):
    one: int
    other: str = ""


def test_what_follows_from_a_value_is_worked_out_once() -> None:
    asked: list[int] = []
    pair = Pair(one=1)

    def doubled(pair: Pair) -> int:
        asked.append(pair.one)
        return 2 * pair.one

    assert [keep(pair, "double", doubled) for _ in range(3)] == [2, 2, 2]
    assert asked == [1]


def test_a_copy_knows_nothing_of_what_followed_from_the_original() -> None:
    pair = Pair(one=1)
    keep(pair, "double", lambda _pair: 2)
    for other in (pair.model_copy(update={"one": 5}), copy.copy(pair)):
        assert keep(other, "double", lambda pair: 2 * pair.one) == 2 * other.one


def test_what_is_kept_changes_neither_what_a_value_equals_nor_its_hash_nor_what_is_written() -> None:
    kept, plain = Pair(one=1), Pair(one=1)
    keep(kept, "double", lambda _pair: 2)
    assert kept == plain
    assert hash(kept) == hash(plain)
    assert repr(kept) == repr(plain)
    assert kept.model_dump_json() == plain.model_dump_json()
    assert kept != Pair(one=2)
    assert kept != (1, "")


def test_what_follows_from_two_values_is_worked_out_anew_with_another() -> None:
    asked: list[int] = []
    pair = Pair(one=1)

    def sum_with(other: Pair) -> int:
        def summed() -> int:
            asked.append(other.one)
            return pair.one + other.one

        return keep_newest(pair, "sum", other, summed)

    first, second, like_second = Pair(one=1), Pair(one=2), Pair(one=2)
    others = (first, first, second, second, like_second, first)
    assert [sum_with(other) for other in others] == [2, 2, 3, 3, 3, 2]
    assert asked == [1, 2, 2, 1]


def test_the_digest_of_settings_is_that_of_the_target_it_is_asked_for() -> None:
    policy, other = Policy(), Policy(budgets=Budgets(rollback=3))
    targets: tuple[Target, ...] = (SHOP, TWO, SHOP)
    first, second, again = (policy_digest(policy, target) for target in targets)
    assert first == again != second
    assert policy_digest(other, SHOP) != first
    assert policy_digest(policy.model_copy(update={"budgets": Budgets(rollback=3)}), SHOP) == policy_digest(other, SHOP)


def test_a_value_that_is_built_is_the_one_that_is_checked() -> None:
    checked, ready = (
        Pair(one=1),
        built(Pair, {"one": 1} | {n: f.default for n, f in Pair.model_fields.items() if n != "one"}),
    )
    assert ready == checked
    assert hash(ready) == hash(checked)
    assert repr(ready) == repr(checked)
    assert ready.model_dump() == checked.model_dump()
    assert ready.model_copy(update={"one": 5}) == Pair(one=5)
    with pytest.raises(ValidationError):
        ready.one = 2  # type: ignore[misc]
