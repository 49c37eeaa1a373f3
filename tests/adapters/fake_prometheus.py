"""A Prometheus-compatible API made of memory: it answers the questions of this project, and keeps the contract."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, Any]]


@dataclass
class Service:
    """One service as it is measured; None stands for no series."""

    up: float | None = 1
    total: float | None = 600.0
    """Requests in the window."""
    bad: float | None = None
    quantile: float = 0.0475
    age: float = 0.5
    """Age of the newest sample in seconds."""


@dataclass
class FakePrometheus:
    """Services by the name of their job."""

    services: dict[str, Service] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    """Further fields of each answer, as `warnings`."""
    late_s: float = 0.0
    """Seconds that each answer takes."""
    behind_s: float = 0.0
    """Seconds by which its clock is behind ours."""
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    """Set at the end, so that a late answer holds nobody up."""

    def answer(self, query: str, at: float) -> Answer:
        """Answer an instant query."""
        self.asked.append(query)
        if query.count("(") != query.count(")"):
            return 400, {"status": "error", "errorType": "bad_data", "error": "parse error: unclosed left parenthesis"}
        if query == "many_series":
            return self._vector([({"n": str(number)}, "1") for number in range(25)])
        if query.startswith("scalar("):
            return 200, {"status": "success", "data": {"resultType": "scalar", "result": [at, "1"]}}
        return self._vector(self._about(query, at))

    def _about(self, query: str, at: float) -> list[tuple[dict[str, str], str]]:
        job = re.search(r'job="([^"]*)"', query)
        service = self.services.get(job[1] if job else "")
        if service is None or service.up is None:
            return []
        for pattern, value in self._values(service, at):
            if re.search(pattern, query):
                return value
        raise AssertionError(f"the fake does not know {query}")

    @staticmethod
    def _values(service: Service, at: float) -> list[tuple[str, list[tuple[dict[str, str], str]]]]:
        def one(value: float | None) -> list[tuple[dict[str, str], str]]:
            return [] if value is None else [({}, repr(value))]

        there = service.total is not None
        rate = (service.total or 0.0) / 10
        several = [({"code": code}, repr(rate)) for code in ("200", "404")]
        return [
            (r"^min\(up\{", one(service.up)),
            (r"^min\(timestamp\(up\{", one(at - service.age)),
            (r"^min\(timestamp\(", one(at - service.age if there else None)),
            (r"^count\(.*status!=", []),
            (r"^count\(.*code!=", one(3.0 if there else None)),
            (r"^count by \(le\)", [({"le": le}, "1") for le in ("0.05", "0.5", "2.5", "+Inf")] if there else []),
            (r"^histogram_quantile", one(service.quantile if service.total else float("nan"))),
            (r'code=~"5', one(service.bad if there else None)),
            (r"^sum\(increase\(", one(service.total)),
            (r"\[10s\]\)\) - ", one(float("nan"))),
            (r" / ", one(float("inf"))),
            (r"^rate\(", several if there else []),
            (r"^sum\(rate\(", one(rate if there else None)),
            (r"^http_requests_total", several),
        ]

    def _vector(self, series: list[tuple[dict[str, str], str]]) -> Answer:
        result = [{"metric": labels, "value": [0, _text(value)]} for labels, value in series]
        return 200, {"status": "success", "data": {"resultType": "vector", "result": result}, **self.extra}


def _text(value: str) -> str:
    return {"nan": "NaN", "inf": "+Inf"}.get(value, value)


def table() -> dict[str, Service]:
    """The services of the contract."""
    return {
        "healthy": Service(),
        "erring": Service(bad=200.0),
        "errors-over": Service(bad=0.0),
        "no-traffic": Service(total=0.0),
        "little-traffic": Service(total=10.0),
        "scrape-fails": Service(up=0),
        "renamed": Service(total=None),
        "slow": Service(quantile=2.5),
    }


Answering = Callable[[str, dict[str, str], dict[str, str]], tuple[int, bytes, dict[str, str]]]
"""Takes path, parameters and headers of a request; gives status, body and headers."""


@contextmanager
def listening(answer: Answering) -> Iterator[str]:
    """Serve an API from this process."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, body, headers = answer(parts.path, given, dict(self.headers.items()))
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(fake: FakePrometheus) -> Iterator[str]:
    """Serve the fake; the address of its API."""

    def answer(path: str, given: dict[str, str], headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        fake.headers.append(headers)
        if fake.late_s:
            fake.gate.wait(fake.late_s)
        if path != "/api/v1/query":
            return 404, b"{}", {}
        status, told = fake.answer(given["query"], float(given["time"]))
        date = formatdate(time.time() - fake.behind_s, usegmt=True)
        return status, json.dumps(told).encode(), {"Date": date}

    with listening(answer) as url:
        try:
            yield url
        finally:
            fake.gate.set()
