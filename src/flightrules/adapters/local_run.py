"""One command on this machine, in a process group of its own, heard until it ends and ended with all that it started.

Knows: processes, groups and pipes. Must not know: what the command is for.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from flightrules.state.fix import SuiteRun
from flightrules.state.untrusted import clean

MOST_OUTPUT = 8_000
"""Bytes of what it printed that are kept, from the end."""
GRACE_S = 2.0
"""Between asking a command to end and ending it."""


class Run(asyncio.SubprocessProtocol):
    """One command."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._ended = asyncio.Event()
        self._heard = asyncio.Event()

    @classmethod
    async def of(
        cls, argv: Sequence[str], *, folder: Path, env: Mapping[str, str], lock: int, limit_s: float
    ) -> SuiteRun:
        """Run it, and let it hold a lock as long as it lives; whatever happens, nothing of it is left running."""
        began, pipe = time.monotonic(), asyncio.subprocess.PIPE
        try:
            transport, run = await asyncio.get_running_loop().subprocess_exec(
                cls,
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=asyncio.subprocess.STDOUT,
                cwd=folder,
                env=env,
                start_new_session=True,
                pass_fds=(lock,),
            )
        except OSError as error:
            return SuiteRun(outcome="not_started", output=clean(f"{argv[0]}: {error.strerror or error}", MOST_OUTPUT))
        group = transport.get_pid()
        try:
            in_time = await run._within(limit_s)  # noqa: SLF001 - its own
            if not in_time:
                _signal(group, signal.SIGTERM)
                await run._within(GRACE_S)  # noqa: SLF001
        finally:
            _signal(group, signal.SIGKILL)
            await run._quiet()  # noqa: SLF001
            transport.close()
        return run._seen(transport.get_returncode() if in_time else None, time.monotonic() - began)  # noqa: SLF001

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep the end of what it prints."""
        del fd
        self._tail += data
        del self._tail[: -4 * MOST_OUTPUT]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Everything was heard."""
        del fd, exc
        self._heard.set()

    def process_exited(self) -> None:
        """The command itself ended; what it started may go on."""
        self._ended.set()

    async def _within(self, limit_s: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), limit_s)
        return self._ended.is_set()

    async def _quiet(self) -> None:
        """Everything was heard, and the command was waited for: on a busy machine its pipe ends some time before it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(self._heard.wait(), self._ended.wait()), GRACE_S)

    def _seen(self, status: int | None, took_s: float) -> SuiteRun:
        shell = None if status is None else status if status >= 0 else 128 - status
        outcome = {None: "timed_out", 0: "passed"}.get(shell, "failed")
        text = clean(self._tail.decode(errors="replace"), 16 * MOST_OUTPUT)
        fields = {"outcome": outcome, "exit_status": shell, "took_s": round(took_s, 1), "output": _end_of(text)}
        return SuiteRun.model_validate(fields)


def _end_of(text: str) -> str:
    data = text.strip().encode()
    if len(data) <= MOST_OUTPUT:
        return data.decode()
    return "[the beginning is cut]\n" + data[-MOST_OUTPUT:].decode(errors="ignore")


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
