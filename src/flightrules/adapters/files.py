"""Puts documents for people into a folder, whole or not at all, and nowhere else.

Knows: one root folder. Must not know: what a document says.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import suppress
from functools import partial
from pathlib import Path

from flightrules.errors import Refused, Unavailable


class AtomicFiles:
    """Keeps ports.Files below one folder."""

    keeps = True

    def __init__(self, root: Path) -> None:
        self._root = root

    async def write(self, path: str, text: str) -> str:
        """Write a text file whole or not at all, folders included; returns its absolute path.

        Raises `Refused` when the path leads out of the root, `Unavailable` when the disk is full or not writable.
        """
        return await asyncio.shield(asyncio.to_thread(partial(self._write, path, text)))

    def _write(self, path: str, text: str) -> str:
        try:
            target = self._inside(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Once more, now that every folder exists: one may have become a link meanwhile.
            if self._inside(path) != target:
                raise self._outside(path)
            # A document with a replacement mark in it is worth more than none.
            _replace(target, text.encode("utf-8", errors="replace"))
        except OSError as error:
            raise Unavailable(
                f"file {path!r} under {self._root}",
                f"{error.strerror or error}; nothing was written.",
                "Free some space or give the server's user write permission, then call again.",
            ) from error
        return str(target)

    def _inside(self, path: str) -> Path:
        """The path with every link followed. Raises `Refused` when that is not below the root."""
        root = self._root.resolve()
        try:
            target = (root / path).resolve()
        except (ValueError, RuntimeError) as error:
            # A null character, or links in a circle.
            raise self._outside(path) from error
        if target == root or not target.is_relative_to(root):
            raise self._outside(path)
        return target

    def _outside(self, path: str) -> Refused:
        return Refused("path", f"{path!r} is not a file below {self._root}.", "Give a path below that folder.")


def write_new(path: Path, text: str) -> None:
    """Write a file that was not there, whole or not at all. Raises `OSError`, of its own kind where it is there."""
    with path.open("x", encoding="utf-8", newline="") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)  # or it would be in the way of the next try
            raise


def _replace(target: Path, content: bytes) -> None:
    fresh = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
