"""The fix path, for P3 and P4 only (protocol, phase 3B).

Knows: when a fix may begin, how it may end, and that its time ends it. Must not know: what the fix is.
"""

from __future__ import annotations

import re

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import left
from flightrules.state.incident import Incident
from flightrules.state.rules.ground import Ground, legal_words, require_order
from flightrules.state.vocabulary import Phase


def begin_fix(incident: Incident, command: c.BeginFix, ground: Ground) -> list[e.Event]:
    """Begin a fix on a branch the protocol names."""
    if incident.phase is Phase.FIXING:
        raise Refused("out_of_order", "The fix has begun already.", "Report it deployed, failed or abandoned.")
    require_order(incident, "fix", ground)
    return [e.FixStarted(branch=branch_name(incident), says=command.says)]


def branch_name(incident: Incident) -> str:
    """`incident/incident-{id}-{slug}` (protocol, phase 3B, step 1)."""
    slug = re.sub(r"[^a-z0-9]+", "-", incident.title.lower()).strip("-")[:40].rstrip("-")
    return f"incident/incident-{incident.id}-{slug or 'fix'}"


def end_fix(incident: Incident, command: c.EndFix, ground: Ground) -> list[e.Event]:
    """End the fix; after 30 minutes it is over, whatever is reported, and rollback becomes the decision."""
    if incident.phase is not Phase.FIXING:
        raise Refused("out_of_order", f"No fix runs in phase {incident.phase}.", legal_words(incident, ground))
    if over := tick(incident, None, ground):
        return [over[0].model_copy(update={"reference": command.reference})]
    if command.outcome == "deployed" and not command.reference.strip():
        raise Refused("reference_missing", "A deployed fix needs its commit or PR.", "Give it as `reference`.")
    return [e.FixEnded(outcome=command.outcome, reference=command.reference, says=command.says)]


def tick(incident: Incident, _command: object, ground: Ground) -> list[e.FixEnded]:
    """A fix whose time is spent is over, whoever notices it first; rollback is the decision then."""
    if incident.phase is not Phase.FIXING or left(incident, ground.policy, ground.now, "fix") > 0:
        return []
    return [e.FixEnded(outcome="over", says="the fix budget ran out")]
