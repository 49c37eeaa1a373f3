"""An approval in a real browser, with a virtual authenticator, on a page 390 px wide."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from playwright.async_api import Browser, expect
from webauthn import verify_authentication_response
from webauthn.helpers import bytes_to_base64url

from flightrules.service.approval import typed
from flightrules.service.rollback.planning import prepare
from flightrules.state.signing.sshsig import Reader, read_signature, signed_bytes
from tests.adapters.signatures.people import ssh_verify
from tests.browser.screen import DESK, Screen, screen, served
from tests.console.room import ADA, Room, agent
from tests.console.test_approving import agent_as_person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]  # a browser beside other tests is slow

SIGN = "Sign and approve"


async def granted(made: Room, incident: str) -> Any:  # noqa: ANN401 - JSON
    records = await made.house.incidents.records(incident)
    (one,) = [record.data for record in records if record.kind == "approval_granted"]
    return one


async def press(at: Screen) -> None:
    await at.page.get_by_role("button", name=SIGN).click()


@pytest.mark.parametrize("synced", [False, True])
async def test_a_passkey_enrolled_and_used_on_a_phone_starts_the_rollback(
    tmp_path: Path, chromium: Browser, *, synced: bool
) -> None:
    async with served(tmp_path, require_touch=True, require_user_verification=True) as made:
        incident = await made.planned()
        async with screen(chromium, made, synced=synced) as at:
            await at.sign_in()
            await at.add_line()
            await at.page.goto(f"{made.origin}/approve/{incident}")
            assert await at.page.evaluate("document.documentElement.scrollWidth") <= 390
            await press(at)
            await expect(at.page.get_by_text("Approved.")).to_be_visible()
            await expect(at.page.get_by_role("button", name=SIGN)).to_have_count(0)
            assert at.complaints == []
        kept = (await granted(made, incident))["signed"]
        assert (kept["touched"], kept["user_verified"], kept["synced"]) == (True, True, synced)
        assert ssh_verify(tmp_path, made.signers, ADA, kept["message"], kept["signature"])
        assert_py_webauthn_verifies(kept["message"], kept["signature"], made.origin)
        assert await made.rolled_back(incident) == "succeeded"


def assert_py_webauthn_verifies(message: str, signature: str, origin: str) -> None:
    """Have a library that we did not write verify what the log keeps, from its bytes alone."""
    read = read_signature(signature)
    assert read.browser is not None
    assert read.hardware is not None
    key = Reader(read.key.blob)
    key.word()
    key.word()
    point = key.string()
    relying_party = key.word()
    numbers = Reader(read.raw)
    signed = encode_dss_signature(numbers.integer(), numbers.integer())
    # COSE: kty EC2, alg ES256, crv P-256, and the point.
    cose = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + point[1:33] + b"\x22\x58\x20" + point[33:]
    data = hashlib.sha256(relying_party.encode()).digest() + bytes([read.hardware.flags])
    data += read.hardware.counter.to_bytes(4, "big") + read.browser.extensions
    verified = verify_authentication_response(
        credential={
            "id": bytes_to_base64url(b"any"),
            "rawId": bytes_to_base64url(b"any"),
            "type": "public-key",
            "response": {
                "authenticatorData": bytes_to_base64url(data),
                "clientDataJSON": bytes_to_base64url(read.browser.client_data),
                "signature": bytes_to_base64url(signed),
            },
        },
        expected_challenge=signed_bytes(message.encode()),
        expected_rp_id=relying_party,
        expected_origin=origin,
        credential_public_key=cose,
        credential_current_sign_count=0,
        require_user_verification=True,
    )
    assert verified.user_verified


async def test_a_passkey_signs_in(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made, screen(chromium, made) as at:
        await at.sign_in()
        await at.add_line()
        await at.page.goto(f"{made.origin}/sign-in?next=/sessions")
        await at.page.get_by_role("button", name="Sign in with a passkey").click()
        await at.page.wait_for_url(f"{made.origin}/sessions")
        await expect(at.page.get_by_text("may act, signed in by passkey")).to_be_visible()
        assert at.complaints == []


async def test_a_user_whom_the_device_does_not_recognise_signs_nothing(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        async with screen(chromium, made) as at:
            await at.sign_in()
            await at.add_line()
            await at.verifies(user=False)
            await at.page.goto(f"{made.origin}/approve/{incident}")
            await press(at)
            await expect(at.page.get_by_role("alert")).to_contain_text("Nothing was signed")
            await at.verifies(user=True)
            await press(at)
            await expect(at.page.get_by_text("Approved.")).to_be_visible()


async def test_the_address_by_number_leads_to_the_name_at_which_passkeys_work(
    tmp_path: Path, chromium: Browser
) -> None:
    async with served(tmp_path) as made, screen(chromium, made) as at:
        await at.page.goto(made.origin.replace("localhost", "127.0.0.1") + "/sign-in")
        assert at.page.url == f"{made.origin}/sign-in"


async def test_a_plan_that_changes_under_the_page_takes_the_button_away(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        async with screen(chromium, made) as at:
            await at.sign_in()
            await at.add_line()
            await at.page.goto(f"{made.origin}/approve/{incident}")
            await expect(at.page.get_by_role("button", name=SIGN)).to_be_visible()
            incidents = made.house.incidents
            await typed.reject(incidents, agent_as_person("reject", incident), approver="cem", reason="not yet")
            await prepare(incidents, agent("rollback", incident))
            await expect(at.page.get_by_role("alert")).to_contain_text("another plan now")
            await expect(at.page.get_by_role("button", name=SIGN)).to_have_count(0)
        assert (await made.house.incidents.incident(incident)).approvals == ()


async def test_two_people_race_and_each_signs_for_themselves(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path, approvers=2) as made:
        incident = await made.planned()
        async with screen(chromium, made) as ada, screen(chromium, made, viewport=DESK) as cem:
            for at, name in ((ada, ADA), (cem, "cem@example.org")):
                await at.sign_in(name)
                await at.add_line()
                await at.page.goto(f"{made.origin}/approve/{incident}")
            await press(ada)
            await expect(ada.page.get_by_text("who has approved the plan already")).to_be_visible()
            await press(cem)
            await expect(cem.page.get_by_text("Approved.")).to_be_visible()
        incident_now = await made.house.incidents.incident(incident)
        assert {one.approver for one in incident_now.approvals} == {ADA, "cem@example.org"}
        assert await made.rolled_back(incident) == "succeeded"


async def test_the_keyboard_alone_is_enough_and_no_shortcut_approves(tmp_path: Path, chromium: Browser) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        async with screen(chromium, made) as at:
            await at.sign_in()
            await at.add_line()
            await at.page.goto(f"{made.origin}/approve/{incident}")
            for key in ("Enter", " ", "a", "y", "s", "Control+Enter"):
                await at.page.keyboard.press(key)
            assert (await made.house.incidents.incident(incident)).approvals == ()
            for _ in range(60):
                await at.page.keyboard.press("Tab")
                if await at.page.evaluate("document.activeElement.id") == "approve":
                    break
            await at.page.keyboard.press("Enter")
            await expect(at.page.get_by_text("Approved.")).to_be_visible()


async def test_without_scripts_the_question_is_read_whole_and_a_terminal_is_named(
    tmp_path: Path, chromium: Browser
) -> None:
    async with served(tmp_path) as made:
        incident = await made.planned()
        made.passkey()
        cookies = (await made.visitor()).cookies.items()
        signed_in = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies)}
        async with screen(chromium, made, java_script_enabled=False, extra_http_headers=signed_in) as at:
            await at.page.goto(f"{made.origin}/approve/{incident}")
            plan = (await made.house.incidents.incident(incident)).plan
            assert plan is not None
            await expect(at.page.get_by_text(plan.hosts[0].steps[-1].argv[-1]).first).to_be_visible()
            await expect(at.page.get_by_text(f"flightrules approve {incident} --key PATH")).to_be_visible()
            await expect(at.page.get_by_role("button", name=SIGN)).to_have_count(0)


@pytest.mark.parametrize(("scheme", "size"), [("light", "desk"), ("dark", "phone")])
async def test_axe_finds_nothing_on_any_page(tmp_path: Path, chromium: Browser, scheme: str, size: str) -> None:
    wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    async with served(tmp_path) as made:
        incident = await made.planned()
        view: Any = {"color_scheme": scheme} | ({"viewport": DESK} if size == "desk" else {})
        async with screen(chromium, made, **view) as at:
            await at.sign_in()
            await at.add_line()
            for path in ("/sign-in", "/enrol", "/sessions", f"/approve/{incident}"):
                await at.page.goto(f"{made.origin}{path}")
                found = await Axe().run(at.page, options={"runOnly": {"type": "tag", "values": wcag}})
                broken = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found.response["violations"]]
                assert broken == [], path
                assert await at.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
