"""The command line face: for people at a terminal, and for starting the server.

Knows: words on the command line and how answers look there. Must not know: rules.
The only part of the package that prints to stdout, and never while it serves MCP over stdio.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from flightrules.cli.complaint import complaint
from flightrules.errors import FlightrulesError

if TYPE_CHECKING:
    from flightrules.cli.session import Host


def main(argv: Sequence[str] | None = None, *, host: Host | None = None) -> int:
    """Run one command. 0: done; 1: the protocol or the world said no; 2: the command was not understood.

    With a host, commands work on the application that it has; without one, each makes its own from the settings.
    """
    from flightrules.cli.parser import parse

    _write_any_character()
    arguments = parse(sys.argv[1:] if argv is None else argv)
    arguments.work_host = host
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # what cannot be written is told here, while somebody can be told
    except OSError as failed:
        return _unwritten(failed)
    return code


def _run(arguments: argparse.Namespace) -> int:
    try:
        return int(arguments.run(arguments))
    except FlightrulesError as why:
        print(complaint(why), file=sys.stderr)
    except ValidationError as wrong:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors()[:5])
        print(f"flightrules: refused (bad_arguments): {said}", file=sys.stderr)
    except (KeyboardInterrupt, EOFError):
        print("flightrules: stopped", file=sys.stderr)
    return 1


def _write_any_character() -> None:
    """Print in UTF-8 whatever the terminal says it takes, so that what is exported is what was recorded."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def _unwritten(failed: OSError) -> int:
    """Say that the output has nowhere to go, but to a reader that has seen enough, as `head` has."""
    if not isinstance(failed, BrokenPipeError):
        print(f"flightrules: {failed}", file=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        with contextlib.suppress(OSError):  # or the interpreter would try once more at its end, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
