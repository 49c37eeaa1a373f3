"""Asks a gate as sshd does, without SSH: the shell text is what is under test, under every shell at hand."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flightrules.adapters.gate import digest, gate
from flightrules.adapters.programs import Verb, answer
from flightrules.adapters.requests import for_gate
from flightrules.adapters.script import script
from flightrules.state.operation import Operation
from flightrules.state.target import CommandsRuntime, Host, Target

SHELLS = [name for name in ("dash", "bash", "busybox") if shutil.which(name)]

RESTART = ("sh", "-c", 'echo "it\'s up" >>"$0"')


def target_at(app: Path, *, layout: str = "checkout", **runtime: tuple[str, ...]) -> Target:
    """A target of the commands runtime whose restart leaves a line in a file beside the checkout."""
    words = {
        "status": ("true",),
        "logs": ("echo", "ERROR one"),
        "restart": (*RESTART, str(app.parent / "restarted")),
        **runtime,
    }
    host = Host(name="shop-1", address="127.0.0.1", user="deploy", key="/key", host_key="ssh-ed25519 AAAA")
    return Target(
        name="shop",
        hosts=(host,),
        app_dir=str(app),
        runtime=CommandsRuntime.model_validate({"service": "web", "layout": layout, **words}),
        health_url="http://127.0.0.1:9/health",
    )


@dataclass(frozen=True)
class Behind:
    """A gate on this machine, and the shell that runs it."""

    target: Target
    folder: Path
    shell: str = "dash"
    env: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        shell = programs / "sh"
        shell.unlink(missing_ok=True)
        shell.symlink_to(str(shutil.which(self.shell)))
        text = gate(self.target, "services")
        assert "/bin/sh" in text
        self.script.write_text(text.replace("/bin/sh", str(shell)))

    @property
    def script(self) -> Path:
        """The gate's file."""
        return self.folder / "gate"

    def raw(self, asked: str | bytes | None, *, stdin: bytes = b"") -> tuple[int, bytes, str]:
        """Ask with these very words: exit status, what was printed, what was complained of."""
        path = f"{self.folder}/bin{os.pathsep}{os.environ['PATH']}"
        env: dict[str, str | bytes] = {"PATH": path, "HOME": str(self.folder), **self.env}
        if asked is not None:
            env["SSH_ORIGINAL_COMMAND"] = asked
        words = (self.folder / "bin" / "sh", self.script)
        done = subprocess.run(words, env=env, input=stdin, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def ask(self, verb: Verb, *words: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
        """Ask for a program, as the server does."""
        asked = for_gate(digest(self.target, "services"), verb, words)
        status, out, complaint = self.raw(f"{asked}; exec touch {self.folder}/past", stdin=stdin)
        assert not (self.folder / "past").exists(), "what follows the semicolon was run"
        return status, answer(out), complaint

    def launch(self, operation: Operation, *, until: str = "") -> tuple[int, str]:
        """Launch an operation; exit status and complaint."""
        return self.launch_text(operation.id, script(operation).encode(), until=until)

    def launch_text(self, ident: str, plan: bytes, *, until: str = "") -> tuple[int, str]:
        """Launch whatever text, with its own checksum."""
        status, _, complaint = self.ask("launch", ident, hashlib.sha256(plan).hexdigest(), until, stdin=plan)
        return status, complaint
