"""Listening to an attempt through Apprise: an answer's status, how long to wait, or that there was no answer.

Knows: that Apprise logs and asks by `requests`, and that both hold secrets. Must not know: what was sent.
Apprise tells nobody the headers of an answer, so each plugin's `requests` is listened to in the thread that sends.
"""

from __future__ import annotations

import logging
import re
import smtplib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flightrules.adapters.sending.posting import wait_of

LOGGER = "apprise"
_STATUS = re.compile(r"\berror=(\d{3})\b")
_MAIL_DETAIL = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
"""RFC 3463."""
_VERBS = frozenset({"request", "get", "post", "put", "patch", "delete", "head"})
_here = threading.local()


class AttemptLog(logging.Handler):
    """Log handler for what one thread hears of one attempt after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.why = "it was not taken"
        self.wait_s = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what may be repeated of a log line."""
        if record.thread != self._thread:
            return
        said = record.getMessage()
        if status := _STATUS.search(said):
            self.why = f"HTTP {status[1]}"
        elif refused := _mail_refused(sys.exception()):
            self.why = refused
        elif "onnection" in said:
            self.why = "no connection"

    def answered(self, answer: object) -> None:
        """Keep how long an answer asks to be left alone."""
        status, headers = getattr(answer, "status_code", None), getattr(answer, "headers", None)
        if isinstance(status, int) and status >= 400 and headers:  # noqa: PLR2004 - where failures begin
            asked = {str(name).lower(): str(value) for name, value in headers.items()}
            self.wait_s = max(self.wait_s, wait_of(asked, datetime.now(UTC)))


def _mail_refused(error: BaseException | None) -> str:
    """The codes that a mail server refused with, where a plugin is about to swallow them; its words hold addresses."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()), (0, b""))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, str(error.smtp_error).removeprefix("b'").encode()
    else:
        return ""
    detail = _MAIL_DETAIL.match(words.decode(errors="replace"))
    return f"SMTP {code} {detail[0]}" if detail else f"SMTP {code}"


class Listening:
    """The module `requests` as a plugin sees it: the same, but each answer is heard."""

    def __init__(self, module: object) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        found = getattr(self._module, name)
        return _told(found) if name in _VERBS else found


def _told(verb: Callable[..., object]) -> Callable[..., object]:
    def asked(*args: object, **more: object) -> object:
        answer = verb(*args, **more)
        heard = getattr(_here, "heard", None)
        if heard is not None:
            heard.answered(answer)
        return answer

    return asked


class AskedToWait(Exception):
    """A plugin was told to wait, and would sleep; the message comes again then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it asks for {seconds:g} s")
        self.seconds = seconds


def listen_to(service: object) -> None:
    """Hear from now on what a service is answered, and never let it sleep."""
    module = sys.modules[type(service).__module__]
    found = vars(module).get("requests")
    if found is not None and not isinstance(found, Listening):
        vars(module)["requests"] = Listening(found)
    vars(service)["throttle"] = _throttle


def _throttle(last_io: object = None, wait: float | None = None) -> None:
    del last_io
    if wait:
        raise AskedToWait(wait)


@contextmanager
def silenced() -> Iterator[AttemptLog]:
    """Nothing that Apprise logs meanwhile, or later, reaches any other log."""
    logger, heard = logging.getLogger(LOGGER), AttemptLog()
    logger.propagate = False
    for name in (LOGGER, "urllib3"):
        # Below warnings they tell whole addresses.
        logging.getLogger(name).setLevel(logging.WARNING)
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())
    logger.addHandler(heard)
    _here.heard = heard
    try:
        yield heard
    finally:
        _here.heard = None
        logger.removeHandler(heard)
