"""`python -m tests.sessions.record`: record the sessions of this version again, each scene under a name of its own.

Sessions of versions that were released are never recorded again: they are what the newest version must still replay.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flightrules import __version__
from flightrules.errors import Refused
from flightrules.replay.recording import recorded
from flightrules.service.approval import in_advance
from flightrules.service.approval import signed as signed_approvals
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.signing.statements import ApprovedInAdvance, Signed
from flightrules.state.vocabulary import Phase, Severity
from tests.service.house import HOST, House, build
from tests.service.pilot import fly, opened
from tests.service.replaying.scenes import ACTS, by, fix
from tests.service.test_crashes import MortalStore, lived_until

FOLDER = Path(__file__).parent
SUMS = "SHA256SUMS"


class ScriptedSigners:
    """Whoever signs is believed to be ada, but for one signature."""

    def verify(self, message: str, signature: str, *, at: datetime) -> Signed:
        del at
        if signature != "ada's":
            raise Refused("bad_signature", "The signature does not hold.", "Sign again.")
        kind = "ssh-ed25519"
        return Signed(
            message=message, signature=signature, principal="ada@example.org", fingerprint="SHA256:a", kind=kind
        )


def signing(**approval: Any) -> House:  # noqa: ANN401 - fields of the policy
    """A house where signatures count."""
    policy = ApprovalPolicy(channels=ChannelsBySeverity(P1=("signed",)), allowed_signers="/etc/signers", **approval)
    house = build(Policy(approval=policy))
    house.incidents.managed_targets = {
        "shop": replace(house.incidents.managed_targets["shop"], signers=ScriptedSigners())
    }
    return house


async def acts(house: House, *names: str) -> str:
    """An incident in which these calls are made."""
    incident = await opened(house)
    for name in names:
        await ACTS[name](house, incident)
        house.clock.advance(20)
    return incident


async def rollback() -> tuple[House, str]:
    house = build()
    incident = await opened(house)
    await fly(house, incident)
    return house, incident


async def watched() -> tuple[House, str]:
    """Updates, extended monitoring, a recurrence in it, and an analysis."""
    house = build()
    names = (
        "assess",
        "classify",
        "update",
        "approve an update",
        "decide",
        "roll back, yes",
        "verify",
        "watch",
        "watch",
        "analyse",
        "look",
    )
    incident = await acts(house, *names)
    house.production.broken |= set(house.production.releases)
    for name in ("watch", "watch", "person: rollback further", "look"):
        await ACTS[name](house, incident)
    return house, incident


async def looked_at() -> tuple[House, str]:
    """Monitoring whose looks are kept: well, unseen, missed, and back; and a fix out of time before it."""
    house = build()
    incident = await acts(house, "assess", "classify", "decide", "person: fix", "begin a fix")
    house.clock.advance(1900)
    for name in ("watch", "decide", "roll back, yes", "verify", "watch"):
        await ACTS[name](house, incident)
    house.production.unreadable = {"health": "no answer within 5 s"}
    await ACTS["watch"](house, incident)
    house.production.unreadable = {}
    house.clock.advance(3600)
    await ACTS["watch"](house, incident)
    house.production.broken |= set(house.production.releases)
    for name in ("watch", "person: rollback further", "look"):
        await ACTS[name](house, incident)
    return house, incident


async def several_hosts() -> tuple[House, str]:
    house = build(hosts=[HOST | {"name": f"web-{n}"} for n in (1, 2, 3)], rollout={"canary": 1, "batch": 2})
    house.production.looks_to_finish = 4
    incident = await opened(house)
    await fly(house, incident)
    return house, incident


async def rollback_failed() -> tuple[House, str]:
    house = build(hosts=[HOST | {"name": f"web-{n}"} for n in (1, 2)])
    house.production.fail_hosts = {"web-2"}
    names = ("assess", "classify", "decide", "roll back, yes", "verify", "person: fix", "begin a fix", "fix failed")
    return house, await acts(house, *names)


async def fixed() -> tuple[House, str]:
    house = build(broken=False, checkout="/srv/checkout", test=["make", "test"])
    house.production.broken_checks = {("avatar", house.production.releases[-1])}
    incident = await acts(
        house, "assess", "classify as seen", "decide", "person: fix", "begin a fix", "branch", "run tests"
    )
    house.production.broken_checks = set()
    items = ("root_cause", "side_effects", "tested_locally", "documented")
    checks = [{"item": item, "evidence": "see the pull request"} for item in items]
    await fix("deployed", reference=house.production.releases[-1], checks=checks)(house, incident)
    for name in ("verify", "accept", "report", "brief", "close"):
        await ACTS[name](house, incident)
    return house, incident


async def person_decides() -> tuple[House, str]:
    house = build()
    names = ("assess", "raise", "decide", "person: investigate", "look", "person: rollback further", "roll back, no")
    return house, await acts(
        house, *names, "person: rollback", "plan", "approve", "roll back, yes", "verify", "stand down"
    )


async def refused_calls() -> tuple[House, str]:
    house = build()
    names = ("verify", "report", "assess", "roll back, yes", "lower", "classify", "approve", "decide", "decide")
    incident = await acts(house, *names, "approve another plan", "plan", "reject", "begin a fix", "close", "brief")
    house.production.hosts["web-1"].lock_holder = "PLAN-OTHER"
    await ACTS["plan"](house, incident)
    house.production.hosts["web-1"].unreachable = "connection refused."
    await ACTS["plan"](house, incident)
    await ACTS["stand down"](house, incident)
    return house, incident


async def crash() -> tuple[House, str]:
    store, world = MortalStore(), build()
    store.dies_at, store.moment = 9, "after"
    await lived_until(store, world)
    house = world.restarted(store.reborn())
    incident = await opened(house, key="first")
    await house.app.rollbacks.resume()
    await fly(house, incident)
    return house, incident


async def signed() -> tuple[House, str]:
    house = signing()
    incident = await acts(house, "assess", "classify", "decide", "plan", "approve")
    statement = await signed_approvals.to_sign(
        house.incidents, incident, approver="ada@example.org", acknowledged=False
    )
    for signature in ("mallory's", "ada's"):
        given = {"key": "SHA256:a", "acknowledged": False, "message": statement.message, "signature": signature}
        call = by(True, "approve", incident, **given)  # noqa: FBT003
        await signed_approvals.approve(house.incidents, call, message=statement.message, signature=signature)
    await ACTS["plan"](house, incident)
    for name in ("verify", "report", "brief", "close"):
        await ACTS[name](house, incident)
    return house, incident


async def standing() -> tuple[House, str]:
    house = signing(standing=True)
    now = house.clock.now()
    # Only a release that was observed healthy is covered.
    from flightrules.service import observing

    house.production.hosts["web-1"].serving = house.production.hosts["web-1"].head = house.production.releases[-2]
    await observing.observe(house.incidents, "shop", by(True, "observe", ""))  # noqa: FBT003
    house.production.hosts["web-1"].serving = house.production.hosts["web-1"].head = house.production.releases[-1]
    terms = ApprovedInAdvance(
        approver="ada@example.org",
        at=now,
        until=now + timedelta(hours=20),
        id="STND-1",
        target="shop",
        severity=Severity.P1,
        uses=2,
    )
    call = by(True, "approve", "", standing=terms.id)  # noqa: FBT003
    granted = await in_advance.grant(house.incidents, call, message=terms.message, signature="ada's")
    assert granted.ok, granted
    house.clock.advance(60)
    return house, await acts(house, "assess", "classify", "decide", "plan", "verify", "report", "brief", "close")


async def still_open() -> tuple[House, str]:
    house = build()
    house.production.looks_to_finish = 10**9
    incident = await opened(house)
    await fly(house, incident, until=Phase.ROLLING_BACK)
    return house, incident


SCENES: dict[str, Callable[[], Awaitable[tuple[House, str]]]] = {
    "rollback": rollback,
    "watched": watched,
    "looked-at": looked_at,
    "several-hosts": several_hosts,
    "rollback-failed": rollback_failed,
    "fix": fixed,
    "person-decides": person_decides,
    "refused-calls": refused_calls,
    "crash-in-the-middle": crash,
    "signed-approval": signed,
    "standing-approval": standing,
    "still-open": still_open,
}
"""Scenes that every version must be able to replay of every version before it."""


async def session(name: str) -> str:
    """The session of one scene."""
    house, incident = await SCENES[name]()
    try:
        return await recorded(house.incidents, incident)
    finally:
        await house.app.close()


def sums(folder: Path) -> str:
    """The digests of all sessions of a folder."""
    files = sorted(folder.glob("*.jsonl"))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def main() -> int:
    """Record all scenes of this version."""
    folder = FOLDER / __version__
    folder.mkdir(exist_ok=True)
    for name in SCENES:
        (folder / f"{name}.jsonl").write_text(asyncio.run(session(name)), encoding="utf-8")
    (folder / SUMS).write_text(sums(folder), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
