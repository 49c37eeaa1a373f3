"""Static files of the console, by names that hold their hash: they may be kept for ever, and a changed one is another.

Knows: the files beside this module. Must not know: pages.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib.resources import files
from typing import NamedTuple

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_IMPORT = re.compile(r'(?<=from "\./)([a-z-]+\.js)(?=";)')
"""An import of a module beside it: `import { x } from "./passkey.js";`."""


class Asset(NamedTuple):
    """A file as it is served."""

    address: str
    """Its path, such as `/static/console-0123456789ab.css`."""
    content: bytes
    kind: str
    integrity: str
    """Its hash as the `integrity` attribute has it."""


@functools.cache
def asset(name: str) -> Asset:
    """Return a static file by its plain name; modules that it imports are named by their hashes too."""
    text = files("flightrules.console").joinpath("static", name).read_text("utf-8")
    content = _IMPORT.sub(lambda found: asset(found[0]).address.rpartition("/")[2], text).encode()
    stem, _, extension = name.rpartition(".")
    sha = hashlib.sha384(content).digest()
    address = f"/static/{stem}-{sha.hex()[:12]}.{extension}"
    return Asset(address, content, TYPES[extension], f"sha384-{base64.b64encode(sha).decode()}")


@functools.cache
def served() -> dict[str, Asset]:
    """Return all static files by their addresses."""
    found = files("flightrules.console").joinpath("static").iterdir()
    every = [asset(one.name) for one in found if one.name.rpartition(".")[2] in TYPES]
    return {one.address: one for one in every}
