"""Checks of what the README and the guides say: settings load, tools and commands exist, links lead somewhere."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from flightrules.cli.parser import parse
from flightrules.config import load
from flightrules.state.policy import Channel
from flightrules.tools.catalog import TOOLS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = [*PAGES, *sorted((ROOT / "docs" / "decisions").glob("*.md")), *sorted((ROOT / "skills").rglob("*.md"))]
GUIDES = [page for page in PAGES if page.name != "configuration.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^\$ |`|-- |run: |runs: )flightrules ((?:--config \S+ )?[a-z-]+(?: [a-z]+)?)", re.MULTILINE)
TARGET = """
[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "https://shop.example/health"
runtime = { kind = "compose", project = "shop" }
hosts = [{ name = "a", address = "a.example", user = "deploy", key = "k", host_key = "ssh-ed25519 AAAA" }]
"""


def blocks(language: str) -> list[tuple[str, str]]:
    found = [(page.name, text) for page in GUIDES for kind, text in BLOCK.findall(page.read_text()) if kind == language]
    assert found
    return found


@pytest.mark.parametrize(("page", "text"), blocks("toml"))
def test_every_toml_block_is_what_it_is_meant_for(page: str, text: str, tmp_path: Path) -> None:
    table = tomllib.loads(text)
    if "mcp_servers" in table:
        check_server(table["mcp_servers"]["flightrules"])
        return
    path = tmp_path / "flightrules.toml"
    path.write_text(text if isinstance(table.get("targets"), list) else TARGET + text)
    assert load(path).targets, page


@pytest.mark.parametrize(("page", "text"), blocks("json"))
def test_every_json_block_starts_the_server(page: str, text: str) -> None:
    (servers,) = json.loads(text).values()
    assert list(servers) == ["flightrules"], page
    check_server(servers["flightrules"])


def check_server(entry: dict[str, object]) -> None:
    assert entry["command"] == "flightrules"
    words = entry["args"]
    assert isinstance(words, list)
    assert parse(words).command == "serve"


def test_the_least_that_works_is_as_short_as_promised() -> None:
    (least,) = [text for page, text in blocks("toml") if page == "README.md" and "[[targets]]" in text]
    assert len(least.splitlines()) <= 12


def test_the_table_of_tools_is_the_catalogue() -> None:
    section = (ROOT / "README.md").read_text().partition("## The tools")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [tool.name for tool in TOOLS]


def test_the_table_of_channels_names_each_that_policy_knows() -> None:
    section = (ROOT / "README.md").read_text().partition("## What an approval proves")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(get_args(Channel))


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = set(COMMAND.findall(page.read_text()))
    for words in (name.split() for name in named):
        if words[0] == "--config":
            del words[:2]
        with pytest.raises(SystemExit) as asked:
            parse([*words[: 2 if words[0] == "log" else 1], "--help"])
        assert asked.value.code == 0, (words, capsys.readouterr().err)


def test_the_commands_of_people_are_all_named_in_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    commands = re.findall(r"^    ([a-z][a-z-]+) ", capsys.readouterr().out, re.MULTILINE)
    text = (ROOT / "README.md").read_text()
    assert commands
    assert [name for name in commands if not re.search(rf"flightrules (--config \S+ )?{name}\b", text)] == []


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text())
    assert [link for link, _ in links if not (page.parent / link).exists()] == []
    places = [(page.parent / link if link else page, place) for link, place in links if place]
    assert [place for there, place in places if place not in headings(there)] == []


def headings(page: Path) -> set[str]:
    """The places of a page that a link may name, as a forge makes them of its headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_page_is_in_the_list_of_them() -> None:
    listed = (ROOT / "docs" / "README.md").read_text()
    pages = [page.name for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "README.md"]
    assert [name for name in pages if f"[{name}]({name})" not in listed] == []
    assert "(docs/README.md)" in (ROOT / "README.md").read_text()


def test_every_page_that_the_program_names_is_there() -> None:
    files = [path for path in (ROOT / "src").rglob("*") if path.suffix in {".py", ".toml", ".md", ".j2", ".sh"}]
    named = {name for path in files for name in re.findall(r"docs/[\w-]+\.md", path.read_text())}
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_file_that_the_readme_names_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    named = re.findall(r"`((?:src|tests|sandbox)/[\w/.]+)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_no_page_names_a_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(tmp|work|mnt|root)/", page.read_text()), page
