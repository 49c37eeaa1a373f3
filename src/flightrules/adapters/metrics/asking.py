"""Questions to a server of metrics over HTTP: read-only, bounded, and answered by JSON or by a reason.

Knows: requests, limits, headers with secrets, the server's clock. Must not know: what a query or a number means.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from flightrules.adapters.login import said
from flightrules.adapters.secrets import secret_of
from flightrules.adapters.web import trust
from flightrules.errors import Refused, Unavailable
from flightrules.ports import Clock
from flightrules.state.metrics.queries import MetricsSource
from flightrules.state.untrusted import one_line

if TYPE_CHECKING:
    import httpx

LIMIT_S = 10.0
"""Seconds that one question may take."""
AT_ONCE = 8
MOST_READ = 1024 * 1024
MOST_WHY = 300
SKEW_S = 5.0
"""A clock that differs by more would put the windows somewhere else than meant."""


class NotMeasured(Exception):
    """There is no number; the message is the reason."""


class MetricsApi:
    """One server of metrics."""

    def __init__(self, source: MetricsSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def get(self, path: str, params: Mapping[str, str], *, limit_s: float = LIMIT_S) -> dict[str, Any]:
        """Return the JSON object that answers a question. Raises `NotMeasured` with the reason if none does."""
        import httpx

        limit_s = min(limit_s, LIMIT_S)
        try:
            async with asyncio.timeout(limit_s), self._room:
                client = await self._http()
                asked_at = self._clock.now()
                async with client.stream("GET", self._source.url.rstrip("/") + path, params=dict(params)) as response:
                    body = await _body(response)
        except TimeoutError as error:
            raise NotMeasured(f"no answer within {limit_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NotMeasured(f"the server of metrics does not answer: {said(error)}") from error
        except (Refused, Unavailable) as error:  # a secret, or a certificate file
            raise NotMeasured(error.reason if isinstance(error, Refused) else str(error)) from error
        self._same_time(response.headers.get("date"), asked_at)
        return _object(response.status_code, body)

    async def close(self) -> None:
        """Close what is open."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _http(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._client is None:
                import httpx

                own = {name: _header(value) for name, value in self._source.headers.items()}
                self._client = httpx.AsyncClient(
                    verify=await trust((self._source.url,), self._source.ca_file),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=LIMIT_S,
                    headers={"user-agent": "flightrules", "accept": "application/json"} | own,
                )
        return self._client

    def _same_time(self, date: str | None, asked_at: datetime) -> None:
        """Refuse numbers of a server whose clock is not ours: its windows would lie somewhere else."""
        try:
            told = parsedate_to_datetime(date or "")
        except ValueError:
            return  # it does not tell
        now = self._clock.now()
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        off = max((asked_at - told).total_seconds(), (told - now).total_seconds())
        if off > SKEW_S:
            raise NotMeasured(f"its clock differs from ours by {off:.0f} s")


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_READ:
            raise NotMeasured(f"the answer is longer than {MOST_READ} bytes")
    return bytes(body)


def _object(status: int, body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if status != 200:  # noqa: PLR2004
        told = found.get("error") or found.get("detail") if isinstance(found, dict) else None
        words = f": {one_line(str(told), MOST_WHY)}" if told else ""
        raise NotMeasured(f"the server of metrics answers with status {status}{words}")
    if not isinstance(found, dict):
        raise NotMeasured("the answer is not a JSON object")
    return found


def _header(value: str) -> str:
    return secret_of(value) if value.startswith(("env:", "file:")) else value
