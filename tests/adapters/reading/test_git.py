from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.adapters.reading import git
from flightrules.adapters.reading.unreadable import Unreadable

SHA = "ab" * 20
READERS: list[Callable[[str], object]] = [git.head, git.dirty, git.commits, git.moves, git.paths]


def test_head_has_a_branch_or_is_detached() -> None:
    assert git.head(f"{SHA}\nmain\n") == (SHA, "main")
    assert git.head(f"{SHA}\n") == (SHA, None)


def test_dirty_files_are_named_with_renames_and_conflicts() -> None:
    status = (
        f"1 .M N... 100644 100644 100644 {SHA} {SHA} with space.py\0"
        f"2 R. N... 100644 100644 100644 {SHA} {SHA} R100 new.py\0old.py\0"
        f"u UU N... 100644 100644 100644 100644 {SHA} {SHA} {SHA} both.py\0"
    )
    assert git.dirty(status) == ("with space.py", "new.py", "both.py")


def test_a_file_name_cannot_steer_a_terminal() -> None:
    assert git.paths("a\x1b[31m\nb\0") == ("a b",)


def test_commits_keep_their_subject_whatever_it_holds() -> None:
    text = f"{SHA}\x1f2026-01-05T09:00:00+01:00\x1fFix \x1f the \u202ething\0\n"
    (commit,) = git.commits(text)
    assert (commit.sha, commit.subject) == (SHA, "Fix the thing")
    assert commit.at == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def test_moves_tell_when_and_how() -> None:
    (move,) = git.moves(f"{SHA}\x1fHEAD@{{2026-01-05T09:00:00Z}}\x1fcheckout: moving from main to {SHA}\0")
    assert (move.sha, move.at) == (SHA, datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    assert move.how.startswith("checkout: moving")


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (git.head, ""),
        (git.head, "fatal: no HEAD\n"),
        (git.head, SHA[:39]),
        (git.dirty, "? untracked\0"),
        (git.dirty, "1 .M short\0"),
        (git.commits, "abc\x1f2026-01-05T09:00:00Z\x1fx\0"),
        (git.commits, f"{SHA}\x1fyesterday\x1fx\0"),
        (git.commits, f"{SHA}\x1f2026-01-05T09:00:00\x1fx\0"),
        (git.commits, SHA),
        (git.moves, f"{SHA}\x1fHEAD\x1fx\0"),
    ],
)
def test_what_git_does_not_print_is_unreadable(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@given(st.text() | st.lists(st.sampled_from([SHA, "\0", "\x1f", "1 ", "2 ", "@{", "}", "x", "\n"])).map("".join))
def test_any_text_is_read_or_unreadable(text: str) -> None:
    for read in READERS:
        try:
            read(text)
        except Unreadable:
            continue


def test_a_host_in_another_zone_tells_the_same_moment() -> None:
    (move,) = git.moves(f"{SHA}\x1fHEAD@{{2026-01-05T14:00:00+05:00}}\x1fpull\0")
    assert f"{move.at:%Y-%m-%d %H:%M %Z}" == "2026-01-05 09:00 UTC"
