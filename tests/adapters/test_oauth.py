"""An authorization server's keys: fetched when needed, kept for a while, and not asked for without end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from time import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from flightrules.adapters.oauth import FRESH, PAUSE, STALE, OAuthTokens
from flightrules.config.access import OAuthSettings
from flightrules.state.caller import Caller, Scope
from flightrules.testing import ManualClock
from tests.server.hall import Issuer, issuing

pytestmark = pytest.mark.anyio

HERE = "https://rules.example/mcp"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        found.audience = HERE
        yield found


class IncidentService:
    """The tokens of an issuer, checked at a time of the test's own."""

    def __init__(self, issuer: Issuer, **settings: str) -> None:
        self.clock = ManualClock()
        whole = OAuthSettings(issuer=issuer.url, jwks_url=f"{issuer.url}/keys", **settings)
        self.tokens = OAuthTokens(whole, resource=HERE, clock=self.clock)

    async def whose(self, token: str) -> Caller | None:
        return await self.tokens.whose(token)


async def test_keys_are_fetched_when_first_needed_and_once_for_all_who_come_meanwhile(issuer: Issuer) -> None:
    incidents = IncidentService(issuer)
    assert await incidents.whose("nonsense") is None
    assert issuer.asked == 0
    callers = await asyncio.gather(*(incidents.whose(issuer.token()) for _ in range(5)))
    assert all(callers)
    assert issuer.asked == 1


async def test_a_new_key_counts_after_a_pause_and_the_old_one_no_more(issuer: Issuer) -> None:
    incidents = IncidentService(issuer)
    old = issuer.token()
    assert await incidents.whose(old)
    issuer.key, issuer.kid = ec.generate_private_key(ec.SECP256R1()), "two"
    assert await incidents.whose(issuer.token()) is None
    incidents.clock.advance(PAUSE.total_seconds())
    assert await incidents.whose(issuer.token())
    assert await incidents.whose(old) is None


async def test_a_key_that_was_taken_back_counts_until_keys_are_fetched_again(issuer: Issuer) -> None:
    incidents = IncidentService(issuer)
    old = issuer.token()
    assert await incidents.whose(old)
    issuer.key, issuer.kid = ec.generate_private_key(ec.SECP256R1()), "two"
    incidents.clock.advance(FRESH.total_seconds() - 1)
    assert await incidents.whose(old)
    incidents.clock.advance(1)
    assert await incidents.whose(old) is None


async def test_while_nobody_answers_the_last_keys_count_for_an_hour(issuer: Issuer) -> None:
    incidents = IncidentService(issuer)
    assert await incidents.whose(issuer.token())
    issuer.broken = True
    incidents.clock.advance(STALE.total_seconds() - 1)
    assert await incidents.whose(issuer.token())
    incidents.clock.advance(1)
    assert await incidents.whose(issuer.token()) is None
    issuer.broken = False
    incidents.clock.advance(PAUSE.total_seconds())
    assert await incidents.whose(issuer.token())


async def test_keys_that_nobody_gives_leave_no_token_counting() -> None:
    with issuing() as gone:
        gone.audience = HERE
        incidents = IncidentService(gone)
    assert await incidents.whose(gone.token()) is None


async def test_scopes_are_those_in_the_issuers_own_words(issuer: Issuer) -> None:
    incidents = IncidentService(issuer, read_scope="rules:read", respond_scope="rules:act")
    assert await scopes(incidents, issuer.token("read respond")) == set()
    assert await scopes(incidents, issuer.token("rules:read other")) == {Scope.READ}
    assert await scopes(incidents, issuer.token(scope=None, scp=["rules:act", 7])) == {Scope.RESPOND}
    assert await scopes(incidents, issuer.token(scope=7)) == set()


async def scopes(incidents: IncidentService, token: str) -> set[Scope]:
    """Return the scopes that a token opens."""
    caller = await incidents.whose(token)
    assert caller is not None
    return set(caller.scopes)


async def test_an_audience_of_its_own_takes_the_place_of_the_address(issuer: Issuer) -> None:
    incidents = IncidentService(issuer, audience="rules")
    assert await incidents.whose(issuer.token()) is None
    assert await incidents.whose(issuer.token(aud=["other", "rules"]))


@pytest.mark.parametrize("subject", ["", " ada", "ada\u202e", "a" * 201])
async def test_a_subject_that_could_not_stand_in_the_log_as_it_is_counts_for_nobody(
    issuer: Issuer, subject: str
) -> None:
    assert await IncidentService(issuer).whose(issuer.token(sub="ada"))
    assert await IncidentService(issuer).whose(issuer.token(sub=subject)) is None


LOADED = int(time())
SOON = LOADED + 86_400
"""Later than any run of the tests takes: they may begin long after this file was read."""
ODD: tuple[object, ...] = (
    "",
    "x",
    str(SOON),
    str(LOADED - 300),
    True,
    False,
    [],
    [SOON],
    {},
    {"a": 1},
    10**30,
    10**400,
    1e308,
)
ODD_NUMBERS = (float("inf"), float("-inf"), float("nan"))
OTHERWISE: tuple[object, ...] = ("\ud800", "a\0", [[]], ["\ud800"], None)


def signed(issuer: Issuer, payload: object) -> str:
    """A token that says just this: the library that makes tokens refuses some of it."""
    whole = json.dumps(payload).encode()
    return jwt.api_jws.encode(whole, issuer.key, algorithm="ES256", headers={"kid": issuer.kid})


def stating(issuer: Issuer, **claims: object) -> str:
    """A token that counts, but for these claims."""
    good = {"iss": issuer.url, "aud": HERE, "sub": "ada", "client_id": "editor", "exp": SOON, "scope": "read"}
    return signed(issuer, good | claims)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
async def test_a_time_that_is_no_number_of_seconds_counts_for_nobody_and_the_log_says_which(
    issuer: Issuer, claim: str, caplog: pytest.LogCaptureFixture
) -> None:
    incidents = IncidentService(issuer)
    assert await incidents.whose(stating(issuer, **{claim: LOADED - 0.5 if claim != "exp" else SOON + 0.5}))
    for value in (*ODD, *ODD_NUMBERS, *OTHERWISE):
        caplog.clear()
        assert await incidents.whose(stating(issuer, **{claim: value})) is None, value
        (said,) = caplog.records
        assert said.levelno == logging.WARNING
        assert claim in said.getMessage() or "expired" in said.getMessage(), value


@pytest.mark.parametrize("claim", ["iss", "aud", "sub"])
async def test_who_and_for_whom_count_as_text_alone(issuer: Issuer, claim: str) -> None:
    incidents = IncidentService(issuer)
    texts = {"x", str(SOON), str(LOADED - 300)} if claim == "sub" else set()
    for value in (*ODD, *ODD_NUMBERS, *OTHERWISE):
        caller = await incidents.whose(stating(issuer, **{claim: value}))
        assert (caller is not None) == (isinstance(value, str) and value in texts), value


@pytest.mark.parametrize("claim", ["client_id", "azp", "scope", "scp"])
async def test_a_claim_that_may_be_left_out_opens_nothing_where_it_is_of_another_kind(
    issuer: Issuer, claim: str
) -> None:
    incidents = IncidentService(issuer)
    for value in (*ODD, *ODD_NUMBERS, *OTHERWISE):
        caller = await incidents.whose(stating(issuer, **{"scope": "", "client_id": None, claim: value}))
        assert caller is not None, value
        assert caller.client in ("ada", value)
        assert not caller.scopes


@pytest.mark.parametrize("whole", [[], 1, None, "x", ODD_NUMBERS[0]])
async def test_a_token_whose_parts_are_no_objects_counts_for_nobody(issuer: Issuer, whole: object) -> None:
    incidents = IncidentService(issuer)
    assert await incidents.whose(signed(issuer, whole)) is None
    head = jwt.utils.base64url_encode(json.dumps(whole).encode()).decode()
    assert await incidents.whose(f"{head}.e30.AAAA") is None


async def test_a_token_that_is_no_text_counts_for_nobody(issuer: Issuer) -> None:
    assert await IncidentService(issuer).whose("\ud800.e30.AAAA") is None
