"""Whatever clients, people and servers did at once, its session is replayed as identical, and any policy can judge it.

`make fuzz` plays for longer, from a seed of its own: FUZZ=20000 SEED=7.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flightrules.replay.replay import replay
from flightrules.replay.what_if import suppose
from flightrules.state.archive.sessions import Session, read_session
from flightrules.state.archive.what_if import Supposed
from flightrules.state.events import SettingsRead
from flightrules.state.policy import ApprovalPolicy, Budgets, ChannelsBySeverity, DecisionPolicy, Policy
from flightrules.templates.what_if import as_html, as_markdown, as_table
from tests.adversary.playing import play
from tests.adversary.recorder import Recorder

pytestmark = pytest.mark.anyio

STEPS = int(os.environ.get("FUZZ", "300"))
SEED = int(os.environ.get("SEED", "2026"))

NO_CLIENT = ChannelsBySeverity(P1=("cli",), P2=("cli",), P3=("cli",), P4=("cli",))
OTHERS = (
    Policy(
        approval=ApprovalPolicy(approvers=2, channels=NO_CLIENT),
        budgets=Budgets(rollback=0, assessment=1, fix_limit=1, monitoring_continuous=0),
    ),
    Policy(
        budgets=Budgets(assessment=60, fix_limit=90, monitoring_health_every=1),
        decision=DecisionPolicy(recent_deployment_hours=1),
    ),
)
"""A stricter policy and a milder one."""


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """The sessions of everything that was played."""
    Recorder.sessions.clear()
    play(STEPS, SEED, shrink=False, player=Recorder, at_once=6)
    return list(Recorder.sessions)


@pytest.mark.timeout(3600)
@pytest.mark.requirement("REPL-identical")
async def test_whatever_was_done_at_once_is_replayed_as_identical(texts: list[str], tmp_path: Path) -> None:
    kinds: set[str] = set()
    for number, text in enumerate(texts):
        session = read_session(text)
        kinds |= {record.kind for record in session.records}
        verdict = await replay(session)
        if verdict.word != "identical" or verdict.taken:
            path = tmp_path / f"seed-{SEED}-{number}.jsonl"
            path.write_text(text, encoding="utf-8")
            pytest.fail(f"{path}: {verdict}")
    assert {"plan_proposed", "approval_granted", "rollback_started", "call_refused", "verification_recorded"} <= kinds


@pytest.mark.timeout(3600)
@pytest.mark.requirement("REPL-what-if")
async def test_whatever_was_done_can_be_judged_by_any_policy(texts: list[str]) -> None:
    for text in texts:
        session = read_session(text)
        settings = settings_of(session)
        if settings and all(one.policy == settings[0].policy for one in settings):
            same = await suppose(session, lambda target: (target, settings[0].policy))  # noqa: B023 - called at once
            assert same == Supposed(incident=session.head.incident)
        for policy in OTHERS:
            supposed = await suppose(session, lambda target: (target, policy))  # noqa: B023 - called at once
            assert supposed.reason == ""
            assert all((as_table([supposed], 100), as_markdown([supposed]), as_html([supposed])))
            as_the_log_allows(session, supposed)


def settings_of(session: Session) -> list[SettingsRead]:
    return [SettingsRead.model_validate(r.data) for r in session.records if r.kind == SettingsRead.kind]


def as_the_log_allows(session: Session, supposed: Supposed) -> None:
    """Each change is told of an event that is there, at its time, and no more minutes are saved than there were."""
    last = session.records[-1].at
    for change in supposed.changes:
        record = session.records[change.event - 1]
        assert change.at == record.at
        assert change.was != change.would_be
        if change.minutes is not None:
            assert 0 <= change.minutes <= round((last - record.at).total_seconds() / 60, 1)
        if change.kind == "permission":
            assert "call_refused" in {one.kind for one in session.records if one.call == record.call}
        if change.kind == "refusal":
            assert change.would_be.startswith("refused: ")
