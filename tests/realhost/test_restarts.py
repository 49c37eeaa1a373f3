"""One incident on a real host whose server is killed in every phase: the next server finds all as it was.

An agent and its people know nothing but what the server of the moment answers; nothing is kept between two servers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import anyio
import pytest

from flightrules.bootstrap import wire
from flightrules.config import load
from flightrules.service.messages.delivering import entries
from flightrules.state.fix import CHECKLIST
from flightrules.state.messages.due import messages
from flightrules.state.vocabulary import Audience, Phase
from tests.realhost.faults import (
    Agent,
    Person,
    Shop,
    broken_shop,
    eventually,
    in_terminal,
    release,
    serving,
    whole_audit,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]

KNOWN: Final = {"root_cause": "avatars are read from the old place", "isolated": True, "fix_safe": True}
QUICK: Final = {"fix_minutes": 10, "rollback_more_disruptive": True, "reason": "the new place is easy to read"}
FOR_THE_PUBLIC = "Pictures of users are shown again."
NO_RECEIVER = "json://127.0.0.1:1/"
"""Nobody listens there: what is sent to it stays in the outbox."""

SELDOM: Final = {"monitoring_continuous_every_seconds": 3600}
"""The watch has nothing to do while servers are compared."""
SOON = """
from flightrules.service import watching
watching.LEASE_S, watching.ROUND_S = 18.0, 3.0
"""
"""The same code, whose watch looks and lets go sooner than every quarter of a minute and after 90 seconds."""
IN_ORDER = [
    Phase.DETECTED,
    Phase.ASSESSED,
    Phase.CLASSIFIED,
    Phase.INVESTIGATING,
    Phase.DECIDED,
    Phase.FIXING,
    Phase.ROLLING_BACK,
    Phase.VERIFYING,
    Phase.MONITORING,
    Phase.ANALYSED,
    Phase.DOCUMENTED,
    Phase.REPORTED,
]


@dataclass
class Life:
    """One incident through many servers."""

    shop: Shop
    incident: str = ""
    asked: list[str] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    """The phase in which each server was killed."""
    _before: dict[str, Any] = field(default_factory=dict)
    _seen_at: float = 0.0

    async def status(self, agent: Agent) -> dict[str, Any]:
        answer = await agent.call("incident_status", incident=self.incident)
        assert answer["ok"], answer
        return answer

    @asynccontextmanager
    async def server(self, person: Person | None = None) -> AsyncIterator[Agent]:
        """A server that finds all as the one before left it, and is killed at the end."""
        async with serving(self.shop, person, program=SOON) as agent:
            if self._before:
                after = await self.status(agent)
                unchanged(self._before, after, monotonic() - self._seen_at)
            yield agent
            await self.killed_now(agent)

    def forget(self) -> None:
        """Somebody else moves the incident meanwhile: the next server has nothing to be like."""
        self._before = {}

    async def killed_now(self, agent: Agent) -> None:
        """Kill a server that has to leave all as it is at this moment."""
        # Taken first: the budgets that are left are counted down from here.
        self._seen_at = monotonic()
        self._before = await self.status(agent)
        self.phases.append(self._before["phase"])
        await agent.kill()

    async def step(self, tool: str, **given: object) -> dict[str, Any]:
        """One call in the life of one server."""
        async with self.server() as agent:
            answer = await agent.call(tool, incident=self.incident, **given)
            assert answer["ok"], answer
        return answer


def unchanged(before: dict[str, Any], after: dict[str, Any], passed_s: float) -> None:
    """A new server says what the last one said, but for the time that passed."""
    same = ("phase", "severity", "next", "monitoring", "says")
    assert {name: after.get(name) for name in same} == {name: before.get(name) for name in same}
    # What is tried again all the while is looked at in the end: which attempt just fails is up to the moment.
    assert {**after["result"], "undelivered": ()} == {**before["result"], "undelivered": ()}
    left = {budget["name"]: budget for budget in after.get("budgets", ())}
    assert list(left) == [budget["name"] for budget in before.get("budgets", ())]
    for budget in before.get("budgets", ()):
        now = left[budget["name"]]
        assert now.get("limit_s") == budget.get("limit_s")
        assert -1 <= budget["left_s"] - now["left_s"] <= passed_s + 1, (budget, now, passed_s)


@asynccontextmanager
async def avatars_are_gone() -> AsyncIterator[Shop]:
    """The small shop, of which an outer feature fails."""
    async with broken_shop(bad=release("bad", "avatar404")) as shop:
        yield shop


async def fix_and_give_up(life: Life) -> None:
    """From detection into a fix, which fails."""
    async with life.server() as agent:
        opened = await agent.call("open_incident", target="shop", title="Avatars are gone")
        life.incident = str(opened["incident"])
    assessed = await life.step("assess")
    assert assessed["result"]["checks_failed"] == ["avatar"], assessed
    assert (await life.step("classify"))["severity"] == "P3"
    await in_terminal(life.shop, ["decide", life.incident, "investigate", "--reason", "nobody knows why"], "yes")
    life.forget()
    async with life.server():
        pass
    assert (await life.step("decide", **KNOWN, **QUICK))["result"]["path"] == "fix"
    shown, *open_points = CHECKLIST
    check = {"item": shown, "evidence": "seen in the checkout"}
    await life.step("fix", action="begin", says="read the new place", checks=[check])
    await life.step("post_update", text="A fix is under way.")
    async with life.server() as agent:
        refused = await agent.call("fix", incident=life.incident, action="deployed", reference=life.shop.bad)
        assert refused["problem"]["code"] == "not_checked", refused
        assert [item for item in CHECKLIST if f"{item} (" in refused["says"]] == open_points, refused
    failed = await life.step("fix", action="failed", says="the new place is empty")
    assert failed["next"][0]["call"] == "rollback", failed


async def approved(life: Life) -> None:
    """A plan is proposed, its question is lost with the server that asked, and a person answers at a terminal."""
    gone = anyio.Event()

    async def says_yes_too_late(question: str) -> bool:
        life.asked.append(question)
        await gone.wait()
        return True

    async with serving(life.shop, says_yes_too_late, program=SOON) as agent, agent.rolling_back(life.incident) as found:
        await eventually(lambda: bool(life.asked), "a person is asked")
        await life.killed_now(agent)
        gone.set()
    assert "lost" in found
    async with life.server() as agent:
        waiting = (await agent.call("rollback", incident=life.incident))["result"]
        assert waiting["state"] == "awaiting_approval"
        assert waiting["digest"] in life.asked[0]
    seen = await in_terminal(life.shop, ["approve", life.incident], waiting["digest"])
    assert "Approved until" in seen, seen
    life.forget()
    async with life.server():
        pass


async def rolled_back(life: Life) -> None:
    """The approval counts for the server that comes next; the ones after follow what that one began."""
    gates, log = life.shop.gates, life.shop.log()
    gates.close("up", "compose*up -d")
    async with serving(life.shop, None, program=SOON) as agent, agent.rolling_back(life.incident):
        await log.sees_running("up")
        await life.killed_now(agent)
    async with life.server():
        pass
    gates.open("up")
    life.forget()
    async with life.server() as agent:
        answer = await agent.rolled_back(life.incident)
        assert answer["result"]["state"] == "succeeded", answer
    assert life.shop.audit() == whole_audit("checkout", "up")


async def restored(life: Life) -> None:
    """A service that was just started is looked at until there is a verdict."""
    async with life.server() as agent:
        verified = await agent.call("verify", incident=life.incident)
        while verified["result"]["verdict"] == "inconclusive":
            verified = await agent.call("verify", incident=life.incident)
        assert verified["phase"] == Phase.MONITORING, verified


async def told_and_reported(life: Life) -> None:
    """From a restored service to the planner; words for the public wait for a person all the while."""
    await life.step("post_update", text=FOR_THE_PUBLIC, external=True)
    compared = await life.step("analyze", compare=True)
    (evidence,) = compared["result"]["evidence"]
    cause = {"says": "avatars moved, and the page did not follow", "evidence": [evidence]}
    await life.step("analyze", whys=[cause], root_cause=cause)
    await life.step("write_report")
    await life.step("report_to_planner", technical_debt=["no check of avatars before a release"])
    async with life.server() as agent:
        (waiting,) = (await life.status(agent))["result"]["waiting"]
        assert FOR_THE_PUBLIC in waiting


async def whole(life: Life) -> None:
    """The log holds, each turn is in it once, and no message is lost: the oldest is tried, others wait."""
    shop = life.shop
    kinds = shop.log().kinds()
    for once in ("fix_started", "fix_ended", "plan_proposed", "approval_granted", "rollback_started", "proof_taken"):
        assert kinds.count(once) == 1, (once, kinds)
    app = wire(load(shop.settings()))
    try:
        records = await app.incidents.records(life.incident)
        told = [message.id for message in messages(records) if message.audience is Audience.INTERNAL]
        assert len(told) > 5, told
        async with serving(shop, None, program=SOON):
            # The server killed last may hold the lease for a while: until it ends nobody else sends.
            await eventually(lambda: told[0] in shop.log().tried("internal/1"), "the oldest is tried", limit_s=180)
        waiting = [entry for entry in await entries(app.incidents, life.incident) if entry.to == "internal/1"]
        assert [entry.message.id for entry in waiting] == told
        assert {entry.state for entry in waiting} <= {"waiting", "under_way"}
    finally:
        await app.close()
    seen = await in_terminal(shop, ["log", "verify"])
    assert all("chain holds" in line for line in seen.splitlines() if line.strip()), seen
    assert f"{life.incident}: " in seen, seen


@pytest.mark.timeout(400)
@pytest.mark.requirement("SRV-restart-anywhere", "BUD-restart-proof", "MON-survives")
async def test_a_server_killed_in_each_phase_leaves_all_of_it_to_the_next() -> None:
    async with avatars_are_gone() as shop:
        life = Life(shop.telling(internal=[NO_RECEIVER]).with_policy(budgets=SELDOM))
        await fix_and_give_up(life)
        await approved(life)
        await rolled_back(life)
        await restored(life)
        await told_and_reported(life)
        await whole(life)
    assert list(dict.fromkeys(life.phases)) == IN_ORDER
