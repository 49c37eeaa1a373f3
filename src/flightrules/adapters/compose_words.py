"""The words of a target's compose commands as text for the host's shell.

Knows: the variables that host/composed.sh sets. Must not know: which program uses them.
Every word is quoted. `$root` stands before each path, so that the same words reach a release's files in a folder of
their own, or the work tree where it is empty; `$at` and `$short` stand for the release.
"""

from __future__ import annotations

import re
import shlex

from flightrules.state.composing import RELEASE, SHORT, compose_command, templates, up_words
from flightrules.state.target import ComposeRuntime, Target

_PATHS = ("--project-directory", "-f", "--env-file")
_PLACES = {RELEASE: '"$at"', SHORT: '"$short"'}


def shell_words(target: Target, runtime: ComposeRuntime) -> tuple[str, str, str]:
    """Variables, command, and what `up` needs besides."""
    variables = (f"{name}={_value(value)}" for name, value in templates(runtime).items())
    command = compose_command(target, runtime)
    words = (_word(before, word) for before, word in zip(("", *command), command, strict=False))
    return " ".join(variables), " ".join(words), shlex.join(up_words(runtime))


def _value(text: str) -> str:
    parts = re.split(r"(\{release\}|\{short\})", text)
    return "".join(_PLACES.get(part) or (shlex.quote(part) if part else "") for part in parts)


def _word(before: str, word: str) -> str:
    return f'"$root"{shlex.quote(word)}' if before in _PATHS else shlex.quote(word)
