"""A person at a terminal: a real process on a real terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, sleep

from tests.cli.stage import Stage
from tests.server.process import LIMIT_S, environment

FLIGHTRULES = (sys.executable, "-m", "flightrules.cli")


class Terminal:
    """A person at a terminal: waits for a question, types an answer."""

    def __init__(self, at: Stage, *words: str, command: Sequence[str] = FLIGHTRULES, **more: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            # setsid makes the terminal its own, so that Ctrl-C on it reaches it and nobody else.
            ["setsid", "--ctty", *command, *words],
            cwd=at.folder,
            env=environment(**more),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.shown = ""

    def waits_for(self, text: str) -> None:
        """Read until the text is shown."""
        until = monotonic() + LIMIT_S
        while text not in self.shown:
            assert self._read(until), f"{text!r} is not shown:\n{self.shown}"

    def types(self, text: str) -> None:
        """Type a line."""
        os.write(self._ours, text.encode())

    def insists(self, key: str) -> None:
        """Press a key until it works: pressed right after the prompt, before the read began, it may be lost."""
        until = monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert monotonic() < until
            with suppress(OSError):
                self.types(key)
            sleep(0.1)

    def ends(self) -> int:
        """Read to the end; gives the exit status."""
        until = monotonic() + LIMIT_S
        while self._read(until):
            pass
        return self.process.wait(timeout=LIMIT_S)

    def leave(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with suppress(OSError):
            os.close(self._ours)

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, until - monotonic()))
        assert ready, f"nothing happens:\n{self.shown}"
        try:
            read = os.read(self._ours, 65536)
        except OSError:  # how a terminal says that nobody is there any more
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)
