"""Runs the host's programs right here, without SSH: the shell texts are what is under test."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flightrules.adapters.programs import SENT, Verb, answer, command
from flightrules.adapters.reading import journal
from flightrules.adapters.script import script
from flightrules.state.operation import Operation, OperationStatus
from flightrules.state.target import CommandsRuntime, Host, Target
from sandbox.process import wait_until

MOST_LOG = 100_000


@dataclass(frozen=True)
class Here:
    """A git checkout on this machine, on which the programs run."""

    app: Path
    env: Mapping[str, str]

    @property
    def base(self) -> Path:
        """Return the folder in which the programs keep their operations."""
        return self.app / ".git" / "flightrules"

    def start(self, verb: Verb, *args: str) -> subprocess.Popen[bytes]:
        """Start a program."""
        pipe = subprocess.PIPE
        return subprocess.Popen(command(verb, *args), stdin=pipe, stdout=pipe, stderr=pipe, env=self.env)

    def run(self, verb: Verb, *args: str, stdin: bytes = b"", limit_s: float = 30.0) -> tuple[int, bytes, str]:
        """Run a program: exit status, what it printed, what it complained of."""
        with self.start(verb, *args) as program:
            out, err = program.communicate(SENT if verb == "survey" else stdin, timeout=limit_s)
        return program.returncode, answer(out), err.decode(errors="replace")  # a broken engine may print anything

    def launch(self, operation: Operation, *, cut: int = 0, until: str = "") -> tuple[int, str]:
        """Launch an operation, the last `cut` bytes of its plan lost on the way; exit status and complaint."""
        plan = script(operation).encode()
        words = (str(self.app), operation.id, hashlib.sha256(plan).hexdigest(), until)
        status, _, complaint = self.run("launch", *words, stdin=plan[: len(plan) - cut])
        return status, complaint

    def look(self, ident: str, offset: int = 0, most: int = MOST_LOG) -> OperationStatus:
        """See an operation."""
        status, out, complaint = self.run("look", str(self.app), ident, str(offset), str(most))
        assert status == 0, complaint
        return journal.look(out, offset=offset, most=most)

    def ended(self, ident: str) -> OperationStatus:
        """The operation once it runs no more."""
        looks: list[OperationStatus] = []

        def ended() -> bool:
            looks.append(self.look(ident))
            return looks[-1].state not in {"claimed", "running"}

        # Not looked at once more: a second launch of what is over has the lock, and so seems to run, for a moment.
        assert wait_until(ended, limit_s=20)
        return looks[-1]

    def runner(self, ident: str) -> int:
        """The process id of an operation's runner, which leads its process group."""
        return int((self.base / "ops" / ident / "started").read_text().split()[1])

    def kill(self, ident: str, *, group: bool) -> None:
        """Kill an operation's runner, alone or with all that it started."""
        runner = self.runner(ident)
        if group:
            os.killpg(runner, signal.SIGKILL)
        else:
            os.kill(runner, signal.SIGKILL)


def target(here: Here) -> Target:
    """A service without containers whose checkout is that of this host."""
    return Target(
        name="shop",
        hosts=(Host(name="shop-1", address="h", user="root", key="k", host_key="ssh-ed25519 AAAA"),),
        app_dir=str(here.app),
        runtime=CommandsRuntime(status=("true",), logs=("true",), restart=("true",)),
        health_url="http://h/health",
    )
