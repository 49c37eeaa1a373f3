from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from flightrules.adapters.reading.pointer import NotThere, resolve, same

DOCUMENT: dict[str, JsonValue] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_rfc_6901_hold(pointer: str, value: object) -> None:
    assert resolve(DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["/none", "/foo/2", "/foo/-", "/foo/01", "/foo/-1", "/foo/x", "/a~1b/x", "/foo/٣"])
def test_a_pointer_to_nothing_is_said_to_be_one(pointer: str) -> None:
    with pytest.raises(NotThere):
        resolve(DOCUMENT, pointer)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        (None, None, True),
        ("1", 1, False),
        ([1, True], [1, 1], False),
        ({"a": [0]}, {"a": [False]}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}, True),
        ([], {}, False),
    ],
)
def test_json_values_are_compared_as_json(one: JsonValue, other: JsonValue, equal: bool) -> None:  # noqa: FBT001
    assert same(one, other) is equal


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), st.text())
def test_any_pointer_into_any_document_gives_a_value_or_nothing(document: JsonValue, pointer: str) -> None:
    try:
        resolve(document, f"/{pointer}")
    except NotThere:
        return
