"""The desk where calls meet: races that are lost in the incident are decided anew, races elsewhere are told."""

from __future__ import annotations

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.errors import Conflict, Refused, Unavailable
from flightrules.ports import Write
from flightrules.service import observing
from flightrules.service.incident_service import TRIES
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.vocabulary import Phase
from tests.service.house import House, build
from tests.service.pilot import assess, call, classify, fly, opened

pytestmark = pytest.mark.anyio


class Busy(MemoryStore):
    """Another process is faster, as often as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.faster = 0
        self.tries = 0

    async def append(self, *writes: Write) -> list[Recorded]:
        self.tries += 1
        if self.faster and writes[0].expected is not None:
            self.faster -= 1
            raise Conflict(writes[0].stream, writes[0].expected)
        return await super().append(*writes)


def on(store: MemoryStore) -> House:
    return build().restarted(store)


@pytest.mark.parametrize("faster", [1, TRIES - 1])
async def test_a_call_that_loses_races_is_decided_anew_until_it_wins(faster: int) -> None:
    store = Busy()
    house = on(store)
    incident = await opened(house)
    await assess(house, incident)
    store.faster = faster
    assert (await classify(house, incident)).ok
    kinds = [record.kind for record in await house.incidents.records(incident)]
    assert kinds.count("severity_classified") == 1


async def test_a_call_that_keeps_losing_is_told_to_try_again() -> None:
    store = Busy()
    house = on(store)
    incident = await opened(house)
    await assess(house, incident)
    store.faster = 10**6
    with pytest.raises(Unavailable, match=r"keep writing.*[Aa]gain"):
        await classify(house, incident)


async def test_a_race_lost_in_another_stream_is_handed_back_at_once_since_what_rested_on_it_may_be_wrong() -> None:
    store = Busy()
    house = on(store)
    incident = await opened(house)

    def elsewhere(_incident: Incident, _events: object) -> list[tuple[str, e.Event]]:
        return [("target:shop", e.ReleaseObserved(release="a" * 40, healthy=True, by="observe"))]

    invocation = house.incidents.invocation(call("assess", incident))
    before = store.tries
    with pytest.raises(Conflict) as lost:
        await house.incidents.apply(invocation, c.BeginAssessment(), elsewhere, expected={"target:shop": 7})
    assert lost.value.stream == "target:shop"
    assert store.tries == before + 1
    assert await house.incidents.records("target:shop") == []
    assert (await house.incidents.records(incident))[-1].kind != "assessment_started"


async def test_the_key_of_a_call_that_is_under_way_is_refused_before_another_does_anything() -> None:
    house = on(MemoryStore())
    incident = await opened(house)
    await house.incidents.apply(house.incidents.invocation(call("assess", incident, key="k1")), c.BeginAssessment())
    before = len(house.production.asked)
    answer = await observing.verify(house.incidents, call("verify", incident, key="k1"), "unknown")
    assert answer.problem is not None
    assert answer.problem.code == "key_reused"
    with pytest.raises(Refused, match="belongs to an earlier `assess`"):
        await house.incidents.apply(house.incidents.invocation(call("verify", incident, key="k1")), c.BeginAssessment())
    assert len(house.production.asked) == before
    assert (await observing.assess(house.incidents, call("assess", incident, key="k1"))).ok


async def test_a_rollback_is_never_refused_for_its_key_after_it_ran() -> None:
    house = on(MemoryStore())
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    first = await observing.assess(house.incidents, call("assess", incident, key="k1"))
    assert first.ok
    asked = call("rollback", incident, key="k1")
    question = await prepare(house.incidents, asked)
    assert isinstance(question, Question)
    said = PersonSaid(verdict="yes", question=question, approver="ada")
    answer = await house.app.rollbacks.rollback(asked, said)
    assert answer.result is not None, answer.says
    assert answer.result.state == "succeeded"
