"""Contract of every source of evidence; a test module subclasses `EvidenceContract` and gives `world`."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from flightrules.ports import EvidenceSource, Wanted
from flightrules.state.evidence import Http
from flightrules.state.facts import not_whole


@dataclass(frozen=True)
class EvidenceWorld:
    """A source that works, one whose world is gone, and a probe that is theirs."""

    source: EvidenceSource
    gone: EvidenceSource
    probe: str


@pytest.mark.anyio
class EvidenceContract:
    """Promises of ports.EvidenceSource."""

    async def test_it_makes_its_own_probes_and_no_others(self, world: EvidenceWorld) -> None:
        assert world.source.makes(world.probe)
        assert not world.source.makes("nonsense")
        assert not world.source.makes("")

    async def test_a_named_probe_is_made_alone(self, world: EvidenceWorld) -> None:
        (finding,) = await world.source.collect(Wanted(probes=(world.probe, "nonsense")))
        assert finding.probe == world.probe
        assert not not_whole(finding)

    async def test_all_that_it_makes_by_itself_is_made_if_nothing_is_named(self, world: EvidenceWorld) -> None:
        found = await world.source.collect(Wanted())
        assert world.probe in {finding.probe for finding in found}
        assert all(world.source.makes(finding.probe) for finding in found)

    async def test_names_of_others_are_not_its_concern(self, world: EvidenceWorld) -> None:
        assert await world.source.collect(Wanted(probes=("nonsense",))) == ()

    async def test_a_world_that_is_gone_is_told_and_not_raised(self, world: EvidenceWorld) -> None:
        (finding,) = await world.gone.collect(Wanted(probes=(world.probe,), limit_s=5.0))
        assert finding.probe == world.probe
        assert not_whole(finding) or (isinstance(finding.data, Http) and not finding.data.ok)
