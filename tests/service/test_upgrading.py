"""An incident that version 0.1 opened goes on under this version, wherever it stood, and is reported and closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.replay.replay import replay
from flightrules.state.archive.sessions import Session, read_session
from flightrules.state.fold import fold
from flightrules.state.incident import Incident
from flightrules.state.log import broken
from flightrules.state.rules.executing import plan_of
from flightrules.state.vocabulary import Path as Decision
from flightrules.state.vocabulary import Phase
from tests.service.house import HOST, RELEASES, House, build
from tests.service.pilot import fly
from tests.service.replaying.scenes import person_decides, session_of
from tests.service.test_crashes import living

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("REPL-kept")]

KEPT = Path(__file__).parents[1] / "sessions" / "0.1.0"


class KeptStore(MemoryStore):
    """The log as version 0.1 left it after so many events of an incident."""

    def __init__(self, session: Session, many: int) -> None:
        super().__init__()
        records = session.records[:many]
        calls = {record.call for record in records} - {""}
        beside = [one for one in session.context if one.call in calls]
        for record in (*records, *beside):
            self._streams.setdefault(record.stream, []).append(record.model_dump_json())


def cuts(session: Session) -> list[int]:
    """Return the points at which a process of 0.1 may have ended: the last append of each phase, each of a rollback."""
    records = session.records
    made = [(record.at, record.call) for record in records]
    ends = [n for n in range(3, len(records)) if made[n] != made[n - 1]]
    phases = {n: found.phase if (found := fold(records[:n])) else None for n in ends}
    last = {phase: n for n, phase in phases.items()}
    return [n for n in ends if phases[n] is Phase.ROLLING_BACK or n in last.values()]


async def taken_over(session: Session, many: int, *, hosts: int) -> tuple[House, Incident]:
    """A house of this version on that log; hosts have done what was handed to them."""
    fleet = [HOST | {"name": f"web-{n}"} for n in range(1, hosts + 1)]
    house = build(hosts=fleet, rollout={"canary": 1, "batch": max(hosts - 1, 1)})
    incident = fold(session.records[:many])
    assert incident is not None
    house.clock.advance((session.records[many - 1].at - house.clock.now()).total_seconds())
    for _ in range(500):
        house.incidents.ids.new("OLD")
    if incident.rollback_plan is not None:
        operations = plan_of(incident).operations(who=incident.approver)
        for operation in operations:
            if operation.id in incident.launching:
                await house.production.launch(operation)
                while (await house.production.look(operation.host, operation.id)).state != "done":
                    house.clock.advance(1)
    if any(record.kind == "recurrence_detected" for record in session.records[:many]):
        house.production.broken |= set(RELEASES[3:])
    return house.restarted(KeptStore(session, many)), incident


async def goes_on(house: House, incident: Incident) -> None:
    """The new version takes up what runs, watches once, and the agent goes on to the end."""
    await house.app.rollbacks.resume()
    await house.app.watching.once()
    for _ in range(5):
        after = await house.incidents.incident(incident.id)
        if after.phase is Phase.DECIDED and after.path is not Decision.ROLLBACK:
            await person_decides("rollback", to="3" * 40)(house, incident.id)
        await fly(house, incident.id)
        if (await house.incidents.incident(incident.id)).phase is Phase.CLOSED:
            return


@pytest.mark.parametrize(("name", "hosts"), [("rollback", 1), ("still-open", 1), ("watched", 1), ("several-hosts", 3)])
async def test_an_incident_of_0_1_goes_on_wherever_it_stood(name: str, hosts: int) -> None:
    session = read_session((KEPT / f"{name}.jsonl").read_text())
    assert session.head.flightrules == "0.1.0"
    phases: set[Phase] = set()
    for many in cuts(session):
        house, incident = await taken_over(session, many, hosts=hosts)
        if incident.phase is Phase.CLOSED:
            continue
        phases.add(incident.phase)
        async with living(house):
            await goes_on(house, incident)
            after = await house.incidents.incident(incident.id)
            assert after.phase is Phase.CLOSED, (many, after.phase)
            assert broken(await house.incidents.records(incident.id)) is None
            kinds = [record.kind for record in await house.incidents.records(incident.id)]
            assert kinds.count("report_written") == 1
            verdict = await replay(await session_of(house, incident.id))
            assert (verdict.word, "without what they had read" in verdict.reason) == ("not_replayable", True)
    assert Phase.ROLLING_BACK in phases or name == "watched"
