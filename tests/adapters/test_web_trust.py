"""Certificates, proxies and headers of the health address: what only this machine cannot reach is no outage."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flightrules.adapters.web import Web
from flightrules.ports import Wanted
from flightrules.state.evidence import Finding, Http
from flightrules.state.target import Target
from tests.state.core import SHOP

pytestmark = pytest.mark.anyio

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def certificate(folder: Path, *, name: str = "127.0.0.1", days: int = 30) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key; with negative `days` it has run out."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    now = datetime.now(UTC)
    place = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([place]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return cert, private


@asynccontextmanager
async def serving(
    pair: tuple[Path, Path] | None = None, *, answer: bytes = ANSWER
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server of one answer; its port, and what it was asked."""
    asked: list[bytes] = []

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    context = None
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
    server = await asyncio.start_server(answered, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def health(url: str, **settings: object) -> Finding:
    made = Target.model_validate(SHOP.model_dump() | {"health_url": url, "checks": (), **settings})
    web = Web(made)
    try:
        (found,) = await web.collect(Wanted(probes=("health",), limit_s=5.0))
    finally:
        await web.close()
    return found


@pytest.mark.requirement("EVI-unknown-is-neither")
async def test_a_certificate_that_only_this_machine_does_not_trust_is_unknown_and_the_way_out_is_named(
    tmp_path: Path,
) -> None:
    pair = certificate(tmp_path)
    async with serving(pair) as (port, _):
        unknown = await health(f"https://127.0.0.1:{port}/health")
        known = await health(f"https://127.0.0.1:{port}/health", ca_file=str(pair[0]))
    assert unknown.data is None
    assert "does not trust the certificate" in unknown.why
    assert "`ca_file`" in unknown.why
    assert isinstance(known.data, Http)
    assert known.data.ok


@pytest.mark.parametrize(("name", "days"), [("127.0.0.1", -1), ("other.example", 30)], ids=["expired", "other name"])
async def test_a_certificate_that_users_are_refused_with_is_a_failure(tmp_path: Path, name: str, days: int) -> None:
    pair = certificate(tmp_path, name=name, days=days)
    async with serving(pair) as (port, _):
        found = await health(f"https://127.0.0.1:{port}/health", ca_file=str(pair[0]))
    assert isinstance(found.data, Http)
    assert not found.data.ok


async def test_a_certificate_file_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    found = await health("https://127.0.0.1:9/health", ca_file=str(tmp_path / "none.pem"))
    assert found.data is None
    assert "none.pem" in found.why


async def test_headers_are_sent_and_a_secret_one_is_read_from_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTH_TOKEN", "s3cr3t-of-the-probe")
    async with serving() as (port, asked):
        url = f"http://127.0.0.1:{port}/health"
        found = await health(url, headers={"X-Probe": "1", "Authorization": "env:HEALTH_TOKEN"})
        missing = await health(url, headers={"Authorization": "env:NO_SUCH_VARIABLE"})
    assert found.readable
    assert b"s3cr3t-of-the-probe" in asked[0]
    assert b"X-Probe: 1" in asked[0]
    assert missing.data is None
    assert "NO_SUCH_VARIABLE" in missing.why


@pytest.mark.requirement("EVI-unknown-is-neither")
async def test_a_proxy_is_asked_and_one_that_is_away_is_no_outage() -> None:
    async with serving() as (port, asked):
        found = await health("http://shop.example/health", proxy=f"http://127.0.0.1:{port}")
    assert found.readable
    assert asked[0].startswith(b"GET http://shop.example/health")
    away = await health("http://shop.example/health", proxy=f"http://me:pw@127.0.0.1:{port}")
    assert away.data is None
    assert f"the proxy http://127.0.0.1:{port} " in away.why
    assert "pw" not in away.why


async def test_the_settings_say_how_long_an_answer_may_take() -> None:
    async with serving(answer=b"") as (port, _):
        found = await health(f"http://127.0.0.1:{port}/health", answer_within_seconds=1)
    assert isinstance(found.data, Http)
    assert not found.data.ok
