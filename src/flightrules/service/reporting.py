"""The incident report and the planner's brief: rendered from the log, written to files, recorded.

Knows: where documents go and in which order they are recorded. Must not know: what they say (state) or look like.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256

from flightrules.errors import Unavailable
from flightrules.ports import Files
from flightrules.service import answers as a
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.messages.delivering import deliver
from flightrules.service.performing import perform
from flightrules.state import commands as c
from flightrules.state.events import PlannerBrief, ReportInput
from flightrules.state.report.afterwards import UNASSIGNED
from flightrules.state.report.summary import completion_data
from flightrules.state.report.whole import ReportData, calendar_name, report_data, report_name, tasks_name
from flightrules.state.vocabulary import Audience
from flightrules.templates import render
from flightrules.templates.calendar import calendar_file, tasks_file

PLANNER = f"{Audience.PLANNER}/"


async def write_report(incidents: IncidentService, call: Call, command: c.PrepareReport) -> a.Answer[a.Reported]:
    """Render the incident report from the log and put it where the protocol wants it."""
    return await perform(incidents, call, command, lambda invocation: _written(incidents, invocation, command.given))


async def _written(incidents: IncidentService, invocation: Invocation, given: ReportInput) -> a.Answer[a.Reported]:
    incident = await incidents.read(invocation)
    managed = incidents.managed(incident.target)
    records = await incidents.log_of(incident)
    path = report_name(incident, managed.policy)
    data = report_data(records, incident, managed.target, managed.policy, given=given)
    text = render.incident_report(data)
    where = await managed.documents.write(path, text)
    calendar = await _scheduled(managed.documents, data, path)
    summary = render.completion_summary(completion_data(data, report_path=path))
    named = calendar_name(path) if calendar else ""
    command = c.RecordReport(path=path, sha256=sha256(text.encode()).hexdigest(), given=given, calendar=named)
    result = a.Reported(path=where, calendar=calendar, summary=summary)
    says = " ".join([f"Report written to {where}.", *_lacks(data)])
    return await incidents.finish(invocation, command, lambda _after, _events: (says, result))


def _lacks(data: ReportData) -> Iterable[str]:
    """Yield what a reader will miss."""
    if data.missing:
        yield f"Not known: {', '.join(data.missing)}."
    if nobody := [item.id for item in data.given_actions if item.assignee == UNASSIGNED]:
        yield f"Nobody is named to do {', '.join(nobody)}."


async def _scheduled(documents: Files, data: ReportData, report: str) -> str:
    """Write the calendar file of the review and return its path; empty if none is due.

    Tasks have a file of their own.
    """
    text = calendar_file(data, data.review, report_path=report) if data.review and documents.keeps else ""
    review = await documents.write(calendar_name(report), text) if data.review else ""
    if tasks := tasks_file(data, report_path=report) if documents.keeps else "":
        await documents.write(tasks_name(report), tasks)
    return review


async def report_to_planner(
    incidents: IncidentService, call: Call, command: c.PreparePlannerBrief
) -> a.Answer[a.Briefed]:
    """Queue the brief for every sink of the planner."""
    return await perform(incidents, call, command, lambda invocation: _briefed(incidents, invocation, command.brief))


async def _briefed(incidents: IncidentService, invocation: Invocation, brief: PlannerBrief) -> a.Answer[a.Briefed]:
    planner = [to for to in incidents.senders if to.startswith(PLANNER)]
    sinks = tuple(to.removeprefix(PLANNER) for to in planner)
    command = c.RecordPlannerBrief(brief=brief, sinks=sinks)
    said = f"The brief is queued for: {', '.join(sinks)}. What becomes of it: incident_status."
    answer = await incidents.finish(invocation, command, lambda _after, _events: (said, a.Briefed(sinks=sinks)))
    at_once = [to for to in planner if incidents.senders[to].at_once]
    if answer.ok and at_once:
        # It is queued and told: what fails from here on is tried again, and changes no answer. Others than these are
        # left to the courier.
        with suppress(Unavailable):
            await deliver(incidents, invocation.call.incident, only=at_once)
    return answer
