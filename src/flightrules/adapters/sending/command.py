"""Hands messages to a program on this machine, as one JSON object on its standard input.

Knows: processes. Must not know: what the program does. The settings name it, and no shell reads its arguments.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress

from flightrules.errors import Unavailable
from flightrules.ports import OutboundMessage, Receipt
from flightrules.state.canonical import canonical
from flightrules.state.untrusted import one_line

LIMIT_S = 20.0
MOST_SHOWN = 200


class CommandSender:
    """Keeps ports.Sender by a program; exit status 0 says that it has the message."""

    at_once = False

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = tuple(argv)

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Start it once and wait for its end; what is still running after its time is ended with all it started."""
        body = canonical(outbound.model_dump(mode="json", exclude={"plain", "reached"}))
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            return Receipt(arrived=False, why=f"{self._argv[0]}: {error.strerror or error}")
        try:
            async with asyncio.timeout(LIMIT_S):
                _, said = await process.communicate(body)
        except TimeoutError:
            return Receipt(arrived=False, why=f"{self._argv[0]} did not end within {LIMIT_S:g} s")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode == 0:
            return Receipt(arrived=True)
        words = one_line(said.decode(errors="replace")[-4 * MOST_SHOWN :], MOST_SHOWN)
        return Receipt(arrived=False, why=f"{self._argv[0]} ended with {process.returncode}: {words}".rstrip(": "))

    async def check(self) -> str:
        """Return the program. Raises `Unavailable` if it is not there."""
        found = shutil.which(self._argv[0])
        if found is None:
            raise Unavailable(f"program {self._argv[0]}", "it is not there, or may not be run.", "Correct `agent`.")
        return f"program {found}"
