"""docs/incident-protocol.md is complete: each statement has a rule, each rule a statement, each citation a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.protocol_page import AREAS, prefix
from flightrules.cli.parser import parse
from flightrules.tools.catalog import TOOLS
from tests.requirements import BY_ID, RULES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "flightrules"
PAGE = (ROOT / "docs" / "incident-protocol.md").read_text(encoding="utf-8")
RULE = re.compile(r"`([A-Z]{2,4}-[A-Za-z0-9-]+)`")
STATEMENT = re.compile(r"^(?:- |\d+\. |\| (?!---|severity|until))(?:.+\n(?:  .+\n)*)", re.MULTILINE)
CARRIED_BY = re.compile(r"^Carried out by (.+?)\.$", re.MULTILINE | re.DOTALL)
IN_CODE = re.compile(r"\b(?:" + "|".join(sorted({prefix(rule) for rule in BY_ID})) + r")-(?=\S*[a-z])[A-Za-z][\w-]+")


def sections() -> dict[str, str]:
    """Text of each section, by the anchor of its heading."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {title.lower().replace(" ", "-"): text for title, text in zip(parts[::2], parts[1::2], strict=True)}


def carriers() -> Iterator[str]:
    for named in CARRIED_BY.findall(PAGE):
        yield from re.findall(r"`([^`]+)`", named)


@pytest.mark.parametrize("section", sections())
def test_each_statement_names_a_rule_that_exists(section: str) -> None:
    statements = STATEMENT.findall(sections()[section])
    assert statements
    assert [text for text in statements if not RULE.findall(text)] == []
    assert [rule for rule in RULE.findall(sections()[section]) if rule not in BY_ID] == []


def test_each_rule_of_the_protocol_is_in_the_section_that_it_names() -> None:
    named = {section: set(RULE.findall(text)) for section, text in sections().items()}
    rules = {rule.id: rule.source.partition(":")[2] for rule in RULES if rule.source.startswith("protocol:")}
    assert {rule: section for rule, section in rules.items() if rule not in named.get(section, set())} == {}


@pytest.mark.parametrize("section", sections())
def test_each_section_names_what_carries_it_out(section: str) -> None:
    assert len(CARRIED_BY.findall(sections()[section])) == 1


@pytest.mark.parametrize("carrier", sorted(set(carriers())))
def test_what_carries_out_a_section_is_a_tool_a_command_or_a_file(carrier: str) -> None:
    if carrier.startswith("flightrules "):
        with pytest.raises(SystemExit) as asked:
            parse([carrier.removeprefix("flightrules "), "--help"])
        assert asked.value.code == 0
    else:
        assert carrier in {tool.name for tool in TOOLS} or (PACKAGE / carrier).is_file()


def test_each_rule_has_one_area() -> None:
    areas = [one for prefixes in AREAS.values() for one in prefixes]
    assert sorted(areas) == sorted({prefix(rule) for rule in BY_ID})


def test_code_cites_rules_and_sections_that_exist() -> None:
    """Phases and lines of the users' own document are not cited: a reader has only the page."""
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert [str(path) for path, text in texts.items() if re.search(r"\(protocol, ", text)] == []
    cited = {place for text in texts.values() for place in re.findall(r"incident-protocol\.md#([a-z-]+)", text)}
    assert cited
    assert [place for place in sorted(cited) if place not in sections()] == []
    rules = {rule for text in texts.values() for rule in IN_CODE.findall(text)}
    assert rules
    assert [rule for rule in sorted(rules) if rule not in BY_ID] == []
