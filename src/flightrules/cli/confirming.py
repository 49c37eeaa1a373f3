"""Has a person say yes before a command of theirs is given: at a terminal, or by a script where policy lets scripts.

Knows: the terminal and `--yes`. Must not know: what the command does.
A program with a shell can open a terminal of its own and type, too: this keeps apart what a person meant and what
slipped into a pipe, and the log says which way it was given.
"""

from __future__ import annotations

import argparse
import sys
from typing import Literal

from flightrules.errors import Refused
from flightrules.state.policy import PeoplePolicy

Given = Literal["terminal", "script", "unasked"]
"""Way in which a person's command was given; `unasked` if it needs no yes, or is refused whatever the person says."""

UNASKED: Given = "unasked"


def confirmed_by_person(arguments: argparse.Namespace, what: str, policy: PeoplePolicy, *, word: str = "yes") -> Given:
    """Have a word typed; gives how it was given.

    Raises `Refused` without a terminal, where another word is typed, and for `--yes` where policy lets no script.
    """
    if arguments.yes:
        if not policy.scripts:
            why = f"Policy lets no script {what}."
            raise Refused("no_scripts", why, "Run it in a terminal, without --yes; or set policy.people.scripts.")
        return "script"
    require_terminal(what, "or add --yes" if policy.scripts else "")
    if input(f"Type {word} to {what}, anything else to stop: ").strip().lower() != word.lower():
        raise Refused("not_confirmed", "Nothing was done.", "Run it again.")
    return "terminal"


def at_terminal() -> bool:
    """Return True if a person can be asked.

    Either stream may be closed, and then is None.
    """
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def require_terminal(what: str, otherwise: str) -> None:
    """Refuse where no person sits at a terminal, with what else helps."""
    if not at_terminal():
        remedy = f"Run it in a terminal, without a pipe{f'; {otherwise}' if otherwise else ''}."
        raise Refused("no_terminal", f"Only a person at a terminal may {what}.", remedy)
