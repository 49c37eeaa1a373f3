"""All runs of tests that this process began: in the background, since they outlast what a call may take.

Knows: that the intent is on record before a run and its end after, and that a run whose process is gone is lost.
Must not know: how a command is run, nor what its end means for the fix (rules).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from flightrules.errors import Refused, Unavailable
from flightrules.ports import Checkout
from flightrules.service import answers as a
from flightrules.service.fixing import fix_seen
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.performing import framed
from flightrules.state import commands as c
from flightrules.state.fix import FixCheck, SuiteRun
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.rules.fixing import require_fixing
from flightrules.state.vocabulary import ActorKind, Phase

log = logging.getLogger("flightrules")

WAIT_S = 8.0
"""Seconds that a call may wait for the end of the tests before it answers that they run."""
SHOWN = 1_500
"""Bytes of the output's end that an answer repeats; the log has more."""


@dataclass(slots=True)
class SuiteRuns:
    """The runs of this process."""

    incidents: IncidentService
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _untold: set[str] = field(default_factory=set)
    """Incidents whose last call was told that the tests run: the next one is told how they ended."""

    async def test(self, call: Call, checks: tuple[FixCheck, ...], *, wait_s: float = WAIT_S) -> a.Answer[a.FixResult]:
        """Run the tests, or follow a run; wait a while, and answer with how it stands."""

        async def followed(invocation: Invocation) -> a.Answer[a.FixResult]:
            await self._begin(invocation, checks)
            if task := self._running.get(call.incident):
                await asyncio.wait({task}, timeout=wait_s)
            answer = await self.incidents.finish(
                invocation, c.ShowRollback(), lambda incident, _events: _said(incident)
            )
            self._tell(call.incident, invocation.incident)
            return answer

        return await framed(self.incidents, call, followed)

    def _tell(self, name: str, incident: Incident) -> None:
        if incident.fix_testing:
            self._untold.add(name)
        else:
            self._untold.discard(name)

    async def _begin(self, invocation: Invocation, checks: tuple[FixCheck, ...]) -> None:
        """Begin a run where none goes on and none has ended that was not told of."""
        incident, actor = await self.incidents.read(invocation), invocation.call.actor
        if self._is_untold(incident):
            return
        require_fixing(incident, self.incidents.context(incident, actor, self.incidents.clock.now()))
        checkout = self.incidents.managed(incident.target).checkout
        if checkout is not None and incident.fix_testing and await self._goes_on(incident, checkout):
            return
        run = self.incidents.ids.new("TEST")
        after, _ = await self.incidents.apply(invocation, c.BeginTests(run=run, checks=checks))
        if checkout is not None and after.fix_testing == run:
            self._running[incident.id] = asyncio.create_task(self._run(after, checkout, run))

    def _is_untold(self, incident: Incident) -> bool:
        """Return True if a run ended and its last caller was told that it goes on."""
        return incident.id in self._untold and incident.fix_tested is not None

    async def _goes_on(self, incident: Incident, checkout: Checkout) -> bool:
        """Return True if an open run goes on, here or in another process.

        If it does not, nothing tells any more how it ended.
        """
        task = self._running.get(incident.id)
        if (task is not None and not task.done()) or await checkout.tests_run():
            return True
        await self._record(incident.id, incident.fix_testing, SuiteRun(outcome="lost"))
        return False

    async def _run(self, incident: Incident, checkout: Checkout, run: str) -> None:
        managed = self.incidents.managed(incident.target)
        try:
            result = await checkout.run_tests(
                managed.target.test or (), limit_s=managed.policy.fix.test_timeout_seconds
            )
        except (Refused, Unavailable) as failed:
            result = SuiteRun(outcome="not_started", output=str(failed))
        try:
            await self._record(incident.id, run, result)
        except Refused:
            log.info("tests of %s ended after the fix they were for", incident.id)
        except Exception:
            log.exception("the end of the tests of %s could not be recorded; it will count as lost", incident.id)

    async def _record(self, name: str, run: str, result: SuiteRun) -> None:
        actor = Actor(kind=ActorKind.SYSTEM, name="tests", face="server")
        call = Call(tool="", arguments={}, actor=actor, incident=name)
        await self.incidents.apply(
            Invocation(call=call, identity="", recorded=True), c.RecordTests(run=run, result=result)
        )

    async def close(self) -> None:
        """End every run; the next call finds that its outcome is not known."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _said(incident: Incident) -> tuple[str, a.FixResult]:
    """Return how the newest run stands."""
    ran = incident.fix_tested
    if ran is None:
        over = incident.phase is not Phase.FIXING
        says = "The fix budget is spent: rollback is the decision now." if over else _RUNS
        return says, fix_seen(incident, "over" if over else "testing")
    more = {"tests": ran.says, "untrusted_output": _end(ran.output)}
    return f"Tests {ran.says}.", fix_seen(incident, "tested").model_copy(update=more)


_RUNS = "The tests are running. Call `fix` with action test again for their result."


def _end(output: str) -> str:
    return output.encode()[-SHOWN:].decode(errors="ignore")
