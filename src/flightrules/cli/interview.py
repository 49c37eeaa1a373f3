"""Questions to a person at a terminal: words, choices, a yes or a no; and the way out of each.

Knows: how a question reads, and that `quit` leaves it. Must not know: what is done with an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flightrules.state.untrusted import clean, one_line

LONGEST = 64_000
QUIT = frozenset({"quit", "exit"})
HELP = "Type quit to leave; `flightrules respond` continues where you left off."


class Left(Exception):
    """The person left; the incident stays as it is."""


def words(question: str, *, default: str = "") -> str:
    """Somebody's words on one line; Enter gives the default."""
    shown = f" [{default}]" if default else " (Enter: nothing)"
    return one_line(_typed(f"{question}{shown}: "), LONGEST) or default


def needed(question: str) -> str:
    """Words that cannot be left out."""
    while True:
        if said := one_line(_typed(f"{question}: "), LONGEST):
            return said
        print("It cannot be left out.")


def several(question: str) -> tuple[str, ...]:
    """Several lines, up to an empty one."""
    print(f"{question} (one a line; Enter ends)")
    found: list[str] = []
    while said := one_line(_typed("  > "), LONGEST):
        found.append(said)
    return tuple(found)


def yes(question: str, *, default: bool = False) -> bool:
    """A yes or a no."""
    while True:
        said = _typed(f"{question} [{'Y/n' if default else 'y/N'}]: ").lower()
        if not said:
            return default
        if said in ("y", "yes", "n", "no"):
            return said.startswith("y")
        print("Type y or n.")


Option = TypeVar("Option")


def one_of(question: str, options: Sequence[tuple[Option, str]]) -> Option:
    """One of several, by its number; the first by Enter."""
    print(question)
    for number, (_, says) in enumerate(options, start=1):
        print(f"  {number}) {says}")
    while True:
        said = _typed("Number [1]: ") or "1"
        if said.isascii() and said.isdigit() and 1 <= int(said) <= len(options):
            return options[int(said) - 1][0]
        print(f"Type a number from 1 to {len(options)}.")


def some_of(question: str, options: Sequence[tuple[Option, str]]) -> tuple[Option, ...]:
    """Some of several, by their numbers; Enter gives none."""
    print(question)
    for number, (_, says) in enumerate(options, start=1):
        print(f"  {number}) {says}")
    while True:
        said = _typed("Numbers, with spaces between (Enter: none, not known): ").replace(",", " ").split()
        if all(one.isascii() and one.isdigit() and 1 <= int(one) <= len(options) for one in said):
            return tuple(dict.fromkeys(options[int(one) - 1][0] for one in said))
        print(f"Type numbers from 1 to {len(options)}.")


def _typed(prompt: str) -> str:
    said = clean(input(prompt), LONGEST).strip()
    if said.lower() in QUIT:
        raise Left
    return said
