"""`flightrules serve`, its first step: over stdio, standard output is taken away before what could print is imported.

Knows: file descriptors. Must not know: transports (serving.py does), nor what is imported.
"""

from __future__ import annotations

import argparse
import os
import sys

STDOUT, STDERR = 1, 2


def serve(arguments: argparse.Namespace) -> int:
    """Serve; from here on whatever writes to standard output reaches standard error, but for the protocol itself."""
    kept = STDOUT if arguments.http else _taken()
    from flightrules.cli.serving import serve as serve_on

    return serve_on(arguments, stdout=kept)


def _taken() -> int:
    """Standard output under another number, which no child inherits; 1 is standard error now, to the end."""
    sys.stdout.flush()
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    return kept
