"""A disk that fills up: a small one where the tests may mount it, and one that is none."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.process import unmount


@contextmanager
def small_disk(mount: Path, size: str) -> Iterator[Path]:
    """A file system of its own, mounted in a new folder; without root the test is skipped."""
    mount.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a filesystem takes root")
    try:
        yield mount
    finally:
        unmount(mount)


def remount_read_only(disk: Path) -> None:
    """Remount a disk read-only, as a kernel does with a disk that has errors."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, capture_output=True)


def fill_up(disk: Path) -> Path:
    """Take all room that a disk has left, to the last block; the file that holds it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"0" * 512):
                pass
        except OSError:
            return ballast
    raise AssertionError(disk)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files take so many bytes and no more: what lies behind is not written, as on a disk that fills up."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
