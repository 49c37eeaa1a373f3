from __future__ import annotations

import tomllib

from sandbox.toml import dump


def test_what_is_written_reads_back_the_same() -> None:
    table: dict[str, object] = {
        "title": 'a "quoted" line\nand another',
        "numbers": [1, 2, 3],
        "on": True,
        "nested": {"deeper": {"value": 1.5}},
        "rows": [{"name": "a", "inner": {"x": 1}, "parts": [{"y": 2}, {"y": 3}]}, {"name": "b"}],
    }
    assert tomllib.loads(dump(table)) == table


def test_an_empty_table_is_empty_text() -> None:
    assert tomllib.loads(dump({})) == {}
