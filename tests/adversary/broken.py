"""Variants of the product with one thing broken, which the machine must find. Not collected as tests.

Knows: which name in which module to put something else behind, for one test and no longer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from flightrules.adapters.signatures import signers
from flightrules.ports import Write
from flightrules.service.approval import in_advance
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.rollback import following, planning, rolling_back
from flightrules.state import approvers, changes, channels, status
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import holding
from flightrules.state.decide import RULES
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.policy import Policy
from flightrules.state.rules import approving, executing, first_step, signing, using
from flightrules.state.rules import in_advance as standing_rules
from flightrules.state.vocabulary import Severity
from flightrules.testing import ScriptedProduction
from tests.adversary import stage

rules: dict[Any, Any] = RULES

Break = Callable[[pytest.MonkeyPatch], None]
LONG = timedelta(days=9)


def expiry_ignored(patch: pytest.MonkeyPatch) -> None:
    def forever(incident: object, now: object) -> object:
        return holding(incident, now - LONG)  # type: ignore[arg-type, operator]

    for module in (approvers, approving, in_advance, planning, rolling_back):
        patch.setattr(module, "holding", forever)
    # The host is told too until when it may begin, and would keep to it.
    table: dict[Any, Any] = changes.CHANGES
    started = table[e.RollbackStarted]
    patch.setitem(table, e.RollbackStarted, lambda *given: started(*given) | {"approved_until": None})


def any_digest_approves(patch: pytest.MonkeyPatch) -> None:
    right, right_typed = RULES[c.Approve], typed_approvals.approve

    def approve(incident: object, command: c.Approve, ground: object) -> object:
        plan = incident.plan  # type: ignore[attr-defined]
        same = {"intent": plan.intent, "review": plan.review} if plan else {}
        return right(incident, command.model_copy(update=same), ground)  # type: ignore[arg-type]

    async def typed(incidents: object, call: object, *, digest: str, **given: object) -> object:
        incident = await incidents.incident(call.incident)  # type: ignore[attr-defined]
        digest = incident.plan.short if incident.plan else digest
        return await right_typed(incidents, call, digest=digest, **given)  # type: ignore[arg-type]

    patch.setitem(rules, c.Approve, approve)
    patch.setattr(typed_approvals, "approve", typed)


def every_channel_counts(patch: pytest.MonkeyPatch) -> None:
    for module in (approving, using, standing_rules):
        patch.setattr(module, "require_channel", lambda *_: None)


def production_is_not_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(approving, "same_world", lambda *_: ())
    patch.setattr(first_step, "same_world", lambda *_: ())
    patch.setattr(ScriptedProduction, "_moved", lambda *_: "")


def settings_are_not_compared(patch: pytest.MonkeyPatch) -> None:
    for module in (approving, planning, first_step):
        patch.setattr(module, "policy_digest", lambda *_: "same")


def signatures_are_not_verified(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(signers, "verify", lambda *_: None)


def a_touch_is_not_asked_for(patch: pytest.MonkeyPatch) -> None:
    for module in (signing, using, standing_rules):
        patch.setattr(module, "require_hardware", lambda *_: None)


def one_person_counts_as_two(patch: pytest.MonkeyPatch) -> None:
    for module in (approvers, approving):
        patch.setattr(module, "same_person", lambda *_: False)


def whoever_asked_may_approve(patch: pytest.MonkeyPatch) -> None:
    for module in (approving, using):
        patch.setattr(module, "is_requester", lambda *_: False)


def a_rejection_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    table: dict[Any, Any] = changes.CHANGES
    patch.setitem(table, e.ApprovalRejected, lambda *_: {})


def a_start_is_never_too_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(first_step, "too_late", lambda *_: "")
    patch.setattr(following, "must_read_again", lambda *_: False)
    patch.setattr(following, "latest", lambda *_: None)


def the_log_has_no_lock(patch: pytest.MonkeyPatch) -> None:
    class Careless(stage.QuickStore):
        async def append(self, *writes: Write) -> list[Recorded]:
            return await super().append(*(Write(one.stream, None, one.drafts) for one in writes))

    patch.setattr(stage, "QuickStore", Careless)


def nothing_is_needed(patch: pytest.MonkeyPatch) -> None:
    for module in (planning, rolling_back, approving):
        patch.setattr(module, "lacking", lambda *_: 0)
    right = RULES[c.StartRollback]

    def start(incident: object, command: object, ground: object) -> object:
        plan = incident.plan  # type: ignore[attr-defined]
        if plan is None or incident.approvals:  # type: ignore[attr-defined]
            return right(incident, command, ground)  # type: ignore[arg-type]
        operations = tuple((one.id, one.host) for one in plan.operations(who="nobody"))
        return [e.RollbackStarted(plan=plan.id, approval="APPR-0", operations=operations)]

    patch.setitem(rules, c.StartRollback, start)


def a_refused_call_changes_something(patch: pytest.MonkeyPatch) -> None:
    from flightrules.service import incident_service

    def due(*_: object) -> list[e.Event]:
        return [e.RootCauseRecorded(root_cause="x", known=False)]

    patch.setattr(incident_service, "due", due)


def what_was_seen_raises_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(channels, "judged_severity", lambda incident: incident.severity or Severity.P1)


def healthy_production_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    table: dict[Any, Any] = changes.CHANGES
    right = table[e.ProductionRead]
    patch.setitem(table, e.ProductionRead, lambda *given: right(*given) | {"healthy": False})


def times_that_an_agent_gives_unlock(patch: pytest.MonkeyPatch) -> None:
    def over(incident: Incident, policy: Policy, now: datetime) -> bool:
        return now - incident.detected_at >= timedelta(minutes=policy.budgets.assessment)

    patch.setattr(status, "assessment_over", over)


def two_rollbacks_of_a_target_run_at_once(patch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: object) -> str:
        return ""

    patch.setattr(planning, "another", nobody)
    patch.setattr(rolling_back, "another_in", lambda *_: "")


def what_vanished_counts_as_never_handed_over(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(executing, "_gone", lambda *_: False)


BROKEN: tuple[Break, ...] = (
    expiry_ignored,
    any_digest_approves,
    every_channel_counts,
    settings_are_not_compared,
    signatures_are_not_verified,
    one_person_counts_as_two,
    a_rejection_is_forgotten,
    the_log_has_no_lock,
    nothing_is_needed,
    a_refused_call_changes_something,
)
"""Each must be found by an agent that tries anything."""

BROKEN_BESIDE: tuple[Break, ...] = (
    production_is_not_compared,
    what_was_seen_raises_nothing,
    healthy_production_is_not_noticed,
    times_that_an_agent_gives_unlock,
    two_rollbacks_of_a_target_run_at_once,
    what_vanished_counts_as_never_handed_over,
    a_touch_is_not_asked_for,
    whoever_asked_may_approve,
    a_start_is_never_too_late,
)
"""Each must be found by the moves of an attacker."""
