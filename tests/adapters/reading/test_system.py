from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.adapters.reading import system
from flightrules.adapters.reading.unreadable import Unreadable

HEADER = "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
READERS: list[Callable[[str], object]] = [system.filesystems, system.free, system.memory, system.clock, system.written]


def test_real_filesystems_are_listed_once() -> None:
    found = system.filesystems(
        HEADER
        + "/dev/vda1 1000 900 100 90% /\n"
        + "/dev/vda1 1000 900 100 90% /var/lib/bound\n"
        + "/dev/vdb  2000 0 2000 0% /data with space\n"
        + "//nas/share 500 500 0 100% /mnt/nas\n"
        + "tmpfs 100 100 0 100% /run\n"
        + "/dev/loop3 50 50 0 100% /snap/core\n"
        + "overlay 1000 900 100 90% /var/lib/docker/overlay2/x/merged\n"
    )
    assert [(item.mount, item.size_bytes, item.available_bytes) for item in found] == [
        ("/", 1_024_000, 102_400),
        ("/data with space", 2_048_000, 2_048_000),
        ("/mnt/nas", 512_000, 0),
    ]


def test_the_root_of_a_container_counts_although_it_is_an_overlay() -> None:
    assert system.filesystems(HEADER + "overlay 1000 900 100 90% /\n")[0].mount == "/"


def test_free_bytes_are_those_of_the_path() -> None:
    assert system.free(HEADER + "/dev/vda1 1000 900 100 90% /\n") == (102_400, None)


@pytest.mark.parametrize(
    ("listed", "free"),
    [
        ("Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/vda1 1000 990 10 99% /\n", 10),
        ("Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/vda1 0 0 0 - /\n", None),
        ("", None),
    ],
)
def test_free_inodes_are_those_of_the_path_where_there_is_a_number_of_them(listed: str, free: int | None) -> None:
    space = HEADER + "/dev/vda1 1000 900 100 90% /\ninodes\n" + listed
    assert system.free(space) == (102_400, free)
    (found,) = system.filesystems(HEADER + "/dev/vda1 1000 900 100 90% /\n", listed)
    assert (found.inodes, found.free_inodes) == ((1000, 10) if free else (None, None))


def test_memory_is_read_also_on_an_old_kernel() -> None:
    assert system.memory("MemTotal: 100 kB\nMemFree: 5 kB\nMemAvailable: 50 kB\n").available_bytes == 51_200
    assert system.memory("MemTotal: 100 kB\nMemFree: 5 kB\n").available_bytes == 5_120


def test_the_clock_is_read() -> None:
    assert system.clock("1767603600123\n") == datetime(2026, 1, 5, 9, 0, 0, 123000, tzinfo=UTC)


def test_files_have_the_time_they_were_written() -> None:
    assert system.written("1767603600000 /srv/a b/.env\n") == {"/srv/a b/.env": datetime(2026, 1, 5, 9, 0, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (system.filesystems, ""),
        (system.filesystems, HEADER),
        (system.filesystems, HEADER + "tmpfs 1 1 1 1% /run\n"),
        (system.free, "df: no such file\n"),
        (system.memory, "MemTotal: lots\n"),
        (system.clock, ""),
        (system.clock, "-1"),
        (system.clock, "now"),
    ],
)
def test_what_is_not_understood_is_unreadable(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@given(st.text() | st.lists(st.sampled_from(["/dev/a ", "9", " ", "%", "/x", "\n", "MemTotal: ", "kB"])).map("".join))
def test_any_text_is_read_or_unreadable(text: str) -> None:
    for read in READERS:
        try:
            read(text)
        except Unreadable:
            continue
