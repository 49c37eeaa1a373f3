"""The real server over HTTP in this process, on a house made of memory, and an authorization server."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic, time
from typing import Any

import httpx
import httpx2
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitRequestParams, ElicitResult

from flightrules.adapters.tokens import fresh, hashed
from flightrules.cli.admitting import ListenAddress, doors
from flightrules.config.access import OAuthSettings, TokenTable
from flightrules.config.settings import ServerSettings
from flightrules.server.endpoint import Terms, endpoint
from flightrules.server.listening import HttpLimits, configured
from flightrules.server.mcp import build_server
from flightrules.server.sharing import Share
from flightrules.state.caller import Scope
from tests.server.conftest import Agent, Answering
from tests.service.house import House

SigningKey = ec.EllipticCurvePrivateKey | bytes | str
LIMIT_S = 20.0
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}


class Issuer:
    """An authorization server: its keys over HTTP, and tokens signed by them."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.kid = "one"
        self.asked = 0
        self.broken = False
        self.url = ""
        self.audience = ""

    def keys(self) -> bytes:
        """Return the keys that it publishes."""
        self.asked += 1
        key = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return b"<html>" if self.broken else json.dumps({"keys": [key | {"kid": self.kid, "alg": "ES256"}]}).encode()

    def token(
        self,
        scope: object = "read respond",
        *,
        key: SigningKey | None = None,
        algorithm: str = "ES256",
        **claims: object,
    ) -> str:
        """A token that counts, but for what is said otherwise; None leaves a claim out."""
        whole: dict[str, Any] = {
            "iss": self.url,
            "aud": self.audience,
            "sub": "ada@example.org",
            "client_id": "editor",
            "exp": int(time()) + 600,
            "scope": scope,
            **claims,
        }
        stated = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(stated, self.key if key is None else key, algorithm=algorithm, headers={"kid": self.kid})


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An authorization server on a free port."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = issuer.keys()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the standard library
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


class Quiet(uvicorn.Server):
    """Leaves the signals to the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Hall:
    """The server, its house and those who give tokens."""

    def __init__(self, house: House, issuer: Issuer, port: int) -> None:
        self.house = house
        self.issuer = issuer
        self.url = f"http://127.0.0.1:{port}/mcp"
        self.tokens = {"both": fresh(), "reader": fresh(), "responder": fresh()}
        scopes = {"both": tuple(Scope), "reader": (Scope.READ,), "responder": (Scope.RESPOND,)}
        self.tables = tuple(
            TokenTable(name=name, sha256=hashed(token), scopes=scopes[name]) for name, token in self.tokens.items()
        )

    async def post(self, token: str | None, **headers: str) -> httpx.Response:
        """One raw request."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        accept = {"Accept": "application/json, text/event-stream"}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(self.url, json=INITIALIZE, headers=accept | headers)

    @asynccontextmanager
    async def agent(self, token: str, era: str = "auto", person: Answering | None = None) -> AsyncIterator[Agent]:
        """An agent that shows a token."""
        holder: list[Agent] = []

        async def elicited(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
            del context
            holder[0].questions.append(params.message)
            assert person is not None
            return person(params.message)

        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=LIMIT_S, trust_env=False) as http:
            transport = streamable_http_client(self.url, http_client=http)
            callback = elicited if person else None
            async with Client(transport, mode=era, elicitation_callback=callback) as client:
                holder.append(Agent(client))
                yield holder[0]


@asynccontextmanager
async def hall(
    house: House,
    *,
    oauth: bool = True,
    patience: HttpLimits | None = None,
    share: Share | None = None,
    **settings: Any,  # noqa: ANN401
) -> AsyncIterator[Hall]:
    """The server on a free port, with the doors that the settings make."""
    with issuing() as issuer, closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        place = ListenAddress("127.0.0.1", listening.getsockname()[1])
        found = Hall(house, issuer, place.port)
        patience = patience or HttpLimits()
        issuer.audience = found.url
        required = settings.pop("required_scopes", ())
        source = OAuthSettings(issuer=issuer.url, jwks_url=f"{issuer.url}/keys", required_scopes=required)
        tables = settings.pop("tokens", found.tables)
        made = doors(ServerSettings(tokens=tables, oauth=source if oauth else None, **settings), place)
        mcp = build_server(house.app, admission=made.admission)
        terms = Terms(
            security=made.security,
            limit=made.admission.limit,
            now=house.incidents.clock.now,
            patience=patience,
            origins=made.origins,
            share=share,
        )
        app = endpoint(mcp, terms)
        server = Quiet(configured(app, patience, log_level="error", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            until = monotonic() + LIMIT_S
            while not server.started:
                assert not task.done()
                assert monotonic() < until
                await asyncio.sleep(0.01)
            yield found
        finally:
            server.should_exit = True
            await task
