"""Puts briefs into a folder, as JSON and Markdown: the planner that needs nothing else.

Knows: names of files. Must not know: what a brief says.
"""

from __future__ import annotations

import json

from flightrules.errors import Refused, Unavailable
from flightrules.ports import Files, OutboundMessage, Receipt


class FolderSender:
    """Keeps ports.Sender with files; the same parcel again is the same file."""

    at_once = True

    def __init__(self, files: Files, where: str) -> None:
        """`where` names the folder for people."""
        self._files = files
        self._where = where

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Write `INCIDENT.json` and `INCIDENT.md`, each whole; a later brief of the incident takes their place."""
        plain = json.dumps(outbound.data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        try:
            await self._files.write(f"{outbound.incident}.json", plain)
            path = await self._files.write(f"{outbound.incident}.md", outbound.text)
        except (Unavailable, Refused) as trouble:
            return Receipt(arrived=False, why=str(trouble))
        return Receipt(arrived=True, reference=path)

    async def check(self) -> str:
        """Return the folder in which briefs are put.

        The check-up itself writes there on trial.
        """
        return f"folder {self._where}"
