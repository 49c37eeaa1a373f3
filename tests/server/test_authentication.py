"""Access over HTTP: who is let in, what each caller may do, how often, and under which name it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from time import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mcp import MCPError

from flightrules.adapters.tokens import fresh
from flightrules.cli.admitting import ANYWHERE, ListenAddress, doors
from flightrules.config.access import TokenTable
from flightrules.config.settings import ServerSettings
from flightrules.errors import Refused
from flightrules.service.incident_service import SERVER_STREAM
from flightrules.state.caller import Scope
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import Phase
from tests.server.conftest import yes
from tests.server.hall import Hall, Issuer, hall
from tests.server.journey import to_phase
from tests.server.test_order import refused
from tests.service.house import House, build

pytestmark = pytest.mark.anyio

GUARDED = (TokenTable(name="ada", sha256="a" * 64, scopes=(Scope.READ,)),)
CLI_ONLY = Policy(approval=ApprovalPolicy(channels=ChannelsBySeverity(P1=("cli",))))


def public_bytes(issuer: Issuer) -> bytes:
    """The published key, as an attacker would use it for a shared secret."""
    key = issuer.key.public_key()
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


BAD: dict[str, Callable[[Issuer], str | None]] = {
    "none": lambda _: None,
    "nonsense": lambda _: "nonsense",
    "a token nobody has": lambda _: fresh(),
    "a hash instead of a token": lambda _: "a" * 64,
    "expired": lambda issuer: issuer.token(exp=int(time()) - 120),
    "not yet": lambda issuer: issuer.token(nbf=int(time()) + 120),
    "without an end": lambda issuer: issuer.token(exp=None),
    "with an end in words": lambda issuer: issuer.token(exp=str(int(time()) + 600)),
    "with an end beyond all calendars": lambda issuer: issuer.token(exp=10**400),
    "for another server": lambda issuer: issuer.token(aud="https://other.example/mcp"),
    "for nobody": lambda issuer: issuer.token(aud=None),
    "of another issuer": lambda issuer: issuer.token(iss="https://evil.example"),
    "signed by another key": lambda issuer: issuer.token(key=ec.generate_private_key(ec.SECP256R1())),
    "signed with the public key": lambda issuer: issuer.token(key=public_bytes(issuer), algorithm="HS256"),
    "not signed": lambda issuer: issuer.token(key="", algorithm="none"),
    "without a subject": lambda issuer: issuer.token(sub=None),
    "with a subject of two lines": lambda issuer: issuer.token(sub="ada\nbob"),
    "too large": lambda issuer: issuer.token(more="x" * 20_000),
}


async def test_whoever_shows_no_token_that_counts_is_turned_away_and_told_where_to_get_one() -> None:
    async with hall(build()) as at:
        metadata = at.url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
        for what, made in BAD.items():
            response = await at.post(made(at.issuer))
            assert response.status_code == 401, what
            assert f'resource_metadata="{metadata}"' in response.headers["www-authenticate"], what
            assert "error=" in response.headers["www-authenticate"]
        async with httpx.AsyncClient(trust_env=False) as client:
            told = (await client.get(metadata)).json()
        assert told["resource"] == at.url
        assert told["authorization_servers"] == [at.issuer.url]
        assert (await at.post(at.issuer.token())).status_code == 200
    assert await at.house.incidents.records(SERVER_STREAM) == []


async def test_with_tokens_alone_nobody_is_sent_to_an_authorization_server() -> None:
    async with hall(build(), oauth=False) as at:
        response = await at.post(None)
        assert response.status_code == 401
        assert "resource_metadata" not in response.headers["www-authenticate"]
        assert (await at.post(at.issuer.token())).status_code == 401
        assert at.issuer.asked == 0
        assert (await at.post(at.tokens["both"])).status_code == 200


async def test_a_token_without_a_required_scope_is_turned_away() -> None:
    async with hall(build(), required_scopes=("prod",)) as at:
        response = await at.post(at.issuer.token("read respond"))
        assert response.status_code == 403
        assert 'error="insufficient_scope"' in response.headers["www-authenticate"]
        assert (await at.post(at.issuer.token("prod"))).status_code == 200
        assert (await at.post(at.tokens["both"])).status_code == 200


async def test_the_log_names_client_and_subject_whatever_kind_of_token_it_was(era: str) -> None:
    house = build()
    async with hall(house) as at:
        for token, subject in ((at.issuer.token(), "ada@example.org"), (at.tokens["both"], "both")):
            async with at.agent(token, era) as agent:
                incident = (await agent.call("open_incident", target="shop", title="x"))["incident"]
            actor = (await house.incidents.records(incident))[0].actor
            assert (actor.kind, actor.name) == ("agent", f"mcp ({subject})")
        assert at.issuer.asked == 1


async def test_reading_and_responding_are_scopes_of_their_own(era: str) -> None:
    house = build()
    async with hall(house) as at:
        async with at.agent(at.tokens["responder"], era) as agent:
            incident = (await agent.call("open_incident", target="shop", title="x"))["incident"]
            no = await agent.call("incident_status", incident=incident)
            assert "`read`" in refused(no, "missing_scope")["reason"]
            assert "phase" not in no
            with pytest.raises(MCPError, match="needs the scope `read`"):
                await agent.client.read_resource(f"incident://{incident}/log")
        async with at.agent(at.tokens["reader"], era) as agent:
            assert (await agent.call("incident_status", incident=incident))["phase"] == "detected"
            assert (await agent.client.read_resource(f"incident://{incident}/log")).contents
            for tool in ("assess", "rollback", "no_such_tool"):
                assert "`respond`" in refused(await agent.call(tool, incident=incident), "missing_scope")["reason"]
    assert "call_refused" not in {record.kind for record in await house.incidents.records(incident)}
    records = [r for r in await house.incidents.records(SERVER_STREAM) if r.kind == "call_refused"]
    assert [record.data["code"] for record in records] == ["missing_scope"] * 5
    assert {record.actor.name for record in records} == {"mcp (responder)", "mcp (reader)"}


async def test_a_token_that_claims_to_approve_approves_nothing(era: str) -> None:
    house = build()
    async with hall(house) as at:
        async with at.agent(at.issuer.token("read respond approve"), era) as agent:
            incident = await to_phase(house, agent, Phase.DECIDED)
            answer = await agent.call("rollback", incident=incident)
            assert answer["result"]["state"] == "awaiting_approval"
        async with at.agent(at.issuer.token("approve"), era) as agent:
            refused(await agent.call("rollback", incident=incident), "missing_scope")
    assert house.executed() == []


async def test_an_answer_in_the_client_is_kept_with_the_subject_of_its_token(era: str) -> None:
    house = build()
    async with hall(house) as at, at.agent(at.issuer.token(), era, yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
        assert answer["result"]["state"] == "succeeded"
    (granted,) = [r for r in await house.incidents.records(incident) if r.kind == "approval_granted"]
    assert (granted.data["channel"], granted.data["account"]) == ("elicitation", "ada@example.org")
    assert granted.actor.name == "ada@example.org (as mcp says)"


async def test_without_a_token_nobody_is_asked_over_http_and_the_log_names_no_account(era: str) -> None:
    house = build()
    async with hall(house, oauth=False, tokens=()) as at, at.agent("none", era, yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
        assert (answer["result"]["state"], agent.questions) == ("awaiting_approval", [])
    assert house.executed() == []
    received = [r for r in await house.incidents.records(incident) if r.kind == "call_received"]
    assert {record.data["account"] for record in received} == {"unauthenticated over HTTP"}


async def test_where_policy_lets_no_client_answer_none_is_asked(era: str) -> None:
    house = build(CLI_ONLY)
    async with hall(house) as at, at.agent(at.issuer.token(), era, yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        assert agent.questions == []
    assert house.executed() == []


async def test_each_caller_has_calls_of_its_own_and_is_told_when_to_call_again(era: str) -> None:
    house = build(runs=False)
    async with hall(house, calls_per_minute=3) as at, at.agent(at.tokens["both"], era) as agent:
        assert all([(await agent.call("incident_status"))["ok"] for _ in range(3)])
        for _ in range(4):
            no = refused(await agent.call("incident_status"), "too_many_calls")
            assert "20 s" in no["remedy"]
        with pytest.raises(MCPError, match="more may not be made"):
            await agent.client.read_resource("incident://INC-1/log")
        async with at.agent(at.issuer.token(), era) as other:
            assert (await other.call("incident_status"))["ok"]
        house.clock.advance(20)
        assert (await agent.call("incident_status"))["ok"]
        refused(await agent.call("incident_status"), "too_many_calls")
    assert await recorded(house, "too_many_calls") == 2


async def recorded(house: House, code: str) -> int:
    """Return how often a refusal is on record."""
    return sum(record.data.get("code") == code for record in await house.incidents.records(SERVER_STREAM))


async def test_only_names_of_this_server_are_answered() -> None:
    async with hall(build(), public_url="https://rules.example/mcp", allowed_origins=("https://page.example",)) as at:
        token = at.tokens["both"]
        assert (await at.post(token, Host="rules.example")).status_code == 200
        assert (await at.post(token, Host="evil.example")).status_code == 421
        assert (await at.post(token, Origin="https://rules.example")).status_code == 200
        assert (await at.post(token, Origin="https://page.example")).status_code == 200
        assert (await at.post(token, Origin="https://evil.example")).status_code == 403


async def test_another_callers_session_is_not_found() -> None:
    async with hall(build()) as at:
        session = (await at.post(at.tokens["both"])).headers["mcp-session-id"]
        theft = await at.post(at.tokens["reader"], **{"Mcp-Session-Id": session})
        assert theft.status_code == 404


async def test_while_keys_cannot_be_had_no_token_of_theirs_counts() -> None:
    async with hall(build()) as at:
        at.issuer.broken = True
        assert await statuses(at, at.issuer.token(), 3) == {401}
        assert at.issuer.asked == 1
        assert (await at.post(at.tokens["both"])).status_code == 200


async def statuses(at: Hall, token: str, times: int) -> set[int]:
    """Return the status codes of the answers to so many requests with a token."""
    return {(await at.post(token)).status_code for _ in range(times)}


async def test_strangers_cannot_make_the_server_ask_for_keys_again_and_again() -> None:
    async with hall(build()) as at:
        assert (await at.post(at.issuer.token())).status_code == 200
        for number in range(5):
            at.issuer.kid = f"unknown-{number}"
            assert (await at.post(at.issuer.token())).status_code == 401
        assert at.issuer.asked == 1


@pytest.mark.parametrize("host", [*sorted(ANYWHERE), "192.0.2.7", "rules.example"])
def test_an_address_that_others_reach_needs_authentication(host: str) -> None:
    with pytest.raises(Refused) as no:
        doors(ServerSettings(), ListenAddress(host, 80))
    assert no.value.code == "not_loopback"
    found = doors(ServerSettings(tokens=GUARDED, public_url="https://rules.example/mcp"), ListenAddress(host, 80))
    assert found.admission.verifier is not None
    assert "TLS" in found.warnings[0]


@pytest.mark.parametrize("host", sorted(ANYWHERE))
def test_every_address_at_once_needs_a_name(host: str) -> None:
    with pytest.raises(Refused) as no:
        doors(ServerSettings(tokens=GUARDED), ListenAddress(host, 80))
    assert no.value.code == "no_host_name"


def test_where_the_port_is_that_of_http_a_name_without_one_is_answered_too() -> None:
    assert {"127.0.0.1", "localhost"} <= set(
        doors(ServerSettings(), ListenAddress("127.0.0.1", 80)).security.allowed_hosts
    )
    assert "127.0.0.1" not in doors(ServerSettings(), ListenAddress("127.0.0.1", 81)).security.allowed_hosts
    named = ServerSettings(tokens=GUARDED, public_url="https://rules.example/mcp")
    assert "192.0.2.7" in doors(named, ListenAddress("192.0.2.7", 80)).security.allowed_hosts


def test_on_this_machine_everybody_is_let_in_with_a_warning() -> None:
    found = doors(ServerSettings(), ListenAddress("127.0.0.1", 80))
    assert found.admission.verifier is None
    assert "every program on this machine" in found.warnings[0]
    assert doors(ServerSettings(tokens=GUARDED), ListenAddress("127.0.0.1", 80)).warnings == ()


def test_a_token_of_the_issuer_is_what_the_library_takes_for_one() -> None:
    issuer = Issuer()
    issuer.audience = "x"
    claims = jwt.decode(issuer.token(), issuer.key.public_key(), algorithms=["ES256"], audience="x")
    assert claims["sub"] == "ada@example.org"
