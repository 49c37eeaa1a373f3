"""Arguments of each program of a host: the target's own words, and between them what differs from call to call.

Knows: the order of each program's arguments. Must not know: how they travel, or what comes back.
What differs is tame: letters, digits and `._:,-`, since a gate on the host takes nothing else (gate.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flightrules.adapters.programs import Verb
from flightrules.adapters.runtimes.known import on_host
from flightrules.errors import Defect
from flightrules.state.target import Target

LIMIT_S = "20"
"""Seconds that one part of a survey, a look at what runs or a tagging may take on the host."""

_TAME = re.compile(r"[A-Za-z0-9._:,-]*")


def around(target: Target, verb: Verb) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a target that stand before and after those that differ."""
    owner = ("owner", target.owner) if target.owner else ()
    if verb in ("launch", "look", "unlock"):
        return (*owner, target.app_dir), ()
    side = target.side_by_side
    layout = ("releases", side.link, side.folder) if side else ()
    limit = () if verb == "probe" else (LIMIT_S,)
    subject = () if verb == "compare" else on_host(target.runtime).words(target, verb)
    return (*owner, *layout, target.runtime.kind, target.app_dir, *limit), subject


def for_gate(digest: str, verb: Verb, varying: Sequence[str]) -> str:
    """The same request as a gate reads it; a shell without one does nothing with it.

    Raises `Defect` for a word that a gate would not take.
    """
    if wild := [word for word in varying if not _TAME.fullmatch(word) or word == "-"]:
        raise Defect(f"{verb} was to be asked with {wild[0][:100]!r}")
    return " ".join((":", "flightrules", digest, verb, *(word or "-" for word in varying)))
