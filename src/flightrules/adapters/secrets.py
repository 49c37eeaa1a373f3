"""Reads secrets that lie in files of their own, and refuses those that others can read.

Knows: files and their modes. Must not know: what a secret is for; none is ever part of a message.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from flightrules.errors import Refused, Unavailable

LEAST = 32
"""Bytes below which a secret could be guessed."""
LEAST_DIFFERENT = 8
"""Different bytes that any random secret has, also one written in hex."""
LARGEST = 4096


def read_keys(paths: Sequence[str]) -> list[bytes]:
    """The secret in each file.

    Raises `Refused` where one is too short or others can read it, `Unavailable` where it cannot be read.
    """
    return [_key(Path(path)) for path in paths]


def _key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(LARGEST)
    except OSError as error:
        remedy = f"Make one: (umask 077; head -c {LEAST} /dev/urandom > {path})"
        raise Unavailable(f"secret {path}", f"it cannot be read ({error.strerror or error}).", remedy) from error
    if mode & 0o077:
        raise Refused("secret_open", f"Others can read the secret {path}.", f"chmod 600 {path}, and make a new one.")
    if len(data) < LEAST or len(set(data)) < LEAST_DIFFERENT:
        raise Refused("secret_short", f"The secret {path} is too easy to guess.", f"It needs {LEAST} random bytes.")
    return data
