"""A person's hands: the real host to work on, and the `ssh` program with a pinned host key, one connection a command.

Knows: how a host is reached without flightrules. Must not know: what is typed there.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox import prodhost
from sandbox.ssh import Ssh
from sandbox.sshd import start_sshd

COMMAND_LIMIT_S = 120


@contextmanager
def real_host() -> Iterator[Ssh]:
    """A real host with an SSH server of its own; one that is up already is named by REALHOST_DIR and stays up.

    What this machine's root has in .bashrc is kept out of it: bash skips that file where it is no outermost shell.
    """
    given = os.environ.get("REALHOST_DIR")
    with tempfile.TemporaryDirectory(prefix="prodhost-") as own:
        folder = Path(given or own)
        try:
            prodhost.up(folder)
            server = start_sshd(Path(own) / "bench-sshd", env={"SHLVL": "2"})
            try:
                yield server.ssh
            finally:
                server.stop()
        finally:
            if not given:
                prodhost.down(folder)


def ssh_words(ssh: Ssh, known_hosts: Path) -> Sequence[str]:
    """The words in front of a command that the `ssh` program runs on a host; its key is checked."""
    known_hosts.write_text(f"[{ssh.address}]:{ssh.port} {ssh.host_key}\n")
    options = ("BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known_hosts}", "IdentitiesOnly=yes")
    pairs = [word for option in options for word in ("-o", option)]
    return "ssh", "-F", "none", "-i", str(ssh.key), *pairs, "-p", str(ssh.port), f"{ssh.user}@{ssh.address}"


def typed(ssh: Sequence[str], commands: Iterable[str]) -> None:
    """Type commands one after the other; one that fails stops the benchmark."""
    for command in commands:
        done = subprocess.run([*ssh, command], check=False, capture_output=True, timeout=COMMAND_LIMIT_S)
        assert done.returncode == 0, (command, done.stderr[-500:])
