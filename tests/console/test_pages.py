"""Pages as a browser gets them: what stands on them, who may read them, and that no text becomes markup."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path

import pytest

from flightrules.console.assets import asset
from flightrules.service import observing, opening
from flightrules.state import commands as c
from tests.console.room import Browser, Room, agent, room

HOSTILE = """<img src=x onerror=alert(1)></pre><script>alert('x')</script>{{ 7*7 }} "'><svg onload=alert(2)>"""

Play = Callable[[Room, Browser, str], Awaitable[None]]


def played(folder: Path, play: Play) -> None:
    """Run a test in a room with a planned rollback and a visitor who may look."""

    async def run() -> None:
        async with room(folder) as there:
            incident = await there.planned()
            await play(there, await there.visitor(), incident)

    asyncio.run(run())


def test_the_board_says_in_title_and_icon_what_waits(tmp_path: Path) -> None:
    async def play(_room: Room, browser: Browser, incident: str) -> None:
        html = (await browser.get("/")).text
        assert "<title>(1) flightrules: 1 for a person, 1 under way</title>" in html
        assert "icon-waits-" in html
        assert f'href="/approve/{incident}"' in html
        assert "waits for an approval" in html
        assert "Everything answers &lt;b&gt;500&lt;/b&gt;" in html

    played(tmp_path, play)


def test_a_wall_shows_the_same_without_navigation_and_names(tmp_path: Path) -> None:
    async def play(_room: Room, browser: Browser, _incident: str) -> None:
        html = (await browser.get("/?wall")).text
        assert "waits for an approval" in html
        assert "ada" not in html
        assert "<nav" not in html

    played(tmp_path, play)


def test_the_incident_page_holds_everything_on_one_page(tmp_path: Path) -> None:
    async def play(_room: Room, browser: Browser, incident: str) -> None:
        html = (await browser.get(f"/incidents/{incident}")).text
        for part in ("Waits for a person", "Before, during, now", "What happened", "Clocks", "Who does what next"):
            assert part in html
        for part in ("Decision: rollback", "The public reads", "The report so far", "Rollback planned", "Evidence"):
            assert part in html
        assert "<title>(1) P1 decided: Everything answers" in html
        assert html.count("<script") == 3
        assert "style=" not in html

    played(tmp_path, play)


def test_decisions_only_leaves_out_what_is_none(tmp_path: Path) -> None:
    async def play(_room: Room, browser: Browser, incident: str) -> None:
        every = (await browser.get(f"/incidents/{incident}")).text
        only = (await browser.get(f"/incidents/{incident}?decisions")).text
        assert "Decided by the rules" in only
        assert only.count('class="who"') < every.count('class="who"')

    played(tmp_path, play)


def test_events_and_evidence_have_addresses_of_their_own(tmp_path: Path) -> None:
    async def play(there: Room, browser: Browser, incident: str) -> None:
        html = (await browser.get(f"/incidents/{incident}/evidence/E1")).text
        assert "Evidence E1" in html
        assert (await browser.get(f"/incidents/{incident}/events/1")).status_code == 200
        for wrong in ("events/0", "events/99999", "events/x", "evidence/E999"):
            assert (await browser.get(f"/incidents/{incident}/{wrong}")).status_code == 404
        assert (await browser.get("/incidents/INC-NONE00")).status_code == 404
        assert (await browser.get("/incidents/server")).status_code == 404
        assert not there.house.app.incidents.believed("server")

    played(tmp_path, play)


def test_looking_leaves_no_event(tmp_path: Path) -> None:
    async def play(there: Room, browser: Browser, incident: str) -> None:
        before = {name: len(await there.house.store.load(name)) for name in await there.house.store.streams()}
        for path in ("/", "/history", "/status", f"/incidents/{incident}", f"/incidents/{incident}/report"):
            assert (await browser.get(path)).status_code == 200
        assert before == {name: len(await there.house.store.load(name)) for name in await there.house.store.streams()}

    played(tmp_path, play)


def test_hostile_text_is_shown_as_it_is_on_every_page(tmp_path: Path) -> None:
    async def play(there: Room, browser: Browser, _incident: str) -> None:
        clock, production = there.house.clock, there.house.production
        production.logged.append((clock.now(), "web", f"ERROR {HOSTILE}"))
        opened = c.Open(incident="", target="shop", title=HOSTILE, description=HOSTILE)
        incidents = there.house.incidents
        there.house.production.unreadable["disk"] = HOSTILE
        first = (await opening.open_incident(incidents, agent("open_incident", title=HOSTILE), opened)).incident
        await observing.assess(incidents, agent("assess", first))
        count = len(await there.house.store.load(first))
        paths = [
            "/",
            "/history",
            f"/incidents/{first}",
            f"/incidents/{first}/report",
            "/status",
            "/history?q=" + "%3Cb%3E",
        ]
        paths += [f"/incidents/{first}/events/{number}" for number in range(1, count + 1)]
        for path in paths:
            html = (await browser.get(path)).text
            for piece in ("<img src=x", "<script>alert", "<svg onload", "</pre><script", "49 "):
                assert piece not in html, path

    played(tmp_path, play)


@pytest.mark.parametrize("path", ["/", "/history", "/incidents/INC-AAAAAA", "/live", "/incidents/INC-AAAAAA/report"])
def test_without_a_session_nothing_but_the_status_page_is_read(tmp_path: Path, path: str) -> None:
    async def play(there: Room, _browser: Browser, _incident: str) -> None:
        stranger = Browser(there.client)
        answer = await stranger.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")

    played(tmp_path, play)


def test_the_status_page_is_open_to_all_and_holds_public_words_alone(tmp_path: Path) -> None:
    async def play(there: Room, _browser: Browser, incident: str) -> None:
        stranger = Browser(there.client)
        html = (await stranger.get("/status")).text
        assert "Everything answers" not in html
        assert "web-1" not in html
        assert "Our service" in html
        feed = json.loads((await stranger.get("/status/feed.json")).text)
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert (await stranger.get("/status/feed.atom")).text.startswith("<?xml")
        assert incident.startswith("INC-")

    played(tmp_path, play)


def test_history_finds_incidents_by_their_words(tmp_path: Path) -> None:
    async def play(_room: Room, browser: Browser, incident: str) -> None:
        assert f"/incidents/{incident}" in (await browser.get("/history?q=everything")).text
        assert "0 found" in (await browser.get("/history?q=nothingofthekind")).text
        assert "0 found" in (await browser.get("/history?state=closed")).text
        assert (
            f"/incidents/{incident}" in (await browser.get("/history?state=open&severity=P1&target=shop&page=7")).text
        )

    played(tmp_path, play)


def test_the_report_preview_names_what_is_not_known(tmp_path: Path) -> None:
    async def play(_room: Room, browser: Browser, incident: str) -> None:
        html = (await browser.get(f"/incidents/{incident}/report")).text
        assert "root cause" in html.split("not known yet")[1][:400]
        assert "<h1>" in html

    played(tmp_path, play)


def test_odd_parameters_are_no_error(tmp_path: Path) -> None:
    async def play(_room: Room, browser: Browser, incident: str) -> None:
        for query in ("until=-1", "until=x", "until=99999999999", "at=%00", "evidence=0", "decisions=&until=0"):
            assert (await browser.get(f"/incidents/{incident}?{query}")).status_code == 200

    played(tmp_path, play)


IDIOMORPH = "4cbd535caf7663a51eda9bce6595371c384fc430d54b8d414e29a61167f19f96"
"""SHA-256 of dist/idiomorph.min.js in idiomorph 0.8.0 of npm, which is vendored as it is."""


def test_the_vendored_script_is_the_one_of_its_release_and_its_licence_is_there() -> None:
    assert hashlib.sha256(asset("idiomorph.min.js").content).hexdigest() == IDIOMORPH
    licence = files("flightrules.console").joinpath("static", "idiomorph.LICENSE").read_text("utf-8")
    assert licence.startswith("Zero-Clause BSD")
