"""The person of the demo: reads the review, then approves, in the client's form or at a terminal of their own.

Knows: how a person is asked. Must not know: what an approval needs to count.
"""

from __future__ import annotations

import asyncio
import os
import pty
import re
from contextlib import suppress

from mcp.client.session import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult

from sandbox.demo_screen import Screen
from sandbox.demo_stage import Stage, environment

_LIMIT_S = 30.0
_ASKS = re.compile(r"Type (\S+) to [^\n]*: $")


class Approver:
    """A person who reads what is shown and says yes."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.asked = 0

    async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Fill in the form that the client puts before the person."""
        del context
        self.asked += 1
        self.screen.line()
        self.screen.line("The client asks the person, who reads:", "person")
        self.screen.box(params.message)
        self.screen.line("person> approves", "person")
        return ElicitResult(action="accept", content={"approve": True, "acknowledge": True})

    async def approve_at_terminal(self, stage: Stage, incident: str) -> int:
        """Run `flightrules approve` in a terminal of its own and type the digest; gives its exit status."""
        self.asked += 1
        self.screen.line()
        self.screen.line(f"In another terminal the person runs: flightrules approve {incident}", "person")
        status, shown = await at_terminal(stage, "approve", incident)
        self.screen.box(shown)
        return status


async def at_terminal(stage: Stage, *words: str) -> tuple[int, str]:
    """Run a command of flightrules in a terminal of its own and type what it asks for; its exit status and output."""
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *stage.words(*words),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=stage.folder,
            env=environment() | {"TERM": "dumb"},
            start_new_session=True,
        )
        os.close(theirs)
        try:
            shown = await asyncio.wait_for(_converse(ours), _LIMIT_S)
            status = await asyncio.wait_for(process.wait(), _LIMIT_S)
        except BaseException:
            if process.returncode is None:
                process.kill()
                await process.wait()
            raise
    finally:
        os.close(ours)
    return status, shown


async def _converse(terminal: int) -> str:
    """Answer what the command asks, until it ends; gives everything that stood on the terminal."""
    shown, answered = "", 0
    while part := await _read(terminal):
        shown += part.replace("\r", "")
        if reply := _reply(shown[answered:]):
            answered = len(shown)
            os.write(terminal, f"{reply}\n".encode())
    return shown


def _reply(shown: str) -> str:
    asked = _ASKS.search(shown)
    return asked[1] if asked else ""


async def _read(terminal: int) -> str:
    """The next output; empty at the end, which Linux tells as an error."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(terminal, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(terminal)
    with suppress(OSError):
        return os.read(terminal, 65_536).decode(errors="replace")
    return ""
