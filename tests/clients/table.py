"""The first table of docs/clients.md: `make clients` plays every client, prints it, and keeps it in seen.json."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clients.installing import HERE
from tests.clients.playing import Row
from tests.clients.rows import ROWS

SEEN = HERE / "seen.json"
PAGE = HERE.parents[1] / "docs" / "clients.md"
HEAD = "| client | version | protocol | what it does here |\n| --- | --- | --- | --- |\n"


def kept() -> dict[str, Row]:
    """Return the rows that were seen last."""
    return {name: Row(*values) for name, values in json.loads(SEEN.read_text("utf-8")).items()}


def rendered(rows: Iterable[Row]) -> str:
    """The table."""
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    """Play all, print the table, and write it where it stands."""
    seen: dict[str, Row] = {}
    for name, play in ROWS.items():
        with TemporaryDirectory() as folder:
            seen[name] = play(Path(folder))
    before = rendered(kept().values()) if SEEN.exists() else ""
    SEEN.write_text(json.dumps(seen, indent=1) + "\n", "utf-8")
    table = rendered(seen.values())
    PAGE.write_text(PAGE.read_text("utf-8").replace(before, table) if before else PAGE.read_text("utf-8"), "utf-8")
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
