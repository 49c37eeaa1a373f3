"""Witnesses of the log outside its database: lines in a file, or posts to an address. Each keeps ports.Witness.

Knows: where heads go. Must not know: what an event means, nor when a witness is told.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flightrules.errors import Unavailable
from flightrules.state.archive.witness import Witnessed
from flightrules.state.untrusted import one_line

if TYPE_CHECKING:
    import httpx

LIMIT_S = 5.0
OK = range(200, 300)


class FileWitness:
    """Appends a line a head to a file, which nothing here ever shortens. Best on another disk, or append-only there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = f"file {path}"

    async def tell(self, heads: Sequence[Witnessed]) -> None:
        """Write the heads, durable on return. Raises `Unavailable`."""
        try:
            await asyncio.to_thread(self._append, "".join(head.line for head in heads))
        except OSError as error:
            remedy = "Its folder must be there: it is not made, so that a disk that is not mounted is noticed."
            raise Unavailable(self.name, f"it cannot be written ({error.strerror or error}).", remedy) from error

    async def lines(self) -> str | None:
        """All that was ever told; empty where the file is not there."""
        try:
            return await asyncio.to_thread(self._path.read_text, "utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Unavailable(self.name, f"it cannot be read ({error.strerror or error}).", "Mend it.") from error

    async def close(self) -> None:
        """Do nothing: the file is open only while a line is written."""

    def _append(self, text: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            # One write: lines of several processes do not mix, and a line that a power cut left torn ends here.
            data = f"{'' if _whole(self._path) else chr(10)}{text}".encode()
            if os.write(descriptor, data) < len(data):  # which is no error to the system
                raise OSError(errno.ENOSPC, "only a part was taken: the disk is full")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _whole(path: Path) -> bool:
    """Return True if a file ends with the end of a line."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


async def _posted(client: httpx.AsyncClient, url: str, body: str) -> int:
    """The status of the answer, whose body says nothing and may have no end."""
    async with client.stream("POST", url, content=body, headers={"content-type": "application/jsonl"}) as answer:
        return answer.status_code


class HttpWitness:
    """Posts heads as JSON lines to an address, which keeps them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = f"address {urlsplit(url).netloc}"  # not the rest, which may be what lets one in
        self._client: httpx.AsyncClient | None = None

    async def tell(self, heads: Sequence[Witnessed]) -> None:
        """Post the heads. Raises `Unavailable` where the answer is not of the 2xx kind or does not come in time."""
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=LIMIT_S, headers={"user-agent": "flightrules"})
        body = "".join(head.line for head in heads)
        try:
            async with asyncio.timeout(LIMIT_S):
                status = await _posted(self._client, self._url, body)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            why = one_line(str(error), 200) or type(error).__name__
            raise Unavailable(self.name, f"it cannot be reached ({why}).", "Look at it.") from error
        if status not in OK:
            raise Unavailable(self.name, f"it answered with status {status}.", "Look at it.")

    async def lines(self) -> str | None:
        """None: an address is told, not asked. Fetch its lines, and hand them in: `log verify --witness FILE`."""
        return None

    async def close(self) -> None:
        """Close what is open."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
