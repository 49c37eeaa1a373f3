"""A terminal in memory: a person types a command of the command line, reads what it prints and answers its questions.

Knows: how the command line reads and writes. Must not know: any command.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

from flightrules.cli import main
from flightrules.cli.session import Host

_ASKS_FOR = re.compile(r"Type (\S+) to [^\n]*\Z")
"""A question that names the word that it takes."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The end of a command."""

    status: int
    """The exit status: 0 if it did what was asked."""
    text: str
    """Everything that was printed, questions and complaints included."""


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Keyboard(io.StringIO):
    """Types what was handed in, then whatever word a question asks for."""

    def __init__(self, screen: _Screen, answers: Sequence[str]) -> None:
        super().__init__()
        self._screen = screen
        self._answers = list(answers)

    def isatty(self) -> bool:
        return True

    def readline(self, _size: int = -1, /) -> str:  # type: ignore[override]
        asked = _ASKS_FOR.search(self._screen.getvalue())
        answer = self._answers.pop(0) if self._answers else asked[1] if asked else None
        return "" if answer is None else f"{answer}\n"


def typed(host: Host, words: Sequence[str], answers: Sequence[str] = ()) -> Typed:
    """Type a command, and answer its questions."""
    with _terminal(answers) as screen:
        try:
            status = main(words, host=host)
        except SystemExit as end:  # the words were not understood
            status = end.code if isinstance(end.code, int) else 1
    return Typed(status, screen.getvalue())


@contextmanager
def _terminal(answers: Sequence[str]) -> Iterator[_Screen]:
    screen, before = _Screen(), sys.stdin
    sys.stdin = _Keyboard(screen, answers)
    try:
        with redirect_stdout(screen), redirect_stderr(screen):
            yield screen
    finally:
        sys.stdin = before
