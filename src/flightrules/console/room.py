"""The console as one ASGI application: the guard, the static files, and the pages behind a session.

Knows: Starlette, and the order session, role, page. Must not know: any single page, or any rule.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from flightrules.console.assets import served
from flightrules.console.guarding import SAFE, Guard
from flightrules.console.pages.memory import Memory
from flightrules.console.registry import PAGES, Page
from flightrules.console.visit import COOKIE, Visit
from flightrules.errors import FlightrulesError, Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from flightrules.console.terms import Terms
    from flightrules.service.application import Application

log = logging.getLogger("flightrules.console")

FOR_EVER = "public, max-age=31536000, immutable"


def console(app: Application, terms: Terms, pages: tuple[Page, ...] = PAGES) -> ASGIApp:
    """Return the console of an application."""
    routes = [Route(page.path, _answering(page, app, terms, pages), methods=[page.method]) for page in pages]
    routes.append(Route("/static/{name}", _static))
    room = Starlette(routes=routes, exception_handlers={404: _nothing_here})
    room.state.memory = Memory(app.incidents)
    app.listen(terms.streams.hear)
    return Guard(room, terms.origin, terms.hosts)


def _answering(
    page: Page, app: Application, terms: Terms, pages: tuple[Page, ...]
) -> Callable[[Request], Awaitable[Response]]:
    async def answering(request: Request) -> Response:
        secret = request.cookies.get(COOKIE, "")
        session = None
        try:
            session = await terms.sessions.find(secret, now=terms.clock.now()) if secret else None
            visit = Visit(request=request, app=app, terms=terms, session=session, pages=pages)
            if page.role is not None and not visit.may(page.role):
                return _kept_out(visit, page)
            return await page.answer(visit)
        except FlightrulesError as failed:
            visit = Visit(request=request, app=app, terms=terms, session=session, pages=pages)
            return _told(visit, page, failed)

    return answering


def _kept_out(visit: Visit, page: Page) -> Response:
    """Lead to the sign-in page, or say what is lacking."""
    if visit.session is not None:
        no = Refused("role", f"Your session may {visit.session.role} only.", "Sign in with your passkey.")
        return _told(visit, page, no)
    if page.method not in SAFE:
        return visit.data(401, ok=False, says="You are not signed in. Load the page again.")
    return visit.go(f"/sign-in?next={quote(visit.request.url.path)}")


def _told(visit: Visit, page: Page, failed: FlightrulesError) -> Response:
    """Answer with what went wrong, in its own words."""
    refused = isinstance(failed, Refused)
    if not refused:
        log.warning("%s: %s", page.path, failed)
    status = HTTPStatus.CONFLICT if refused else HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(failed, Refused) and failed.code == "unknown_incident":
        status = HTTPStatus.NOT_FOUND
    if page.method not in SAFE:
        return visit.data(int(status), ok=False, says=str(failed))
    return visit.page("problem.html.j2", status=int(status), says=str(failed))


async def _static(request: Request) -> Response:
    found = served().get(request.url.path)
    if found is None:
        return Response(status_code=404)
    return Response(found.content, media_type=found.kind, headers={"cache-control": FOR_EVER})


async def _nothing_here(_request: Request, _error: Exception) -> Response:
    return Response("There is no such page.", status_code=404, media_type="text/plain")
