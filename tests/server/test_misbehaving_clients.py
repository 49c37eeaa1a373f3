"""Clients that do with a question what they should not: no agent is left without a way on, no person without a word.

Each against a real `serve`, in both protocol eras and over both transports. All clients of one server misbehave at the
same time, each in an incident of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.bootstrap import wire as wired
from flightrules.config import load
from flightrules.service.approval import typed
from flightrules.service.invocation import Call
from flightrules.state.log import Recorded
from tests.server.journey import PERSON
from tests.server.wires import LIMIT_S, Era, Message, Wire, wires

pytestmark = pytest.mark.anyio

FORM_S = 3.0
"""So long these servers wait for a form."""

TARGET = """
[[targets]]
name = "{name}"
app_dir = "/srv/{name}"
health_url = "http://127.0.0.1:9/health"

[targets.runtime]
kind = "commands"
status = ["true"]
logs = ["true"]
restart = ["true"]

[[targets.hosts]]
name = "{name}-1"
address = "127.0.0.1"
port = 9
user = "deploy"
key = "/nowhere/id"
host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRoaXMgaXMgbm90IGEga2V5IHRoaXMgaXMgbm90IGEg"
"""

YES: Message = {"action": "accept", "content": {"approve": True}}
METHOD_NOT_FOUND: Message = {"code": -32601, "message": "Method not found"}

Answers = Callable[[], list[tuple[float, Message | None]]]
"""Function that gives a client's answers to a question: after so many seconds, a result, or an error if it is None."""


def _said(*answers: tuple[float, Message | None]) -> Answers:
    return lambda: list(answers)


MISBEHAVIOURS: Mapping[str, Answers] = {
    "never-answers": _said(),
    "answers-late": _said((FORM_S + 1, YES)),
    "answers-twice": _said((0, YES), (0, YES)),
    "answers-nothing": _said((0, {})),
    "answers-no-content": _said((0, {"action": "accept", "content": {}})),
    "answers-an-error": _said((0, None)),
    "answers-in-text": _said((0, {"action": "accept", "content": {"approve": "true"}})),
    "declines-at-once": _said((0, {"action": "decline"})),
}

STARTS: Mapping[Era, frozenset[str]] = {
    "handshake": frozenset({"answers-twice"}),
    "2026": frozenset({"answers-twice", "answers-late"}),
}
"""A person's yes, if said too often; late is too late only where the form was withdrawn."""


@pytest.fixture(params=["handshake", "2026"])
def era(request: pytest.FixtureRequest) -> Era:
    found: Era = request.param
    return found


@pytest.fixture(params=["stdio", "http"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def settings(folder: Path) -> Path:
    """A folder with a target for each way to misbehave."""
    targets = "".join(TARGET.format(name=name) for name in (*MISBEHAVIOURS, "disconnects"))
    (folder / "flightrules.toml").write_text(f'[store]\npath = "log.db"\n{targets}')
    return folder


async def decided(wire: Wire, target: str) -> str:
    """An incident that waits for its rollback."""
    opened = await wire.call("open_incident", target=target, title=f"{target} answers 500")
    incident = str(opened["structuredContent"]["incident"])
    for tool in ("assess", "classify", "decide"):
        told = await wire.call(tool, incident=incident)
        assert not told["isError"], told
    return incident


async def answering(wire: Wire, answers: Mapping[str, Answers]) -> None:
    """Do with each question of the handshake era what its target's client does."""
    async with anyio.create_task_group() as group:
        while True:
            question = await wire.questions.get()
            name = next(name for name in answers if f"Target: {name} on" in question["params"]["message"])
            group.start_soon(_answered, wire, question["id"], answers[name])


async def _answered(wire: Wire, number: int | str, answers: Answers) -> None:
    for after, result in answers():
        await asyncio.sleep(after)
        said: Message = {"result": result} if result is not None else {"error": METHOD_NOT_FOUND}
        await wire.send({"jsonrpc": "2.0", "id": number, **said})


async def rolled_back(wire: Wire, incident: str, answers: Answers) -> Message:
    """One `rollback`; in the 2026 era with the answers to its question, each in a call of its own."""
    told = await wire.call("rollback", incident=incident)
    if told.get("resultType") != "input_required":
        return told
    for after, result in answers():
        await asyncio.sleep(after)
        said = dict.fromkeys(told["inputRequests"], METHOD_NOT_FOUND if result is None else result)
        last = await wire.call(
            "rollback", incident=incident, more={"inputResponses": said, "requestState": told["requestState"]}
        )
        if last.get("resultType") != "input_required":
            return last
    await asyncio.sleep(FORM_S)  # what its user waits for
    return await wire.call("rollback", incident=incident)


async def approved_on_terminal(folder: Path, incident: str) -> None:
    """A person types the digest in another process's place: on the same log, with nothing of the server's."""
    app = wired(load(folder / "flightrules.toml"))
    try:
        plan = (await app.incidents.incident(incident)).plan
        assert plan is not None, incident
        call = Call(tool="approve", arguments={"digest": plan.short}, actor=PERSON, incident=incident, account="ada")
        given = await typed.approve(app.incidents, call, approver="ada", digest=plan.short, acknowledged=False)
        assert given.ok or (given.problem and given.problem.code == "already_approved"), given.says
    finally:
        await app.close()


async def recorded(folder: Path, incident: str) -> list[Recorded]:
    """The log of an incident."""
    store = SqliteStore(folder / "log.db")
    try:
        return await store.load(incident)
    finally:
        await store.close()


async def goes_on(wire: Wire, folder: Path, name: str) -> None:
    """Misbehave; then nothing hangs, a person decides elsewhere, and the rollback runs once."""
    incident = await decided(wire, name)
    told = await rolled_back(wire, incident, MISBEHAVIOURS[name])
    says = told["structuredContent"]["says"]
    if name not in STARTS[wire.era]:
        assert "flightrules approve" in says, (name, told)
        await not_asked_again(wire, incident, name)
        await approved_on_terminal(folder, incident)
        told = await wire.call("rollback", incident=incident)
    state = told["structuredContent"]["result"]["state"]
    assert state in {"rolling_back", "succeeded"}, (name, told["structuredContent"]["says"])
    events = [record.kind for record in await recorded(folder, incident)]
    assert events.count("rollback_started") == 1, name
    assert events.count("approval_granted") == 1, name
    assert "approval_rejected" not in events, name


async def not_asked_again(wire: Wire, incident: str, name: str) -> None:
    """The next call names the other ways at once."""
    again = await asyncio.wait_for(wire.call("rollback", incident=incident), LIMIT_S)
    assert again["structuredContent"]["result"]["state"] == "awaiting_approval", (name, again)


async def test_whatever_a_client_does_with_a_question_a_person_decides_and_the_agent_goes_on(
    era: Era, transport: str, tmp_path: Path
) -> None:
    folder = settings(tmp_path)
    async with wires(folder, transport, FORM_S) as connected, connected(era) as wire:
        task = asyncio.create_task(answering(wire, MISBEHAVIOURS))
        try:
            await asyncio.gather(*(goes_on(wire, folder, name) for name in MISBEHAVIOURS))
        finally:
            task.cancel()
        withdrawn = [notice for notice in wire.notices if notice["method"] == "notifications/cancelled"]
    if era == "handshake":
        assert len(withdrawn) >= 2, withdrawn  # those of the two that did not answer in time


async def test_a_client_that_disconnects_between_is_asked_again_and_nothing_runs_twice(
    era: Era, transport: str, tmp_path: Path
) -> None:
    folder = settings(tmp_path)
    async with wires(folder, transport, LIMIT_S) as connected:
        async with connected(era) as wire:
            incident = await decided(wire, "disconnects")
            await asked(wire, incident)
        async with connected(era) as wire:
            question = await asked(wire, incident)
            told = await question(YES)
        state = told["structuredContent"]["result"]["state"]
        assert state in {"rolling_back", "succeeded"}, told
    events = [record.kind for record in await recorded(folder, incident)]
    assert events.count("rollback_started") == events.count("approval_granted") == 1


async def asked(wire: Wire, incident: str) -> Callable[[Message], Awaitable[Message]]:
    """Call until the question is there; gives what answers it."""
    if wire.era == "2026":
        told = await wire.call("rollback", incident=incident)
        state: dict[str, Any] = {"requestState": told["requestState"]}

        async def again(said: Message) -> Message:
            more = {"inputResponses": dict.fromkeys(told["inputRequests"], said), **state}
            return await wire.call("rollback", incident=incident, more=more)

        return again
    calling = asyncio.create_task(wire.call("rollback", incident=incident))
    question = await asyncio.wait_for(wire.questions.get(), LIMIT_S)

    async def within(said: Message) -> Message:
        await wire.send({"jsonrpc": "2.0", "id": question["id"], "result": said})
        return await calling

    return within
