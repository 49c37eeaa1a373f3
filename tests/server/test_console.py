"""The console beside the MCP endpoint on one port: only if it is configured, and neither opens the other."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flightrules.cli import main
from tests.cli.stage import stage
from tests.server.process import LIMIT_S, serving
from tests.server.test_http import INITIALIZE, free_port


@contextmanager
def served(folder: Path, more: str, host: str = "127.0.0.1", *words: str) -> Iterator[int]:
    """A server with further settings; gives its port."""
    port = free_port()
    at = stage(folder)
    settings = at.folder / "flightrules.toml"
    settings.write_text(settings.read_text() + more.format(port=port))
    with serving(at.folder, "--http", f"{host}:{port}", *words) as wire:
        until_it_listens(port, wire.process)
        yield port


def until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once the server takes connections."""
    until = monotonic() + LIMIT_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert monotonic() < until, "the server does not listen"
        assert process.poll() is None
        sleep(0.05)


def request(port: int, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    with closing(connection):
        connection.request(method, path, body or None, {"Host": f"localhost:{port}"} | headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


CONSOLE = '\n[server.console]\npublic_url = "http://localhost:{port}"\n'
MCP = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def test_a_link_of_the_command_line_opens_the_console_and_nothing_opens_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(tmp_path, CONSOLE) as port:
        assert main(["--config", str(tmp_path / "flightrules.toml"), "console", "link", "ada@example.org"]) == 0
        link, said = capsys.readouterr().out.splitlines()
        assert link.startswith(f"http://localhost:{port}/sign-in#")
        assert "approves nothing" in said
        own = {"Origin": f"http://localhost:{port}", "Content-Type": "application/json"}
        word = json.dumps({"word": link.partition("#")[2]})
        status, headers, _ = request(port, "POST", "/sign-in/link", word, **own)
        assert status == 200
        cookie = headers["set-cookie"].partition(";")[0]
        assert request(port, "GET", "/", Cookie=cookie)[0] == 200
        assert request(port, "GET", "/", Authorization=f"Bearer {cookie.partition('=')[2]}")[0] == 303
        assert request(port, "POST", "/mcp", json.dumps(INITIALIZE), **MCP)[0] == 200
        assert request(port, "GET", "/", Host="evil.example")[0] == 421
        assert main(["--config", str(tmp_path / "flightrules.toml"), "console", "sessions"]) == 0
        listed = capsys.readouterr().out
        assert "ada@example.org, may look, by link" in listed
        assert main(["--config", str(tmp_path / "flightrules.toml"), "console", "end", listed.split()[0]]) == 0
        assert request(port, "GET", "/", Cookie=cookie)[0] == 303


def test_a_page_that_is_followed_live_does_not_hold_up_the_end_of_the_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Calls under way are waited for until 25 s; a live page is none, and ends at once."""
    port = free_port()
    at = stage(tmp_path)
    settings = at.folder / "flightrules.toml"
    settings.write_text(settings.read_text() + CONSOLE.format(port=port))
    with serving(at.folder, "--http", f"127.0.0.1:{port}") as wire:
        until_it_listens(port, wire.process)
        main(["--config", str(settings), "console", "link", "ada@example.org"])
        word = json.dumps({"word": capsys.readouterr().out.split()[0].partition("#")[2]})
        own = {"Origin": f"http://localhost:{port}", "Content-Type": "application/json"}
        cookie = request(port, "POST", "/sign-in/link", word, **own)[1]["set-cookie"].partition(";")[0]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
        with closing(connection):
            connection.request("GET", "/live", None, {"Host": f"localhost:{port}", "Cookie": cookie})
            answer = connection.getresponse()
            assert (answer.status, answer.readline()) == (200, b"retry: 2000\n")
            wire.process.terminate()
            assert wire.process.wait(timeout=20) == 0
            assert answer.read() == b"\n"


def test_without_the_table_there_is_no_console(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(tmp_path, "") as port:
        assert request(port, "GET", "/")[0] == 404
        assert request(port, "GET", "/sign-in")[0] == 404
    assert main(["--config", str(tmp_path / "flightrules.toml"), "console", "link", "ada"]) == 1
    assert "No console is configured" in capsys.readouterr().err


def test_a_session_does_not_open_the_endpoint_that_wants_a_token(tmp_path: Path) -> None:
    token = f'\n[[server.tokens]]\nname = "claude"\nsha256 = "{"0" * 64}"\nscopes = ["read"]\n'
    with served(tmp_path, CONSOLE + token) as port:
        main(["--config", str(tmp_path / "flightrules.toml"), "console", "link", "ada"])
        assert request(port, "POST", "/mcp", json.dumps(INITIALIZE), **MCP, Cookie="__Host-flightrules=x")[0] == 401


def test_from_elsewhere_the_console_is_not_served_without_tls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = stage(tmp_path)
    token = f'[[server.tokens]]\nname = "claude"\nsha256 = "{"0" * 64}"\nscopes = ["read"]\n'
    settings = at.folder / "flightrules.toml"
    settings.write_text(settings.read_text() + CONSOLE.format(port=8765) + token)
    assert main(["--config", str(settings), "serve", "--http", f"0.0.0.0:{free_port()}"]) == 1
    assert "never served there without TLS" in capsys.readouterr().err


def certificate(folder: Path) -> Path:
    """Return a file with a self-signed certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "tls.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_with_a_certificate_the_server_speaks_tls_and_the_console_may_be_reached_from_elsewhere(tmp_path: Path) -> None:
    token = f'\n[[server.tokens]]\nname = "claude"\nsha256 = "{"0" * 64}"\nscopes = ["read"]\n'
    more = '\n[server]\nallowed_hosts = ["flightrules.example"]\n' + CONSOLE.replace("http:", "https:") + token
    pem = certificate(tmp_path)
    with served(tmp_path, more, "0.0.0.0", "--tls-cert", str(pem)) as port:  # noqa: S104 - that is what is tried
        trusting = ssl.create_default_context(cafile=str(pem))
        connection = http.client.HTTPSConnection("localhost", port, timeout=LIMIT_S, context=trusting)
        with closing(connection):
            for _ in range(6):  # each takes the connection up where the one before left it
                connection.request("GET", "/sign-in")
                answer = connection.getresponse()
                assert answer.status == 200
                answer.read()


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = stage(tmp_path)
    words = ["--config", str(at.config), "serve", "--http", f"127.0.0.1:{free_port()}", "--tls-cert", "no.pem"]
    assert main(words) == 1
    assert "certificate no.pem with key no.pem" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('public_url = "http://127.0.0.1:8765"', "no passkeys at an IP address"),
        ('public_url = "https://10.0.0.5"', "no passkeys at an IP address"),
        ('public_url = "https://flightrules.example/console"', "more than a name"),
        ('public_url = "https://flightrules.example"\nrp_id = "example.org"', "or a domain above it"),
        ('public_url = "http://console.lan"', "found"),
    ],
)
def test_an_address_at_which_passkeys_do_not_work_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, words: str
) -> None:
    at = stage(tmp_path)
    settings = at.folder / "flightrules.toml"
    settings.write_text(f"{settings.read_text()}\n[server.console]\n{table}\n")
    assert main(["--config", str(settings), "console", "sessions"]) == 1
    assert words in capsys.readouterr().err
