"""Hands messages to people through whatever service an Apprise address names: chat, mail, push, SMS.

Knows: Apprise, and that its addresses hold secrets. Must not know: what a message says.
Apprise logs by itself, addresses among it: none of that goes anywhere, and a receipt says only what is surely safe.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flightrules.adapters.secrets import secret_of
from flightrules.errors import Refused
from flightrules.ports import Parcel, Receipt

if TYPE_CHECKING:
    from apprise import Apprise
    from pydantic import SecretStr

LOGGER = "apprise"
_STATUS = re.compile(r"\berror=(\d{3})\b")


class AppriseSender:
    """Keeps ports.Sender through one Apprise address.

    No such service knows a message it has already: the message's id stands at the end of the text, for people.
    """

    at_once = False

    def __init__(self, url: SecretStr) -> None:
        """`url` is the address, or a reference to it: `file:PATH` or `env:NAME`."""
        self._url = url

    async def send(self, parcel: Parcel) -> Receipt:
        """Send it once."""
        return await asyncio.to_thread(_send, self._address(), parcel)

    async def check(self) -> str:
        """That Apprise understands the address, and what kind it is of."""
        url = self._address()
        await asyncio.to_thread(_understood, url)
        return f"{_kind(url)} through Apprise"

    def _address(self) -> str:
        text = self._url.get_secret_value()
        return secret_of(text) if text.startswith(("file:", "env:")) and "://" not in text else text


def _send(url: str, parcel: Parcel) -> Receipt:
    with _silenced() as heard:
        try:
            service = _understood(url)
            arrived = bool(service.notify(body=_text(parcel), title=parcel.title, body_format=_format(parcel)))
        except Refused as no:
            return Receipt(arrived=False, why=no.reason)
        except Exception as error:  # noqa: BLE001 - a hundred plugins raise what they like
            return Receipt(arrived=False, why=f"{_kind(url)}: {type(error).__name__}")
    return Receipt(arrived=True) if arrived else Receipt(arrived=False, why=f"{_kind(url)}: {heard.why}")


def _text(parcel: Parcel) -> str:
    return f"{parcel.text}\n\n({parcel.id})"


def _format(parcel: Parcel) -> str:
    return "markdown" if parcel.markdown else "text"


def _kind(url: str) -> str:
    kind = url.partition("://")[0]
    return kind if kind.isascii() and kind.isalnum() else "address"


def _understood(url: str) -> Apprise:
    """The service behind an address. Raises `Refused` where Apprise knows none."""
    import apprise

    asset = apprise.AppriseAsset(app_id="flightrules", async_mode=False, storage_mode="memory")
    service = apprise.Apprise(asset=asset)
    with _silenced():
        if not service.add(url):
            raise Refused("bad_address", f"Apprise does not understand this address ({_kind(url)}).", "Correct it.")
    return service


class _Heard(logging.Handler):
    """What Apprise logs in one thread, as far as it can be repeated: an answer's status, or that there was none."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()
        self.why = "it was not taken"

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the status."""
        if record.thread != self._thread:
            return
        said = record.getMessage()
        if status := _STATUS.search(said):
            self.why = f"HTTP {status[1]}"
        elif "onnection" in said:
            self.why = "no connection"


@contextmanager
def _silenced() -> Iterator[_Heard]:
    """Nothing that Apprise logs meanwhile, or later, reaches any other log."""
    logger, heard = logging.getLogger(LOGGER), _Heard()
    logger.propagate = False
    for name in (LOGGER, "urllib3"):
        # Below warnings they tell whole addresses.
        logging.getLogger(name).setLevel(logging.WARNING)
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)
