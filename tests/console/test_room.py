"""Access to the console: by link, passkey and session; a page of another site can do nothing there."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from flightrules.console.assets import served
from flightrules.ports import Role
from flightrules.state.signing.webauthn import unpadded
from tests.adapters.signatures.made_passkeys import MadePasskey
from tests.console.room import ADA, Browser, room

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_without_a_session_a_page_leads_to_the_sign_in_page_and_back(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        answer = await Browser(made.client).get("/approve/INC-000001")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/approve/INC-000001")
        shown = await Browser(made.client).get(answer.headers["location"])
        assert 'data-next="/approve/INC-000001"' in shown.text


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx"])
async def test_the_sign_in_page_leads_nowhere_else(tmp_path: Path, path: str) -> None:
    async with room(tmp_path) as made:
        shown = await made.client.get("/sign-in", params={"next": path})
        assert 'data-next="/"' in shown.text


async def test_a_link_signs_in_once(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        now = made.house.clock.now()
        word = await made.sessions.link(ADA, Role.LOOK, until=now + timedelta(minutes=15))
        browser = Browser(made.client)
        assert (await browser.post("/sign-in/link", {"word": word})).status_code == 200
        assert (await browser.get("/")).status_code == 200
        again = await Browser(made.client).post("/sign-in/link", {"word": word})
        assert again.status_code == 409
        assert "used already" in again.json()["says"]


async def test_a_link_that_is_too_old_signs_nobody_in(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        word = await made.sessions.link(ADA, Role.LOOK, until=made.house.clock.now())
        assert (await Browser(made.client).post("/sign-in/link", {"word": word})).status_code == 409


async def test_a_session_ends_by_time_and_by_hand(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        first, second = await made.visitor(), await made.visitor()
        (newest, _) = await made.sessions.all(now=made.house.clock.now())
        assert (await first.post(f"/sessions/{newest.id}/end")).status_code == 303
        assert (await second.get("/")).status_code == 303
        made.house.clock.advance(timedelta(hours=13).total_seconds())
        assert (await first.get("/")).status_code == 303


async def test_nobody_ends_the_session_of_another(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        ada = await made.visitor()
        (own,) = await made.sessions.all(now=made.house.clock.now())
        ben = await made.visitor("ben@example.org")
        await ben.post(f"/sessions/{own.id}/end")
        assert (await ada.get("/")).status_code == 200


async def test_the_cookie_is_kept_from_scripts_and_from_plain_http(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        word = await made.sessions.link(ADA, Role.LOOK, until=made.house.clock.now() + timedelta(minutes=1))
        cookie = (await Browser(made.client).post("/sign-in/link", {"word": word})).headers["set-cookie"]
        assert cookie.startswith("__Host-flightrules=")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


async def test_a_passkey_of_a_signer_signs_in_once_for_each_challenge(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        passkey, browser = made.passkey(), Browser(made.client)
        asked = (await browser.post("/sign-in/challenge")).json()
        challenge = bytes_of(asked["challenge"])
        assert len(challenge) == 32
        sent = passkey.sent(challenge)
        assert (await browser.post("/sign-in/passkey", sent)).json()["says"] == f"You are signed in as {ADA}."
        (session,) = await made.sessions.all(now=made.house.clock.now())
        assert (session.name, session.by, session.role) == (ADA, "passkey", Role.ACT)
        assert (await browser.post("/sign-in/passkey", sent)).status_code == 409


async def test_a_strange_passkey_or_an_invented_challenge_signs_nobody_in(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        browser = Browser(made.client)
        asked = bytes_of((await browser.post("/sign-in/challenge")).json()["challenge"])
        assert (await browser.post("/sign-in/passkey", MadePasskey().sent(asked))).status_code == 409
        assert (await browser.post("/sign-in/passkey", made.passkey().sent(b"x" * 32))).status_code == 409
        assert await made.sessions.all(now=made.house.clock.now()) == ()


def bytes_of(text: str) -> bytes:
    return unpadded(text)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:9000", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:8765.evil.example"},
        {"Origin": ""},
    ],
)
async def test_what_another_page_sends_changes_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    async with room(tmp_path) as made:
        visitor = await made.visitor()
        answer = await visitor.post("/sign-out", **headers)
        assert answer.status_code == 403
        assert (await visitor.get("/")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost:9000", "localhost", "", "LOCALHOST:8765.evil.example"])
async def test_another_host_gets_no_page(tmp_path: Path, host: str) -> None:
    async with room(tmp_path) as made:
        answer = await (await made.visitor()).post("/sign-out", Host=host)
        assert answer.status_code == 421


async def test_the_address_of_this_machine_leads_to_the_name_at_which_passkeys_work(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        answer = await Browser(made.client).get("/approve/INC-1?a=b", Host="127.0.0.1:8765")
        assert answer.headers["location"] == "http://localhost:8765/approve/INC-1"
        odd = await made.client.get("http://127.0.0.1:8765//evil.example/x")
        assert odd.headers["location"] == "http://localhost:8765/evil.example/x"


async def test_another_site_may_lead_here_and_read_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        visitor = await made.visitor()
        followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert (await visitor.get("/", **followed)).status_code == 200
        for mode, dest in (("no-cors", "empty"), ("cors", "empty"), ("navigate", "iframe"), ("no-cors", "script")):
            asked = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
            assert (await visitor.get("/", **asked)).status_code == 403


async def test_every_answer_carries_the_headers_that_bound_a_page(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        visitor = await made.visitor()
        for answer in (await visitor.get("/"), await visitor.get("/nothing"), await visitor.get("/", Host="x.example")):
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "require-trusted-types-for 'script'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_static_files_are_named_by_their_hash_and_kept_for_ever(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        page = (await Browser(made.client).get("/sign-in")).text
        named = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        assert len(named) == 3
        for address in named:
            answer = await Browser(made.client).get(address)
            assert "immutable" in answer.headers["cache-control"]
        assert (await Browser(made.client).get("/static/console.css")).status_code == 404


async def test_no_page_and_no_static_file_names_an_address_elsewhere_or_holds_inline_code(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident = await made.planned()
        visitor = await made.visitor()
        made.passkey()
        for path in (
            "/",
            "/sign-in",
            "/enrol",
            "/sessions",
            f"/approve/{incident}",
            f"/incidents/{incident}",
            "/history",
        ):
            page = (await visitor.get(path)).text
            assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
            assert not re.findall(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page)
    for one in served().values():
        if "idiomorph" in one.address:  # held to its hash in test_pages.py; Trusted Types keep it from making markup
            continue
        text = one.content.decode()
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)
        assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text)


async def test_a_large_or_odd_body_is_refused_in_words(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        browser = Browser(made.client)
        assert (await browser.post("/sign-in/link", {"word": "x" * 300_000})).status_code == 409
        assert (await browser.post("/sign-in/link", {"word": 7})).status_code == 409
        assert (await browser.post("/sign-in/passkey", {"signature": "@"})).status_code == 409
