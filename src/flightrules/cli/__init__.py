"""The command line face: for people at a terminal, and for starting the server.

Knows: words on the command line and how answers look there. Must not know: rules.
The only part of the package that prints to stdout, and never while it serves MCP over stdio.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pydantic import ValidationError

from flightrules.errors import FlightrulesError, Refused


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. 0: done; 1: the protocol or the world said no; 2: the command was not understood."""
    from flightrules.cli.parser import parse

    arguments = parse(sys.argv[1:] if argv is None else argv)
    try:
        return int(arguments.run(arguments))
    except Refused as no:
        print(f"flightrules: refused ({no.code}): {no}", file=sys.stderr)
    except FlightrulesError as failed:
        print(f"flightrules: {failed}", file=sys.stderr)
    except ValidationError as wrong:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors()[:5])
        print(f"flightrules: refused (bad_arguments): {said}", file=sys.stderr)
    except (KeyboardInterrupt, EOFError):
        print("flightrules: stopped", file=sys.stderr)
    return 1
