"""The protocol line by line: no line is missing, none stands without a rule, and what carries it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.cli.parser import parse
from flightrules.tools.catalog import TOOLS
from tests.protocol_lines import LAST_LINE, LEFT_OUT, PARTS, Row
from tests.requirements import BY_ID, RULES

PACKAGE = Path(__file__).parents[1] / "src" / "flightrules"
ROWS = [row for part in PARTS for row in part.rows]


def test_each_line_of_the_protocol_is_in_one_row_or_left_out_as_empty() -> None:
    told = [line for row in ROWS for line in range(row.first, row.last + 1)]
    left_out = [line for first, last in LEFT_OUT for line in range(first, last + 1)]
    assert told == sorted(set(told))
    assert sorted([*told, *left_out]) == list(range(1, LAST_LINE + 1))


def test_no_row_is_empty_and_every_rule_it_names_is_there() -> None:
    assert [row.first for row in ROWS if not (row.rules and row.by and row.asks.endswith((".", ",", ";", ":")))] == []
    assert [(row.first, rule) for row in ROWS for rule in row.rules if rule not in BY_ID] == []


def test_every_rule_of_the_protocol_stands_in_the_row_of_its_line() -> None:
    def row_of(line: int) -> Row | None:
        return next((row for row in ROWS if row.first <= line <= row.last), None)

    places = {rule.id: int(rule.source.partition(":")[2]) for rule in RULES if rule.source.startswith("protocol:")}
    named = {rule for row in ROWS for rule in row.rules}
    assert [rule for rule in places if rule not in named] == []
    astray = {rule: line for rule, line in places.items() if (row := row_of(line)) and rule not in row.rules}
    assert astray == {}


@pytest.mark.parametrize("carrier", sorted({one for row in ROWS for one in row.by}))
def test_what_carries_a_line_is_a_tool_a_command_or_a_file_of_the_package(carrier: str) -> None:
    if carrier.startswith("flightrules "):
        with pytest.raises(SystemExit) as asked:
            parse([carrier.removeprefix("flightrules "), "--help"])
        assert asked.value.code == 0
    else:
        assert carrier in {tool.name for tool in TOOLS} or (PACKAGE / carrier).is_file()
