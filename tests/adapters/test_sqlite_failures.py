"""Each way in which the file can fail is named to the person who must act, and nothing written before is lost."""

# ruff: noqa: ASYNC240 (what a test does to the file beside the store may block)

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from flightrules.adapters.sqlite import connection, sql
from flightrules.adapters.sqlite import store as store_module
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.errors import Defect, Unavailable
from flightrules.ports import EventStore, Write
from flightrules.state.log import broken
from tests.adapters.full_disk import small_disk
from tests.adapters.store_contract import draft
from tests.adapters.unprivileged import unprivileged

pytestmark = pytest.mark.anyio

BIG = "x" * 20_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "incidents.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, busy_s=0.2)
    yield store
    await store.close()


async def fill(store: EventStore, count: int, size: str = BIG) -> None:
    """Append that many events, each of its own."""
    for version in range(count):
        await store.append(Write("a", version, [draft(n=version, text=size)]))


async def append_until_it_fails(store: EventStore) -> tuple[int, Unavailable]:
    """Append until it fails; return how many events were acknowledged before, and the failure."""
    for version in range(2000):
        try:
            await store.append(Write("a", version, [draft(n=version, text=BIG)]))
        except Unavailable as failure:
            return version, failure
    pytest.fail("the disk never filled up")


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as any other program sees it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        yield database


async def test_nothing_is_opened_before_the_first_use(path: Path) -> None:
    store = SqliteStore(path)
    await store.close()
    assert not path.exists()


async def test_missing_folder_and_file_are_made_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"
    store = SqliteStore(folder / "incidents.db")
    await store.append(Write("a", 0, [draft()]))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    await store.close()


async def test_a_full_database_loses_nothing_and_goes_on_once_there_is_room(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(path)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "PRAGMAS", (*connection.PRAGMAS, "PRAGMA max_page_count = 100"))
        acknowledged, failure = await append_until_it_fails(store)
        assert "the disk is full" in str(failure)
        assert str(path) in str(failure)
        assert isinstance(failure.__cause__, sqlite3.Error)
        assert acknowledged > 0
        assert len(await store.load("a")) == acknowledged
    await store.close()
    store = SqliteStore(path)
    await store.append(Write("a", acknowledged, [draft()]))
    events = await store.load("a")
    assert len(events) == acknowledged + 1
    assert broken(events) is None
    await store.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of one megabyte."""
    with small_disk(tmp_path / "disk", "1m") as disk:
        yield disk


@pytest.mark.parametrize("rows", [1, store_module.ROWS], ids=["taken in each time", "taken in at the end"])
async def test_a_full_disk_loses_nothing_and_the_same_store_goes_on_once_there_is_room(
    tiny_disk: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(store_module, "ROWS", rows)
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(b"0" * 200_000)
    store = SqliteStore(tiny_disk / "incidents.db")
    acknowledged, failure = await append_until_it_fails(store)
    assert "disk" in str(failure)
    assert acknowledged > 0
    ballast.unlink()
    await store.append(Write("a", acknowledged, [draft()]))
    events = await store.load("a")
    assert len(events) == acknowledged + 1
    assert broken(events) is None
    await store.close()


async def test_a_disk_without_room_for_a_new_file_is_named(tiny_disk: Path) -> None:
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(b"0" * (1024 * 1024))
    store = SqliteStore(tiny_disk / "incidents.db")
    with pytest.raises(Unavailable, match="disk"):
        await store.append(Write("a", 0, [draft()]))
    ballast.unlink()
    await store.append(Write("a", 0, [draft()]))
    assert len(await store.load("a")) == 1
    await store.close()


@pytest.mark.parametrize("content", [b"incident log\n" * 400, b"\x00" * 8192, b"SQLite format 3\x00" + b"\xff" * 8000])
async def test_a_file_that_is_no_database_is_left_as_it_is(path: Path, store: SqliteStore, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="not an SQLite database") as caught:
        await store.append(Write("a", 0, [draft()]))
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


async def test_a_garbled_first_page_is_named(path: Path, store: SqliteStore) -> None:
    await fill(store, 3)
    await store.close()
    with path.open("r+b") as file:
        file.write(b"\x13" * 64)
    store = SqliteStore(path)
    with pytest.raises(Unavailable, match=r"first page is damaged.*Restore a copy"):
        await store.load("a")
    await store.close()


@pytest.mark.parametrize("what", ["text", "page"])
async def test_flipped_bytes_are_never_taken_for_events(path: Path, store: SqliteStore, what: str) -> None:
    for version in range(60):
        await store.append(Write("a", version, [draft(n=version, text="some words " * 40)]))
    await store.close()
    content = bytearray(path.read_bytes())
    place = content.index(b'"n":30,') + 20
    start, length = (place, 2) if what == "text" else (place // 4096 * 4096, 64)
    content[start : start + length] = bytes(byte ^ 0x15 for byte in content[start : start + length])
    path.write_bytes(content)
    store = SqliteStore(path)
    assert await names_the_damage(store, path)
    await store.close()


async def names_the_damage(store: SqliteStore, path: Path) -> bool:
    """Return True if reading fails and says so, or gives events whose chain shows the damage."""
    try:
        events = await store.load("a")
    except Unavailable as failure:
        return "damaged" in str(failure) and str(path) in str(failure)
    return broken(events) is not None


async def test_a_damaged_file_may_be_moved_away_without_a_restart(path: Path, store: SqliteStore) -> None:
    await fill(store, 1, "")
    with raw(path) as database:
        database.execute("UPDATE events SET data = CAST(x'ff' AS TEXT)")
    with pytest.raises(Unavailable, match="move it away"):
        await store.load("a")
    path.rename(path.with_suffix(".damaged"))
    await store.append(Write("a", 0, [draft()]))
    assert len(await store.load("a")) == 1


async def test_an_edited_event_that_is_no_longer_json_is_named(path: Path, store: SqliteStore) -> None:
    await fill(store, 2, "")
    with raw(path) as database:
        database.execute("UPDATE events SET data = '{' WHERE version = 2")
    with pytest.raises(Unavailable, match="an event of stream a cannot be read"):
        await store.load("a")


async def test_text_that_is_not_utf8_is_damage_and_is_not_repeated(path: Path, store: SqliteStore) -> None:
    await fill(store, 1, "")
    with raw(path) as database:
        database.execute("UPDATE events SET data = CAST(x'ff73656372657400' AS TEXT)")
    with pytest.raises(Unavailable, match="damaged") as caught:
        await store.load("a")
    assert "secret" not in str(caught.value)


async def test_an_edit_breaks_the_chain(path: Path, store: SqliteStore) -> None:
    await fill(store, 3, "")
    with raw(path) as database:
        database.execute("UPDATE events SET kind = 'forged' WHERE version = 2")
    found = broken(await store.load("a"))
    assert found is not None
    assert found.version == 2


async def test_a_lock_held_for_too_long_is_named_and_the_next_call_works(path: Path, store: SqliteStore) -> None:
    await fill(store, 1, "")
    with raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked") as caught:
            await store.append(Write("a", 1, [draft()]))
        assert "Call again" in caught.value.remedy
        assert len(await store.load("a")) == 1
        other.execute("ROLLBACK")
    await store.append(Write("a", 1, [draft()]))


async def test_the_database_of_another_program_is_left_as_it_is(path: Path, store: SqliteStore) -> None:
    with raw(path) as database:
        database.execute("CREATE TABLE customers (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="another program"):
        await store.append(Write("a", 0, [draft()]))
    assert path.read_bytes() == before


async def test_an_empty_database_marked_by_another_program_is_left_as_it_is(path: Path, store: SqliteStore) -> None:
    with raw(path) as database:
        database.execute("PRAGMA application_id = 7")
    with pytest.raises(Unavailable, match="another program"):
        await store.load("a")


async def test_an_empty_file_becomes_the_log(path: Path, store: SqliteStore) -> None:
    path.touch()
    await store.append(Write("a", 0, [draft()]))
    assert len(await store.load("a")) == 1


async def test_a_schema_of_a_newer_version_is_refused_by_name(path: Path, store: SqliteStore) -> None:
    await fill(store, 1, "")
    with raw(path) as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('flightrules', '0099_moon', '')"
        )
    await store.close()
    store = SqliteStore(path)
    with pytest.raises(Unavailable, match=r"0099_moon.*knows up to 0003_one_id") as caught:
        await store.append(Write("a", 1, [draft()]))
    assert "Upgrade flightrules" in caught.value.remedy
    await store.close()


async def test_a_file_of_an_older_schema_is_brought_up(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 1, "")
    await store.close()
    scripts = {**sql.migrations(), "0099_more": "CREATE TABLE more (a TEXT); CREATE TABLE less (a TEXT);"}
    monkeypatch.setattr(sql, "migrations", lambda: scripts)
    store = SqliteStore(path)
    assert len(await store.load("a")) == 1
    await store.close()
    with raw(path) as database:
        assert database.execute("SELECT count(*) FROM more").fetchone() == (0,)


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = {**sql.migrations(), "0002_bad": "CREATE TABLE more (a TEXT); CREATE TABLE more (a TEXT);"}
    with monkeypatch.context() as patch:
        patch.setattr(sql, "migrations", lambda: scripts)
        with pytest.raises(Defect):
            await store.load("a")
    with raw(path) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    await store.append(Write("a", 0, [draft()]))


async def test_a_folder_in_place_of_the_file_is_named(path: Path, store: SqliteStore) -> None:
    path.mkdir()
    with pytest.raises(Unavailable, match="cannot be opened"):
        await store.load("a")


async def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = SqliteStore(tmp_path / "file" / "incidents.db")
    with pytest.raises(Unavailable, match="incident log"):
        await store.load("a")
    await store.close()


async def test_a_file_that_was_moved_away_is_not_written_to(path: Path, store: SqliteStore) -> None:
    await fill(store, 2, "")
    path.rename(path.with_suffix(".away"))
    for _ in range(2):
        with pytest.raises(Unavailable, match="No such file"):
            await store.append(Write("a", 2, [draft()]))
    path.with_suffix(".away").rename(path)
    await store.append(Write("a", 2, [draft()]))
    assert len(await store.load("a")) == 3


async def test_a_file_that_was_replaced_is_named_once_and_then_used(path: Path, store: SqliteStore) -> None:
    await fill(store, 2, "")
    with raw(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    with pytest.raises(Unavailable, match="another file was put in its place"):
        await store.load("a")
    assert len(await store.load("a")) == 2


async def test_a_read_only_file_can_be_read_and_refuses_to_be_written() -> None:
    with unprivileged() as folder:
        path = folder / "incidents.db"
        store = SqliteStore(path)
        await fill(store, 1, "")
        await store.close()
        path.chmod(0o400)
        store = SqliteStore(path)
        with pytest.raises(Unavailable, match="cannot be written to"):
            await store.append(Write("a", 1, [draft()]))
        assert len(await store.load("a")) == 1
        await store.close()


async def test_a_read_only_folder_is_named() -> None:
    with unprivileged() as folder:
        folder.chmod(0o500)
        store = SqliteStore(folder / "incidents.db")
        with pytest.raises(Unavailable, match=r"incidents\.db"):
            await store.append(Write("a", 0, [draft()]))
        await store.close()
        store = SqliteStore(folder / "new" / "incidents.db")
        with pytest.raises(Unavailable, match="Permission denied"):
            await store.append(Write("a", 0, [draft()]))
        await store.close()
        assert list(folder.iterdir()) == []


async def test_using_a_closed_store_is_our_defect(store: SqliteStore) -> None:
    await store.close()
    with pytest.raises(Defect, match="closed"):
        await store.load("a")
