"""Completeness of a report: whether it has every part that somebody can give, if policy refuses gaps.

Knows: which call gives which part. Must not know: how a part is written where it is missing.
What only the log could tell (which services, how long) is no reason to refuse: nobody could ever supply it.
"""

from __future__ import annotations

from flightrules.errors import Refused
from flightrules.state.events import ReportInput
from flightrules.state.incident import Incident


def require_whole(incident: Incident, given: ReportInput, cause: str) -> None:
    """Refuse a report that lacks parts, all of them named at once."""
    if lacks := _lacking(incident, incident.added.with_(given), cause):
        arguments = ", ".join(f"`{argument}`" for argument in lacks)
        helped = lacks.keys() != _lacking(incident, incident.added, "").keys()
        again = ", with what this call gave once more" if helped else ""
        lacking = f"The report lacks: {', '.join(lacks.values())}."
        raise Refused("report_incomplete", lacking, f"Give {arguments}{again}.")


def _lacking(incident: Incident, given: ReportInput, cause: str) -> dict[str, str]:
    """Argument and name of each missing part, in the report's order."""
    parts = {
        "users_affected": ("users affected", given.users_affected or incident.users_affected),
        "business_impact": ("business impact", given.business_impact or incident.business_impact),
        "root_cause": ("root cause", cause or incident.root_cause),
        "went_well": ("what went well", "".join(given.went_well)),
        "improve": ("what could be improved", "".join(given.improve)),
        "actions": ("action items", given.actions),
        "prevention": ("prevention measures", "".join(given.prevention)),
        "related": ("related", "".join(given.related)),
    }
    lacking = {argument: name for argument, (name, has) in parts.items() if not has or not str(has).strip()}
    nobody = [item.action for item in given.actions if not item.assignee.strip()]
    return lacking | ({"actions": f"somebody to do {', '.join(map(repr, nobody))}"} if nobody else {})
