"""A close is not a solution (OneUptime 772 and 2315, cachet 4578, kener 370): page and truth differ after a close."""

from __future__ import annotations

import pytest

from flightrules.testing.drill import Drill


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("duplicate of the other one", "the same problem as another"),
        ("handed over to the hosting provider, still down", "handed this over to the provider"),
        ("false alarm, the alert was wrong", "without having seen the service recover"),
        ("nobody answers any more", "without having seen the service recover"),
    ],
)
def test_closed_is_solved(why: str, said: str) -> None:
    with Drill("external/1") as drill:
        drill.production.down = True
        i = drill.decided()
        drill.person().close(i, why)
        drill.advance(1)
        public = drill.mail["external/1"].texts[-1]
        assert "The problem is solved." not in public, f"closed as {why!r}: the public is not told that it is solved"
        assert said in public
        assert "Resolved" not in public
