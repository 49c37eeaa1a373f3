"""The incident report and the planner's brief: rendered from the log, written to files, recorded.

Knows: where documents go and in which order they are recorded. Must not know: what they say (state) or look like.
"""

from __future__ import annotations

import json
from hashlib import sha256

from flightrules.service import answers as a
from flightrules.service.desk import Desk
from flightrules.service.performing import perform
from flightrules.service.turn import Call, Errand
from flightrules.state import commands as c
from flightrules.state.events import PlannerBrief, ReportInput
from flightrules.state.report import report_data, report_name
from flightrules.state.summary import completion_data, planner_brief_data
from flightrules.templates import render


async def write_report(desk: Desk, call: Call, command: c.PrepareReport) -> a.Answer[a.Reported]:
    """Render the incident report from the log and put it where the protocol wants it."""
    return await perform(desk, call, command, lambda errand: _written(desk, errand, command.given))


async def _written(desk: Desk, errand: Errand, given: ReportInput) -> a.Answer[a.Reported]:
    incident = await desk.incident(errand.call.incident)
    site = desk.site(incident.target)
    records = await desk.records(incident.id)
    path = report_name(incident, site.policy)
    data = report_data(records, incident, site.target, site.policy, given=given)
    text = render.incident_report(data)
    where = await site.documents.write(path, text)
    summary = render.completion_summary(completion_data(data, report_path=path))
    command = c.RecordReport(path=path, sha256=sha256(text.encode()).hexdigest(), given=given)
    result = a.Reported(path=where, summary=summary)
    return await desk.finish(errand, command, lambda _after, _events: (f"Report written to {where}.", result))


async def report_to_planner(desk: Desk, call: Call, command: c.PreparePlannerBrief) -> a.Answer[a.Briefed]:
    """Write the brief as JSON and Markdown into the outbox."""
    return await perform(desk, call, command, lambda errand: _briefed(desk, errand, command.brief))


async def _briefed(desk: Desk, errand: Errand, brief: PlannerBrief) -> a.Answer[a.Briefed]:
    incident = await desk.incident(errand.call.incident)
    site = desk.site(incident.target)
    records = await desk.records(incident.id)
    whole = report_data(records, incident, site.target, site.policy)
    data = planner_brief_data(whole, brief, report_path=incident.report_path or "")
    plain = json.dumps(data.model_dump(mode="json"), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    paths = (
        await desk.outbox.write(f"{incident.id}.json", plain),
        await desk.outbox.write(f"{incident.id}.md", render.planner_brief(data)),
    )
    command = c.RecordPlannerBrief(brief=brief, paths=paths)
    says = f"Brief written to {paths[0]} and {paths[1]}."
    return await desk.finish(errand, command, lambda _after, _events: (says, a.Briefed(paths=paths)))
