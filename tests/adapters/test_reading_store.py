"""A command that only reads tells what there is, whatever the disk of the log takes."""

# ruff: noqa: ASYNC240 (what a test does to the file beside the store may block)

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from flightrules.adapters.sqlite import copying
from flightrules.adapters.sqlite.reading import ReadingStore
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.errors import Unavailable
from flightrules.ports import EventStore, Write
from flightrules.state.log import Recorded, broken
from flightrules.testing import ManualClock
from tests.adapters.full_disk import fill_up, remount_read_only, small_disk
from tests.adapters.lease_contract import LeaseContract
from tests.adapters.store_contract import StoreContract, draft
from tests.adapters.test_sqlite_processes import begin, start

pytestmark = pytest.mark.anyio


class TestReadingStore(StoreContract, LeaseContract):
    @pytest.fixture
    async def store(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[ReadingStore]:
        said: list[str] = []
        store = ReadingStore(tmp_path / "incidents.db", said.append, now=clock.now)
        yield store
        await store.close()
        assert said == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "2m") as disk:
        yield disk


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that a copy may be made in."""
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    monkeypatch.setattr(copying, "MEMORY", ())
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    return place


async def fill(store: EventStore, count: int) -> None:
    """So many events of one stream."""
    for n in range(count):
        await store.append(Write("a", None, [draft(n=n)]))


async def closed(path: Path, count: int) -> None:
    """A log with so many events that nobody has open."""
    store = SqliteStore(path)
    await fill(store, count)
    await store.close()


async def left_open(path: Path, elsewhere: Path, count: int) -> None:
    """A log as a crash leaves it: the newest events stand in its side file alone."""
    store = SqliteStore(elsewhere)
    await fill(store, count)
    for name in (path.name, f"{path.name}-wal"):
        shutil.copyfile(elsewhere.with_name(name), path.with_name(name))
    await store.close()


async def read(path: Path, stream: str = "a") -> tuple[list[Recorded], list[str]]:
    """All events of a stream, and what was said."""
    said: list[str] = []
    store = ReadingStore(path, said.append)
    try:
        return await store.load(stream), said
    finally:
        await store.close()


async def test_a_log_on_a_full_disk_is_read_from_a_copy_and_left_as_it_is(disk: Path, places: Path) -> None:
    path = disk / "incidents.db"
    await closed(path, 5)
    fill_up(disk)
    content = path.read_bytes()
    said: list[str] = []
    store = ReadingStore(path, said.append)
    assert len(events := await store.load("a")) == 5
    assert broken(events) is None
    assert len(list(places.iterdir())) == 1
    assert await store.streams() == ["a"]
    await store.close()
    assert list(places.iterdir()) == []
    assert path.read_bytes() == content
    assert said == [
        f"incident log {path}: the disk is full, so nothing was written. Free some space and call again.",
        "what follows is read from a copy of it, made just now",
    ]


@pytest.mark.usefixtures("places")
async def test_what_stands_in_the_side_file_alone_is_read_too(disk: Path, tmp_path: Path) -> None:
    await left_open(disk / "incidents.db", tmp_path / "incidents.db", 5)
    fill_up(disk)
    events, said = await read(disk / "incidents.db")
    assert len(events) == 5
    assert len(said) == 2


@pytest.mark.usefixtures("places")
async def test_a_copy_takes_no_events_and_says_so_once(disk: Path) -> None:
    path = disk / "incidents.db"
    await closed(path, 5)
    ballast = fill_up(disk)
    said: list[str] = []
    store = ReadingStore(path, said.append)
    for _ in range(2):
        assert await store.append(Write("a", None, [draft()])) == []
    assert len(await store.load("a")) == 5
    await store.close()
    assert said[2:] == ["that you asked is not on record"]
    ballast.unlink()
    assert len((await read(path))[0]) == 5


async def test_a_log_that_a_server_has_open_is_read_where_it_lies_and_takes_no_events(disk: Path) -> None:
    path = disk / "incidents.db"
    server = SqliteStore(path)
    await fill(server, 5)
    ballast = fill_up(disk)
    said: list[str] = []
    store = ReadingStore(path, said.append)
    assert len(await store.load("a")) == 5
    big = [draft(text="x" * 500_000)]
    assert await store.append(Write("a", None, big)) == []
    assert len(await store.load("a")) == 5
    await store.close()
    assert "the disk is full" in said[0]
    assert said[1:] == ["that you asked is not on record"]
    ballast.unlink()
    await server.append(Write("a", 5, big))
    await server.close()


async def test_a_disk_that_became_read_only_is_read_from_a_copy(disk: Path, places: Path, tmp_path: Path) -> None:
    await left_open(disk / "incidents.db", tmp_path / "incidents.db", 5)
    remount_read_only(disk)
    events, said = await read(disk / "incidents.db")
    assert len(events) == 5
    assert said[1:] == ["what follows is read from a copy of it, made just now"]
    assert list(places.iterdir()) == []


async def test_where_no_place_has_room_for_a_copy_the_full_disk_is_told(
    disk: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await closed(disk / "incidents.db", 5)
    fill_up(disk)
    monkeypatch.setattr(copying, "SPARE", 1 << 60)
    with pytest.raises(Unavailable, match="the disk is full"):
        await read(disk / "incidents.db")
    assert list(places.iterdir()) == []


async def test_a_log_that_is_damaged_is_not_copied_but_told(disk: Path, places: Path) -> None:
    path = disk / "incidents.db"
    await closed(path, 5)
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\x13" * 4096
    path.write_bytes(content)
    fill_up(disk)
    with pytest.raises(Unavailable, match=str(path)):
        await read(path)
    assert list(places.iterdir()) == []


async def test_a_log_that_is_not_there_is_made_as_ever(tmp_path: Path) -> None:
    assert await read(tmp_path / "incidents.db") == ([], [])


async def test_a_copy_of_a_log_that_is_written_to_all_the_time_is_whole_or_none(tmp_path: Path) -> None:
    path, whole = tmp_path / "incidents.db", 0
    process = start(path, "p", 100_000)
    try:
        begin(process)
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(10):
            folder = copying.copied(path)
            if folder is None:
                continue
            whole += 1
            own, _ = await read(Path(folder.name) / path.name, "p")
            shared, _ = await read(Path(folder.name) / path.name, "shared")
            folder.cleanup()
            assert broken(own) is None
            assert broken(shared) is None
            assert len(own) == 2 * len(shared)
    finally:
        process.kill()
        process.communicate()
    folder = copying.copied(path)
    assert folder is not None
    folder.cleanup()
