"""Sessions of every version there was stay replayable; nobody records an old one again to make that true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flightrules import __version__
from flightrules.adapters.sessions import session_text
from flightrules.state.archive.replays import Verdict
from flightrules.state.archive.sessions import read_session
from tests.sessions.record import SCENES, SUMS, sums

HERE = Path(__file__).parent
KEPT = sorted(str(path.relative_to(HERE)) for path in HERE.glob("*/*.jsonl"))
VERSIONS = sorted({Path(name).parent.name for name in KEPT})


@pytest.mark.incident(*KEPT)
@pytest.mark.requirement("REPL-kept")
def test_a_kept_session_is_still_replayed(incident_file: Path, replay_session: Callable[[], Verdict]) -> None:
    verdict = replay_session()
    assert verdict.good, f"{incident_file.name}: {verdict}"
    assert verdict.events == read_session(session_text(incident_file)).head.events


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.requirement("REPL-kept")
def test_the_kept_sessions_of_a_version_are_those_that_it_recorded(version: str) -> None:
    assert (HERE / version / SUMS).read_text() == sums(HERE / version)


@pytest.mark.requirement("REPL-kept")
def test_this_version_keeps_a_session_of_every_scene() -> None:
    """`make sessions` records them."""
    assert __version__ in VERSIONS
    assert {path.stem for path in (HERE / __version__).glob("*.jsonl")} == set(SCENES)
