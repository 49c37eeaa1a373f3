"""The pytest plugin: a server on a scripted target, and recorded incidents as tests of their users.

Knows: pytest. Must not know: anything of flightrules before one of its fixtures is used, since every suite on a machine
that has flightrules installed loads this module. docs/testing.md is the page for users.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flightrules.state.archive.replays import ReplayVerdict
    from flightrules.state.policy import Policy
    from flightrules.state.target import Target
    from flightrules.testing import ScriptedProduction
    from flightrules.testing.drill import Drill
    from flightrules.testing.stage import IncidentServer

MARKER = "incident(file, ...): recorded incidents (flightrules session export) that `replay_session` replays"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each file that its marker names."""
    marker = metafunc.definition.get_closest_marker("incident")
    if marker is None or not marker.args or "incident_file" not in metafunc.fixturenames:
        return  # without a file the fixture says what is missing; no parameters at all would skip the test
    folder = metafunc.definition.path.parent
    files = [folder / name for name in marker.args]
    metafunc.parametrize("incident_file", files, ids=[str(name) for name in marker.args], indirect=True)


@pytest.fixture
def incident_file(request: pytest.FixtureRequest) -> Path:
    """The file that `@pytest.mark.incident` names, seen from the test's own folder."""
    path = getattr(request, "param", None)
    if path is None:
        pytest.fail('`replay_session` needs `@pytest.mark.incident("FILE")` on the test.', pytrace=False)
    return Path(path)


@pytest.fixture
def replay_session(incident_file: Path) -> Callable[[], ReplayVerdict]:
    """Replays the test's incident; gives the verdict, whose `good` says whether nothing differs that must not."""
    from flightrules.testing.sessions import replayed

    return lambda: replayed(incident_file)


@pytest.fixture
def incident_target() -> Target:
    """The target of `scripted_target`: a small shop. Override it in your conftest.py for your own."""
    from flightrules.testing.stage import shop

    return shop()


@pytest.fixture
def incident_policy() -> Policy:
    """The policy of `incident_server`: the protocol's own. Override it in your conftest.py for your own."""
    from flightrules.state.policy import Policy

    return Policy()


@pytest.fixture
def scripted_target(incident_target: Target) -> ScriptedProduction:
    """The target in memory; its switches say what is broken, and a manual clock is at its `clock`."""
    from flightrules.testing.stage import production_of

    return production_of(incident_target)


@pytest.fixture
def incident_server(scripted_target: ScriptedProduction, incident_policy: Policy) -> Iterator[IncidentServer]:
    """The real server in memory over `scripted_target`, with a client: `incident_server.call("assess", ...)`."""
    from flightrules.testing.stage import serving

    with serving(scripted_target, incident_policy) as server:
        yield server


@pytest.fixture
def incident_drill(scripted_target: ScriptedProduction, incident_policy: Policy) -> Iterator[Drill]:
    """A drill over `scripted_target`: agent, people, mailboxes and time; docs/testing.md lists what it does."""
    from flightrules.testing.drill import Drill

    with Drill(production=scripted_target, policy=incident_policy) as drill:
        yield drill
