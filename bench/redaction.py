"""Redaction benchmark: secrets that pass, ordinary lines that are altered, and the time beside commit 1ed0ae0.

Knows: the lists of tests/state/secret_forms. Must not know: how a secret is found.
The older redaction is read from the repository, without the detectors of a library that came after it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from types import ModuleType

from bench.measuring import Goal, Outcome, Row
from flightrules.state.redaction import redact
from tests.state.secret_forms.eighth import EIGHTH
from tests.state.secret_forms.fifth import FIFTH
from tests.state.secret_forms.fourth import FOURTH
from tests.state.secret_forms.harmless import HARMLESS
from tests.state.secret_forms.known import FORMS
from tests.state.secret_forms.ninth import NINTH
from tests.state.secret_forms.ordinary import ordinary
from tests.state.secret_forms.seventh import SEVENTH
from tests.state.secret_forms.sixth import SIXTH
from tests.state.secret_forms.tenth import TENTH
from tests.state.secret_forms.third import THIRD
from tests.state.secret_forms.unseen import SECOND, UNSEEN

BEFORE = "1ed0ae0"
LINES, ROUNDS = 500, 15
SHORT = ["Release 1234567", "web", "Everything answers 500", "registered user 17", "no route to host"]


def bench() -> list[Outcome]:
    """Count what passes and what is altered, and time a log of 500 lines."""
    return [_recall(), _alarms(), _time(), _short()]


def _passed(forms: list[tuple[str, str, list[str]]] | list[tuple[str, str, tuple[str, ...]]]) -> list[str]:
    return [name for name, text, needles in forms if any(needle in redact(text) for needle in needles)]


def _recall() -> Outcome:
    lists = (UNSEEN, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH, TENTH)
    known, unseen = _passed(FORMS), [name for forms in lists for name in _passed(forms)]
    of = sum(map(len, lists))
    return Outcome(
        title="Secrets that pass",
        goals=[
            Goal(name=f"known forms, of {len(FORMS)}", value=len(known), limit=0, unit="forms"),
            Goal(name=f"forms of the hold-out, of {of}", value=len(unseen), limit=of // 20, unit="forms"),
        ],
        notes=[f"passed: {', '.join([*known, *unseen]) or 'none'}"],
    )


def _alarms() -> Outcome:
    lines = [*ordinary(10_000 - len(HARMLESS)), *HARMLESS]
    altered = [line for line in lines if redact(line) != line]
    goal = Goal(name="ordinary lines altered, of 10,000", value=len(altered), limit=5, unit="lines")
    return Outcome(title="False alarms", goals=[goal], notes=altered[:5])


def _time() -> Outcome:
    log = "\n".join(ordinary(LINES))
    before, now = _timed(_redact_before(), redact, log)
    return Outcome(
        title=f"Redaction of a log of {LINES} lines, {len(log) // 1000} kB",
        rows=[Row(name=f"at {BEFORE}", seconds=before), Row(name="now", seconds=now)],
        goals=[Goal(name="now / before, fastest of each", value=min(now) / min(before), limit=2)],
    )


def _short() -> Outcome:
    """Lines by themselves, and titles that name no secret: what a document and an answer are made of."""
    before, rows, ratios = _redact_before(), [], []
    new = (f"{text} {number}" for number, text in enumerate(SHORT * 100 * ROUNDS * 2))
    for name, older, newer in (
        ("500 lines of a log", _each(before, ordinary(LINES)), _each(redact, ordinary(LINES))),
        ("500 short texts, said before", _each(before, SHORT * 100), _each(redact, SHORT * 100)),
        ("500 short texts, new ones", _next(before, new), _next(redact, new)),
    ):
        was, now = _timed(older, newer, "")
        rows += [Row(name=f"{name}, at {BEFORE}", seconds=was), Row(name=f"{name}, now", seconds=now)]
        ratios.append(f"{name} {min(now) / min(was):.1f} x")
    return Outcome(title="Redaction of short texts", rows=rows, notes=[f"now / before: {', '.join(ratios)}"])


def _next(redaction: Callable[[str], str], texts: Iterator[str]) -> Callable[[str], str]:
    return lambda _: "".join(map(redaction, islice(texts, 500)))


def _each(redaction: Callable[[str], str], texts: list[str]) -> Callable[[str], str]:
    return lambda _: "".join(map(redaction, texts))


def _timed(one: Callable[[str], str], other: Callable[[str], str], log: str) -> tuple[list[float], list[float]]:
    """Processor seconds of both, in turns, so that both meet the same load."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for redaction, seconds in zip((one, other), times, strict=True):
            start = time.thread_time()
            redaction(log)
            seconds.append(time.thread_time() - start)
    return times


def _redact_before() -> Callable[[str], str]:
    source = subprocess.run(
        ["git", "show", f"{BEFORE}:src/flightrules/state/redaction.py"], capture_output=True, check=True, text=True
    ).stdout
    module = ModuleType("redaction_before")
    sys.modules[module.__name__] = module
    exec(compile(source, module.__name__, "exec"), module.__dict__)  # noqa: S102 - our own source at an older commit
    redaction: Callable[[str], str] = module.redact
    return redaction
