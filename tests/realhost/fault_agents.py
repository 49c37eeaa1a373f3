"""The agents of the fault tests and the servers they talk to; people at terminals beside them.

Knows: how to start a real server, lose it and call it. Must not know: what a rollback must come to.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, ElicitRequestFormParams, ElicitRequestParams, ElicitResult

import flightrules
from sandbox.process import Started
from tests.realhost.fault_gates import LIMIT_S, eventually
from tests.realhost.fault_shop import Shop

_OURS = str(Path(flightrules.__file__).parents[1])
"""The package under test, for the processes that tests start."""

Person = Callable[[str], Any]
"""Answers the question that the server asks; an awaitable that gives yes or no."""


async def approves(_text: str) -> bool:
    """A person who says yes to everything."""
    return True


@dataclass
class Agent:
    """An agent over stdio, and the server process it talks to."""

    client: Client
    server: Started
    progress: list[str] = field(default_factory=list)
    killed: bool = False

    async def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool and give its structured answer."""

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            del progress, total
            self.progress.append(message or "")

        result = await self.client.call_tool(tool, arguments, progress_callback=progressed)
        assert isinstance(result, CallToolResult)
        assert result.structured_content is not None, result.content
        return dict(result.structured_content)

    async def call_and_forget(self, tool: str, incident: str) -> None:
        """Call a tool and leave the answer to nobody."""
        await self.call(tool, incident=incident)

    async def decided(self) -> str:
        """Take an incident to the decision to roll back; gives its id."""
        opened = await self.call("open_incident", target="shop", title="The shop answers 500")
        incident = str(opened["incident"])
        for tool, given in (("assess", {}), ("classify", {"impacts": ["complete_outage"]}), ("decide", {})):
            answer = await self.call(tool, incident=incident, **given)
            assert answer["ok"], answer
        return incident

    async def rolled_back(self, incident: str) -> dict[str, Any]:
        """Call rollback until it has ended."""
        for asked in range(20):
            answer = await self.call("rollback", incident=incident)
            if asked and answer.get("phase") == "verifying" and "problem" in answer:
                # It ended between two calls, and there is no other way to that phase.
                return answer | {"result": {"state": "succeeded"}}
            if answer.get("phase") != "rolling_back":
                assert "result" in answer, answer
                return answer
        pytest.fail("the rollback did not end")

    @asynccontextmanager
    async def rolling_back(self, incident: str, *, doomed: bool = False) -> AsyncIterator[dict[str, Any]]:
        """Call rollback meanwhile; the answer is in the dict afterwards, unless the server died.

        One that is `doomed` cannot write what comes next, and may say so before it is killed.
        """
        found: dict[str, Any] = {}

        async def calling() -> None:
            try:
                found.update(await self.rolled_back(incident))
            except Exception as lost:
                if not (self.killed or doomed):
                    raise
                found["lost"] = lost

        async with anyio.create_task_group() as group:
            group.start_soon(calling)
            yield found

    async def kill(self) -> None:
        """End the server as a power cut does."""
        self.killed = True
        os.kill(self.server.pid, signal.SIGKILL)
        await eventually(lambda: not self.server.alive(), "the server is gone")


@asynccontextmanager
async def serving(
    shop: Shop, person: Person | None = approves, *, program: str = "", acknowledges: bool = True
) -> AsyncIterator[Agent]:
    """The real server in a process of its own; `program` is Python text that runs in it first."""
    settings = shop.settings()

    async def elicited(context: object, params: ElicitRequestParams) -> ElicitResult:
        del context
        assert person is not None
        assert isinstance(params, ElicitRequestFormParams)
        content: dict[str, Any] = {"approve": await person(params.message)}
        if "acknowledge" in params.requested_schema["properties"]:
            content["acknowledge"] = acknowledges
        return ElicitResult(action="accept", content=content)

    pid = settings.with_suffix(".pid")
    pid.unlink(missing_ok=True)
    main = "from flightrules.cli import main; raise SystemExit(main())"
    tell = f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))"
    words = ["-c", f"{tell}\n{program}\n{main}", "--config", str(settings), "serve"]
    server = StdioServerParameters(
        command=sys.executable, args=words, cwd=str(shop.production.folder), env={"PYTHONPATH": _OURS}
    )
    callback = elicited if person is not None else None
    async with Client(server, elicitation_callback=callback) as client:
        yield Agent(client, _process(int(pid.read_text())))


def _process(pid: int) -> Started:
    return Started(pid, int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]))


async def in_terminal(shop: Shop, words: Sequence[str], *typed: str) -> str:
    """A person runs flightrules in a terminal and types these lines; gives what they saw."""
    command = [sys.executable, "-m", "flightrules.cli", "--config", str(shop.settings()), *words]
    return await to_thread.run_sync(lambda: _in_terminal(command, typed))


def _in_terminal(command: Sequence[str], typed: Sequence[str]) -> str:
    ours, theirs = os.openpty()
    env = {**os.environ, "PYTHONPATH": _OURS}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=env
    ) as program:
        os.close(theirs)
        os.write(ours, "".join(f"{line}\n" for line in typed).encode())
        seen = b""
        with suppress(OSError):  # Linux says so when the other end of a terminal closes
            while data := os.read(ours, 65536):
                seen += data
        os.close(ours)
        program.wait(LIMIT_S)
    return seen.decode(errors="replace")
