"""A fix.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.approving import no_plan
from flightrules.state.changes.base import Change, Table
from flightrules.state.changes.verifying import fallback
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Path


def _fix_started(incident: Incident, event: e.FixStarted, at: datetime) -> Change:
    return {
        "fix_started_at": at,
        "fix_branch": event.branch,
        "fix_branching": False,
        "fix_branched_at": "",
        "fix_checks": (),
        "fix_testing": "",
        "fix_tested": None,
        "fix_reference": "",
        "mitigation": "fix",
        "verdict": None,
        "mitigated_at": incident.mitigated_at or at,
        "fix_failed": False,
        "fix_over": False,
        "breached": incident.breached - {"fix"},
    }


def _branching(_incident: Incident, _event: e.FixBranching, _at: datetime) -> Change:
    return {"fix_branching": True}


def _branched(_incident: Incident, event: e.FixBranched, _at: datetime) -> Change:
    return {"fix_branching": False, "fix_branched_at": event.commit}


def _checked(incident: Incident, event: e.FixChecked, _at: datetime) -> Change:
    return {"fix_checks": (*incident.fix_checks, *event.checks)}


def _testing(_incident: Incident, event: e.FixTesting, _at: datetime) -> Change:
    return {"fix_testing": event.run, "fix_tested": None}


def _tested(_incident: Incident, event: e.FixTested, _at: datetime) -> Change:
    return {"fix_testing": "", "fix_tested": event.result}


def _fix_ended(incident: Incident, event: e.FixEnded, at: datetime) -> Change:
    deployed = event.outcome == "deployed"
    asks = event.outcome == "over" and incident.pace_fix is not None
    after = Path.PERSON if asks else fallback(incident)
    path = {} if deployed else {"path": after, "decided_by": "rules", "chosen": None}
    ended = event.deployed_at or at
    over: Change = {"fix_over": event.outcome == "over", "decided_at": at}
    if deployed:
        over = {"fix_over": False, **no_plan()}
    return {"fix_reference": event.reference, "fix_failed": not deployed, "mitigation_ended_at": ended, **over, **path}


CHANGES: Table = {
    e.FixStarted: _fix_started,
    e.FixBranching: _branching,
    e.FixBranched: _branched,
    e.FixChecked: _checked,
    e.FixTesting: _testing,
    e.FixTested: _tested,
    e.FixEnded: _fix_ended,
}
