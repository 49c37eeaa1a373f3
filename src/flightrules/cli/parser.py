"""Reads the command line.

Knows: what every command has in common. Must not know: any command (commands.py).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from flightrules import __version__
from flightrules.cli.commands import add_commands

FILES = frozenset(
    {
        *("config", "file", "key", "output", "path", "policy", "public_key", "signed", "statement", "tls_cert"),
        *("tls_key", "witness"),
    }
)
"""Arguments that may name a file: a name is whatever bytes the system takes."""

SETTINGS = (
    "what FLIGHTRULES_CONFIG names, else flightrules.toml here or further up in the repository, else "
    "/etc/flightrules.toml"
)

STATUS = (
    "Exit status: 0 done; 1 the protocol or the world said no, or something does not hold; 2 the command was not "
    "understood; 3 a session could not be replayed."
)


class Parser(argparse.ArgumentParser):
    """A parser that says where more is said."""

    def error(self, message: str) -> NoReturn:
        """Say what was not understood, and where to look."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}. `{self.prog} --help` says more.\n")


def built() -> Parser:
    """The whole command line."""
    parser = Parser(prog="flightrules", description="Run a production incident by the protocol.", epilog=STATUS)
    parser.add_argument("--version", action="version", version=f"flightrules {__version__}")
    parser.add_argument("--config", metavar="FILE", help=f"the settings file (default: {SETTINGS})")
    add_commands(parser.add_subparsers(dest="command", required=True, metavar="COMMAND"))
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; exits with 2 and a usage line when it is not understood, the whole help for nothing."""
    parser = built()
    if not argv:
        parser.print_help(sys.stderr)
        parser.exit(2)
    arguments = parser.parse_args(argv)
    for given in _texts(arguments):
        if not _is_text(given):
            parser.error(f"{given!r} is not text: it has bytes that are not UTF-8. Type it again")
    return arguments


def _texts(arguments: argparse.Namespace) -> Iterator[str]:
    """Yield the given texts that may come to stand in the log, or be looked for in it."""
    for name, given in vars(arguments).items():
        if name not in FILES:
            yield from (part for part in (given if isinstance(given, list) else [given]) if isinstance(part, str))


def _is_text(given: str) -> bool:
    """Return True if the argument came in as text.

    Python keeps bytes that are not text as lone surrogates.
    """
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True
