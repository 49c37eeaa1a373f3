"""`flightrules serve`: MCP over stdio or streamable HTTP.

Knows: transports. Must not know: tools. Over stdio, stdout is the protocol's: everything else is sent to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flightrules.adapters.secrets import read_keys
from flightrules.cli.ending import until_told
from flightrules.cli.located import settings_of
from flightrules.config import Settings
from flightrules.errors import FlightrulesError, Refused, Unavailable
from flightrules.paths import expanded
from flightrules.server.front import FlightrulesServer

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp

    from flightrules.cli.admitting import HttpAccess
    from flightrules.server.alerts import Gate
    from flightrules.service.application import Application

FIRST_REQUEST_S = 0.5
"""So long a first request is waited for; then rollbacks under way are looked for without one."""
ANSWER_LEAVES_S = 0.05
"""So long the first answer is given to leave before anything is imported that would hold it up."""

SET_UP_EVERY_S = 2.0
"""Seconds between two looks for missing settings without a call."""

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"

log = logging.getLogger("flightrules")


def serve(arguments: argparse.Namespace, *, stdout: int) -> int:
    """Serve until the client goes away (stdio) or the process is stopped.

    `stdout` is the descriptor of the client's end, where quiet.py put it.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=LOG_FORMAT)
    place = _place(arguments.http) if arguments.http else None
    gc.disable()  # until all is loaded that ever will be: the collector would look through it again and again
    late = LazyApplication(partial(settings_of, arguments))
    if place is None:
        _say_what_is_missing(late)
        asyncio.run(until_told(_serve(late, None, stdout)))
    else:
        with _opened(late.settings(), place, _tls(arguments)) as opened:
            asyncio.run(until_told(_serve(late, opened, stdout)))
    return 0


def _say_what_is_missing(late: LazyApplication) -> None:
    """Say on stderr why calls will be refused. A client shows a server that ends at once as a closed connection."""
    try:
        late.settings()
    except FlightrulesError as wrong:
        log.warning("not set up; every call says so until it is: %s", wrong)


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535:  # noqa: PLR2004 - the highest port there is
        raise Refused("bad_address", f"{text!r} is not HOST:PORT.", "Write it like 127.0.0.1:8765.")
    return host, int(port)


class LazyApplication:
    """The application, wired when it is first asked for: importing its parts would hold up the first answer.

    Missing or wrong settings are read again at the next call, so a server that waits for them needs no restart.
    """

    def __init__(self, read: Callable[[], Settings]) -> None:
        self._read = read
        self._settings: Settings | None = None
        self._application: Application | None = None

    def settings(self) -> Settings:
        """The settings. Raises `Refused` or `Unavailable` while they are missing or wrong."""
        if self._settings is None:
            self._settings = self._read()
        return self._settings

    def __call__(self) -> Application:
        """The application. Raises `Refused` or `Unavailable` while it cannot be wired."""
        if self._application is None:
            settings = self.settings()
            from flightrules.bootstrap import wire

            self._application = wire(settings)
        return self._application

    async def until_set_up(self) -> None:
        """Return once the application can be wired."""
        while True:
            try:
                self()
            except FlightrulesError:
                await asyncio.sleep(SET_UP_EVERY_S)
            else:
                return

    def state_keys(self) -> Sequence[bytes]:
        """Keys that sign pending questions; none if the settings name none or are not there yet."""
        try:
            return read_keys(self.settings().server.request_state_keys)
        except FlightrulesError:
            if self._settings is not None:
                raise
            return ()

    async def aclose(self) -> None:
        """Close it, where there is one."""
        if self._application is not None:
            await self._application.close()


def _furnish(server: FlightrulesServer) -> None:
    from flightrules.server.mcp import furnish

    furnish(server)


class Tls(NamedTuple):
    """Files of the certificate that the server shows, and of its key."""

    certificate: str
    key: str


def _tls(arguments: argparse.Namespace) -> Tls | None:
    """Return the files of the certificate, if they are named. Raises `Unavailable` if they cannot be used."""
    if not (arguments.tls_cert or arguments.tls_key):
        return None
    import ssl

    tls = Tls(str(expanded(arguments.tls_cert)), str(expanded(arguments.tls_key or arguments.tls_cert)))
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*tls)
    except (OSError, ValueError) as error:
        what = f"certificate {tls.certificate} with key {tls.key}"
        raise Unavailable(what, f"it cannot be used ({error}).", "Name --tls-cert and --tls-key.") from error
    return tls


class HttpListener(NamedTuple):
    """Sockets at which callers come in over HTTP, and the rules on who may."""

    sockets: Sequence[socket.socket]
    host: str
    doors: HttpAccess
    settings: Settings
    gates: Sequence[Gate] = ()
    """Sources of alerts, with their secrets."""
    tls: Tls | None = None


async def _serve(late: LazyApplication, entrance: HttpListener | None, stdout: int) -> None:
    keys = late.state_keys()
    admission = entrance.doors.admission if entrance else None
    server = FlightrulesServer(late, _furnish, guard_stdout=not entrance, request_state_keys=keys, admission=admission)
    async with aclosing(late), _settling_in(server, late):  # the watch ends before the log is closed
        if entrance is None:
            await server.run_stdio_async(stdout)
        else:
            server.furnish()
            await _listen(server, entrance, late())


async def _listen(server: FlightrulesServer, entrance: HttpListener, app: Application) -> None:
    from flightrules.server.endpoint import Terms, endpoint
    from flightrules.server.listening import HttpLimits, configured, listener

    doors, patience, clock = entrance.doors, HttpLimits(), app.incidents.clock
    terms = Terms(
        security=doors.security,
        limit=doors.admission.limit,
        now=clock.now,
        patience=patience,
        origins=doors.origins,
        host=entrance.host,
        beside=_routes(app, entrance.gates),
    )
    joined, end_streams = _with_console(endpoint(server, terms), app, entrance.settings)
    tls = entrance.tls
    files = {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key} if tls else {}
    config = configured(joined, patience, log_level="warning", **files)
    async with _followed_up(app):
        await listener(config, end_streams).serve(sockets=list(entrance.sockets))


def _routes(app: Application, gates: Sequence[Gate]) -> list[Callable[[ASGIApp], ASGIApp]]:
    """Routes beside that of MCP."""
    if app.intake is None:
        return []
    from flightrules.server.alerts import AlertsRoute

    named = {gate.source.name: gate for gate in gates}
    return [partial(AlertsRoute, gates=named, hear=app.intake.hear, now=app.incidents.clock.now)]


@asynccontextmanager
async def _followed_up(app: Application) -> AsyncIterator[None]:
    """Follow alerts up beside the requests."""
    if app.follow_up is None:
        yield
        return
    task = asyncio.create_task(app.follow_up.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _with_console(
    endpoint: ASGIApp, application: Application, settings: Settings
) -> tuple[ASGIApp, Callable[[], None]]:
    """Return the endpoint, with the console beside it if one is configured, and what ends its streams."""
    if settings.server.console is None:
        return endpoint, _no_streams
    from flightrules.cli.console import terms_of
    from flightrules.console.room import console
    from flightrules.server.joined import joined

    terms = terms_of(settings, settings.server.console, application.incidents.clock)
    return joined(endpoint, console(application, terms)), terms.streams.end


def _no_streams() -> None:
    """End nothing: without a console there are no streams of it."""


@contextmanager
def _opened(settings: Settings, place: tuple[str, int], tls: Tls | None = None) -> Iterator[HttpListener]:
    """The entrance at this place, open; said on stderr, with what a person should hear of it."""
    from flightrules.cli.admitting import ListenAddress, doors, gates
    from flightrules.server.binding import bound, listen

    # Who is refused is so before the address is touched.
    doors(settings.server, ListenAddress(*place, tls=tls is not None))
    sources = gates(settings.alerts)
    with bound(*place) as (sockets, port):
        there = ListenAddress(place[0], port, tls is not None)
        found = doors(settings.server, there)
        listen(sockets)
        for line in (f"MCP on {there.url}", *found.warnings):
            print(f"flightrules: {line}", file=sys.stderr, flush=True)
        if settings.server.console is not None:
            print(f"flightrules: console on {settings.server.console.origin}", file=sys.stderr, flush=True)
        yield HttpListener(sockets, there.host, found, settings, sources, tls)


@asynccontextmanager
async def _settling_in(server: FlightrulesServer, late: LazyApplication) -> AsyncIterator[None]:
    """Do beside the first requests what must be done soon, but not before they are answered."""
    task = asyncio.create_task(_settle_in(server, late))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _settle_in(server: FlightrulesServer, late: LazyApplication) -> None:
    """Bring in what the next calls need, take up rollbacks that were under way when the last process ended, and watch.

    The watch comes last: no call waits for what it imports and reads.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FIRST_REQUEST_S):  # `wait_for` of Python 3.11 may lose a cancellation
            await server.greeted.wait()
    await asyncio.sleep(ANSWER_LEAVES_S)
    try:
        server.furnish()
        await late.until_set_up()
        await _take_up(late)
    finally:
        # What is loaded stays, and a call that meets a full collection would wait for it a tenth of a second.
        gc.freeze()
        gc.enable()
    await late().watching.run()


async def _take_up(late: LazyApplication) -> None:
    try:
        await late().rollbacks.resume()
    except FlightrulesError as failed:
        log.warning("could not look for rollbacks under way: %s", failed)
    from flightrules.bootstrap import warm_up

    await asyncio.to_thread(warm_up)
