from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from flightrules.state import log
from flightrules.state.canonical import canonical, digest
from flightrules.state.log import GENESIS, Actor, Draft, Recorded, broken, read_record, under_seal
from flightrules.state.vocabulary import ActorKind
from tests.state.core import AGENT, NOON, PERSON, Core, Plain, closed

EDITS: dict[str, Any] = {
    "kind": "incident_closed",
    "at": NOON + timedelta(seconds=1),
    "actor": PERSON,
    "call": "another",
    "data": {"reason": "never happened"},
    "stream": "INC-2",
}


@pytest.fixture(scope="module")
def whole() -> list[Recorded]:
    return closed().records


@pytest.mark.requirement("LOG-chain")
def test_a_whole_log_holds(whole: list[Recorded]) -> None:
    assert broken(whole) is None
    assert broken([]) is None
    assert whole[0].previous == GENESIS
    assert [record.version for record in whole] == list(range(1, len(whole) + 1))


@pytest.mark.requirement("LOG-chain")
@pytest.mark.parametrize("field", EDITS)
def test_an_edit_of_any_field_is_found_and_its_place_is_named(whole: list[Recorded], field: str) -> None:
    for place in range(len(whole)):
        edited = list(whole)
        edited[place] = whole[place].model_copy(update={field: EDITS[field]})
        if edited[place] == whole[place]:
            continue
        found = broken(edited)
        assert found is not None
        assert found.version == place + 1
        assert "not what was recorded" in found.why


@pytest.mark.requirement("LOG-chain")
def test_an_edit_that_is_sealed_anew_is_found_at_the_next_event(whole: list[Recorded]) -> None:
    edited = list(whole)
    forged = whole[3].model_copy(update={"data": {"reason": "forged"}})
    sealed = digest(forged.model_dump(mode="json", exclude={"hash"}))
    edited[3] = forged.model_copy(update={"hash": sealed})
    found = broken(edited)
    assert found is not None
    assert (found.version, found.why) == (5, "it does not follow the event before it")


@pytest.mark.requirement("LOG-chain")
def test_a_removed_event_is_found_wherever_it_was_but_at_the_end(whole: list[Recorded]) -> None:
    for place in range(len(whole) - 1):
        found = broken(whole[:place] + whole[place + 1 :])
        assert found is not None
        assert found.version == place + 1
        assert f"event {place + 1} is missing" in found.why
    assert broken(whole[:-1]) is None


@pytest.mark.requirement("LOG-chain")
def test_a_removed_event_whose_followers_are_renumbered_is_found(whole: list[Recorded]) -> None:
    moved = [record.model_copy(update={"version": record.version - 1}) for record in whole[3:]]
    found = broken([*whole[:2], *moved])
    assert found is not None
    assert found.version == 3


@pytest.mark.requirement("LOG-chain")
@given(order=st.permutations(range(6)))
def test_any_other_order_is_found(order: list[int]) -> None:
    records = Core().assess().records[:6]
    found = broken([records[n] for n in order])
    assert (found is None) is (list(order) == list(range(6)))
    if found is not None:
        assert found.version == next(place for place, n in enumerate(order) if n != place) + 1


@pytest.mark.requirement("LOG-chain")
def test_an_event_of_another_stream_is_found() -> None:
    one, other = Core().assess().records, Core(detected_via="a user").assess().records
    found = broken([*one[:2], *other[2:]])
    assert found is not None
    assert found.version == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.requirement("LOG-canonical")
@given(value=st.dictionaries(st.text(), JSON, max_size=6), order=st.randoms(use_true_random=False))
def test_the_order_in_which_keys_were_set_changes_no_digest(value: dict[str, Any], order: Any) -> None:  # noqa: ANN401
    keys = list(value)
    order.shuffle(keys)
    shuffled = {key: value[key] for key in keys}
    assert canonical(shuffled) == canonical(value)
    assert digest(shuffled) == digest(value)


ZONES = st.sampled_from(
    [UTC, timezone(timedelta(0)), timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=3))]
)


@pytest.mark.requirement("LOG-chain")
@given(
    at=st.datetimes(min_value=datetime(1970, 1, 1), timezones=ZONES),  # noqa: DTZ001 - the zones come beside it
    actor=st.builds(Actor, kind=st.sampled_from(ActorKind), name=st.text(), face=st.text()),
    data=st.dictionaries(st.text(), JSON, max_size=4),
    call=st.text(),
)
def test_the_seal_is_over_all_of_a_record_but_itself(
    at: datetime, actor: Actor, data: dict[str, Any], call: str
) -> None:
    made = log.record(
        Draft(kind="call_answered", at=at, actor=actor, call=call, content=Plain(data)),
        stream="INC-1",
        version=4,
        previous=GENESIS,
    )
    assert under_seal(made) == made.model_dump(mode="json", exclude={"hash"})
    assert made.hash == digest(made.model_dump(mode="json", exclude={"hash"}))
    assert Recorded.model_validate(made.model_dump()) == made


@pytest.mark.requirement("LOG-canonical")
def test_the_byte_form_is_this_one_for_good() -> None:
    """A log written today must verify in years: these bytes never change."""
    assert (
        canonical({"b": [1, None, True], "a": "Grüße\n\u2028"}) == '{"a":"Grüße\\n\u2028","b":[1,null,true]}'.encode()
    )
    assert digest({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@pytest.mark.requirement("LOG-canonical")
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_json_does_not_have_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical([value])


@pytest.mark.requirement("LOG-chain")
def test_a_record_reads_back_from_json_with_its_seal(whole: list[Recorded]) -> None:
    again = [Recorded.model_validate_json(record.model_dump_json()) for record in whole]
    assert again == whole
    assert broken(again) is None
    assert whole[0].actor == AGENT


def test_a_record_that_is_read_quickly_is_the_one_that_pydantic_reads(whole: list[Recorded]) -> None:
    for record in whole:
        line = record.model_dump_json().encode()
        quick, thorough = read_record(line), Recorded.model_validate_json(line)
        assert quick == thorough
        assert quick.model_dump_json() == thorough.model_dump_json()
        assert quick.model_copy(update={"version": 7}) == thorough.model_copy(update={"version": 7})
        assert quick.at.tzinfo is UTC


ODD: dict[str, Any] = {
    "stream": 7,
    "version": "12",
    "kind": None,
    "at": "2026-W02-1T09:00:00Z",
    "actor": {"kind": "robot", "name": "x", "face": ""},
    "call": ["x"],
    "data": [],
    "previous": {},
    "hash": 1.5,
    "more": "a field of nobody's",
}


@pytest.mark.parametrize("field", ODD)
@pytest.mark.parametrize("how", ["odd", "gone"])
def test_a_record_that_is_not_as_it_is_written_is_judged_by_pydantic(
    whole: list[Recorded], field: str, how: str
) -> None:
    told = whole[0].model_dump(mode="json")
    told = told | {field: ODD[field]} if how == "odd" else {name: told[name] for name in told if name != field}
    line = canonical(told)
    try:
        thorough = Recorded.model_validate_json(line)
    except ValidationError:
        with pytest.raises(ValidationError):
            read_record(line)
    else:
        assert read_record(line) == thorough


@given(
    st.binary(max_size=60) | st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5).map(canonical)
)
def test_anything_that_is_no_record_is_refused_as_pydantic_refuses_it(line: bytes) -> None:
    with pytest.raises(ValidationError):
        read_record(line)
