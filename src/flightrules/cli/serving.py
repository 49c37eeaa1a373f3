"""`flightrules serve`: MCP over stdio or streamable HTTP.

Knows: transports. Must not know: tools. Over stdio, stdout is the protocol's: everything else is sent to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flightrules.bootstrap import application
from flightrules.cli.session import settings_of
from flightrules.errors import FlightrulesError, Refused
from flightrules.server.mcp import build_server
from flightrules.service.application import Application

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
RESUME_AFTER_S = 0.5
"""The first request is answered before the log is opened to look for rollbacks under way."""

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"

log = logging.getLogger("flightrules")


def serve(arguments: argparse.Namespace) -> int:
    """Serve until the client goes away (stdio) or the process is stopped (HTTP)."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=LOG_FORMAT)
    place = _place(arguments.http) if arguments.http else None
    asyncio.run(_serve(arguments, place))
    return 0


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:  # noqa: PLR2004 - the highest port there is
        raise Refused("bad_address", f"{text!r} is no HOST:PORT.", "Write it like 127.0.0.1:8765.")
    if host not in LOOPBACK:
        raise Refused(
            "not_loopback",
            f"{host} can be reached from elsewhere, and this server has no authentication yet.",
            "Bind to 127.0.0.1, and put a gateway that authenticates in front of it.",
        )
    return host, int(port)


async def _serve(arguments: argparse.Namespace, place: tuple[str, int] | None) -> None:
    async with application(settings_of(arguments)) as app, _resuming(app):
        server = build_server(app, guard_stdout=place is None)
        if place is None:
            await server.run_stdio_async()
        else:
            print(f"flightrules: MCP on http://{place[0]}:{place[1]}/mcp", file=sys.stderr, flush=True)
            await server.run_streamable_http_async(host=place[0], port=place[1])


@asynccontextmanager
async def _resuming(app: Application) -> AsyncIterator[None]:
    """Take up rollbacks that were under way when the last process ended."""
    task = asyncio.create_task(_resume(app))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _resume(app: Application) -> None:
    await asyncio.sleep(RESUME_AFTER_S)
    try:
        await app.rollbacks.resume()
    except FlightrulesError as failed:
        log.warning("could not look for rollbacks under way: %s", failed)
