from __future__ import annotations

import pytest
from mcp_types import JSONRPCNotification

from flightrules.server.envelopes import answers, spoilt, wants_an_answer


def told(line: str) -> list[tuple[object, int]]:
    return [(answer.id, answer.error.code) for answer in answers(line)]


@pytest.mark.parametrize(
    "line", ["not json", "{", '{"id": 1', "[" * 100_000, "\N{REPLACEMENT CHARACTER}", '{"id": 1e}']
)
def test_a_line_that_is_no_json_is_answered_to_nobody_by_name(line: str) -> None:
    assert told(line) == [(None, -32700)]


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("5", [None]),
        ("null", [None]),
        ("[]", [None]),
        ("[1, 2]", [None]),
        ("{}", [None]),
        ('{"jsonrpc": "2.0", "id": 7}', [7]),
        ('{"jsonrpc": "1.0", "id": "a", "method": "x"}', ["a"]),
        ('{"jsonrpc": "2.0", "id": 7, "method": "x", "params": [1]}', [7]),
        ('{"jsonrpc": "2.0", "id": null, "method": "x"}', [None]),
        ('{"jsonrpc": "2.0", "id": true, "method": "x"}', [None]),
        ('{"jsonrpc": "2.0", "id": 1.5, "method": "x"}', [None]),
        ('[{"jsonrpc": "2.0", "id": 1, "method": "x"}, {"jsonrpc": "2.0", "id": 2, "method": "y"}, 3]', [1, 2]),
    ],
)
def test_json_that_is_no_request_is_answered_by_the_id_it_has(line: str, ids: list[object]) -> None:
    assert told(line) == [(one, -32600) for one in ids]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  \r",
        '{"jsonrpc": "2.0", "id": 1, "result": 5}',
        '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "x"}}',
        '[{"jsonrpc": "2.0", "id": 1, "result": {}}]',
    ],
)
def test_an_empty_line_and_an_answer_are_not_answered(line: str) -> None:
    assert told(line) == []


def test_an_answer_that_cannot_be_read_is_an_error_to_who_waits_for_it() -> None:
    found = spoilt('{"jsonrpc": "2.0", "id": 3, "result": 5}')
    assert found is not None
    assert (found.id, found.error.code) == (3, -32600)
    for line in ('{"jsonrpc": "2.0", "id": 3, "method": "x", "params": 5}', '{"result": 5}', "no json", "5"):
        assert spoilt(line) is None


def test_only_what_has_an_id_and_is_named_like_a_request_is_taken_for_one() -> None:
    def taken(line: str, method: str) -> bool:
        return wants_an_answer(line, JSONRPCNotification(jsonrpc="2.0", method=method))

    assert taken('{"jsonrpc": "2.0", "id": null, "method": "ping"}', "ping")
    assert not taken('{"jsonrpc": "2.0", "method": "ping", "params": {"id": 1}}', "ping")
    assert not taken(
        '{"jsonrpc": "2.0", "id": null, "method": "notifications/initialized"}', "notifications/initialized"
    )
