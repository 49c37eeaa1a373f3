"""`flightrules watch`: the watch for good, for a service manager; with `--once` one round, for cron.

Knows: signals and how a round reads in a terminal. Must not know: what is watched, or when.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys

from flightrules.cli.session import with_application
from flightrules.service.application import Application


def run(arguments: argparse.Namespace) -> int:
    """Watch until SIGTERM or Ctrl-C, or for one round."""
    # Without a time: whoever runs it, systemd or cron, notes that itself.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(message)s")
    return with_application(arguments, _once if arguments.once else _for_good)


async def _once(app: Application) -> int:
    """One round; 1 when a part of it failed. A round that another process makes is none of ours, and no failure.

    A rollback that it took up is followed to its end, while others watch.
    """
    try:
        outcome = await app.watching.once()
    finally:
        await app.watching.let_go()
    if not outcome.held:
        print("another process watches")
    for line in outcome.stands or (("no incident is open",) if outcome.held else ()):
        print(line)
    for line in outcome.failed:
        print(f"failed: {line}", file=sys.stderr)
    await app.rollbacks.ended()
    return 1 if outcome.failed else 0


async def _for_good(app: Application) -> int:
    """Until somebody ends it; the lease is let go of, so that another process watches at once."""
    watch = asyncio.create_task(app.watching.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, watch.cancel)
    print(f"flightrules: watching {', '.join(sorted(app.incidents.managed_targets))}", file=sys.stderr, flush=True)
    with contextlib.suppress(asyncio.CancelledError):
        await watch
    return 0
