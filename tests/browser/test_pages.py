"""The pages that people read, in a real browser: accessible, live, and readable with scripts off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, expect

from flightrules.service import opening
from flightrules.state import commands as c
from flightrules.state.vocabulary import Impact
from tests.browser.screen import DESK, PHONE, Screen, screen, served
from tests.console.room import agent

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]  # a browser beside other tests is slow

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def looked_at(at: Screen, path: str) -> None:
    """Hold one page to WCAG 2.2 AA, and to the width of its screen."""
    await at.page.goto(f"{at.origin}{path}")
    found = await Axe().run(at.page, options={"runOnly": LEVELS})
    wrong = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found.response["violations"]]
    assert wrong == [], path
    width = await at.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], path


async def test_every_page_is_accessible_and_fits_its_screen(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        here = f"/incidents/{incident}"
        paths = ("/", "/?wall", here, f"{here}/evidence/E1", f"{here}/report", "/history", "/status")
        async with screen(chromium, made) as first:
            await first.sign_in()
            state = await first.page.context.storage_state()
        for size, scheme in ((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")):
            kept: dict[str, Any] = {"storage_state": state, "viewport": size, "color_scheme": scheme}
            # axe is a script from elsewhere, which the policy would not let in.
            async with screen(chromium, made, bypass_csp=True, **kept) as at:
                for path in paths:
                    await looked_at(at, path)


async def test_an_open_page_follows_the_log_and_keeps_what_a_person_opened(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        async with screen(chromium, made, viewport=DESK) as at:
            await at.sign_in()
            async with at.page.expect_response(lambda answer: "/live" in answer.url):
                await at.page.goto(f"{made.origin}/incidents/{incident}")
            await at.page.get_by_text("Show it").click()
            before = await at.page.title()
            stated = c.Classify(impacts=(Impact.COMPLETE_OUTAGE, Impact.DATA_LOSS))
            call = agent("classify", incident, impacts=["complete_outage", "data_loss"])
            await opening.classify(made.house.incidents, call, stated)
            records = await made.house.incidents.records(incident)
            made.terms.streams.hear(records[-1])
            await expect(at.page.get_by_text(f"Head of the log: #{records[-1].version}")).to_be_visible()
            await expect(at.page.locator("details#evidence")).to_have_attribute("open", "")
            assert before.startswith("(1) P1")
            assert at.complaints == []


async def test_pages_are_read_with_scripts_off(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        async with screen(chromium, made, viewport=DESK) as signed_in:
            await signed_in.sign_in()
            state = await signed_in.page.context.storage_state()
        context = await chromium.new_context(java_script_enabled=False, storage_state=state)
        page = await context.new_page()
        await page.goto(f"{made.origin}/incidents/{incident}")
        await expect(page.get_by_role("heading", name="What happened")).to_be_visible()
        await expect(page.get_by_role("heading", name="Decision: rollback")).to_be_visible()
        await page.get_by_role("link", name="decisions only").click()
        await expect(page.get_by_role("heading", name="Decisions", exact=True)).to_be_visible()
        await context.close()


async def test_keys_move_through_the_board_and_none_approves(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        async with screen(chromium, made, viewport=DESK) as at:
            await at.sign_in()
            await at.page.keyboard.press("j")
            await at.page.keyboard.press("Enter")
            await at.page.wait_for_url(f"{made.origin}/incidents/{incident}")
            await at.page.keyboard.press("g")
            await at.page.keyboard.press("b")
            await at.page.wait_for_url(f"{made.origin}/")
            for key in ("a", "y", "Enter", "s"):
                await at.page.keyboard.press(key)
            assert (await made.house.incidents.incident(incident)).approvals == ()
