from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import tty
from collections.abc import Sequence
from io import BufferedRWPair
from pathlib import Path
from tempfile import TemporaryFile

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
        async for line in lines:
            print("stray")
            subprocess.run(["sh", "-c", "echo from a child; cat"], check=True)
            await pen.write(line + "\\n")
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


def test_a_pipe_that_standard_error_shares_stays_blocking_and_takes_long_lines() -> None:
    long = b"x" * 300_000
    done = echo(long + b"\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert long + b"\n" in done.stdout
    assert b"afterwards True True\n" in done.stdout


@pytest.mark.parametrize("kind", ["file", "socket", "terminal"])
def test_what_is_no_pair_of_pipes_is_served_all_the_same(kind: str, tmp_path: Path) -> None:
    half = json.dumps({"jsonrpc": "2.0", "id": "half \ud83d", **MODERN}).encode()
    long = json.dumps({"jsonrpc": "2.0", "id": "x" * 300_000, **MODERN}).encode() if kind != "terminal" else half
    wanted = (b"no json", half, long)
    command = [sys.executable, "-m", "flightrules.cli", "--config", str(write_settings(tmp_path)), "serve"]
    answers = {"file": through_files, "socket": through_a_socket, "terminal": through_a_terminal}[kind](command, wanted)
    ids = [json.loads(answer)["id"] for answer in answers]
    assert ids[:2] == [None, "half \N{REPLACEMENT CHARACTER}"]
    assert len(ids) == len(wanted)


def through_files(command: list[str], lines: Sequence[bytes]) -> list[bytes]:
    with TemporaryFile() as given, TemporaryFile() as taken:
        given.write(b"\n".join(lines) + b"\n")
        given.seek(0)
        subprocess.run(command, stdin=given, stdout=taken, check=True, timeout=60)
        taken.seek(0)
        return taken.read().splitlines()


def through_a_socket(command: list[str], lines: Sequence[bytes]) -> list[bytes]:
    ours, theirs = socket.socketpair()
    with ours, subprocess.Popen(command, stdin=theirs.fileno(), stdout=theirs.fileno()) as process:
        theirs.close()
        with ours.makefile("rwb") as both:
            found = [said(both, line) for line in lines]
        ours.shutdown(socket.SHUT_WR)
        assert process.wait(timeout=60) == 0
    return found


def through_a_terminal(command: list[str], lines: Sequence[bytes]) -> list[bytes]:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    with os.fdopen(ours, "rb", buffering=0) as reading, os.fdopen(os.dup(ours), "wb", buffering=0) as writing:
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL) as process:
            found = []
            for line in lines:
                writing.write(line + b"\n")
                found.append(reading.readline())
            assert os.get_blocking(theirs)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 1
        os.close(theirs)
    return found


def said(both: BufferedRWPair, line: bytes) -> bytes:
    both.write(line + b"\n")
    both.flush()
    return both.readline()


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
