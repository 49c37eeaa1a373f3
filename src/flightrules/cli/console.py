"""The console as the command line has it: what `serve` needs of it, and `flightrules console`.

Knows: settings, adapters, and how a link reads in a terminal. Must not know: pages, or rules.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from datetime import timedelta
from pathlib import Path

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.console_sessions import SessionFile
from flightrules.adapters.signatures.passkeys import SignersPasskeys
from flightrules.bootstrap import signers_of
from flightrules.cli.located import settings_of
from flightrules.cli.spans import minutes_of
from flightrules.config import Settings
from flightrules.config.console import ConsoleSettings
from flightrules.console.terms import Terms
from flightrules.errors import Refused
from flightrules.ports import Clock, Role
from flightrules.state.signing.signers import PERSON

LINK_MINUTES = 15
"""Minutes that a link counts unless said otherwise."""


def terms_of(settings: Settings, console: ConsoleSettings, clock: Clock) -> Terms:
    """Return the terms to which the console of these settings is served."""
    files = {target.name: signers_of(settings, target.name) for target in settings.targets}
    files = {name: file for name, file in files.items() if settings.policy_of(name).approval.allowed_signers}
    return Terms(
        origin=console.origin,
        rp_id=console.relying_party,
        sessions=SessionFile(Path(console.path)),
        passkeys=SignersPasskeys(files, rp_id=console.relying_party, origin=console.origin),
        clock=clock,
        hours=timedelta(hours=console.session_hours),
        hosts=settings.server.allowed_hosts,
    )


def run(arguments: argparse.Namespace) -> int:
    """Do one of the actions."""
    console = settings_of(arguments).server.console
    if console is None:
        raise Refused("no_console", "No console is configured.", "Set [server.console] (docs/console.md).")
    actions = {"link": _link, "sessions": _sessions, "end": _end}
    return asyncio.run(actions[arguments.action](arguments, console))


async def _link(arguments: argparse.Namespace, console: ConsoleSettings) -> int:
    """Print a link that signs a person in once."""
    if not re.fullmatch(PERSON, arguments.name):
        raise Refused(
            "bad_name", f"{arguments.name!r} is not a valid name of a person.", "One word, such as ada@example.org."
        )
    minutes = minutes_of("--expires", arguments.expires) or LINK_MINUTES
    until = SystemClock().now() + timedelta(minutes=minutes)
    word = await SessionFile(Path(console.path)).link(arguments.name, Role(arguments.role), until=until)
    print(f"{console.origin}/sign-in#{word}")
    print(f"It signs in {arguments.name} once, until {until:%H:%M} UTC, to {arguments.role}. It approves nothing.")
    return 0


async def _sessions(_arguments: argparse.Namespace, console: ConsoleSettings) -> int:
    """List all sessions."""
    for one in await SessionFile(Path(console.path)).all(now=SystemClock().now()):
        print(f"{one.id}  {one.name}, may {one.role}, by {one.by}, until {one.until:%Y-%m-%d %H:%M} UTC  {one.agent}")
    return 0


async def _end(arguments: argparse.Namespace, console: ConsoleSettings) -> int:
    """End a session."""
    if not await SessionFile(Path(console.path)).end(arguments.session):
        raise Refused("no_session", f"There is no session {arguments.session!r}.", "See: flightrules console sessions")
    print("Ended.")
    return 0
