"""Sessions of every version stay readable and checked; those of 0.1 are not replayed, since the rules changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flightrules import __version__
from flightrules.adapters.sessions import session_text
from flightrules.replay.replay import OLDER_RULES
from flightrules.state.archive.replays import ReplayVerdict
from flightrules.state.archive.sessions import read_session
from tests.sessions.record import SCENES, SUMS, sums

HERE = Path(__file__).parent
ALL = sorted(str(path.relative_to(HERE)) for path in HERE.glob("*/*.jsonl"))
KEPT = [name for name in ALL if not name.startswith(OLDER_RULES)]
OLDER = [name for name in ALL if name.startswith(OLDER_RULES)]
VERSIONS = sorted({Path(name).parent.name for name in ALL})


@pytest.mark.incident(*KEPT)
@pytest.mark.requirement("REPL-kept")
def test_a_kept_session_is_still_replayed(incident_file: Path, replay_session: Callable[[], ReplayVerdict]) -> None:
    verdict = replay_session()
    assert verdict.good, f"{incident_file.name}: {verdict}"
    assert verdict.events == read_session(session_text(incident_file)).head.events


@pytest.mark.incident(*OLDER)
@pytest.mark.requirement("REPL-kept")
def test_a_session_of_older_rules_is_read_and_said_to_be_not_replayable(
    incident_file: Path, replay_session: Callable[[], ReplayVerdict]
) -> None:
    verdict = replay_session()
    assert verdict.word == "not_replayable"
    assert "version 0.1.0 recorded it" in verdict.reason
    assert read_session(session_text(incident_file)).head.flightrules == "0.1.0"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.requirement("REPL-kept")
def test_the_kept_sessions_of_a_version_are_those_that_it_recorded(version: str) -> None:
    assert (HERE / version / SUMS).read_text() == sums(HERE / version)


@pytest.mark.requirement("REPL-kept")
def test_this_version_keeps_a_session_of_every_scene() -> None:
    """`make sessions` records them."""
    assert __version__ in VERSIONS
    assert {path.stem for path in (HERE / __version__).glob("*.jsonl")} == set(SCENES)
