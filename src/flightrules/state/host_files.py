"""Files of a host alone that services of a release read: no commit has them, so no rollback brings them back.

Knows: how they are told. Must not know: how they were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.value import Value
from flightrules.state.words import listed, moment

MOST_NAMED = 10


class HostFile(Value):
    """One file, or one folder."""

    path: str
    services: tuple[str, ...] = ()
    """Those whose containers see it; empty for what compose itself reads."""
    written: Literal["since", "before", "unknown", "data"]
    """Held against the time at which the checkout left the release. `data`: a folder that containers write."""
    at: Annotated[datetime | None, Field(exclude_if=lambda at: at is None)] = None
    """Time at which the file was last written, by the host's clock."""


def written_since(files: Sequence[HostFile]) -> Iterable[str]:
    """Yield the text of a warning that names the files written since the release was left."""
    if names := [_named(file) for file in files if file.written == "since"]:
        yield (
            f"written since that release was left, in no commit, and not brought back: {listed(names, MOST_NAMED)}; "
            "if one of them is the cause, put it back by hand"
        )


def stay(files: Sequence[HostFile]) -> Iterable[str]:
    """Yield lines that name the files which a rollback leaves as they are."""
    kinds = (
        ("before", "in no commit, and left as it is"),
        ("unknown", "in no commit, left as it is, and not known whether it was written since that release was left"),
        ("data", "data is left as it is"),
    )
    for written, says in kinds:
        if names := [_named(file, with_time=False) for file in files if file.written == written]:
            yield f"{says}: {listed(names, MOST_NAMED)}"


def _named(file: HostFile, *, with_time: bool = True) -> str:
    at = [moment(file.at)] if with_time and file.at else []
    about = ", ".join([*file.services, *at])
    return f"{file.path} ({about})" if about else file.path
