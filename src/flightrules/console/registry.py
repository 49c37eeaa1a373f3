"""The pages of the console: one line each.

Knows: which path leads to which page, and which role it takes. Must not know: what a page shows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flightrules.console import approving, enrolling, signing_in
from flightrules.console.pages import routes
from flightrules.ports import Role

if TYPE_CHECKING:
    from starlette.responses import Response

    from flightrules.console.visit import Visit


@dataclass(frozen=True, slots=True)
class Page:
    """A path, and what answers there."""

    path: str
    answer: Callable[[Visit], Awaitable[Response]]
    role: Role | None = Role.LOOK
    """Role that a session needs; None for everybody, without a session too."""
    method: str = "GET"
    menu: str = ""
    """Name in the menu; empty for a page that is not in it."""


PAGES: tuple[Page, ...] = (
    Page("/", routes.show_board, menu="Board"),
    Page("/incidents/{incident}", routes.show_incident),
    Page("/incidents/{incident}/events/{number}", routes.show_event),
    Page("/incidents/{incident}/evidence/{evidence}", routes.show_evidence),
    Page("/incidents/{incident}/report", routes.show_report),
    Page("/history", routes.show_history, menu="History"),
    Page("/status", routes.show_status, None, menu="Status page"),
    Page("/status/feed.json", routes.status_feed, None),
    Page("/status/feed.atom", routes.status_feed, None),
    Page("/live", routes.live),
    Page("/approve/{incident}", approving.show),
    Page("/approve/{incident}/state", approving.state),
    Page("/approve/{incident}/statement", approving.statement, method="POST"),
    Page("/approve/{incident}/signature", approving.signature, method="POST"),
    Page("/enrol", enrolling.show, menu="Enrol a passkey"),
    Page("/enrol/options", enrolling.options, method="POST"),
    Page("/enrol/key", enrolling.key, method="POST"),
    Page("/sessions", signing_in.sessions, menu="Sessions"),
    Page("/sessions/{session}/end", signing_in.end, method="POST"),
    Page("/sign-in", signing_in.show, None),
    Page("/sign-in/link", signing_in.link, None, method="POST"),
    Page("/sign-in/challenge", signing_in.challenge, None, method="POST"),
    Page("/sign-in/passkey", signing_in.passkey, None, method="POST"),
    Page("/sign-out", signing_in.sign_out, method="POST"),
)
