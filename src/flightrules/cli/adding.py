"""Arguments that many commands have in common: an incident, a reason, a yes, a key.

Knows: argparse. Must not know: any command.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

Run = Callable[[argparse.Namespace], int]

Commands: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001 - it has no public name


def later(module: str, function: str) -> Run:
    """A command that is imported only when it is run."""
    return lambda arguments: int(getattr(import_module(f"flightrules.cli.{module}"), function)(arguments))


def add(commands: Commands, name: str, help_: str, run: Run | None = None) -> argparse.ArgumentParser:
    """Add a command, or an action of one; either takes `--config`, which may stand in front as well."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_, description=help_)
    parser.add_argument("--config", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    if run:
        parser.set_defaults(run=run)
    return parser


def add_incident(parser: argparse.ArgumentParser, *, without: str = "") -> None:
    """Add the incident; where it may be left out, `without` says what that means."""
    named = "INC-..., as `flightrules status` lists it"
    if without:
        parser.add_argument("incident", nargs="?", default="", help=f"{named}; {without}")
    else:
        parser.add_argument("incident", help=named)


def add_reason(parser: argparse.ArgumentParser, *, required: bool = True, why: str = "to stand it down") -> None:
    """Add the reason; where it may be left out, `why` says when it may not."""
    told = "why; recorded in the log and in the report"
    parser.add_argument("--reason", required=required, default="", help=told if required else f"{told}; {why}")


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Let a script say yes."""
    parser.add_argument("--yes", action="store_true", help="do not ask: for scripts, if policy allows them")


def add_key(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Let a signature be given; what else says which one is added to the group."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--key", metavar="PATH", help="sign with this SSH key; with a .pub file, through the SSH agent")
    which.add_argument("--agent", action="store_true", help="sign with a key that the SSH agent holds")
    return which
