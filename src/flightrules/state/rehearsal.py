"""The rehearsal of a rollback's checkout on one host: what it would take away, and what forbids it.

Knows: the shape of what a host tells. Must not know: how it was read, or what a plan makes of it.
"""

from __future__ import annotations

from typing import Final, Literal

from flightrules.state.value import Value

NOTHING: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The digest of nothing: a move by it ends untouched if anything at all lies in the way."""


class Kept(Value):
    """One path that the checkout takes away although no commit has its content."""

    how: Literal["edited", "deleted", "untracked"]
    """`edited` and `deleted`: a tracked file that differs from HEAD. `untracked`: git knows nothing of it."""
    path: str
    """Relative to the top of the work tree."""
    kib: int = 0


class Rehearsal(Value):
    """Obstacles and effects that a move of the work tree to the release would meet."""

    top: str = ""
    """Top folder of the work tree."""
    base: str = ""
    """Folder in which the host keeps what operations need."""
    digest: str = NOTHING
    """Over the names of all that is put aside; the host compares it again under its lock."""
    kept: tuple[Kept, ...] = ()
    copied_kib: int = 0
    """KiB of what is put aside that lie on another file system, and so are copied and not renamed."""
    blocked: tuple[str, ...] = ()
    """Reasons that forbid the move, in git's and the host's words."""
    stranger: str = ""
    """Accounts that the checkout belongs to beside the login user and the owner that the settings name."""
    filters: tuple[str, ...] = ()
    """Content filters that run, each with its command."""
    unfiltered: tuple[str, ...] = ()
    """Content filters that files of the release ask for and that are not configured on the host."""
    absent: tuple[str, ...] = ()
    """Submodules of the release that are not checked out on the host."""
    unreached: tuple[str, ...] = ()
    """Parts of the move that could not be rehearsed."""
    needed_kib: int | None = None
    free_kib: int | None = None
    """Space that the files of the release take, and space that is free there."""
