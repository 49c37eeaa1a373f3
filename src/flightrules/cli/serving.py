"""`flightrules serve`: MCP over stdio or streamable HTTP.

Knows: transports. Must not know: tools. Over stdio, stdout is the protocol's: everything else is sent to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from flightrules.adapters.secrets import read_keys
from flightrules.cli.located import settings_of
from flightrules.config import Settings
from flightrules.errors import FlightrulesError, Refused, Unavailable
from flightrules.server.front import FlightrulesServer

if TYPE_CHECKING:
    from flightrules.cli.admitting import Doors
    from flightrules.service.application import Application

FIRST_REQUEST_S = 0.5
"""So long a first request is waited for; then rollbacks under way are looked for without one."""
ANSWER_LEAVES_S = 0.05
"""So long the first answer is given to leave before anything is imported that would hold it up."""

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"

log = logging.getLogger("flightrules")


def serve(arguments: argparse.Namespace, *, stdout: int) -> int:
    """Serve until the client goes away (stdio) or the process is stopped (HTTP).

    `stdout` is the descriptor of the client's end, where quiet.py put it.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=LOG_FORMAT)
    place = _place(arguments.http) if arguments.http else None
    gc.disable()  # until all is loaded that ever will be: the collector would look through it again and again
    asyncio.run(_serve(arguments, place, stdout))
    return 0


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535:  # noqa: PLR2004 - the highest port there is
        raise Refused("bad_address", f"{text!r} is no HOST:PORT.", "Write it like 127.0.0.1:8765.")
    return host, int(port)


def _require_free(host: str, port: int) -> None:
    """Raise `Unavailable` where nothing can listen, before anybody is told that something does."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        # What Python tells of a bind repeats the address.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
        raise Unavailable(f"address {host}:{port}", f"{why}.", "Stop what listens there, or name another.") from error


class Late:
    """The application, wired when it is first asked for: importing its parts would hold up the first answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._application: Application | None = None

    def __call__(self) -> Application:
        """The application."""
        if self._application is None:
            from flightrules.bootstrap import wire

            self._application = wire(self._settings)
        return self._application

    async def aclose(self) -> None:
        """Close it, where there is one."""
        if self._application is not None:
            await self._application.close()


def _furnish(server: FlightrulesServer) -> None:
    from flightrules.server.mcp import furnish

    furnish(server)


async def _serve(arguments: argparse.Namespace, place: tuple[str, int] | None, stdout: int) -> None:
    settings = settings_of(arguments)
    late, keys = Late(settings), read_keys(settings.server.request_state_keys)
    doors = _doors(settings, place) if place else None
    admission = doors.admission if doors else None
    server = FlightrulesServer(late, _furnish, guard_stdout=place is None, request_state_keys=keys, admission=admission)
    async with aclosing(late), _settling_in(server, late):  # the watch ends before the log is closed
        if place is None or doors is None:
            await server.run_stdio_async(stdout)
        else:
            server.furnish()
            await _listen(server, place, doors)


async def _listen(server: FlightrulesServer, place: tuple[str, int], doors: Doors) -> None:
    import uvicorn

    from flightrules.server.listening import Patience, configured

    (host, port), patience = place, Patience()
    app = server.streamable_http_app(host=host, transport_security=doors.security, max_request_body_size=patience.body)
    await uvicorn.Server(configured(app, patience, host=host, port=port, log_level="warning")).serve()


def _doors(settings: Settings, place: tuple[str, int]) -> Doors:
    """Who may call; said on stderr, with what a person should hear of it."""
    from flightrules.cli.admitting import Place, doors

    there = Place(*place)
    found = doors(settings.server, there)
    _require_free(*place)
    for line in (f"MCP on {there.url}", *found.warnings):
        print(f"flightrules: {line}", file=sys.stderr, flush=True)
    return found


@asynccontextmanager
async def _settling_in(server: FlightrulesServer, late: Late) -> AsyncIterator[None]:
    """Do beside the first requests what must be done soon, but not before they are answered."""
    task = asyncio.create_task(_settle_in(server, late))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _settle_in(server: FlightrulesServer, late: Late) -> None:
    """Bring in what the next calls need, take up rollbacks that were under way when the last process ended, and watch.

    The watch comes last: no call waits for what it imports and reads.
    """
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.greeted.wait(), FIRST_REQUEST_S)
    await asyncio.sleep(ANSWER_LEAVES_S)
    try:
        server.furnish()
        await _take_up(late)
    finally:
        # What is loaded stays, and a call that meets a full collection would wait for it a tenth of a second.
        gc.freeze()
        gc.enable()
    await late().watching.run()


async def _take_up(late: Late) -> None:
    try:
        await late().rollbacks.resume()
    except FlightrulesError as failed:
        log.warning("could not look for rollbacks under way: %s", failed)
    from flightrules.bootstrap import warm_up

    await asyncio.to_thread(warm_up)
