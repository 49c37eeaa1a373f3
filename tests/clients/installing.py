"""Clients that the tests play, installed as the lock files beside this say: every package by its hash.

Knows: npm, where Debian has it, and pip. Must not know: what the clients do. No package of npm runs anything while it
is installed. fastmcp has an environment of its own: it may need another version of the SDK than the server.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", ".npmrc")
FASTMCP = "fastmcp.txt"
LIMIT_S = 600
MACHINE = {"x86_64": "x64", "aarch64": "arm64"}
"""The machine, as names of packages have it."""


def installed() -> Path:
    """The folder of npm's packages; it is made when it is missing, and kept for the next time."""
    return _kept("clients", b"".join((HERE / name).read_bytes() for name in FILES), _install) / "node_modules"


def node() -> Path:
    """The Node that was installed with them: the machine's own may be too old."""
    return installed() / f"node-linux-{MACHINE[platform.machine()]}" / "bin" / "node"


def claude() -> Path:
    """Claude Code's program; a script of its usual package would fetch it here."""
    return installed() / "@anthropic-ai" / f"claude-code-linux-{MACHINE[platform.machine()]}" / "claude"


def codex() -> Path:
    """Codex's program."""
    return next((installed() / f"codex-linux-{MACHINE[platform.machine()]}" / "vendor").glob("*/bin/codex"))


def python_of_fastmcp() -> Path:
    """The Python that has fastmcp."""
    marks = (HERE / FASTMCP).read_bytes() + sys.version.encode()
    return _kept("fastmcp", marks, _install_fastmcp) / "bin" / "python"


def _kept(name: str, marks: bytes, install: Callable[[Path], None]) -> Path:
    """The folder of what these marks say, installed when it is missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flightrules"
    folder = cache / f"{name}-{hashlib.sha256(marks).hexdigest()[:12]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(folder)
            (folder / "whole").touch()
    return folder


def _install(folder: Path) -> None:
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    if shutil.which("npm") is None:
        for words in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "npm"]):
            subprocess.run(words, check=True, capture_output=True, timeout=LIMIT_S)
    # Not `ci`: it refuses a lock without an optional package for Windows that nothing can be said of here.
    _run("npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    # Those for one kind of machine are optional to npm, which says nothing when it could not fetch them.
    machine = MACHINE[platform.machine()]
    for name in (f"node-linux-{machine}", f"codex-linux-{machine}", f"@anthropic-ai/claude-code-linux-{machine}"):
        if not (folder / "node_modules" / name).exists():
            raise RuntimeError(f"npm could not install {name}")


def _install_fastmcp(folder: Path) -> None:
    _run(sys.executable, "-m", "venv", str(folder), cwd=HERE)
    _run(str(folder / "bin" / "pip"), "install", "--quiet", "--require-hashes", "-r", FASTMCP, cwd=HERE)


def _run(*words: str, cwd: Path) -> None:
    done = subprocess.run(words, check=False, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode:
        raise RuntimeError(f"{words[0]} could not install the clients: {done.stderr[-800:]}")
