"""Every command the documentation shows is one that the command line takes, with all its words and options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

import pytest

from flightrules.cli.parser import parse

ROOT = Path(__file__).parents[2]
TEXTS = [(page.name, page.read_text()) for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))]
BLOCK = re.compile(r"^```(?:console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^(?:\$ )?(flightrules [^\n>|]+)", re.MULTILINE)
"""In a block, as somebody is to type it."""
NAMED = re.compile(r"`(flightrules [^`]+)`")
"""In a sentence, where what must follow may be left out."""


def commands(form: re.Pattern[str], texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each command with the page it stands on."""
    return [(page, " ".join(found.split())) for page, text in texts for found in form.findall(text)]


def complaint(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the complaint of the command line about a command; empty if it accepts the command."""
    try:
        parse(shlex.split(command, comments=True)[1:])
    except SystemExit as left:
        if left.code == 0:
            return ""
        return capsys.readouterr().err.splitlines()[-1]
    return ""


def test_commands_that_are_shown_are_taken_as_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    shown = commands(SHOWN, ((page, block) for page, text in TEXTS for block in BLOCK.findall(text)))
    assert len(shown) > 20
    assert {one: no for one in shown if (no := complaint(one[1], capsys))} == {}


def test_commands_that_are_named_have_no_word_that_is_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    named = commands(NAMED, TEXTS)
    assert len(named) > 60
    wrong = {one: no for one in named if (no := complaint(one[1], capsys)) and " required: " not in no}
    assert wrong == {}
