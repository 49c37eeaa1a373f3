"""The planted faults, who must find each, and the seed at which each was found last: `make planted`.

Knows: a machine plays the same from the same seed while the product is the same. When the product changed, the search
goes on from the kept seed; it is as long as ever, and `make planted` looks for a nearer one.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from tests.adversary.broken import BROKEN, BROKEN_BESIDE, Break
from tests.adversary.machine import Adversary
from tests.adversary.moves import Attacker
from tests.adversary.playing import Broken, play

FOUND_WITHIN = 120_000
"""Steps. A rare fault is found in some 20,000 on average where its seed is not known."""

PLANTED: tuple[tuple[Break, type[Adversary]], ...] = (
    *((broken, Adversary) for broken in BROKEN),
    *((broken, Attacker) for broken in BROKEN_BESIDE),
)
_SEEDS = Path(__file__).parent / "planted.json"


def key(broken: Break, player: type[Adversary]) -> str:
    """The name of a planted fault and of who must find it."""
    return f"{player.__name__}-{broken.__name__}"


def seeds() -> dict[str, int]:
    """The seed at which each was found within a round."""
    found: dict[str, int] = json.loads(_SEEDS.read_text())
    return found


def _found(broken: Break, player: type[Adversary], seed: int) -> int | None:
    with pytest.MonkeyPatch.context() as patch:
        broken(patch)
        try:
            play(FOUND_WITHIN, seed, shrink=False, player=player)
        except Broken as found:
            return found.seed
    return None


def main() -> None:
    """Find each planted fault, or those that are named, from its kept seed on, and keep where it was found."""
    named, kept = sys.argv[1:], seeds()
    for one in PLANTED:
        name, began = key(*one), time.monotonic()
        if named and name not in named:
            continue
        found = _found(*one, kept.get(name, 1))
        if found is not None:
            kept[name] = found
            _SEEDS.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
        sys.stdout.write(f"{name}: seed {found}, {time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
