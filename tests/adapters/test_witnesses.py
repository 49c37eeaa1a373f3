from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

import pytest

from flightrules.adapters.witnesses import FileWitness, HttpWitness
from flightrules.errors import Unavailable
from flightrules.state.archive.witness import Witnessed, read_lines
from tests.adapters.full_disk import room_for
from tests.state.core import NOON

pytestmark = pytest.mark.anyio


def head(version: int) -> Witnessed:
    return Witnessed(stream="INC-1", version=version, hash=f"{version:064d}", at=NOON)


async def test_a_file_gets_a_line_a_head_and_keeps_what_was_in_it(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    await FileWitness(path).tell([head(1), head(2)])
    await FileWitness(path).tell([head(3)])
    text = await FileWitness(path).lines()
    assert text is not None
    assert text.count("\n") == 3
    assert read_lines(text) == ([head(1), head(2), head(3)], [])


async def test_a_line_that_a_power_cut_left_torn_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    path.write_text(head(1).line + head(2).line[:20])
    await FileWitness(path).tell([head(3)])
    assert read_lines(path.read_text()) == ([head(1), head(3)], [2])


async def test_heads_that_a_full_disk_took_only_in_part_are_not_told(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    heads = [head(1), head(2), head(3)]
    with room_for(len(head(1).line) + 20), pytest.raises(Unavailable, match="cannot be written"):
        await FileWitness(path).tell(heads)
    await FileWitness(path).tell(heads)
    assert read_lines(path.read_text()) == ([head(1), *heads], [2])


async def test_many_processes_may_write_at_once(tmp_path: Path) -> None:
    witnesses = [FileWitness(tmp_path / "heads") for _ in range(8)]
    await asyncio.gather(*(one.tell([head(n)]) for n, one in enumerate(witnesses * 5, start=1)))
    heads, unread = read_lines((tmp_path / "heads").read_text())
    assert (sorted(one.version for one in heads), unread) == (list(range(1, 41)), [])


async def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    witness = FileWitness(tmp_path / "mnt" / "heads")
    with pytest.raises(Unavailable, match="No such file") as caught:
        await witness.tell([head(1)])
    assert "not mounted" in caught.value.remedy
    assert await witness.lines() == ""


async def test_a_file_that_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    path.mkdir()
    with pytest.raises(Unavailable, match="cannot be written"):
        await FileWitness(path).tell([head(1)])
    with pytest.raises(Unavailable, match="cannot be read"):
        await FileWitness(path).lines()


class Sink:
    """An address that keeps what is posted to it."""

    def __init__(self) -> None:
        self.kept = ""
        self.status = 204
        self.url = ""


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.kept += body if made.status == 204 else ""
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the standard library
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/heads"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


async def test_an_address_gets_the_same_lines(sink: Sink) -> None:
    witness = HttpWitness(sink.url)
    await witness.tell([head(1), head(2)])
    await witness.tell([head(3)])
    await witness.close()
    assert read_lines(sink.kept) == ([head(1), head(2), head(3)], [])
    assert await witness.lines() is None


async def test_an_address_that_says_no_or_does_not_answer_is_told(sink: Sink) -> None:
    sink.status = 503
    witness = HttpWitness(sink.url)
    with pytest.raises(Unavailable, match="status 503") as caught:
        await witness.tell([head(1)])
    assert "/heads" not in str(caught.value), "a path may be what lets one in"
    await witness.close()
    nobody = HttpWitness("http://127.0.0.1:9/heads")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await nobody.tell([head(1)])
    await nobody.close()


@pytest.fixture
def dripping() -> Iterator[str]:
    """An address that takes what is posted, and whose answer never ends."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            while not stop.wait(0.05):
                self.wfile.write(b" ")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the standard library
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/heads"
        stop.set()
        server.shutdown()
        thread.join()


async def test_an_answer_without_an_end_is_not_waited_for(dripping: str) -> None:
    witness = HttpWitness(dripping)
    async with asyncio.timeout(2):
        await witness.tell([head(1)])
    await witness.close()


async def test_an_address_that_cannot_be_asked_is_told() -> None:
    witness = HttpWitness("https://heads:123456/")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await witness.tell([head(1)])
    await witness.close()
