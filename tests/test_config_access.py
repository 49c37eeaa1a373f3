"""The settings that say who may call over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_config import SHOP, complaints


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flightrules.toml"


TOKEN_TABLE = """
[[server.tokens]]
name = "agent"
sha256 = "{}"
scopes = {}
"""


def test_two_tokens_of_one_name_are_refused(path: Path) -> None:
    table = TOKEN_TABLE.format("a" * 64, '["read"]')
    assert complaints(path, SHOP + table + table) == [
        'server.tokens[1].name: "agent" is already the name of server.tokens[0]. Allowed: a name of its own.'
    ]


@pytest.mark.parametrize("scopes", ['["approve"]', '["respond", "approve"]', "[]"])
def test_no_token_can_be_let_approve(path: Path, scopes: str) -> None:
    (line,) = complaints(path, SHOP + TOKEN_TABLE.format("a" * 64, scopes))
    assert line.startswith("server.tokens[0].scopes")


def test_a_token_where_its_hash_belongs_is_not_repeated(path: Path) -> None:
    token = "frt_" + "Zz9_" * 10
    (line,) = complaints(path, SHOP + TOKEN_TABLE.format(token, '["read"]'))
    assert "Zz9_" not in line
    assert "not repeated" in line


@pytest.mark.parametrize(
    "url", ["http://keys.example/jwks", "http://127.0.0.1.evil.example/", "https://u:p@x.example/"]
)
def test_keys_of_others_come_over_tls_or_from_this_machine(path: Path, url: str) -> None:
    oauth = f'[server.oauth]\nissuer = "https://login.example"\njwks_url = "{url}"\n'
    (line,) = complaints(path, SHOP + oauth)
    assert line.startswith("server.oauth.jwks_url")
