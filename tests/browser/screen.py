"""A person at a screen: the console served on a free port, and a page of a browser there. Not collected as tests."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import uvicorn
from playwright.async_api import Browser, CDPSession, ConsoleMessage, Page

from flightrules.ports import Role
from tests.console.room import ADA, Room, room
from tests.server.hall import LIMIT_S, Quiet

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Screen:
    """A page of a person's browser, and the authenticator of their device."""

    made: Room
    page: Page
    cdp: CDPSession
    authenticator: str
    complaints: list[str] = field(default_factory=list)
    """All that the browser complained of: a breach of the policy among it."""

    @property
    def origin(self) -> str:
        return self.made.origin

    async def sign_in(self, name: str = ADA, role: Role = Role.LOOK, then: str = "/") -> None:
        """Follow a one-time link, and press the button."""
        word = await self.made.sessions.link(name, role, until=self.made.house.clock.now() + timedelta(minutes=15))
        await self.page.goto(f"{self.origin}/sign-in?next={then}#{word}")
        await self.page.get_by_role("button", name="Sign in with this link").click()
        await self.page.wait_for_url(f"{self.origin}{then}")

    async def enrol(self) -> str:
        """Make a passkey on the page; returns the line that it shows."""
        await self.page.goto(f"{self.origin}/enrol")
        await self.page.get_by_role("button", name="Make a passkey").click()
        await self.page.get_by_role("heading", name="Have this line added").wait_for()
        return await self.page.locator("#line").inner_text()

    async def add_line(self) -> None:
        """Enrol, and have another account add the line."""
        line = await self.enrol()
        with self.made.signers.open("a") as file:
            file.write(f"{line}\n")

    async def verifies(self, *, user: bool) -> None:
        """Say whether the device recognises its user from now on."""
        told = {"authenticatorId": self.authenticator, "isUserVerified": user}
        await self.cdp.send("WebAuthn.setUserVerified", told)


@asynccontextmanager
async def served(folder: Path, **approval: Any) -> AsyncIterator[Room]:  # noqa: ANN401 - settings
    """The console of a broken shop, on a free port of this machine."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{listening.getsockname()[1]}"
        async with room(folder, origin, **approval) as made:
            config = uvicorn.Config(made.console, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
            server = Quiet(config)
            task = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                until = monotonic() + LIMIT_S
                while not server.started:
                    assert not task.done()
                    assert monotonic() < until
                    await asyncio.sleep(0.01)
                yield made
            finally:
                server.should_exit = True
                await task


@asynccontextmanager
async def screen(chromium: Browser, made: Room, *, synced: bool = False, **context: Any) -> AsyncIterator[Screen]:  # noqa: ANN401 - Playwright's own
    """A person's browser, 390 px wide unless told otherwise, with a device of their own."""
    opened = await chromium.new_context(**({"viewport": PHONE} | context))
    page = await opened.new_page()
    cdp = await opened.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    options = AUTHENTICATOR | {"defaultBackupEligibility": synced, "defaultBackupState": synced}
    device = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    found = Screen(made, page, cdp, device["authenticatorId"])

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    try:
        yield found
    finally:
        await opened.close()
