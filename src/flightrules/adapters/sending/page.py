"""Puts the public status page and its feeds into a folder; each time whole, so that once more does no harm.

Knows: which files there are. Must not know: what they say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from flightrules.errors import Refused, Unavailable
from flightrules.ports import Files, OutboundMessage, Receipt

Pages = Callable[[], Awaitable[Mapping[str, str]]]
"""Files by name, as they should be now."""


class StatusPageSender:
    """Keeps ports.Sender by rendering everything the public may read anew."""

    at_once = False

    def __init__(self, files: Files, pages: Pages, where: str) -> None:
        """`where` names the folder for people."""
        self._files = files
        self._pages = pages
        self._where = where

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Write all files; the parcel is in the log already, so it is among what they say."""
        try:
            for name, text in (await self._pages()).items():
                await self._files.write(name, text)
        except (Unavailable, Refused) as trouble:
            return Receipt(arrived=False, why=str(trouble))
        return Receipt(arrived=True, reference=f"{self._where}#{outbound.incident}")

    async def check(self) -> str:
        """Write the page as it is now: what is rendered always is what should stand there."""
        for name, text in (await self._pages()).items():
            await self._files.write(name, text)
        return f"status page in {self._where}"
