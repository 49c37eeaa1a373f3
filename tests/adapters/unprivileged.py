"""A folder in which permissions count, also where the tests run as root (who may do everything)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlite_utils as _loaded_while_we_may_still_read_it  # noqa: F401

NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A folder of our own, as a user without special rights."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)
