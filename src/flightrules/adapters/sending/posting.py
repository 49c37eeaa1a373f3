"""One bounded HTTP request to a receiver, and what went wrong where it gave no answer.

Knows: httpx. Must not know: who asks, or for what. No error repeats an address: it may hold a secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flightrules.adapters.web import trust

LIMIT_S = 10.0
"""For each wait; `ports.SEND_LIMIT_S` bounds the whole."""
MOST_READ = 4 * 2**20
OK = range(200, 300)
REDIRECT = range(300, 400)
MENDABLE = (401, 403, 404, 407)
"""A person may put these right while it is still tried."""
LONGEST_WAIT_S = 3600


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Answer of a receiver; if there was none, the status is 0 and `why` says so."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    why: str = ""

    def wait_s(self, now: datetime) -> int:
        """So long it asks to be left alone."""
        return wait_of(self.headers, now)

    @property
    def again(self) -> bool:
        """Return True if another attempt may go better."""
        return self.status in (0, 408, 425, 429, *MENDABLE) or self.status >= 500  # noqa: PLR2004 - the server's own fault


def wait_of(headers: Mapping[str, str], now: datetime) -> int:
    """So long an answer asks to be left alone: seconds, or a date by the receiver's own clock where it tells it."""
    asked = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return min(math.ceil(float(asked)), LONGEST_WAIT_S)
    until = _date(asked)
    if until is None:
        return 0
    left = (until - (_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(math.ceil(left), 0), LONGEST_WAIT_S)


_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")


def _date(text: str) -> datetime | None:
    """A date as HTTP has it."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    content: bytes | None = None,
    params: Mapping[str, str] | None = None,
) -> HttpAnswer:
    """Ask once. Redirects are not followed: what is signed or authorised for one address goes to no other."""
    import httpx

    try:
        async with httpx.AsyncClient(
            verify=await trust([url]), trust_env=False, follow_redirects=False, timeout=LIMIT_S
        ) as client:
            sent = {"user-agent": "flightrules", "accept-encoding": "identity", **headers}
            async with client.stream(method, url, headers=sent, content=content, params=params) as response:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk[: MOST_READ - len(body)]
                    if len(body) >= MOST_READ:
                        break
                return HttpAnswer(
                    response.status_code, dict(response.headers), bytes(body), _said(response.status_code)
                )
    except httpx.TimeoutException:
        return HttpAnswer(0, {}, why=f"no answer within {LIMIT_S:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as error:  # the last: of a header
        return HttpAnswer(0, {}, why=f"no answer ({type(error).__name__})")


def _said(status: int) -> str:
    if status in REDIRECT:
        return f"HTTP {status}: it redirects, which is not followed; set the address it leads to"
    return f"HTTP {status}"
