# ruff: noqa: INP001 - docs/ is no package
"""docs/commands.md: every command with its arguments, read off the command line itself.

Knows: how the page reads. Must not know: any command. Its own words for usage, since those of argparse differ between
versions of Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from textwrap import fill

from flightrules.cli.parser import SETTINGS, STATUS, built

PARTS = (
    "# Commands",
    "Read off `flightrules/cli/commands.py` by `python -m docs.generate`; do not edit. `--help` behind each says the same.",
    f"`--config FILE` stands before or behind any of them. Without it the settings are {SETTINGS}. `flightrules --version` "
    "names the version. Commands that only a person may give ask for a yes at a terminal.",
    STATUS,
)


def commands_page() -> str:
    """The page."""
    head = (part for text in PARTS for part in (fill(text, 120, break_on_hyphens=False), ""))
    return "\n".join([*head, *(line for one in _leaves(built(), "") for line in _section(*one))])


def _leaves(parser: argparse.ArgumentParser, about: str) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Every command that does something, with what it does."""
    below = [action for action in _shown(parser) if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001
    for action in below:
        told = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001 - has no public name
        for name, each in action.choices.items():
            yield from _leaves(each, told[name])
    if not below:
        yield parser, about


def _shown(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [
        action
        for action in parser._actions  # noqa: SLF001 - argparse has no public list of them
        if action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)  # noqa: SLF001
    ]


def _section(parser: argparse.ArgumentParser, about: str) -> list[str]:
    actions = sorted(_shown(parser), key=lambda action: bool(action.option_strings))
    usage = " ".join([parser.prog, *(_usage(action) for action in actions)])
    rows = [f"| `{_spelled(action)}` | {(action.help or '').replace('|', chr(92) + '|')} |" for action in actions]
    table = ["", "| argument | what it means |", "| --- | --- |", *rows] if rows else []
    return [f"## {parser.prog}", "", f"{about[:1].upper()}{about[1:]}.", "", "```text", usage, "```", *table, ""]


def _usage(action: argparse.Action) -> str:
    spelled = _spelled(action)
    if action.nargs == "+":
        return f"{spelled} [{spelled} ...]"
    if action.nargs == "*":
        return f"[{spelled} ...]"
    optional = action.nargs == "?" or (action.option_strings and not action.required)
    return f"[{spelled}]" if optional else spelled


def _spelled(action: argparse.Action) -> str:
    told = action.metavar or (f"{{{','.join(action.choices)}}}" if action.choices else action.dest)
    value = " ".join(told) if isinstance(told, tuple) else told
    if not action.option_strings:
        return value
    name = action.option_strings[-1]
    if action.nargs == 0:
        return name
    return f"{name} {value if action.metavar or action.choices else value.upper()}"
