"""`flightrules session`: take an incident out of the log as a file, and say what is to be said of such a file.

Knows: files and how a check reads in a terminal. Must not know: what makes a session whole (state).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flightrules.adapters.sessions import session_files, session_text, write_session
from flightrules.cli.complaint import complaint
from flightrules.cli.session import with_application
from flightrules.errors import Refused, Unavailable
from flightrules.replay.recording import recorded
from flightrules.service.application import Application
from flightrules.state.archive.sessions import check_session, read_session


def run(arguments: argparse.Namespace) -> int:
    """Run the asked action."""
    if arguments.action == "import":
        return max([_check(path) for path in session_files(arguments.file)])
    return with_application(arguments, lambda app: _export(app, arguments), reads=True)


async def _export(app: Application, arguments: argparse.Namespace) -> int:
    """Write the session; `-` prints it."""
    text = await recorded(app.incidents, arguments.incident)
    if arguments.output == "-":
        sys.stdout.write(text)
        return 0
    path = Path(arguments.output or f"{arguments.incident}.jsonl")
    write_session(path, text)
    head = read_session(text).head
    print(f"{path}: {head.incident}, {head.events} events, head {head.head}")
    if head.redacted:
        print(f"Secrets were taken out of {', '.join(head.redacted)}.")
    return 0


def _check(path: Path) -> int:
    """Say what the check of one file found; 1 where something does not hold, or it is no session at all."""
    try:
        text = session_text(path)
        session = read_session(text)
    except (Refused, Unavailable) as why:
        print(complaint(why, about=str(path)), file=sys.stderr)
        return 1
    findings = check_session(session, text)
    print(f"{path}: {session.head.incident} on {session.head.target}")
    for found in findings:
        print(f"  {'ok' if found.holds else 'NO':<4}{found.what}: {found.saw}")
    return int(not all(found.holds for found in findings))
