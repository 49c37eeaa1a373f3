"""The example file and the reference page are the schema: neither can fall behind the models."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from flightrules.config import load
from flightrules.config.reference import Key, Section, render, sections
from flightrules.state.policy import Policy
from flightrules.state.target import CommandsRuntime

EXAMPLE = files("flightrules").joinpath("templates", "flightrules.toml").read_text("utf-8")
EVERYTHING = re.sub(r"^#(?! |$)", "", EXAMPLE, flags=re.MULTILINE)
"""The example with every setting in it switched on."""

KEYS = [(section, key) for section in sections() for key in section.keys]


def tables(section: Section) -> list[dict[str, Any]]:
    """The tables of a section in the example with everything switched on."""
    found: list[Any] = [tomllib.loads(EVERYTHING)]
    for step in section.header.strip("[]").split("."):
        found = [table[step] for table in found if step in table]
        found = [item for entry in found for item in (entry if isinstance(entry, list) else [entry])]
    return [table for table in found if table.get("kind", "") == section.kind]


def test_the_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "flightrules.toml").write_text(EXAMPLE)
    settings = load(tmp_path / "flightrules.toml")
    assert [target.name for target in settings.targets] == ["shop"]
    assert settings.policy == settings.policy_of("shop") == Policy()


def test_the_example_can_be_used_with_everything_switched_on(tmp_path: Path) -> None:
    (tmp_path / "flightrules.toml").write_text(EVERYTHING)
    settings = load(tmp_path / "flightrules.toml")
    assert [target.name for target in settings.targets] == ["shop", "worker", "site", "api", "mail"]
    assert isinstance(settings.target("worker").runtime, CommandsRuntime)
    assert settings.policy == settings.policy_of("worker") == Policy()
    assert settings.policy_of("shop").budgets.fix_limit == 20


def test_the_models_were_walked() -> None:
    headers = {section.header for section in sections()}
    assert {"[store]", "[[targets.hosts]]", "[targets.checks.json]", "[policy.budgets]"} <= headers
    assert len(KEYS) > 50


@pytest.mark.parametrize(("section", "key"), KEYS, ids=[f"{section.header}.{key.name}" for section, key in KEYS])
def test_every_key_is_in_the_example_below_a_comment_and_at_its_default(section: Section, key: Key) -> None:
    assert key.about
    places = [table[key.name] for table in tables(section) if key.name in table]
    assert places
    if key.default:
        assert tomllib.loads(f"value = {key.default}")["value"] in places
    explained = rf"^# .+\n(?:#?\[.*\]\n)?#?(?:\[.*\b)?{key.name}\b"
    assert re.search(explained, EXAMPLE, re.MULTILINE)


def test_the_reference_page_is_what_the_models_say() -> None:
    page = Path(__file__).parents[1] / "docs" / "configuration.md"
    assert page.read_text("utf-8") == render(), (
        "write it anew: python -c 'from flightrules.config.reference import render; print(render(), end=\"\")' "
        "> docs/configuration.md"
    )
