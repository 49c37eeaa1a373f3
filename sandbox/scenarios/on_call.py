"""The person on call: reads what is asked and answers in a terminal, as the scenario says.

Knows: the command line of flightrules and the scenario. Must not know: what the agent does in between.
"""

from __future__ import annotations

from sandbox.demo_agent import Stuck
from sandbox.demo_person import at_terminal
from sandbox.scenarios.staging import Transition


class OnCall:
    """Answers for one scenario."""

    def __init__(self, transition: Transition) -> None:
        self.transition = transition
        self.asked = 0
        self.approved = 0
        self.accepted = False

    async def approval_wanted(self, incident: str) -> None:
        """Approve, or reject with the reason, mend what is wrong around the release and decide for a fix."""
        self.asked += 1
        if self.transition.scenario.person.approves:
            self.approved += 1
            await self._types("approve", incident)
            return
        await self._types("reject", incident, "--reason", self.transition.scenario.person.why)
        await self._mends_and_fixes(incident)

    async def decision_wanted(self, incident: str) -> None:
        """Stand a false alarm down; else mend what is wrong and decide for a fix."""
        self.asked += 1
        if self.transition.scenario.course.end == "stood down":
            await self._types("close", incident, "--reason", self.transition.scenario.person.why)
        else:
            await self._mends_and_fixes(incident)

    async def stuck(self, incident: str, why: str) -> None:
        """Mend the network where that is what is wrong.

        Raises:
            Stuck: it is something else.
        """
        self.asked += 1
        if not self.transition.scenario.unreachable or self.transition.network.up:
            raise Stuck(f"{incident}: {why}")
        await self.transition.mend_the_world()

    async def word_wanted(self, incident: str) -> None:
        """Vouch for what no probe can tell."""
        self.asked += 1
        self.accepted = True
        await self._types("accept", incident, "--reason", "I looked at the shop myself.")

    async def _mends_and_fixes(self, incident: str) -> None:
        await self.transition.mend_the_world()
        await self._types("decide", incident, "fix", "--reason", "It lies outside the release, and is mended there.")

    async def _types(self, *words: str) -> None:
        status, shown = await at_terminal(self.transition.stage, *words)
        if status != 0:
            raise Stuck(f"flightrules {' '.join(words)} ended with {status}: {shown}")
