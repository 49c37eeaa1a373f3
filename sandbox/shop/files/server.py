"""The shop's web service without containers: the same answers as app/handler.sh, from the same behaviour.conf."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
WORLD = HERE / "world" / "conf"
RELEASE = os.environ.get("RELEASE", "")
STARTED = time.monotonic()
OK, BROKEN = 200, 500
BODIES: dict[str, tuple[str, dict[str, object]]] = {
    "/api/v1/health": ("HEALTH_STATUS", {"status": "ok", "release": RELEASE}),
    "/api/v1/characters": ("CHARACTERS_STATUS", {"characters": ["Ada", "Grace", "Radia"]}),
    "/api/v1/avatar": ("AVATAR_STATUS", {"avatar": "/static/ada.svg"}),
}


def settings(path: Path) -> dict[str, str]:
    """The settings in a file; none where it is not there."""
    lines = [line.partition("=") for line in path.read_text().splitlines()] if path.exists() else []
    return {name: value.strip("'") for name, _, value in lines}


BEHAVIOUR = settings(HERE / "behaviour.conf")


def log(level: str, line: str) -> None:
    """Write one line to the service's log."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), level, line, flush=True)


class Handler(BaseHTTPRequestHandler):
    """Answers one request as the behaviour says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a GET."""
        path, now = self.path.partition("?")[0], BEHAVIOUR | settings(WORLD)
        time.sleep(float(now["DELAY_S"] or 0))
        setting, body = BODIES.get(path, ("", {}))
        status, says = int(now[setting]) if setting else 404, now["SAYS"]
        if path == "/api/v1/health" and time.monotonic() - STARTED < float(now["READY_AFTER_S"]):
            status = 503
        if now["JOURNAL"]:
            try:
                Path(now["JOURNAL"]).write_text(f"{path}\n")
            except OSError as error:
                status, says = 500, error.strerror or "no journal"
        if now["FLAPPING"] == "yes" and int(time.time()) // 2 % 2:
            status = 502
        if status >= BROKEN:
            log("ERROR", f"{self.command} {path} {status}: {says}")
        elif path != "/api/v1/health":
            log("INFO", f"{self.command} {path} {status}")
        self.answer(status, body if status == OK else {"error": f"status {status}"})

    def do_HEAD(self) -> None:
        """Answer a HEAD."""
        self.do_GET()

    def answer(self, status: int, body: dict[str, object]) -> None:
        """Send a JSON answer."""
        payload = json.dumps(body, separators=(",", ":")).encode()
        self.send_response(status, "Shop")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: requests are logged once, above."""


def repeat(line: str, every_s: float) -> None:
    """Log the same error again and again."""
    while True:
        log("ERROR", line.encode().decode("unicode_escape"))
        time.sleep(every_s)


def main() -> None:
    """Serve until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    log("INFO", f"shop {(HERE / 'VERSION').read_text().strip()} starting, release {RELEASE}")
    if BEHAVIOUR["CRASH"] == "yes":
        log("ERROR", "cannot open the catalogue: configuration key CATALOGUE_URL is missing")
        sys.exit(1)
    if BEHAVIOUR["MEMORY_LIMIT_MB"]:
        limit = int(BEHAVIOUR["MEMORY_LIMIT_MB"]) << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    cache = bytearray(int(BEHAVIOUR["MEMORY_MB"] or 0) << 20)
    cache[::4096] = b"\1" * len(cache[::4096])
    if BEHAVIOUR["LOG_LINE"]:
        threading.Thread(
            target=repeat, args=(BEHAVIOUR["LOG_LINE"], float(BEHAVIOUR["LOG_EVERY_S"])), daemon=True
        ).start()
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["SHOP_PORT"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
