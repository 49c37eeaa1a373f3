"""`flightrules doctor --client`: speaks to this server over stdio as a client would that starts it.

Knows: the client's own file, and what a client asks first. Must not know: how a client is set up (client.py).
The server is started from another folder and with a bare environment, since clients do that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tomllib
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from flightrules.cli.client import NAME, SHAPES, entry_of, file_of
from flightrules.service.checkup.target import Row

LIMIT_S = 60.0
ERAS = {"auto": "the 2026-07-28 protocol", "legacy": "the earlier protocol"}


async def client_rows(arguments: argparse.Namespace) -> list[Row]:
    """Return rows on what the client has set up, and on how this server answers to that."""
    path = file_of(arguments)
    try:
        entry = _entry(path, SHAPES[arguments.client].table)
    except (OSError, ValueError) as wrong:
        remedy = f"Mend it, or name another: --file. What belongs there: flightrules client add {arguments.client}"
        return [Row(part="file", state="FAIL", saw=f"{path} cannot be read: {wrong}", mend=remedy)]
    if entry is None:
        remedy = f"flightrules client add {arguments.client} --write"
        there = Row(part="file", state="warn", saw=f"{path} has no server {NAME}; tried as it would be", mend=remedy)
        entry = entry_of(arguments)
    else:
        there = Row(part="file", saw=f"{path} has the server {NAME}")
    return [there, *[await _spoken(entry, mode) for mode in ERAS]]


def _entry(path: Path, table: str) -> dict[str, Any] | None:
    """This server's entry in the client's file; None if it has none. Raises `ValueError` if it is not readable."""
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    whole: dict[str, Any] = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text or "{}")
    found = whole.get(table, {}).get(NAME)
    return found if isinstance(found, dict) and found.get("command") else None


async def _spoken(entry: dict[str, Any], mode: str) -> Row:
    """Return a row on what a client hears in one era of the protocol."""
    server = StdioServerParameters(
        command=str(entry["command"]), args=[str(word) for word in entry.get("args", ())], env=entry.get("env"), cwd="/"
    )
    mend = "Run the command by hand: it says on stderr what is wrong."
    try:
        async with asyncio.timeout(LIMIT_S), Client(server, mode=mode) as client:
            tools = (await client.list_tools()).tools
            told = await client.call_tool("incident_status", {})
    except Exception as wrong:  # noqa: BLE001 - whatever a client would meet is what is asked for
        return Row(part=ERAS[mode], state="FAIL", saw=_first(wrong), mend=mend)
    answer = told.structured_content
    if not answer or not answer.get("ok"):
        says = str((answer or {}).get("says", "no answer"))
        return Row(
            part=ERAS[mode], state="FAIL", saw=f"{len(tools)} tools; but: {says}", mend="See flightrules doctor."
        )
    return Row(part=ERAS[mode], saw=f"{len(tools)} tools, and incident_status answers")


def _first(wrong: BaseException) -> str:
    """The first failure of a group, in words."""
    while isinstance(wrong, BaseExceptionGroup):
        wrong = wrong.exceptions[0]
    return str(wrong) or type(wrong).__name__
