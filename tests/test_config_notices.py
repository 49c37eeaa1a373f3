"""The settings that say where messages go: strict, told at once, and no secret repeated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flightrules.config import load
from flightrules.errors import Refused
from tests.test_config import SHOP

SECRET = "hunter2hunter2"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flightrules.toml"


def refused(path: Path, text: str) -> str:
    path.write_text(text + SHOP)
    with pytest.raises(Refused) as no:
        load(path)
    return str(no.value)


def test_nothing_is_set_by_default_but_the_folder(path: Path) -> None:
    path.write_text(SHOP)
    settings = load(path)
    assert settings.planner.sinks == ("folder",)
    assert settings.notify.internal == ()
    assert settings.status_page.path == ""


def test_references_to_files_begin_at_the_folder_of_the_settings(path: Path) -> None:
    path.write_text(
        """
[notify]
internal = ["file:team", "env:PAGER", "json://localhost/x", "file:///var/log/notices"]
[planner]
sinks = ["webhook", "github"]
webhook = { url = "https://planner.example/x", secret = "file:hook" }
github = { repository = "acme/shop", token = "env:GITHUB_TOKEN" }
[status_page]
path = "public"
"""
        + SHOP
    )
    settings = load(path)
    there = path.parent
    assert [one.get_secret_value() for one in settings.notify.internal] == [
        f"file:{there}/team",
        "env:PAGER",
        "json://localhost/x",
        "file:///var/log/notices",
    ]
    assert settings.planner.webhook is not None
    assert settings.planner.webhook.secret == f"file:{there}/hook"
    assert settings.planner.github is not None
    assert settings.planner.github.token == "env:GITHUB_TOKEN"
    assert settings.status_page.path == f"{there}/public"


def test_an_address_is_never_shown(path: Path) -> None:
    path.write_text(f'[notify]\ninternal = ["slack://{SECRET}"]\n' + SHOP)
    settings = load(path)
    assert SECRET not in f"{settings!r}{settings}{settings.notify!r}{settings.notify.model_dump_json()}"


@pytest.mark.parametrize(
    "text",
    [
        f'[notify]\ninternal = "slack://{SECRET}"\n',
        f'[notify]\ninternal = [["slack://{SECRET}"]]\n',
        f'[notify]\ninternal = {{ a = "slack://{SECRET}" }}\n',
        f'[planner]\nsinks = ["webhook"]\nwebhook = {{ url = "https://x.example", secret = "{SECRET}" }}\n',
        f'[planner]\ngithub = {{ repository = "acme/shop", token = "{SECRET}" }}\n',
        f'[planner]\nwebhook = {{ url = "https://user:{SECRET}@x.example", secret = "env:A" }}\n',
    ],
)
def test_a_mistake_beside_a_secret_is_told_without_it(path: Path, text: str) -> None:
    said = refused(path, text)
    assert SECRET not in said
    assert "Allowed" in said


@pytest.mark.parametrize("sink", ["webhook", "github"])
def test_a_sink_without_its_table_is_told(path: Path, sink: str) -> None:
    said = refused(path, f'[planner]\nsinks = ["folder", "{sink}"]\n')
    assert f"the sink {sink} has no table. Allowed: [planner.{sink}]" in said


def test_an_unknown_sink_and_no_sink_are_told(path: Path) -> None:
    assert 'Allowed: "folder" or "webhook" or "github" or "resource"' in refused(path, '[planner]\nsinks = ["jira"]\n')
    assert "planner.sinks" in refused(path, "[planner]\nsinks = []\n")


def test_wiring_brings_in_no_heavy_library() -> None:
    heavy = "{'apprise', 'httpx', 'jinja2', 'requests', 'asyncssh'}"
    code = f"import sys, flightrules.bootstrap; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("url", ["https://[x", "https://x.example:99999999/"])
@pytest.mark.parametrize("table", ["witness]\nurl", "server]\npublic_url", "status_page]\nurl"])
def test_an_address_that_nobody_can_read_is_told(path: Path, table: str, url: str) -> None:
    assert "no address (" in refused(path, f'[{table} = "{url}"\n')


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("~nobody-of-that-name/x", "which home folder '~nobody-of-that-name/x' means"),
        (r"a\u0000b", r"'a\x00b' is not a valid path"),
    ],
)
@pytest.mark.parametrize(
    "table",
    ["store]\npath", "outbox]\npath", "witness]\nfile", "status_page]\npath", "policy.approval]\nallowed_signers"],
)
def test_a_path_that_can_be_none_is_told(path: Path, table: str, written: str, told: str) -> None:
    said = refused(path, f'[{table} = "{written}"\n')
    assert f"{path} cannot be used" in said
    assert told in said
