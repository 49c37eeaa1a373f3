"""Production faults in containers on the real host, played by an agent that tries every wrong thing first."""

from __future__ import annotations

import pytest

from sandbox.prodhost import Prodhost
from sandbox.scenarios.library import SCENARIOS
from sandbox.scenarios.playing import play

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.mark.requirement("SCN-careless-does-nothing", "SCN-course")
@pytest.mark.parametrize("name", ["crash-loop", "out-of-memory", "database-down", "data-corruption"])
async def test_a_fault_takes_its_course_in_containers_and_nothing_wrong_is_done(prodhost: Prodhost, name: str) -> None:
    played = await play(SCENARIOS[name], "careless", "compose", prodhost.ssh)
    assert played.as_expected, played
