# ruff: noqa: ASYNC240 (what a test does to the folder beside the adapter may block)

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.adapters.files import AtomicFiles, write_new
from flightrules.errors import Refused, Unavailable
from tests.adapters.full_disk import room_for, small_disk
from tests.adapters.unprivileged import unprivileged

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


def everything_below(folder: Path) -> list[str]:
    """Names of all files and folders below."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def test_a_file_is_written_with_its_folders_and_nothing_else(root: Path) -> None:
    written = await AtomicFiles(root).write("docs/incidents/INC-1.md", "# Über\n")
    assert written == str(root / "docs/incidents/INC-1.md")
    assert Path(written).read_bytes() == "# Über\n".encode()
    assert everything_below(root) == ["docs", "docs/incidents", "docs/incidents/INC-1.md"]


async def test_a_missing_root_is_made(tmp_path: Path) -> None:
    assert Path(await AtomicFiles(tmp_path / "a" / "b").write("c.md", "text")).read_text() == "text"


async def test_an_absolute_path_below_the_root_is_taken(root: Path) -> None:
    assert await AtomicFiles(root).write(str(root / "a.md"), "text") == str(root / "a.md")


async def test_a_file_is_replaced_whole(root: Path) -> None:
    files = AtomicFiles(root)
    await files.write("a.md", "long " * 1000)
    await files.write("a.md", "short")
    assert (root / "a.md").read_text() == "short"
    assert everything_below(root) == ["a.md"]


async def test_line_ends_stay_as_they_are(root: Path) -> None:
    await AtomicFiles(root).write("a.ics", "BEGIN\r\nEND\r\n\n")
    assert (root / "a.ics").read_bytes() == b"BEGIN\r\nEND\r\n\n"


async def test_a_letter_that_utf8_cannot_hold_costs_no_document(root: Path) -> None:
    await AtomicFiles(root).write("a.md", "a\ud800b")
    assert (root / "a.md").read_text() == "a?b"


async def test_others_may_read_as_far_as_the_umask_says(root: Path) -> None:
    before = os.umask(0o027)
    try:
        await AtomicFiles(root).write("a.md", "text")
    finally:
        os.umask(before)
    assert (root / "a.md").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "path",
    ["../a.md", "docs/../../a.md", "/etc/flightrules.md", "", ".", "docs/..", "..", "a\x00.md", "../root-2/a.md"],
)
async def test_a_path_out_of_the_root_is_refused(root: Path, path: str) -> None:
    with pytest.raises(Refused, match="below") as caught:
        await AtomicFiles(root).write(path, "text")
    assert caught.value.code == "path"
    assert everything_below(root.parent) == ["root"]


async def test_a_path_that_leaves_and_comes_back_is_taken(root: Path) -> None:
    assert await AtomicFiles(root).write("../root/a.md", "text") == str(root / "a.md")


async def test_a_linked_folder_that_leads_out_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "docs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        await AtomicFiles(root).write("docs/a.md", "text")
    assert everything_below(tmp_path / "elsewhere") == []


async def test_a_linked_file_that_leads_out_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("before")
    (root / "a.md").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused):
        await AtomicFiles(root).write("a.md", "text")
    assert (tmp_path / "secret").read_text() == "before"


async def test_a_dangling_link_that_leads_out_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "a.md").symlink_to(tmp_path / "not-there")
    with pytest.raises(Refused):
        await AtomicFiles(root).write("a.md", "text")
    assert not (tmp_path / "not-there").exists()


async def test_a_link_that_stays_inside_is_followed(root: Path) -> None:
    (root / "real").mkdir()
    (root / "docs").symlink_to("real")
    assert await AtomicFiles(root).write("docs/a.md", "text") == str(root / "real" / "a.md")


async def test_links_in_a_circle_are_refused(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises((Refused, Unavailable)):
        await AtomicFiles(root).write("a/c.md", "text")


async def test_a_root_that_is_itself_a_link_is_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert await AtomicFiles(tmp_path / "link").write("a.md", "text") == str(root / "a.md")


async def test_a_folder_of_that_name_is_named_and_left(root: Path) -> None:
    (root / "a.md").mkdir()
    with pytest.raises(Unavailable, match="nothing was written"):
        await AtomicFiles(root).write("a.md", "text")
    assert everything_below(root) == ["a.md"]


async def test_a_file_where_a_folder_should_be_is_named(root: Path) -> None:
    (root / "docs").touch()
    with pytest.raises(Unavailable, match=r"docs/a\.md"):
        await AtomicFiles(root).write("docs/a.md", "text")


async def test_a_name_that_is_too_long_is_named(root: Path) -> None:
    with pytest.raises(Unavailable, match="File name too long"):
        await AtomicFiles(root).write("x" * 300, "text")
    assert everything_below(root) == []


async def test_the_longest_name_is_taken(root: Path) -> None:
    await AtomicFiles(root).write("é" * 127, "text")
    assert everything_below(root) == ["é" * 127]


async def test_a_folder_that_may_not_be_written_to_is_named() -> None:
    with unprivileged() as folder:
        folder.chmod(0o500)
        with pytest.raises(Unavailable, match="Permission denied") as caught:
            await AtomicFiles(folder).write("a.md", "text")
        assert isinstance(caught.value.__cause__, PermissionError)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 64 kilobytes."""
    with small_disk(tmp_path / "disk", "64k") as disk:
        yield disk


async def test_a_full_disk_leaves_the_file_that_was_there(tiny_disk: Path) -> None:
    files = AtomicFiles(tiny_disk)
    await files.write("a.md", "before")
    with pytest.raises(Unavailable, match="No space left"):
        await files.write("a.md", "x" * 100_000)
    assert (tiny_disk / "a.md").read_text() == "before"
    assert everything_below(tiny_disk) == ["a.md"]


def test_a_new_file_is_there_whole_or_not_at_all_and_takes_no_others_place(tmp_path: Path) -> None:
    path = tmp_path / "new"
    with room_for(10), pytest.raises(OSError, match="too large"):
        write_new(path, "x" * 100)
    assert not path.exists()
    write_new(path, "mine")
    with pytest.raises(FileExistsError):
        write_new(path, "yours")
    assert path.read_text() == "mine"
