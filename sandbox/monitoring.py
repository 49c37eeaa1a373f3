"""A real monitoring system on loopback: Debian's Prometheus, and what it scrapes.

Knows: the programs, their flags, and when they are ready. Must not know: what is measured, or what becomes of an alert.
"""

from __future__ import annotations

import json
import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.process import SandboxError, Started, start, wait_until
from sandbox.ssh import free_port

PACKAGES = {"prometheus": "prometheus", "prometheus-alertmanager": "prometheus-alertmanager"}
"""Programs, and the Debian packages that bring them."""

READY_S = 30.0


def missing() -> str:
    """Return the reason that these programs cannot run here; empty if they can."""
    gone = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    return f"Debian packages are missing: {' '.join(gone)}" if gone else ""


class Prometheus:
    """One Prometheus, started and stopped at will; what it knows stays in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: Started | None = None

    def start(self, config: Mapping[str, Any]) -> None:
        """Start it with a configuration, which may be JSON, and return once it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "prometheus.yml"
        file.write_text(json.dumps(config))
        flags = (
            f"--config.file={file}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        )
        self._process = start("prometheus", *flags, log=self.folder / "prometheus.log")
        answers(f"{self.url}/-/ready", of="prometheus")

    def stop(self, *, grace_s: float = 10.0) -> None:
        """End it; without a grace it is killed."""
        process, self._process = self._process, None
        if process is not None:
            process.stop(grace_s=grace_s)


def scraping(jobs: Mapping[str, str], *, every_s: int = 1) -> dict[str, Any]:
    """A configuration that scrapes each job at an address as `127.0.0.1:8000/metrics`."""
    return {
        "global": {"scrape_interval": f"{every_s}s", "scrape_timeout": f"{every_s}s"},
        "scrape_configs": [
            {
                "job_name": name,
                "metrics_path": "/" + address.partition("/")[2],
                "static_configs": [{"targets": [address.partition("/")[0]]}],
            }
            for name, address in jobs.items()
        ],
    }


def answers(url: str, *, of: str) -> None:
    """Return once an address answers with 200. Raises `SandboxError` if it never does."""

    def does() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - loopback
                return int(response.status) == 200  # noqa: PLR2004
        except OSError:
            return False

    if not wait_until(does, limit_s=READY_S):
        raise SandboxError(f"{of} does not answer at {url}")


Page = Callable[[], str | None]
"""Text of a page of metrics now; None for an answer that fails."""


@contextmanager
def served(pages: Mapping[str, Page]) -> Iterator[str]:
    """Serve pages of metrics from this process, each at a path; the address with its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            text = page() if page else None
            data = (text or "").encode()
            self.send_response(200 if text is not None else 500)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def samples(name: str, values: Sequence[tuple[Mapping[str, str], float]]) -> str:
    """Series of one metric in the text format."""
    lines = [
        f"{name}{{{','.join(f'{key}={json.dumps(value)}' for key, value in labels.items())}}} {number}"
        for labels, number in values
    ]
    return "".join(f"{line}\n" for line in lines)
