"""A mail server on loopback that speaks as much SMTP as a client needs, and refuses whom it is told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """Mail server that keeps each message that it got, with the recipients of its envelope."""

    port: int = 0
    refused: set[str] = field(default_factory=set)
    delivered: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def texts(self, to: str) -> list[str]:
        return [str(message.get_body(("plain",))) for name, message in self.delivered if name == to]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serve until the end."""
    made = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 loopback")
            envelope: list[str] = []
            for line in iter(self.rfile.readline, b""):
                words = line.decode().strip()
                verb = words[:4].upper()
                if verb == "RCPT":
                    name = words.partition("<")[2].partition(">")[0]
                    if name in made.refused:
                        self._say("550 5.1.1 no such user")
                        continue
                    envelope.append(name)
                if verb == "DATA":
                    self._say("354 go on")
                    self._take(envelope)
                    envelope = []
                if verb == "QUIT":
                    self._say("221 bye")
                    return
                self._say("250 ok")

        def _take(self, envelope: list[str]) -> None:
            data = bytearray()
            for line in iter(self.rfile.readline, b".\r\n"):
                data += line.removeprefix(b".") if line.startswith(b"..") else line
            message = message_from_bytes(bytes(data), policy=policy.default)
            assert isinstance(message, EmailMessage)
            made.delivered += [(name, message) for name in envelope]

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()
