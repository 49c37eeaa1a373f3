"""One rollback from a person's yes to the record that it started, by whichever flightrules is on the path.

Run as a file of its own, with the settings, the target and the wanted release: it imports nothing of the benches, so
that an older commit can be measured by the same words (against.py).
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import flightrules
from flightrules.bootstrap import application
from flightrules.config.reading import load
from flightrules.service import observing, opening
from flightrules.service.invocation import Call
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Impact

WAIT_S = 90.0


def call(tool: str, incident: str = "") -> Call:
    """A call of an agent."""
    actor = Actor(kind=ActorKind.AGENT, name="bench", face="mcp")
    return Call(tool=tool, arguments={}, actor=actor, incident=incident)


async def main(settings: str, target: str, release: str) -> dict[str, object]:
    """Seconds from the yes to the start, and to the proof."""
    async with application(load(Path(settings))) as app:
        incidents = app.incidents
        opened = c.Open(incident="", target=target, title="Everything answers 500")
        incident = (await opening.open_incident(incidents, call("open_incident"), opened)).incident
        await observing.assess(incidents, call("assess", incident))
        await opening.classify(incidents, call("classify", incident), c.Classify(impacts=(Impact.COMPLETE_OUTAGE,)))
        await opening.decide(incidents, call("decide", incident), c.Decide())
        asked = incidents.clock.now()
        question = await prepare(incidents, call("rollback", incident))
        assert isinstance(question, Question), question
        plan = (await incidents.incident(incident)).plan
        assert plan is not None
        assert plan.to_release == release, plan.to_release
        yes = incidents.clock.now()
        said = PersonSaid(verdict="yes", question=question, approver="ada")
        answer = await app.rollbacks.rollback(call("rollback", incident), said, wait_s=WAIT_S)
        assert answer.result is not None, answer
        assert answer.result.state == "succeeded", answer.says
        at = {record.kind: record.at for record in await incidents.records(incident)}
    return {
        "package": str(Path(flightrules.__file__).parent),
        "planned": (yes - asked).total_seconds(),
        "started": (at["rollback_started"] - yes).total_seconds(),
        "proven": (at["rollback_finished"] - yes).total_seconds(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
