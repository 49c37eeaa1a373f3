"""The server over streamable HTTP on loopback: both eras, and who is kept out."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import monotonic, sleep

import pytest
from mcp import Client

from flightrules.adapters.tokens import fresh, hashed
from flightrules.cli import main
from flightrules.errors import Unavailable
from flightrules.server.binding import bound, listen
from tests.cli.stage import Stage, stage
from tests.cli.test_watch import holders
from tests.server.conftest import Agent
from tests.server.process import LIMIT_S, Wire, serving

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A server, its port and its folder."""

    def __init__(self, wire: Wire, port: int, at: Stage) -> None:
        self.wire = wire
        self.port = port
        self.at = at

    def up(self) -> bool:
        """Return True if it takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def post(self, **headers: str) -> int:
        """The status of one raw request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        accept = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        with closing(connection):
            connection.request("POST", "/mcp", json.dumps(INITIALIZE), accept | headers)
            response = connection.getresponse()
            response.read()
            return response.status


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests here."""
    at = stage(tmp_path_factory.mktemp("http"))
    port = free_port()
    with serving(at.folder, "--http", f"127.0.0.1:{port}") as wire:
        server = Served(wire, port, at)
        until = monotonic() + LIMIT_S
        while not server.up():
            assert monotonic() < until, "the server does not listen"
            assert wire.process.poll() is None
            sleep(0.05)
        yield server


@pytest.mark.anyio
async def test_an_agent_works_over_http_in_both_eras(served: Served, era: str) -> None:
    async with Client(f"http://127.0.0.1:{served.port}/mcp", mode=era) as client:
        agent = Agent(client)
        opened = await agent.call("open_incident", target="shop", title="x")
        incident = opened["incident"]
        refused = await agent.raw("decide", incident=incident)
        assert refused.is_error
        assert (refused.structured_content or {})["problem"]["code"] == "out_of_order"
        assert (await agent.call("assess", incident=incident))["phase"] == "assessed"
    assert incident.encode() in (served.at.folder / "log.db-wal").read_bytes() + served.at.log.read_bytes()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_request_for_another_host_is_refused_so_that_no_web_page_can_rebind_its_name(
    served: Served, host: str
) -> None:
    assert served.post(Host=host) == 421


def test_a_request_from_another_origin_is_refused(served: Served) -> None:
    assert served.post(Origin="https://evil.example") == 403


def test_a_name_that_only_begins_like_one_of_this_machine_is_refused(served: Served) -> None:
    assert served.post(Host=f"127.0.0.1:{served.port}@evil.example") == 421
    assert served.post(Host="localhost:80.evil.example") == 421
    assert served.post(Origin=f"http://127.0.0.1:{served.port}.evil.example") == 403
    assert served.post(Origin=f"http://localhost:{served.port}@evil.example") == 403


def test_a_request_of_this_machine_is_taken(served: Served) -> None:
    assert served.post() == 200


def test_hundreds_who_only_stand_there_keep_nobody_out(served: Served) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(socket.create_connection(("127.0.0.1", served.port))) for _ in range(430)]
        assert served.post() == 200
        crowd[0].settimeout(LIMIT_S)
        with suppress(ConnectionError):
            assert crowd[0].recv(1) == b""
        crowd[-1].sendall(b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        crowd[-1].settimeout(LIMIT_S)
        assert crowd[-1].recv(12) == b"HTTP/1.1 404"


def test_a_request_larger_than_any_call_is_refused(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=LIMIT_S)
    with closing(connection):
        connection.request("POST", "/mcp", b" " * 1_048_577, {"Content-Type": "application/json"})
        assert connection.getresponse().status == 413


def test_without_authentication_a_warning_says_who_may_call(tmp_path: Path) -> None:
    assert "every program on this machine" in _told(tmp_path, "")


def test_with_a_token_in_the_settings_every_request_needs_one(tmp_path: Path) -> None:
    token = fresh()
    table = f'[[server.tokens]]\nname = "ada"\nsha256 = "{hashed(token)}"\nscopes = ["read"]\n'
    told = _told(tmp_path, table, {"": 401, "Bearer x": 401, f"Bearer {token}": 200, f"Basic {token}": 401})
    assert "every program" not in told
    assert token not in told


def _told(folder: Path, more: str, answers: dict[str, int] | None = None) -> str:
    """Return what a server with further settings says on stderr, after requests with these headers."""
    at = stage(folder)
    at.config.write_text(at.config.read_text() + more)
    port = free_port()
    with serving(folder, "--http", f"127.0.0.1:{port}") as wire:
        server = Served(wire, port, at)
        until = monotonic() + LIMIT_S
        while not server.up():
            assert monotonic() < until
            assert wire.process.poll() is None
            sleep(0.05)
        for header, status in (answers or {}).items():
            assert server.post(**({"Authorization": header} if header else {})) == status
        wire.process.send_signal(signal.SIGTERM)
        return wire.end()[2].decode()


def test_a_port_that_is_taken_ends_the_second_server_with_words(served: Served) -> None:
    with serving(served.at.folder, "--http", f"127.0.0.1:{served.port}") as wire:
        status, _, error = wire.end()
    assert status != 0
    assert b"in use" in error
    assert b"Traceback" not in error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_server_that_is_told_to_stop_stops_and_lets_another_watch_at_once(
    number: signal.Signals, tmp_path: Path
) -> None:
    port = free_port()
    with serving(stage(tmp_path).folder, "--http", f"127.0.0.1:{port}") as wire:
        server = Served(wire, port, stage(tmp_path))
        until = monotonic() + LIMIT_S
        while not server.up():
            assert monotonic() < until
            sleep(0.05)
        while not holders(server.at.log):
            assert monotonic() < until
            sleep(0.05)
        wire.process.send_signal(number)
        status, _, error = wire.end()
    assert status == 0
    assert b"Traceback" not in error
    assert holders(server.at.log) == []


def test_the_socket_that_was_bound_is_the_one_that_listens_so_that_any_free_port_will_do(tmp_path: Path) -> None:
    with serving(stage(tmp_path).folder, "--http", "localhost:0") as wire:
        assert wire.process.stderr is not None
        told = wire.process.stderr.readline().decode()
        port = int(told.removeprefix("flightrules: MCP on http://localhost:").removesuffix("/mcp\n"))
        # What connects before the loop runs waits in the socket's queue.
        assert Served(wire, port, stage(tmp_path)).up()


def test_nobody_connects_to_what_is_bound_before_it_listens() -> None:
    with bound("127.0.0.1", 0) as (sockets, port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        listen(sockets)
        socket.create_connection(("127.0.0.1", port)).close()
        with pytest.raises(Unavailable, match="in use"), bound("127.0.0.1", port):
            pass


def test_who_binds_at_the_same_time_is_told_before_it_says_that_it_listens() -> None:
    with bound("127.0.0.1", 0) as (first, port), bound("127.0.0.1", port) as (second, _):
        listen(first)
        with pytest.raises(Unavailable, match="in use"):
            listen(second)


def test_an_address_where_something_listens_already_is_told_before_the_server_says_that_it_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(stage(tmp_path).folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main(["serve", "--http", place]) == 1
    told = capsys.readouterr().err
    assert f"address {place}: Address already in use. Stop what listens there, or name another." in told
    assert "MCP on" not in told


@pytest.mark.parametrize("place", ["0.0.0.0:8765", "192.168.1.5:8765", "[::]:8765", "example.org:80", "*:80"])
def test_an_address_that_others_can_reach_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.chdir(stage(tmp_path).folder)
    assert main(["serve", "--http", place]) == 1
    told = capsys.readouterr().err
    assert "not_loopback" in told
    assert "authentication" in told


@pytest.mark.parametrize(
    "place", ["8765", "127.0.0.1", "127.0.0.1:", ":8765", "127.0.0.1:http", "127.0.0.1:70000", "127.0.0.1:²"]
)
def test_what_is_no_address_is_refused_with_an_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.chdir(stage(tmp_path).folder)
    assert main(["serve", "--http", place]) == 1
    assert "127.0.0.1:8765" in capsys.readouterr().err
