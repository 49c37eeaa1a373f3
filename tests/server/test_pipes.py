from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult

from bench.settings import write_settings
from bench.startup import MODERN

ECHO = """
import asyncio, os, subprocess, sys
from flightrules.server.pipes import standard_pipes

async def main():
    async with standard_pipes() as (lines, pen):
        if lines is None:
            print("left to the SDK")
            return
        async for line in lines:
            print("stray")
            subprocess.run(["sh", "-c", "echo from a child; cat"], check=True)
            await pen.write(line + "\\n")
            await pen.flush()
    print("afterwards", os.get_blocking(0), os.get_blocking(1))

asyncio.run(main())
"""


def echo(given: bytes, **streams: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", ECHO], input=given, check=True, timeout=60, **streams)  # type: ignore[call-overload, no-any-return]


def test_lines_come_and_go_whole_however_long_and_with_any_ending() -> None:
    long = b"x" * 3_000_000
    done = echo(b"one\n" + long + b"\n\xff\nlast", capture_output=True)
    assert (
        done.stdout
        == b"one\n" + long + b"\n" + "\N{REPLACEMENT CHARACTER}".encode() + b"\nlast\nafterwards True True\n"
    )


def test_half_a_character_comes_as_the_replacement_character_and_all_else_as_it_was() -> None:
    given = rb'"\ud83d\uDE00 \ud83d \uDE00 \ud83d\ud83d\ude00 \\ud800 \\\ud800 \n \u00d8" \\'
    wanted = rb'"\ud83d\uDE00 \ufffd \ufffd \ufffd\ud83d\ude00 \\ud800 \\\ufffd \n \u00d8" \\'
    assert echo(given + b"\n", capture_output=True).stdout.startswith(wanted + b"\n")


def test_what_others_print_meanwhile_goes_to_standard_error_and_children_read_nothing() -> None:
    done = echo(b"one\ntwo\n", capture_output=True)
    assert done.stdout == b"one\ntwo\nafterwards True True\n"
    assert done.stderr.count(b"from a child\n") == 2
    assert done.stderr.count(b"stray\n") == 2


def test_a_pipe_that_standard_error_shares_is_left_to_the_sdk() -> None:
    done = echo(b"one\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.stdout == b"left to the SDK\n"


def test_files_are_served_too(tmp_path: Path) -> None:
    settings, questions, answers = write_settings(tmp_path), tmp_path / "questions", tmp_path / "answers"
    questions.write_text(json.dumps({"jsonrpc": "2.0", "id": 1, **MODERN}) + "\n")
    command = [sys.executable, "-m", "flightrules.cli", "--config", str(settings), "serve"]
    with questions.open() as given, answers.open("w") as taken:
        subprocess.run(command, stdin=given, stdout=taken, check=True, timeout=60)
    assert json.loads(answers.read_text())["id"] == 1


@pytest.mark.anyio
async def test_a_call_over_pipes_is_answered_in_each_era(era: str, tmp_path: Path) -> None:
    arguments = ["-m", "flightrules.cli", "--config", str(write_settings(tmp_path)), "serve"]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments), mode=era) as client:
        status = await client.call_tool("incident_status", {})
        assert isinstance(status, CallToolResult)
        assert not status.is_error
        long = await client.call_tool("open_incident", {"target": "shop", "title": "x" * 300_000})
        assert isinstance(long, CallToolResult)
        assert long.is_error
