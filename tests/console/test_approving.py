"""The approval page: all that a person must know stands there before they sign, and nothing but a signature counts."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flightrules.ports import Role
from flightrules.service.approval import typed
from flightrules.service.rollback.planning import prepare
from flightrules.state.log import Actor
from flightrules.state.signing.sshsig import signed_bytes
from flightrules.state.vocabulary import ActorKind
from flightrules.state.words import command_line
from tests.adapters.signatures.made_passkeys import SYNCED, UNVERIFIED, MadePasskey
from tests.adapters.signatures.people import ssh_verify
from tests.console.room import ADA, Browser, Room, agent, room

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def statement(visitor: Browser, incident: str, review: str) -> Any:  # noqa: ANN401 - JSON
    return (await visitor.post(f"/approve/{incident}/statement", {"review": review, "acknowledged": True})).json()


async def review_of(made: Room, incident: str) -> str:
    plan = (await made.house.incidents.incident(incident)).plan
    assert plan is not None
    return plan.review


async def sign(
    made: Room, visitor: Browser, passkey: MadePasskey, incident: str, *, flags: int = SYNCED
) -> tuple[int, str]:
    """Sign what waits, as the page does; the status and what is said."""
    said = await statement(visitor, incident, await review_of(made, incident))
    if "message" not in said:
        return 409, said["says"]
    message = said["message"]
    answer = passkey.sent(signed_bytes(message.encode()), flags=flags)
    given = await visitor.post(f"/approve/{incident}/signature", {"message": message, **answer})
    return given.status_code, given.json()["says"]


async def test_a_signature_by_a_passkey_starts_the_rollback_and_openssh_verifies_it_out_of_the_log(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, require_touch=True, require_user_verification=True) as made:
        incident, passkey, visitor = await made.planned(), made.passkey(), await made.visitor()
        assert await made.rolled_back(incident) == "awaiting_approval"
        status, says = await sign(made, visitor, passkey, incident)
        assert status == 200, says
        assert says.startswith("Approved until")
        records = await made.house.incidents.records(incident)
        (granted,) = [record for record in records if record.kind == "approval_granted"]
        kept: Any = granted.data["signed"]
        assert ssh_verify(tmp_path, made.signers, ADA, kept["message"], kept["signature"])
        assert (kept["touched"], kept["user_verified"], kept["synced"]) == (True, True, True)
        assert granted.data["channel"] == "signed"
        assert granted.actor.face == "console"
        assert await made.rolled_back(incident) == "succeeded"


async def test_every_word_of_every_command_stands_on_the_page_and_none_is_folded(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident = await made.planned()
        made.passkey()
        page = (await (await made.visitor()).get(f"/approve/{incident}")).text
        plan = (await made.house.incidents.incident(incident)).plan
        assert plan is not None
        for host in plan.hosts:
            for step in host.steps:
                line = html.escape(command_line(step.argv, step.env), quote=True).replace("&#x27;", "&#39;")
                shown = line.replace("&quot;", "&#34;")
                assert shown in page
                before = page[: page.index(shown)]
                assert before.count("<details") == before.count("</details>")
        assert f"{plan.short[:4]} {plan.short[4:]}" in page
        assert plan.good.why in page


async def test_text_of_strangers_is_escaped(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident = await made.planned()
        page = (await (await made.visitor()).get(f"/approve/{incident}")).text
        assert "Everything answers &lt;b&gt;500&lt;/b&gt;" in page
        assert "<b>500" not in page


async def test_who_has_no_passkey_in_the_file_is_told_before_and_sees_no_button(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident, visitor = await made.planned(), await made.visitor()
        page = (await visitor.get(f"/approve/{incident}")).text
        assert "No passkey of ada@example.org is in the file of signers of shop" in page
        assert 'id="approve"' not in page
        made.passkey()
        assert 'id="approve"' in (await visitor.get(f"/approve/{incident}")).text


async def test_whose_agent_asked_is_told_before_that_another_must_approve(tmp_path: Path) -> None:
    async with room(tmp_path, requester_must_differ=True) as made:
        incident = await made.planned(requester="ada")
        passkey, visitor = made.passkey(), await made.visitor()
        page = (await visitor.get(f"/approve/{incident}")).text
        assert "whose agent asked for this plan" in page
        assert 'id="approve"' not in page
        status, says = await sign(made, visitor, passkey, incident)
        assert status == 409
        assert "whose agent asked" in says


async def test_two_people_must_approve_and_each_is_told_how_many_are_missing(tmp_path: Path) -> None:
    async with room(tmp_path, approvers=2) as made:
        incident = await made.planned()
        ada, cem = made.passkey(), made.passkey("cem@example.org")
        first, second = await made.visitor(), await made.visitor("cem@example.org")
        assert "2 still missing" in (await first.get(f"/approve/{incident}")).text
        assert (await sign(made, first, ada, incident))[0] == 200
        assert await made.rolled_back(incident) == "awaiting_approval"
        page = (await first.get(f"/approve/{incident}")).text
        assert "who has approved the plan already" in html.unescape(page)
        assert 'id="approve"' not in page
        assert "1 still missing" in (await second.get(f"/approve/{incident}")).text
        assert (await sign(made, second, cem, incident))[0] == 200
        assert await made.rolled_back(incident) == "succeeded"


async def test_the_same_signature_counts_once(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident, passkey, visitor = await made.planned(), made.passkey(), await made.visitor()
        message = (await statement(visitor, incident, await review_of(made, incident)))["message"]
        sent = {"message": message, **passkey.sent(signed_bytes(message.encode()))}
        assert (await visitor.post(f"/approve/{incident}/signature", sent)).status_code == 200
        again = await visitor.post(f"/approve/{incident}/signature", sent)
        assert again.status_code == 409
        records = await made.house.incidents.records(incident)
        assert [record.kind for record in records].count("approval_granted") == 1


async def test_a_signature_of_another_incident_or_of_altered_words_counts_for_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident, passkey, visitor = await made.planned(), made.passkey(), await made.visitor()
        message = (await statement(visitor, incident, await review_of(made, incident)))["message"]
        for name, value in (("incident", "INC-999999"), ("plan", "PLAN-999999"), ("intent", "0" * 64)):
            altered = json.dumps(json.loads(message) | {name: value}, sort_keys=True, separators=(",", ":"))
            sent = {"message": altered, **passkey.sent(signed_bytes(altered.encode()))}
            assert (await visitor.post(f"/approve/{incident}/signature", sent)).status_code == 409
        sent = {"message": message, **passkey.sent(signed_bytes(b"something else"))}
        assert (await visitor.post(f"/approve/{incident}/signature", sent)).status_code == 409
        assert await made.rolled_back(incident) == "awaiting_approval"


async def test_a_passkey_that_did_not_verify_its_user_approves_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident, passkey, visitor = await made.planned(), made.passkey(), await made.visitor()
        status, says = await sign(made, visitor, passkey, incident, flags=UNVERIFIED)
        assert status == 409
        assert "did not verify who used it" in says


async def test_an_approval_that_expired_while_the_page_was_open_counts_no_more(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident, passkey, visitor = await made.planned(), made.passkey(), await made.visitor()
        message = (await statement(visitor, incident, await review_of(made, incident)))["message"]
        made.house.clock.advance(11 * 60)
        sent = {"message": message, **passkey.sent(signed_bytes(message.encode()))}
        answer = await visitor.post(f"/approve/{incident}/signature", sent)
        assert answer.status_code == 409
        assert "holds until" in answer.json()["says"]


async def test_a_plan_that_changed_under_the_page_is_said_and_cannot_be_signed(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident, visitor = await made.planned(), await made.visitor()
        made.passkey()
        review = await review_of(made, incident)
        await typed.reject(made.house.incidents, agent_as_person("reject", incident), approver="cem", reason="not yet")
        state = (await visitor.get(f"/approve/{incident}/state")).json()
        assert state["review"] != review
        assert "This plan is gone" in state["says"]
        assert "This plan is gone" in (await statement(visitor, incident, review))["says"]
        page = (await visitor.get(f"/approve/{incident}")).text
        assert "cem rejected the last plan: not yet" in page
        await prepare(made.house.incidents, agent("rollback", incident))
        assert "another plan now" in (await visitor.get(f"/approve/{incident}/state")).json()["says"]
        assert "another plan now" in (await statement(visitor, incident, review))["says"]


def agent_as_person(tool: str, incident: str) -> Any:  # noqa: ANN401 - a call
    call = agent(tool, incident)
    return replace(call, actor=Actor(kind=ActorKind.PERSON, name="cem", face="cli"), account="cem")


async def test_no_request_but_a_signature_lets_a_rollback_begin(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident = await made.planned()
        made.passkey()
        for role in Role:
            visitor = await made.visitor(role=role)
            review = await review_of(made, incident)
            for said in ({}, {"approve": True}, {"review": review, "acknowledged": True, "approved": True}):
                for path in ("", "/statement", "/signature", "/state"):
                    await visitor.post(f"/approve/{incident}{path}", said)
            assert await made.rolled_back(incident) == "awaiting_approval"
        assert (await made.house.incidents.incident(incident)).approvals == ()
        assert made.house.executed() == []


async def test_looking_at_the_page_leaves_no_trace_in_the_log(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        incident, visitor = await made.planned(), await made.visitor()
        before = len(await made.house.incidents.records(incident))
        await visitor.get(f"/approve/{incident}")
        await visitor.get(f"/approve/{incident}/state")
        assert len(await made.house.incidents.records(incident)) == before


async def test_an_unknown_incident_is_said(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        answer = await (await made.visitor()).get("/approve/INC-NONE")
        assert answer.status_code == 404
        assert "There is no incident" in answer.text


async def test_enrolling_shows_a_line_that_counts_once_somebody_added_it(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        visitor, passkey = await made.visitor(), MadePasskey()
        options = (await visitor.post("/enrol/options")).json()
        assert options["handle"] == (await visitor.post("/enrol/options")).json()["handle"]
        from flightrules.state.signing.webauthn import unpadded
        from tests.adapters.signatures.made_passkeys import encoded

        sent = {"publicKey": encoded(passkey.spki), **passkey.sent(unpadded(options["challenge"]))}
        wrong = MadePasskey().sent(unpadded((await visitor.post("/enrol/options")).json()["challenge"]))
        refused = await visitor.post("/enrol/key", {"publicKey": encoded(passkey.spki), **wrong})
        assert "another passkey answered" in refused.json()["says"]
        said = (await visitor.post("/enrol/key", sent)).json()
        assert said["fingerprint"] == passkey.public.fingerprint
        assert made.signers.read_text() == ""
        made.signers.write_text(said["line"] + "\n")
        assert passkey.public.fingerprint in (await visitor.get("/enrol")).text
        incident = await made.planned()
        assert (await sign(made, visitor, passkey, incident))[0] == 200
