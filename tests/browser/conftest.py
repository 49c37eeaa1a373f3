"""Debian's Chromium with a virtual authenticator, in front of the real console on a shop made of memory.

BROWSER=required makes these tests fail, not skip, where there is no Chromium.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

expect.set_options(timeout=60_000)
"""Far more than it takes: on a busy machine a page is slow, and a test waits only as long as it must."""

CHROMIUM = shutil.which("chromium") or ""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """The browser of one test."""
    del anyio_backend
    if not CHROMIUM and os.environ.get("BROWSER") != "required":
        pytest.skip("no Chromium here: apt-get install chromium")
    async with async_playwright() as playwright:
        # CI runs as root in a container, where Chromium's own sandbox cannot be set up.
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()
