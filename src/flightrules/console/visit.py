"""One request of a person to the console: who they are, and everything that a page needs to answer.

Knows: the request, the session behind its cookie, the application. Must not know: any single page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

from flightrules.console.layout import render
from flightrules.errors import Refused
from flightrules.ports import Role, Session
from flightrules.service.invocation import Call
from flightrules.state.log import Actor
from flightrules.state.untrusted import one_line
from flightrules.state.vocabulary import ActorKind

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from flightrules.console.registry import Page
    from flightrules.console.terms import Terms
    from flightrules.service.application import Application

COOKIE = "__Host-flightrules"
LARGEST = 256 * 1024
"""Bytes of a request's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request, and what it may be answered from."""

    request: Request
    app: Application
    terms: Terms
    session: Session | None
    pages: tuple[Page, ...]

    @property
    def now(self) -> datetime:
        """Return the time now."""
        return self.terms.clock.now()

    @property
    def name(self) -> str:
        """Return the name of the person; empty without a session."""
        return self.session.name if self.session else ""

    def may(self, role: Role) -> bool:
        """Return True if the session has this role."""
        return self.session is not None and (role is Role.LOOK or self.session.role is role)

    def part(self, name: str) -> str:
        """Return a part of the path by its name."""
        return str(self.request.path_params[name])

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - what it prints
        """Answer with a page."""
        return HTMLResponse(render(template, visit=self, **values), status_code=status)

    def data(self, status: int = 200, **values: JsonValue) -> Response:
        """Answer a script of a page."""
        return JSONResponse(values, status_code=status)

    def go(self, path: str) -> Response:
        """Lead to a page of the console."""
        return RedirectResponse(path, status_code=303)

    def call(self, tool: str, incident: str, arguments: Mapping[str, JsonValue]) -> Call:
        """Return a call of this person, as the log keeps it."""
        actor = Actor(kind=ActorKind.PERSON, name=self.name, face="console")
        return Call(tool=tool, arguments=arguments, actor=actor, incident=incident, account=self.name)

    async def said(self) -> dict[str, Any]:
        """Return the JSON object that a script sent. Raises `Refused` for anything else."""
        body = await self._body()
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise Refused("bad_request", "That is not a JSON object.", "Load the page again.")
        return said

    async def _body(self) -> bytes:
        parts: list[bytes] = []
        async for part in self.request.stream():
            parts.append(part)
            if sum(map(len, parts)) > LARGEST:
                raise Refused("bad_request", f"That is larger than {LARGEST} bytes.", "Load the page again.")
        return b"".join(parts)

    @property
    def agent(self) -> str:
        """Return the browser in its own words."""
        return one_line(self.request.headers.get("user-agent", ""), 200)


def text(said: Mapping[str, Any], name: str) -> str:
    """Return a text that a script sent. Raises `Refused` if it did not."""
    value = said.get(name)
    if not isinstance(value, str):
        raise Refused("bad_request", f"That lacks {name}.", "Load the page again.")
    return value
