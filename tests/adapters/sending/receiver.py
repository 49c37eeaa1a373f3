"""A receiver on loopback that behaves as told: a plain one, and one that speaks what is used of GitHub's API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """Request that came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """Reply that goes out."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


Answers = Callable[[Request], Reply]


@dataclass
class Receiver:
    """A server on loopback, with what it got."""

    port: int
    requests: list[Request] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    """Replies to the next requests, used before `answers` is asked."""
    answers: Answers = field(default=lambda _request: Reply())
    slow: threading.Event = field(default_factory=threading.Event)
    """Set while it keeps everybody waiting."""
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        if self.slow.is_set():
            self.stopped.wait(20)
        return self.replies.pop(0) if self.replies else self.answers(request)


@contextmanager
def receiver(answers: Answers | None = None) -> Iterator[Receiver]:
    """Serve until the end."""
    made: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = made[0].answer(Request(self.command, parts.path, query, headers, body))
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body.encode())))
                self.end_headers()
                self.wfile.write(reply.body.encode())
            except OSError:
                pass  # whoever asked is gone

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - what the base class looks for

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.append(Receiver(port=server.server_port))
    if answers is not None:
        made[0].answers = answers
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made[0]
    finally:
        made[0].stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class GitHub:
    """Issues of one repository, listed and made as the API does it: newest first, page by page, with a token."""

    def __init__(self, token: str, *, page: int = 100) -> None:
        self.token = token
        self.page = page
        self.issues: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, '{"message": "Bad credentials"}')
        if request.path != "/repos/acme/shop/issues":
            return Reply(404, '{"message": "Not Found"}')
        return self._made(request) if request.method == "POST" else self._listed(request)

    def _made(self, request: Request) -> Reply:
        number = len(self.issues) + 1
        link = f"https://github.example/acme/shop/issues/{number}"
        now = datetime(2026, 1, 5, 9, 30).isoformat() + "Z"  # noqa: DTZ001 - as the API writes it
        self.issues.append({"number": number, "html_url": link, "updated_at": now, "state": "open", **request.json})
        return Reply(201, json.dumps(self.issues[-1]))

    def _listed(self, request: Request) -> Reply:
        assert request.query.get("state", "all") == "all"
        since = request.query.get("since", "")
        found = [issue for issue in reversed(self.issues) if issue["updated_at"] >= since]
        number = int(request.query.get("page", "1"))
        end = number * self.page
        more = {"link": '<http://x/issues?page=2>; rel="next", <http://x>; rel="last"'} if end < len(found) else {}
        return Reply(200, json.dumps(found[end - self.page : end]), more)
