"""An operation as the text its host runs: one call a line, every word quoted.

Knows: the functions that the runner in host/launch.sh gives to a plan. Must not know: how the text gets there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from flightrules.adapters.runtimes.known import on_host
from flightrules.errors import Defect
from flightrules.state.operation import Expected, Operation, Step
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_SAID = 200


def script(operation: Operation, target: Target | None = None) -> str:
    """The plan text of an operation of a target. Raises `Defect` for a step that could not be run as written."""
    lines = [
        _call("about", "incident", one_line(operation.incident, _MOST_SAID)),
        _call("about", "who", one_line(operation.who, _MOST_SAID)),
        _call("about", "why", one_line(operation.why, _MOST_SAID)),
        _call("about", "releases", operation.from_release, operation.to_release),
    ]
    if target is not None:
        lines.extend(_call("expect", *words) for words in expectations(operation.expected, target))
    for index, step in enumerate(operation.steps):
        lines.extend(_step(index, step))
    return "".join(f"{line}\n" for line in lines)


def expectations(expected: Expected, target: Target) -> Iterable[tuple[str, ...]]:
    """Yield what the host compares under the target's lock before the first step."""
    if expected == Expected():
        return  # of an operation that no survey stands behind
    if side := target.side_by_side:
        yield ("folder", side.link, expected.folder)
    else:
        yield ("head", expected.head)
        if expected.branch is not None:
            yield ("branch", expected.branch)
        if expected.clean:
            yield ("clean", "yes")
    yield from on_host(target.runtime).expectations(expected)


def _step(index: int, step: Step) -> Iterable[str]:
    effect = "changes" if step.changes else "keeps"
    yield _call("step", str(index), step.name, effect, *_command(step, step.argv))
    if step.undo is not None:
        yield _call("undo", str(index), *_command(step, step.undo))


def _command(step: Step, argv: tuple[str, ...]) -> Iterable[str]:
    """The command with its variables in front, as env(1) reads them."""
    if not argv or argv[0].startswith("-") or "=" in argv[0] or not argv[0]:
        raise Defect(f"step {step.name} begins with no command: {argv!r}")
    for name, value in step.env:
        if not _VARIABLE.fullmatch(name):
            raise Defect(f"step {step.name} sets a variable that is none: {name!r}")
        yield f"{name}={value}"
    yield from argv


def _call(*words: str) -> str:
    if any("\0" in word for word in words):
        raise Defect("a step holds a NUL character, which no command can be given")
    return shlex.join(words)
