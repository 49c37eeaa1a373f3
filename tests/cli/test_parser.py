"""The command line explains itself: every argument, every slip."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from flightrules.cli.parser import built, parse

Capture = pytest.CaptureFixture[str]


def every(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        yield parser.prog, action
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from every(each)


def test_every_argument_of_every_command_says_what_it_means() -> None:
    silent = [
        (prog, action.dest)
        for prog, action in every(built())
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]
    assert silent == []


@pytest.mark.parametrize(
    "words",
    [
        ["--config", "a.toml", "log", "verify"],
        ["log", "--config", "a.toml", "verify"],
        ["log", "verify", "--config=a.toml"],
    ],
)
def test_the_settings_may_be_named_before_or_behind_a_command(words: list[str]) -> None:
    assert parse(words).config == "a.toml"
    assert parse(["status"]).config is None


def test_nothing_at_all_is_answered_with_the_whole_help(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        parse([])
    assert left.value.code == 2
    assert "state of an incident" in capsys.readouterr().err


def test_what_is_not_understood_says_where_more_is_said(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        parse(["log"])
    assert left.value.code == 2
    assert "`flightrules log --help` says more." in capsys.readouterr().err
