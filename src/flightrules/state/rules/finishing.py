"""Verification, report, planner and the end (docs/incident-protocol.md#verification).

Knows: what must be there before an incident may move on. Must not know: how a report looks or where it goes.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.events.finishing import DAY
from flightrules.state.facts import Facts, all_measured, facts_of
from flightrules.state.incident import Incident
from flightrules.state.monitoring import unwatched
from flightrules.state.recurrence import no_more_than
from flightrules.state.rules.assessing import evidence_events
from flightrules.state.rules.context import RuleContext, legal_words, require_person, require_phase
from flightrules.state.rules.wholeness import require_whole
from flightrules.state.verification import Item, Usual, verification_of
from flightrules.state.vocabulary import CLOSED_AS, ClosedAs, Phase, Verdict


def begin_verification(_incident: Incident, _command: c.BeginVerification, _context: RuleContext) -> list[e.Event]:
    """Record the intent to look again."""
    return [e.AssessmentStarted(purpose="verify")]


def record_verification(incident: Incident, command: c.RecordVerification, context: RuleContext) -> list[e.Event]:
    """Judge what the probes found now against what the assessment saw."""
    recorded = evidence_events(incident, command.findings)
    facts = all_measured(facts_of(command.findings, context.target), context.target)
    judged = verification_of(
        facts,
        incident.baseline or Facts(),
        user_reports=command.user_reports,
        wanted_release=incident.wanted_release,
        usual=usual_errors(incident, context.now),
    )
    verdict = e.VerificationRecorded(
        verdict=judged.verdict, items=judged.items, facts=facts, evidence=tuple(item.id for item in recorded)
    )
    return [*recorded, verdict]


def logs_since(incident: Incident) -> datetime | None:
    """A verification reads logs from the end of mitigation, or from where the last one began to look."""
    moments = [at for at in (incident.mitigation_ended_at, incident.looked_at) if at is not None]
    return max(moments, default=None)


def usual_errors(incident: Incident, now: datetime) -> Usual:
    """Return the errors that a verification at this moment may find in the logs although the incident is over."""
    rate, since = incident.level.per_minute, logs_since(incident)
    lines = None if rate is None else no_more_than(rate, now - since if since else timedelta(0))
    return Usual(kinds=incident.level.usual, lines=lines)


def accept(incident: Incident, command: c.AcceptByPerson, context: RuleContext) -> list[e.Event]:
    """A person vouches for what no probe can show; the verdict is theirs, by name."""
    require_person(context, "accept a verification that is not conclusive", f"flightrules accept {incident.id}")
    require_phase(incident, Phase.VERIFYING, context, "Nothing waits to be accepted")
    if incident.verdict is not Verdict.INCONCLUSIVE or incident.facts is None:
        raise Refused("not_inconclusive", "No inconclusive verification is on record.", "Have the agent call `verify`.")
    if not command.reason.strip():
        raise Refused("reason_missing", "Accepting needs a reason.", "Give one with --reason.")
    vouched = Item(item="a person's word", outcome="pass", saw=f"{context.actor.name}: {command.reason.strip()}")
    return [e.VerificationRecorded(verdict=Verdict.RESTORED, items=(vouched,), facts=incident.facts, evidence=())]


def prepare_report(incident: Incident, command: c.PrepareReport, context: RuleContext) -> list[e.Event]:
    """Record the root cause, and refuse what a report may not lack."""
    for action in command.given.actions:
        if action not in incident.added.actions:  # one that an earlier report has may be over its time by now
            _require_item(action, context.now.date())
    cause = command.root_cause.strip()
    if context.policy.report.missing == "refuse":
        require_whole(incident, command.given, cause)
    if cause and cause != incident.root_cause:  # what `analyze` concluded stays with its evidence
        return [e.RootCauseRecorded(root_cause=cause, known=True)]
    if incident.root_cause is not None:
        return []
    return [e.RootCauseRecorded(root_cause="not known: nobody stated one", known=False)]


def _require_item(action: e.ActionItem, today: date) -> None:
    """An item says what is to be done, and by a day that is not over. One that nobody does is told in the answer."""
    if not action.action.strip():
        raise Refused("item_empty", "An action item has no text.", "Write what to do, or leave it out.")
    due = _day(action)
    if due < today:
        reason = f"The due date {action.due} of {action.action!r} is past; today is {today}."
        raise Refused("date_past", reason, "Give a future date; put finished work into the summary.")


def _day(action: e.ActionItem) -> date:
    try:
        if DAY.fullmatch(action.due):
            return date.fromisoformat(action.due)
    except ValueError:
        pass
    reason = f"The due date {action.due!r} of {action.action!r} is not a date."
    raise Refused("bad_date", reason, "Write it like 2026-01-31.")


def record_report(incident: Incident, command: c.RecordReport, context: RuleContext) -> list[e.Event]:
    """The report stands in a file."""
    if incident.phase is Phase.MONITORING:
        raise Refused("out_of_order", "A report comes after the analysis.", legal_words(incident, context))
    return [e.ReportWritten(path=command.path, sha256=command.sha256, given=command.given, calendar=command.calendar)]


def prepare_brief(incident: Incident, command: c.PreparePlannerBrief, _context: RuleContext) -> list[e.Event]:
    """Refuse a brief that has no entry and does not say why, and one that has both."""
    brief = command.brief
    entries = any(brief.model_dump(exclude={"nothing_to_add"}).values())
    if not entries and not brief.nothing_to_add.strip():
        raise Refused(
            "brief_empty",
            "The brief has no entry.",
            "Give quality_issues, process_improvements, spec_updates or technical_debt. If you have none, say why: "
            f'{{"incident": "{incident.id}", "nothing_to_add": "no process or code problem was seen"}}.',
        )
    if entries and brief.nothing_to_add:
        reason = "The brief has entries and says that there is nothing to add."
        raise Refused("contradiction", reason, "Leave one of them out.")
    return []


def record_brief(_incident: Incident, command: c.RecordPlannerBrief, context: RuleContext) -> list[e.Event]:
    """The brief is in the outbox; that is enough to go on, and what becomes of it is seen in the status."""
    if not command.sinks:
        raise Refused(
            "no_sink", "No destination for the planner is set.", 'Set one in `planner.sinks`, for example "folder".'
        )
    brief = command.brief
    if brief.nothing_to_add:
        brief = brief.model_copy(update={"nothing_to_add": f"{context.actor.name}: {brief.nothing_to_add.strip()}"})
    return [e.PlannerReported(brief=brief, sinks=command.sinks)]


def close(incident: Incident, command: c.Close, context: RuleContext) -> list[e.Event]:
    """End the incident: after the planner has its brief, or before for a person's reason."""
    require_person(context, "close an incident", f"flightrules close {incident.id}")
    if incident.phase is Phase.REPORTED:
        return [e.IncidentClosed(reason=command.reason, unwatched=unwatched(incident, context.policy))]
    if incident.phase is Phase.CLOSED:
        raise Refused("out_of_order", "The incident is already closed.", "Call `open_incident` if it came back.")
    if incident.phase is Phase.ROLLING_BACK:
        raise Refused("out_of_order", "A rollback is running.", "Wait until it ends: flightrules status.")
    if not command.reason.strip():
        raise Refused("reason_missing", "The protocol is not complete.", "Stand it down early with --reason TEXT.")
    return [
        e.StoodDown(
            reason=command.reason,
            unwatched=unwatched(incident, context.policy),
            closed_as=command.closed_as or closed_as(command.reason),
            duplicate_of=command.duplicate_of or _other(command.reason, incident),
        )
    ]


def closed_as(reason: str) -> ClosedAs:
    """Return the category with which a person's reason begins; empty if it begins with none."""
    said = reason.strip().casefold()
    return next((kind for kind, words in CLOSED_AS.items() if said.startswith(words)), "")


def _other(reason: str, incident: Incident) -> str:
    """The incident that a reason names."""
    return next((name for name in re.findall(r"INC-[A-Z0-9]+", reason) if name != incident.id), "")
