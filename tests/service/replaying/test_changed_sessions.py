"""A session's file that somebody changed is found out or told in words, whatever was changed."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from flightrules import __version__
from flightrules.cli import main
from flightrules.errors import Refused
from flightrules.replay.replay import replay
from flightrules.replay.what_if import suppose
from flightrules.state.archive.sessions import check_session, read_session
from flightrules.state.canonical import canonical, digest
from flightrules.state.policy import Budgets, Policy
from tests.service.replaying.scenes import whole_session

TRIES = int(os.environ.get("FUZZ", "150"))
SEED = int(os.environ.get("SEED", "2026"))
KEPT = Path(__file__).parent.parent.parent / "sessions" / __version__
NOWHERE: Any = object()
OTHER: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**40, 1.5, "", "x", [], {}, [1], {"a": 1}, "2026-01-05T09:00:00Z", "P9", [None]),
    *(NOWHERE, NOWHERE, NOWHERE),
)
BYTES = (b"0", b"9", b'"', b"\n", b" ", b"a", b"\\", b"}", b"-", b"e", b"\xff", b"\0", b"\r")


@pytest.fixture(scope="module")
def text() -> str:
    return asyncio.run(whole_session())


def _changed(rng: random.Random, data: bytes) -> bytes:
    """The bytes with one of them changed, gone, or one more; the first and the last line as often as all others."""
    lines = data.splitlines(keepends=True)
    last = len(data) - len(lines[-1])
    at = rng.choice([rng.randrange(len(lines[0])), rng.randrange(last, len(data) - 1), rng.randrange(len(data) - 1)])
    other = rng.choice([rng.choice(BYTES), bytes([data[at] ^ (1 << rng.randrange(8))])])
    return data[:at] + rng.choice([b"", other, other + data[at : at + 1]]) + data[at + 1 :]


@pytest.mark.timeout(3600)
@pytest.mark.requirement("REPL-session", "REPL-diverged")
def test_each_byte_that_was_changed_is_found_and_no_event_with_other_content_is_identical(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng, data, path = random.Random(SEED), text.encode(), tmp_path / "changed.jsonl"  # noqa: S311 - not for secrets
    whole = read_session(text)
    for number in range(TRIES):
        other = _changed(rng, data)
        if other == data:
            continue
        path.write_bytes(other)
        assert main(["session", "import", str(path)]) == 1, (SEED, number)
        code = main(["replay", "--jobs", "1", str(path)])
        assert "Traceback" not in "".join(capsys.readouterr())
        if code == 0:
            assert read_session(other.decode()).records == whole.records, (SEED, number)


def test_a_first_line_that_speaks_of_another_incident_or_end_is_told(text: str) -> None:
    for was, becomes in (
        ('"incident":"INC-000002","redacted"', '"incident":"INC-000003","redacted"'),
        ('"head":"', '"head":"0'),
    ):
        session = read_session(text.replace(was, becomes, 1))
        verdict = asyncio.run(replay(session))
        assert verdict.word == "diverged"
        assert verdict.first is not None
        assert verdict.first.place == "the first line"


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _paths(item, (*path, name))


def _with(value: Any, path: tuple[Any, ...], other: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value with another one at that place."""
    name, *rest = path
    copy = value.copy()
    if not rest and other is NOWHERE:
        del copy[name]
    else:
        copy[name] = _with(value[name], tuple(rest), other) if rest else other
    return copy


def _forged(rng: random.Random, text: str) -> str:
    """The session with another value somewhere, and with seal and digest made anew as a forger would."""
    lines = [json.loads(line) for line in text.splitlines()][:-1]
    number = rng.randrange(1, len(lines))
    path = rng.choice(list(_paths(lines[number]["data"])))[: rng.choice([1, 2, 9])]
    lines[number] = _with(lines[number], ("data", *path), rng.choice(OTHER))
    lines[number]["hash"] = digest({name: value for name, value in lines[number].items() if name != "hash"})
    written = [canonical(line).decode() for line in lines]
    end: JsonValue = {
        "lines": len(written),
        "sha256": sha256("".join(f"{line}\n" for line in written).encode()).hexdigest(),
    }
    return "\n".join([*written, canonical({"end": end}).decode()]) + "\n"


@pytest.mark.timeout(3600)
@pytest.mark.requirement("REPL-not-replayable")
def test_whatever_was_forged_is_judged_in_words(text: str) -> None:
    rng, words = random.Random(SEED), Counter[str]()  # noqa: S311 - not for secrets
    texts = [text, *(path.read_text(encoding="utf-8") for path in sorted(KEPT.glob("*.jsonl")))]
    other = Policy(budgets=Budgets(rollback=3))
    for number in range(TRIES // 3):
        forged = _forged(rng, rng.choice(texts))
        try:
            session = read_session(forged)
            check_session(session, forged)
            words[asyncio.run(replay(session)).word] += 1
            asyncio.run(suppose(session, lambda target: (target, other)))
        except Refused:
            words["refused"] += 1
        except Exception as error:
            error.add_note(f"try {number} of seed {SEED}")
            raise
    assert words["diverged"] > 0 < words["not_replayable"], words
