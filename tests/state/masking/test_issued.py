from __future__ import annotations

import pytest

from flightrules.state.masking.issued import BEGINNINGS
from flightrules.state.redaction import MASK, redact

COMMIT = "48d06615e17b0e2c016e5c3e5308d7f3cbff64da"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.requirement("UNT-detectors")
@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("aws", "AKIA" + "ABCDEFGHIJKLMNOP"),
        ("aws", "aws_key: '" + "a/B+" * 10 + "'"),
        ("azure", "AccountKey=" + "a" * 88),
        ("github", "ghs_" + "a1B2" * 9),
        ("gitlab", "glrt-" + "a1B2" * 6),
        ("mailchimp", "z1y2" * 8 + "-us12"),
        ("pypi", "pypi-AgEIcHlwaS5vcmc" + "a1" * 40),
        ("sendgrid", "SG." + "a" * 22 + "." + "b" * 43),
        ("slack", "https://hooks.slack.com/services/T0000000/B0000000/" + "x" * 24),
        ("square", "sq0csp-" + "a" * 43),
        ("stripe", "rk_live_" + "a1" * 12),
        ("telegram", "https://api.telegram.org/bot123456789:" + "a1B2c" * 7),
        ("twilio", "SK" + "z1y2" * 8),
    ],
)
def test_a_token_of_a_known_form_is_taken_out(name: str, secret: str) -> None:
    del name
    found = redact(f"before {secret} after")
    assert secret[-12:] not in found
    assert MASK in found
    assert found.startswith("before ")
    assert found.endswith(" after")


@pytest.mark.requirement("UNT-identifiers-stay")
@pytest.mark.parametrize(
    "line",
    [
        f"deployed {COMMIT} to eu-us1",
        f"image shop:{COMMIT}-us1 pulled",
        f"digest sha256:{DIGEST} resolved by the robot",
        f"build 12345678:{COMMIT} of the bot",
        f"bot request 123456789:{UUID} took 3 ms",
        f"AC {COMMIT} SK {DIGEST.upper()} TASK STACK ACK",
        '10.0.0.1 - - [05/Jan/2026:12:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 12 "-" "Googlebot/2.1"',
        "org.shop.checkout.OrderServiceImpl.placeOrder(OrderServiceImpl.java:48) APPLICATION FAILED TO START",
        '{"level":"error","aws_region":"eu-west-1","msg":"no password was given","trace":"'
        + "0af7651916cd43dd" * 2
        + '"}',
        "container 4f1d2c3b4a59 exited (137) after 12m; MEMORY 123456789:0 OOMKilled",
        "connect to db-us1.shop.example:5432 refused",
    ],
)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_each_beginning_is_enough_with_random_letters_behind_it(begin: str) -> None:
    body = "a1B2c3D4e5F6g7H8" * 12
    assert body not in redact(f"got {begin}{body} from it")


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_a_beginning_alone_is_a_word_like_others(begin: str) -> None:
    text = f"tokens begin with {begin} there"
    assert redact(text) == text
