"""A real production host on loopback: Docker engine, compose v2, a base image and an OpenSSH server.

    python -m sandbox.prodhost up [--install] DIR    bring it up and print its facts
    python -m sandbox.prodhost down DIR              stop what it started, and nothing else

Needs root on Debian 12. What runs already is used as it is; asking again changes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox import engine
from sandbox.monitoring import PACKAGES as MONITORING
from sandbox.process import SandboxError, Started, run, unmount
from sandbox.ssh import Ssh
from sandbox.sshd import PROGRAM, reached_at, start_sshd

_PACKAGES = {
    "dockerd": "docker.io",
    "iptables": "iptables",
    PROGRAM: "openssh-server",
    "busybox": "busybox-static",
    "git-lfs": "git-lfs",
    "journalctl": "systemd",
}
_STATE = "prodhost.json"
DEBIAN_MARK = Path("/etc/debian_version")
_POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prodhost:
    """The facts of a real host that is up."""

    folder: Path
    ssh: Ssh
    engine_version: str
    compose_version: str
    base_image: str = engine.BASE_IMAGE


def obstacle(*, install: bool = False) -> str | None:
    """Return the reason that a real host cannot be brought up here, in one line; None if it can."""
    if sys.platform != "linux":
        return f"a real host needs Linux, this is {sys.platform}"
    if os.geteuid() != 0:
        return "a real host needs root"
    missing = _missing_packages()
    if missing and not DEBIAN_MARK.exists():
        return f"a real host needs Debian, or {', '.join(missing)} already installed"
    if missing and not install:
        return f"Debian packages are missing: {' '.join(missing)} (python -m sandbox.prodhost up --install DIR)"
    if not missing and not install and engine.compose_version() is None:
        return "the compose plugin is missing (python -m sandbox.prodhost up --install DIR)"
    return None


def up(folder: Path, *, install: bool = False) -> Prodhost:
    """Bring the host up, or find it up; with `install`, install what is missing.

    Raises:
        SandboxError: it cannot be done here; the message says why.
    """
    why_not = obstacle(install=install)
    if why_not is not None:
        raise SandboxError(why_not)
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    _install_missing(monitoring=install)
    _engine_up(folder)
    _say("compose plugin")
    if engine.compose_version() is None:
        engine.install_compose()
    _say("base image")
    if not engine.has_base_image():
        engine.make_base_image()
        _remember(folder, base_image=True)
    ssh = _sshd_up(folder)
    return Prodhost(
        folder=folder,
        ssh=ssh,
        engine_version=engine.engine_version() or "",
        compose_version=engine.compose_version() or "",
    )


def down(folder: Path) -> None:
    """Stop what `up` started from this folder, each by its process id."""
    state = _state(folder)
    if state.get("base_image") and engine.engine_version() is not None:
        engine.remove_base_image()
    for name in ("sshd", "dockerd"):
        if name in state:
            _say(f"stopping {name}")
            Started(**state[name]).stop(grace_s=20.0)
    unmount_all(folder)
    (folder / _STATE).unlink(missing_ok=True)


def _missing_packages() -> list[str]:
    return [package for program, package in _PACKAGES.items() if shutil.which(program, path=_sbin_path()) is None]


def _missing_monitoring() -> list[str]:
    """Return the packages of the monitoring system that are missing: a host comes up without them."""
    return [package for program, package in MONITORING.items() if shutil.which(program) is None]


def _sbin_path() -> str:
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def _install_missing(*, monitoring: bool) -> None:
    missing = _missing_packages() + (_missing_monitoring() if monitoring else [])
    if not missing:
        return
    _say(f"installing {' '.join(missing)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", env=quiet)
    with _no_services_started():
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=quiet)


@contextmanager
def _no_services_started() -> Iterator[None]:
    """Debian starts a service as soon as it is installed; here nothing may run that `down` does not stop."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()


def unmount_all(folder: Path) -> None:
    """Unmount what an engine leaves mounted in its own folder, which could not be removed otherwise."""
    inside = f"{folder.resolve()}/"
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for point in sorted((point for point in mounted if point.startswith(inside)), reverse=True):
        unmount(Path(point))


def _engine_up(folder: Path) -> None:
    version = engine.engine_version()
    if version is None:
        _say("starting a Docker engine")
        _remember(folder, dockerd=engine.start_engine(folder))
        version = engine.engine_version()
    _say(f"Docker engine {version}")


def _sshd_up(folder: Path) -> Ssh:
    state = _state(folder)
    if "sshd" in state and Started(**state["sshd"]).alive():
        return reached_at(folder, port=int(state["port"]))
    _say("starting sshd")
    sshd = start_sshd(folder)
    _remember(folder, sshd=sshd.process, port=sshd.ssh.port)
    return sshd.ssh


def _state(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / _STATE).read_text()))
    except FileNotFoundError:
        return {}


def _remember(folder: Path, **facts: object) -> None:
    plain = {name: asdict(fact) if isinstance(fact, Started) else fact for name, fact in facts.items()}
    (folder / _STATE).write_text(json.dumps({**_state(folder), **plain}))


def _say(line: str) -> None:
    print(f"prodhost: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """Bring the host up or down, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.prodhost", description=__doc__)
    parser.add_argument("verb", choices=["up", "down"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", action="store_true", help="install missing Debian packages and the compose plugin")
    wanted = parser.parse_args()
    try:
        if wanted.verb == "down":
            down(wanted.folder)
        else:
            print(json.dumps(asdict(up(wanted.folder, install=wanted.install)), default=str, indent=2))
    except SandboxError as why_not:
        _say(str(why_not))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
