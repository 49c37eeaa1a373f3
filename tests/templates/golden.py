"""Golden documents: what people read is compared with a committed file, letter for letter.

Digests are masked: they change with every field that an event gains, and tests of their own show that they are right.
`FLIGHTRULES_UPDATE_SNAPSHOTS=1` rewrites the files; the difference is then read before it is committed.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


_DIGEST = re.compile(r"\b[0-9a-f]{64}\b|\b(?=[a-f]*[0-9])[0-9a-f]{8}\b")


def check_golden(name: str, whole: str) -> None:
    path, text = FOLDER / name, _DIGEST.sub(lambda digest: "." * len(digest[0]), whole)
    if os.environ.get("FLIGHTRULES_UPDATE_SNAPSHOTS") == "1":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    wanted = path.read_text(encoding="utf-8") if path.exists() else ""
    changed = list(difflib.unified_diff(wanted.splitlines(), text.splitlines(), f"{name} (committed)", "now", n=1))
    assert text == wanted, "\n".join([f"{name} changed; FLIGHTRULES_UPDATE_SNAPSHOTS=1 accepts it", *changed[:60]])
