"""The one question the core answers: given this incident and this command, what happens, or why not?

Knows: which rule judges which command, and what is common to all of them (order, breached budgets).
Must not know: any rule's own reasoning. Complete: each command in each phase gives events or a `Refused`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import newly_breached
from flightrules.state.fold import stepped
from flightrules.state.incident import Incident
from flightrules.state.rules import (
    alerting,
    analysing,
    approving,
    asking,
    assessing,
    communicating,
    deciding,
    executing,
    finishing,
    first_step,
    fixing,
    in_advance,
    monitoring,
    otherwise,
    reminding,
)
from flightrules.state.rules.context import RuleContext, require_order

Rule = Callable[[Incident, Any, RuleContext], Sequence[e.Event]]

RULES: dict[type[c.Command], Rule] = {
    c.Join: assessing.join,
    c.BeginAssessment: assessing.begin_assessment,
    c.RecordAssessment: assessing.record_assessment,
    c.RecordReading: assessing.record_reading,
    c.Classify: assessing.classify,
    c.Decide: deciding.decide,
    c.DecideByPerson: deciding.decide_by_person,
    c.ProposePlan: approving.propose_plan,
    c.NoteSurveys: approving.note_surveys,
    c.Approve: approving.approve,
    c.ApproveInAdvance: in_advance.approve_in_advance,
    c.Reject: approving.reject,
    c.PutForm: asking.put_form,
    c.CloseForm: asking.close_form,
    c.StartRollback: approving.start_rollback,
    c.Launch: first_step.launch,
    c.RecordStatus: executing.see,
    c.AwaitProof: executing.await_proof,
    c.RecordProof: executing.prove_host,
    c.Abandon: executing.give_up_on,
    c.BeginFix: fixing.begin_fix,
    c.BeginBranch: fixing.begin_branch,
    c.RecordBranch: fixing.record_branch,
    c.BeginTests: fixing.begin_tests,
    c.RecordTests: fixing.record_tests,
    c.EndFix: fixing.end_fix,
    c.BeginVerification: finishing.begin_verification,
    c.RecordVerification: finishing.record_verification,
    c.RecordGlance: monitoring.record_glance,
    c.RecordMonitoring: monitoring.record_monitoring,
    c.AcceptByPerson: finishing.accept,
    c.BeginAnalysis: analysing.begin_analysis,
    c.RecordAnalysis: analysing.record_analysis,
    c.PrepareReport: finishing.prepare_report,
    c.RecordReport: finishing.record_report,
    c.PreparePlannerBrief: finishing.prepare_brief,
    c.RecordPlannerBrief: finishing.record_brief,
    c.Close: finishing.close,
    c.PostUpdate: communicating.post_update,
    c.ApproveUpdate: communicating.approve_update,
    c.RejectUpdate: communicating.reject_update,
    c.ClaimMitigation: otherwise.claim,
    c.Mitigate: otherwise.mitigate,
    c.SetPace: otherwise.set_pace,
    c.CorrectTimes: otherwise.correct_times,
    c.Acknowledge: reminding.acknowledge,
    c.Tick: reminding.tick,
    c.NoteClock: reminding.note_clock,
    c.JoinAlerts: alerting.join_alerts,
    c.CallPeople: alerting.call_people,
    c.TellWaiting: alerting.tell_waiting,
    c.ShowRollback: lambda _incident, _command, _context: [],
}
"""Table from a type of command to the rule that judges it."""

OWN_ORDER = frozenset({c.BeginFix, c.EndFix, c.BeginBranch, c.RecordBranch, c.BeginTests, c.PostUpdate})
"""Commands whose rule explains a wrong order better than the table could."""


def decide(incident: Incident, command: c.Command, context: RuleContext) -> list[e.Event]:
    """The events a command leads to; breached budgets come first, what the public hears of it last.

    Raises:
        Refused: the protocol says no; the reason and the way out are in it.
    """
    if command.tool and type(command) not in OWN_ORDER:
        require_order(incident, command.tool, context)
    now = due(incident, context)
    spoken = stepped(incident, [event for event in now if isinstance(event, e.SpokenFor)], at=context.now)
    events = [*now, *RULES[type(command)](spoken, command, context)]
    return [*events, *_notices(incident, events, context)]


def _notices(incident: Incident, events: Sequence[e.Event], context: RuleContext) -> list[e.Event]:
    if not context.public:
        return []
    return communicating.notices(stepped(incident, events, at=context.now), context)


def due(incident: Incident, context: RuleContext) -> list[e.Event]:
    """Return the events that come with any command: who speaks to the public, and budgets that ran out since."""
    spoken = communicating.spoken_for(incident, context)
    return [*spoken, *breaches(stepped(incident, spoken, at=context.now), context)]


def breaches(incident: Incident, context: RuleContext) -> list[e.Event]:
    """Budgets that ran out since anybody looked."""
    return [
        e.BudgetBreached(budget=b.name, limit_s=b.limit_s, ran_out_at=b.ran_out_at)
        for b in newly_breached(incident, context.policy, context.now)
    ]


def open_incident(command: c.Open, context: RuleContext) -> list[e.Event]:
    """The events that open an incident."""
    return assessing.open_incident(command, context)
