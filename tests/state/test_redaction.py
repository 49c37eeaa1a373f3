from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.state.redaction import MASK, redact
from flightrules.state.untrusted import clean

SECRETS = [
    ("login failed password=hunter2 for ann", "hunter2"),
    ("DB_PASSWORD: 'two words'", "two words"),
    ('{"client_secret": "s3 cr3t", "user": "ann"}', "s3 cr3t"),
    ('{\\"password\\":\\"inner\\"}', "inner"),
    ("AWS_SECRET_ACCESS_KEY=abc/def+1", "abc/def+1"),
    ("api-key => abc", "abc"),
    ("postgres://app:s3cr3t@db:5432/shop", "s3cr3t"),
    ("GET /x?token=abc&page=2", "abc"),
    ("Authorization: Bearer abcdef.ghijkl", "abcdef.ghijkl"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("Set-Cookie: session=12345; Path=/", "12345"),
    ("pushed with ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_"),
    ("AKIAABCDEFGHIJKLMNOP is the key", "AKIAABCDEFGHIJKLMNOP"),
    ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_", "eyJhbGciOiJIUzI1NiJ9"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n-----END OPENSSH PRIVATE KEY-----", "b3BlbnNzaA"),
    ("-----BEGIN PRIVATE KEY-----\nb3BlbnNzaA", "b3BlbnNzaA"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_that_names_itself_is_taken_out(text: str, secret: str) -> None:
    redacted = redact(text)
    assert secret not in redacted
    assert MASK in redacted


FORMS = [
    *(f"gh{kind}_{'a1' * 12}" for kind in "opsur"),
    f"github_pat_{'a1' * 12}",
    f"glpat-{'a1' * 10}",
    *(f"xox{kind}-{'1a' * 6}" for kind in "abeprs"),
    *(f"{kind}{'A1' * 8}" for kind in ("AKIA", "ASIA")),
    *(f"{kind}_{'a1' * 6}" for kind in ("sk_live", "sk_test", "rk_live", "rk_test")),
    f"sk-{'a1' * 12}",
    f"AIza{'a1b2c' * 7}",
    f"npm_{'a1' * 16}",
    f"hf_{'a1' * 16}",
    f"SG.{'a1' * 9}.{'b2' * 9}",
    f"eyJ{'a1' * 5}.{'b2' * 5}.c3",
]


NAMES = [
    *("password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "credential", "credentials"),
    *(f"{what}{between}key" for what in ("api", "access", "private") for between in ("", "_", "-")),
]


@pytest.mark.parametrize("name", [*NAMES, *(name.upper() for name in NAMES)])
def test_what_is_named_as_a_secret_is_taken_out_where_nothing_else_tells(name: str) -> None:
    assert redact(f"it said {name}=x1y2") == f"it said {name}={MASK}"


@pytest.mark.parametrize("secret", FORMS)
def test_a_secret_of_a_known_form_is_taken_out_where_nothing_else_names_it(secret: str) -> None:
    assert redact(f"it said: {secret}") == f"it said: {MASK}"


@pytest.mark.parametrize(
    "text",
    [
        "checked out " + "a1" * 20,
        "sha256:" + "c" * 64,
        "no password was given",
        "GET /api/v1/health 500",
        "https://shop.example/path?page=2",
        "the passenger asked for a keyboard",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_a_character_that_cannot_be_seen_does_not_hide_a_secret() -> None:
    assert "hunter2" not in clean("pass\u200bword\x1b[0m=hunter2", 100)


def test_what_stands_beside_a_secret_stays() -> None:
    assert redact("a password=x b\ntoken: y, c") == f"a password={MASK} b\ntoken: {MASK}, c"


@given(st.text() | st.lists(st.sampled_from(["password", "=", ":", '"', "'", "\\", "x", " ", "\n", MASK])).map("".join))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["://a:", "password", "-----BEGIN PRIVATE KEY-----", "eyJaaaaaaaa.", "bearer ", "token\\"]
)
def test_a_hostile_text_takes_no_unbounded_time(piece: str) -> None:
    assert redact(piece * 20_000)
