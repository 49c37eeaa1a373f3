"""The target from outside: its health address and its checks, over HTTP.

Knows: requests, answers, what a connection error means. Must not know: what follows from a failed check.
A service that does not answer is a finding; an address that cannot be looked up from here is unreadable.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import JsonValue

from flightrules.adapters.login import said
from flightrules.adapters.reading.pointer import NotThere, resolve, same
from flightrules.adapters.secrets import secret_of
from flightrules.errors import Refused, Unavailable
from flightrules.ports import Wanted
from flightrules.state.evidence import Finding, Http
from flightrules.state.target import Check, Target
from flightrules.state.untrusted import clean, one_line

if TYPE_CHECKING:
    import ssl

    import httpx

_UNTRUSTED_HERE = frozenset({9, 18, 19, 20, 21})
"""OpenSSL's codes for authorities that this machine does not know, and for a clock of ours that is behind (9)."""
_NO_WAY_OUT = frozenset(
    {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE}
)
GRACE_S = 0.5
MOST_READ = 256 * 1024
MOST_BODY = 2_000
MOST_RELEASE = 100
FINE = range(200, 300)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    cut: bool
    latency_ms: int

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Web:
    """Makes a target's checks from where the server stands."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    def names(self) -> tuple[str, ...]:
        """The probes that are made from outside."""
        return ("health", *(f"check:{check.name}" for check in self._target.checks))

    def on_request(self) -> tuple[str, ...]:
        """Probes of one host each, made only where they are named: `health:HOST`."""
        return tuple(f"health:{host.name}" for host in self._target.hosts if host.health_url)

    def makes(self, probe: str) -> bool:
        """Return True if a probe is made from outside."""
        return probe in self.names() or probe in self.on_request()

    async def collect(self, wanted: Wanted) -> tuple[Finding, ...]:
        """Make the checks, all at once; each may take as long as the target's settings say, up to the limit."""
        named = wanted.probes
        probes = [name for name in self.names() if not named or name in named]
        probes += [name for name in self.on_request() if name in named]
        limit_s = min(wanted.limit_s, self._target.answer_within_seconds)
        checks = {f"check:{check.name}": check for check in self._target.checks}
        return tuple(
            await asyncio.gather(*(self._probe(probe, checks.get(probe), limit_s) for probe in probes)),
        )

    async def close(self) -> None:
        """Close what is open."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _probe(self, probe: str, check: Check | None, limit_s: float) -> Finding:
        import httpx

        began = time.perf_counter()
        name, _, host = probe.removeprefix("check:").partition(":")
        try:
            # httpx's own limit, for each wait, closes what it opened; the one around it ends an answer that only drips.
            async with asyncio.timeout(limit_s + GRACE_S):
                answer = await self._ask(self._address(host), check, limit_s)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, Refused, Unavailable, ValueError) as error:
            return self._trouble(error, probe, _since(began), limit_s)
        return Finding(probe=probe, data=self._judged(name, check, answer), took_ms=_since(began))

    def _trouble(self, error: Exception, probe: str, took_ms: int, limit_s: float) -> Finding:
        """A service that does not answer, or why it could not be asked."""
        import httpx

        proxy, name = self._target.proxy, probe.removeprefix("check:").partition(":")[0]
        slow = isinstance(error, TimeoutError | httpx.TimeoutException)
        if slow and not (proxy and isinstance(error, httpx.ConnectTimeout)):
            return _unanswered(probe, name, took_ms, f"no answer within {limit_s:g} s")
        if isinstance(error, httpx.HTTPError):
            why = _unreadable(error, proxy)
        elif isinstance(error, Refused | Unavailable):  # a secret, or a certificate file
            why = error.reason if isinstance(error, Refused) else str(error)
        else:
            why = f"the address cannot be asked ({said(error)})"
        return (
            Finding(probe=probe, why=why, took_ms=took_ms)
            if why
            else _unanswered(probe, name, took_ms, _refusal(error))
        )

    def _addresses(self) -> tuple[str, ...]:
        own = (host.health_url for host in self._target.hosts)
        return (self._target.health_url, *(url for url in own if url))

    def _address(self, host: str) -> str:
        """Return the address at which the target answers, or that of one of its hosts alone."""
        own = (item.health_url for item in self._target.hosts if item.name == host)
        return next(own, None) or self._target.health_url

    async def _ask(self, address: str, check: Check | None, limit_s: float) -> _Answer:
        url = address if check is None else _on_origin(address, check.path)
        client = await self._http()
        began = time.perf_counter()
        body = bytearray()
        async with client.stream(check.method if check else "GET", url, timeout=limit_s) as response:
            async for chunk in response.aiter_bytes():
                body += chunk[: MOST_READ - len(body)]
                if len(body) >= MOST_READ:
                    break
        return _Answer(response.status_code, bytes(body), len(body) >= MOST_READ, _since(began))

    async def _http(self) -> httpx.AsyncClient:
        """One client, without what the environment says of proxies, and with a fresh connection each time."""
        async with self._opening:
            if self._client is None:
                import httpx

                own = {name: _header(value) for name, value in self._target.headers.items()}
                self._client = httpx.AsyncClient(
                    verify=await trust(self._addresses(), self._target.ca_file),
                    proxy=self._target.proxy,
                    trust_env=False,
                    follow_redirects=False,
                    limits=httpx.Limits(max_keepalive_connections=0),
                    headers={"user-agent": "flightrules", "accept-encoding": "identity", "cache-control": "no-cache"}
                    | own,
                )
        return self._client

    def _judged(self, name: str, check: Check | None, answer: _Answer) -> Http:
        failed = tuple(_failures(check, answer))
        bound = check.latency_ms if check else None
        return Http(
            check=name,
            ok=not failed,
            slow=bound is not None and answer.latency_ms > bound,
            status=answer.status,
            latency_ms=answer.latency_ms,
            failed=failed,
            body=clean(answer.text, MOST_BODY),
            release=None if check else self._release(answer),
        )

    def _release(self, answer: _Answer) -> str | None:
        if self._target.release_pointer is None:
            return None
        try:
            value = resolve(_json(answer), self._target.release_pointer)
        except (ValueError, NotThere):
            return None
        return one_line(value, MOST_RELEASE) or None if isinstance(value, str) else None


async def trust(urls: Iterable[str], ca_file: str | None = None) -> ssl.SSLContext | bool:
    """The machine's own certificate authorities and those of a file, read beside the event loop: that takes 40 ms.

    Raises `Unavailable` for a file that cannot be read.
    """
    if not any(url.startswith("https:") for url in urls):
        return False  # nothing is encrypted, and redirects are not followed

    import ssl

    context = await asyncio.to_thread(ssl.create_default_context)
    if ca_file is not None:
        try:
            await asyncio.to_thread(context.load_verify_locations, ca_file)
        except OSError as error:  # ssl.SSLError is one
            why = f"it cannot be used ({said(error)})."
            raise Unavailable(f"certificate file {ca_file}", why, "Correct `ca_file`.") from error
    return context


def _header(value: str) -> str:
    """Return what a header says; a secret is read from its place."""
    return secret_of(value) if value.startswith(("env:", "file:")) else value


def _failures(check: Check | None, answer: _Answer) -> Iterable[str]:
    if check is None:
        if answer.status not in FINE:
            yield f"The status is {answer.status}, not 200."
        return
    if answer.status != check.status:
        yield f"The status is {answer.status}, not {check.status}."
    if check.contains is not None and check.contains not in answer.text:
        yield f"The body does not contain {check.contains!r}."
    if check.json_condition is not None:
        yield from _json_failures(check.json_condition.pointer, check.json_condition.equals, answer)


def _json_failures(pointer: str, wanted: JsonValue, answer: _Answer) -> Iterable[str]:
    where = pointer or "the whole body"
    try:
        value = resolve(_json(answer), pointer)
    except NotThere:
        yield f"The body has no {where}."
    except ValueError:
        yield f"The body is longer than {MOST_READ} bytes." if answer.cut else "The body is not JSON."
    else:
        if not same(value, wanted):
            yield f"{where} is {one_line(json.dumps(value), 100)}, not {one_line(json.dumps(wanted), 100)}."


def _json(answer: _Answer) -> JsonValue:
    try:
        value: JsonValue = json.loads(answer.body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _on_origin(url: str, path: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{path}"


def _unanswered(probe: str, name: str, took_ms: int, why: str) -> Finding:
    data = Http(check=name, ok=False, latency_ms=took_ms, failed=(f"The service does not answer: {why}.",))
    return Finding(probe=probe, data=data, took_ms=took_ms)


def _unreadable(error: Exception, proxy: str | None) -> str:
    """Return the reason that the fault may be on our side of the network; empty if it is not."""
    import ssl

    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _UNTRUSTED_HERE:
            return (
                f"this machine does not trust the certificate ({cause.verify_message}): name the file of its authority"
                " in `ca_file`"
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ""  # expired, revoked or for another name: users meet that too
        if isinstance(cause, socket.gaierror):
            return f"the name cannot be resolved ({said(cause)})"
        if isinstance(cause, OSError) and cause.errno in _NO_WAY_OUT:
            return f"there is no network from here to it ({os.strerror(cause.errno or 0)})"
    return f"the proxy {_place(proxy)} does not let it through ({said(error)})" if proxy else ""


def _place(url: str) -> str:
    """An address without the credentials in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _refusal(error: Exception) -> str:
    if any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error)):
        return "connection refused"
    return said(error)


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    """An error and what led to it, groups opened."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
