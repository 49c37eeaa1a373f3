"""Reads secrets that lie in files of their own or in the environment, and refuses files that others can read.

Knows: files, their modes, and variables. Must not know: what a secret is for; none is ever part of a message.
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


def secret_of(reference: str, *, least: int = 1) -> str:
    """The secret behind `file:PATH` or `env:NAME`, without white space around it.

    Raises `Refused` where it is empty, no text, shorter than `least` characters, or others can read it, `Unavailable`
    where it is not there.
    """
    kind, _, where = reference.partition(":")
    text = (_variable(where) if kind == "env" else _private(Path(where)).decode("utf-8", "surrogateescape")).strip()
    if not text:
        raise Refused("secret_empty", f"The secret {reference} is empty.", "Put it there.")
    if not text.isprintable():
        remedy = "It is one line of letters, digits and signs; random bytes can be written in hex."
        raise Refused("secret_binary", f"The secret {reference} is not one line of text.", remedy)
    if len(text) < least:
        raise Refused("secret_short", f"The secret {reference} is too easy to guess.", f"It needs {least} characters.")
    return text


def _variable(name: str) -> str:
    if name not in os.environ:
        raise Unavailable(f"secret env:{name}", f"the environment has no {name}.", "Set it for the server's process.")
    return os.environ[name]


def _private(path: Path) -> bytes:
    """Return the content of a file that its user alone can read."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(LARGEST)
    except OSError as error:
        remedy = f"Make one: (umask 077; head -c {LEAST} /dev/urandom > {path})"
        raise Unavailable(f"secret {path}", f"it cannot be read ({error.strerror or error}).", remedy) from error
    if mode & 0o077:
        raise Refused("secret_open", f"Others can read the secret {path}.", f"chmod 600 {path}, and make a new one.")
    return data


def _key(path: Path) -> bytes:
    data = _private(path)
    if len(data) < LEAST or len(set(data)) < LEAST_DIFFERENT:
        raise Refused("secret_short", f"The secret {path} is too easy to guess.", f"It needs {LEAST} random bytes.")
    return data
