"""Up to a hundred hosts to fan out over: loopback addresses behind a few sshds, each with the limits of a default one.

Knows: sshd's settings. Must not know: who connects. Several addresses share a server, as behind a jump host.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.process import SandboxError, Started, run, start, wait_until
from sandbox.ssh import free_port
from sandbox.sshd import PROGRAM, reached_at

MOST_ADDRESSES = 15
"""OpenSSH listens on sixteen sockets at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FanHosts:
    """All hosts; one port, user and key."""

    addresses: tuple[str, ...]
    port: int
    user: str
    key: Path
    known_hosts: Path
    host_keys: tuple[str, ...]
    """The key of each address, in order."""
    app_dir: Path
    """A git checkout, the same on all of them."""
    logs: tuple[Path, ...]

    def dropped(self) -> int:
        """Return the number of connections that the servers dropped because too many were not logged in yet."""
        return sum(log.read_text(errors="replace").count("drop connection") for log in self.logs)


@contextmanager
def fan_hosts(folder: Path, count: int) -> Iterator[FanHosts]:
    """Have so many hosts while the block lasts."""
    Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
    port = free_port()
    addresses = tuple(f"127.0.1.{number}" for number in range(1, count + 1))
    groups = [addresses[at : at + MOST_ADDRESSES] for at in range(0, count, MOST_ADDRESSES)]
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", folder / "key")
    started, keys = [], []
    try:
        for number, group in enumerate(groups):
            home = folder / f"sshd{number}"
            started.append(_start(home, group, port, folder / "key.pub"))
            keys += [reached_at(home, port=port).host_key] * len(group)
        known = folder / "known_hosts"
        known.write_text("".join(f"[{a}]:{port} {key}\n" for a, key in zip(addresses, keys, strict=True)))
        yield FanHosts(
            addresses=addresses,
            port=port,
            user=getpass.getuser(),
            key=folder / "key",
            known_hosts=known,
            host_keys=tuple(keys),
            app_dir=_repository(folder / "app"),
            logs=tuple(folder / f"sshd{number}" / "log" for number in range(len(groups))),
        )
    finally:
        for process in started:
            process.stop(grace_s=2.0)


def _start(home: Path, addresses: tuple[str, ...], port: int, public_key: Path) -> Started:
    home.mkdir()
    for name in ("host_key",):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", home / name)
    config = [
        *(f"ListenAddress {address}:{port}" for address in addresses),
        f"HostKey {home}/host_key",
        f"AuthorizedKeysFile {public_key}",
        "PidFile none",
        "StrictModes no",  # the keys lie in a temporary folder
        "UsePAM no",
        "PermitRootLogin prohibit-password",
        "MaxStartups 10:30:100",
        "MaxSessions 10",
        "LogLevel VERBOSE",  # says which connections it drops
        "SetEnv SHLVL=2",  # what this machine's root has in .bashrc is no part of a measurement
    ]
    (home / "config").write_text("\n".join([*config, ""]))
    log = home / "log"
    process = start(PROGRAM, "-D", "-e", "-f", home / "config", log=log)
    listening = f"Server listening on {addresses[-1]}"
    wait_until(lambda: not process.alive() or listening in log.read_text(), limit_s=10.0)
    if not process.alive():
        raise SandboxError(f"sshd did not come up: {log.read_text()[-500:]}")
    return process


def _repository(folder: Path) -> Path:
    folder.mkdir()
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    run("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
    for number in range(20):
        run("git", *who, "commit", "--quiet", "--allow-empty", "--message", f"Release {number}", cwd=folder)
    return folder
