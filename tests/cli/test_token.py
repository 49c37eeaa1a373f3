"""`flightrules token new` as somebody types it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flightrules.adapters.tokens import StaticTokens, hashed
from flightrules.cli import main
from flightrules.config.access import TokenTable
from flightrules.state.caller import Scope


def made(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """The token, and the lines to add."""
    assert main(["token", "new", *words]) == 0
    token, _, lines = capsys.readouterr().out.partition("\n")
    return token, lines


@pytest.mark.anyio
async def test_a_token_is_shown_once_and_the_lines_to_add_hold_its_hash_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    token, lines = made(capsys, "ada@example.org", "--scope", "read", "--scope", "respond", "--scope", "read")
    assert token not in lines
    (table,) = tomllib.loads(lines)["server"]["tokens"]
    assert table == {"name": "ada@example.org", "sha256": hashed(token), "scopes": ["read", "respond"]}
    known = StaticTokens([TokenTable(name="ada", sha256=table["sha256"], scopes=(Scope.READ,))])
    caller = await known.whose(token)
    assert caller is not None
    assert caller.subject == "ada"
    for wrong in (token[:-1], token + "x", table["sha256"], "", "\udcff"):
        assert await known.whose(wrong) is None


def test_no_two_tokens_are_alike(capsys: pytest.CaptureFixture[str]) -> None:
    assert len({made(capsys, "ada", "--scope", "read")[0] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ada", "--scope", "approve"], "no_such_scope"),
        (["ada", "--scope", "respond", "--scope", "approve"], "no_such_scope"),
        (["ada", "--scope", "write"], "bad_token"),
        (["a b", "--scope", "read"], "bad_token"),
        (["", "--scope", "read"], "bad_token"),
        (["ada\nsha256", "--scope", "read"], "bad_token"),
    ],
)
def test_what_no_token_can_be_is_refused_and_none_is_shown(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert main(["token", "new", *words]) == 1
    told = capsys.readouterr()
    assert code in told.err
    assert told.out == ""


def test_a_token_is_kept_in_a_file_of_its_owner_alone_and_the_rest_goes_into_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "agent.token"
    words = ["token", "new", "agent", "--scope", "read", "--keep", str(kept)]
    assert main(words) == 0
    said = capsys.readouterr()
    token = kept.read_text().strip()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert token not in said.out + said.err
    (table,) = tomllib.loads(said.out)["server"]["tokens"]
    assert table["sha256"] == hashed(token)
    assert main(words) != 0
    assert kept.read_text().strip() == token, "a token that is there is never replaced"
