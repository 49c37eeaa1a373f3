"""`flightrules serve`, its first step: over stdio, standard output is taken away before what could print is imported.

Knows: file descriptors. Must not know: transports (serving.py does), nor what is imported.
"""

from __future__ import annotations

import argparse
import os
import sys

from flightrules.errors import Unavailable

STDIN, STDOUT, STDERR = 0, 1, 2


def serve(arguments: argparse.Namespace) -> int:
    """Serve; from here on whatever writes to standard output reaches standard error, but for the protocol itself."""
    _fill_gaps()
    kept = STDOUT if arguments.http else _taken()
    from flightrules.cli.serving import serve as serve_on

    return serve_on(arguments, stdout=kept)


def _fill_gaps() -> None:
    """Open nothing in the place of what was closed: the next file to be opened would stand there, and be written to."""
    for number in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = os.fdopen(STDERR, "w", closefd=False)  # what is said there would else be printed


def _taken() -> int:
    """Standard output under another number, which no child inherits; 1 is standard error now, to the end.

    Raises `Unavailable` where there is nobody to serve.
    """
    for name, stream in (("input", sys.stdin), ("output", sys.stdout)):
        if stream is None:
            why = "it is closed, and over stdio the client is at its other end."
            raise Unavailable(f"standard {name}", why, "Let an MCP client start this, or serve with --http HOST:PORT.")
    sys.stdout.flush()
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    return kept
