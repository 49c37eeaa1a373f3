"""The analysis after restoration: what an agent found, and what production says changed.

Knows: that a claim is judged before production is asked. Must not know: what may be claimed (rules), nor how releases
are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.errors import Unavailable
from flightrules.service import answers as a
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.opening import settle
from flightrules.service.performing import perform
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.analysis import Analysis
from flightrules.state.comparison import comparison_lines
from flightrules.state.evidence import Comparison, Finding
from flightrules.state.incident import Incident
from flightrules.state.rules.analysing import releases_to_compare
from flightrules.state.untrusted import one_line
from flightrules.state.words import counted, listed

SHOWN = 6
"""Number of items of a kind that an answer shows of a comparison; the rest is in the evidence."""
LINE_LENGTH = 400
WHY_LENGTH = 1000


async def analyze(incidents: IncidentService, call: Call, given: Analysis) -> a.Answer[a.Analysed]:
    """Record what was found; compare releases where that is asked for."""
    if not given.compare:
        return await settle(incidents, call, c.RecordAnalysis(given=given), _say)
    return await perform(
        incidents, call, c.BeginAnalysis(given=given), lambda invocation: _compared(incidents, invocation, given)
    )


async def _compared(incidents: IncidentService, invocation: Invocation, given: Analysis) -> a.Answer[a.Analysed]:
    incident = invocation.incident
    good, bad = releases_to_compare(incident, incidents.context(incident, invocation.call.actor, incidents.clock.now()))
    finding = await _read(incidents, incident.target, good, bad)
    return await incidents.finish(invocation, c.RecordAnalysis(given=given, findings=(finding,)), _say)


async def _read(incidents: IncidentService, target: str, good: str, bad: str) -> Finding:
    """Read what changed, from the first host that can be read; all hosts have the same repository."""
    managed = incidents.managed(target)
    whys: list[str] = []
    for host in managed.target.service_hosts:
        try:
            seen = await managed.production.compare(host, good, bad)
        except Unavailable as failed:
            whys.append(str(failed))
        else:
            return Finding(probe="compare", host=host, data=seen)
    return Finding(probe="compare", why=one_line("; ".join(whys), WHY_LENGTH))


def _say(incident: Incident, events: Sequence[e.Event]) -> tuple[str, a.Analysed]:
    found = [event for event in events if isinstance(event, e.EvidenceRecorded)]
    whys = [why for event in events if isinstance(event, e.WhysRecorded) for why in event.whys]
    caused = next((event for event in events if isinstance(event, e.RootCauseRecorded)), None)
    result = a.Analysed(
        root_cause=caused.root_cause if caused and caused.known else "",
        hypotheses=tuple(number for number, why in enumerate(whys, start=1) if why.hypothesis),
        observed=tuple(event.id for event in incident.observed),
        evidence=tuple(event.id for event in found),
        untrusted_comparison=tuple(line for event in found for line in _lines(event.finding)),
    )
    return " ".join(_words(result, len(whys), caused)), result


def _words(result: a.Analysed, whys: int, caused: e.RootCauseRecorded | None) -> Sequence[str]:
    said = ["Analysis recorded."]
    if whys:
        numbers = listed([str(number) for number in result.hypotheses])
        open_ones = f"; without evidence, so hypotheses: {numbers}" if numbers else ""
        said.append(f"{counted(whys, 'why')}{open_ones}.")
    if result.evidence:
        said.append(f"The comparison is evidence {', '.join(result.evidence)}.")
    if caused is None:
        said.append("The root cause is still open.")
    elif caused.known:
        said.append("The root cause is on record; write the report next.")
    else:
        said.append("It is recorded that there is nothing to add; write the report next.")
    return said


def _lines(finding: Finding) -> tuple[str, ...]:
    if isinstance(finding.data, Comparison):
        return tuple(one_line(line, LINE_LENGTH) for line in comparison_lines(finding.data, SHOWN))
    return (f"could not be read: {finding.why}",)
