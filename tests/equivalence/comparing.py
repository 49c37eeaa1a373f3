"""Compares what stands on a host with what a fresh deployment gives, difference by difference.

Knows: pictures and trees. Must not know: the product; nothing here, and nothing this imports, comes from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.equivalence.pictures import Picture
from tests.equivalence.trees import Entry, entry, tracked

_MISSING = "(nothing)"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as a fresh deployment has it."""

    kind: str
    """`service`, `replicas`, `container`, `image`, `answer`, `file`, `data`, `volume`, `order`."""
    subject: str
    """The service or the path that it is about."""
    place: str
    """Position in the subject, as words joined by dots."""
    stands: str
    """Value that is there."""
    wanted: str
    """Value that a fresh deployment has there."""

    def __str__(self) -> str:
        """The difference in one line."""
        return f"{self.kind} {self.subject} {self.place}: {self.stands} instead of {self.wanted}".replace("  ", " ")


def compared(stands: Picture, wanted: Picture) -> list[Difference]:
    """Each difference between two pictures."""
    found = []
    for name in sorted({*stands.services, *wanted.services}):
        have, want = stands.services.get(name), wanted.services.get(name)
        if have is None or want is None:
            found.append(Difference("service", name, "", _there(have), _there(want)))
        else:
            found += _replicas(name, have, want)
            found += _each("image", name, stands.images.get(name), wanted.images.get(name))
    found += _each("answer", "", stands.answers, wanted.answers)
    return found


def _there(replicas: object) -> str:
    return _MISSING if replicas is None else "a service"


def _replicas(name: str, have: list[dict[str, Any]], want: list[dict[str, Any]]) -> Iterator[Difference]:
    if len(have) != len(want):
        yield Difference("replicas", name, "", str(len(have)), str(len(want)))
    for one, other in zip(have, want, strict=False):
        yield from _each("container", name, one, other)


def _each(kind: str, subject: str, have: Any, want: Any, place: str = "") -> Iterator[Difference]:  # noqa: ANN401 - JSON
    if isinstance(have, Mapping) and isinstance(want, Mapping):
        for key in sorted({*have, *want}):
            yield from _each(kind, subject, have.get(key), want.get(key), f"{place}.{key}".lstrip("."))
    elif have != want:
        yield Difference(kind, subject, place, _shown(have), _shown(want))


def _shown(value: object) -> str:
    return _MISSING if value is None else str(value)[:300]


def trees_compared(stands: Path, wanted: Path, before: set[str], held: Mapping[str, Entry]) -> list[Difference]:
    """Each tracked path that is not as in a fresh clone, and each that only the bad release has and that stayed.

    `before` are the paths that were tracked before the rollback, `held` the files that are the host's own.
    """
    paths = tracked(wanted)
    gone = {path for path in before - paths if path not in held}
    found = []
    for path in sorted(paths | gone):
        have, want = _as_git(stands / path), _as_git(wanted / path) if path in paths else None
        if have != want:
            found.append(Difference("file", path, "", _shown(have), _shown(want)))
    return found


def _as_git(path: Path) -> Entry | None:
    found = entry(path)
    return None if found is None else found.without_owner()


def lost(folder: Path, held: Mapping[str, Entry], elsewhere: Mapping[str, str]) -> list[Difference]:
    """Each file of the host's own whose bytes are neither in place nor at another place that is known by their digest.

    `elsewhere` names a place for each digest of a file that lies outside the tree of tracked paths.
    """
    found = []
    for path, was in held.items():
        have = entry(folder / path)
        if have is not None and (have.kind, have.content) == (was.kind, was.content):
            continue
        if was.content not in elsewhere:
            found.append(Difference("data", path, "", _shown(have), _shown(was)))
    return found


def volumes_compared(
    now: Mapping[str, Mapping[str, Entry]], before: Mapping[str, Mapping[str, Entry]]
) -> list[Difference]:
    """Each named volume that does not hold what it held before the rollback."""
    found = []
    for name, content in before.items():
        for path in sorted({*content, *now.get(name, {})}):
            have, was = now.get(name, {}).get(path), content.get(path)
            if have != was:
                found.append(Difference("volume", name, path, _shown(have), _shown(was)))
    return found
