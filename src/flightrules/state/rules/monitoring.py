"""Extended monitoring after restoration (docs/incident-protocol.md#monitoring).

Knows: that each check counts once, that one nobody made is missed, and that a recurrence reopens the decision.
Must not know: who watches, or how production is looked at.
Several watchers may hand in the same check: the first one counts, the others change nothing.
"""

from __future__ import annotations

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.facts import all_measured
from flightrules.state.incident import Incident
from flightrules.state.monitoring import missed
from flightrules.state.phases import RESTORED
from flightrules.state.recurrence import MEASURES, READS_LOGS, Judgement, judge, kept
from flightrules.state.rules.assessing import evidence_events
from flightrules.state.rules.context import RuleContext
from flightrules.state.shown import could_tell, level_of
from flightrules.state.vocabulary import Phase
from flightrules.state.watched import Sight, Slot


def record_monitoring(incident: Incident, command: c.RecordMonitoring, context: RuleContext) -> list[e.Event]:
    """Record checks that were made and those that were missed; nothing where the incident has moved on meanwhile."""
    if incident.phase not in RESTORED or incident.restored_at != command.restored_at:
        return []
    made = tuple(slot for slot in command.slots if slot.number > incident.watched.number(slot.watch))
    gaps = missed(incident, context.policy, made, context.now)
    events: list[e.Event] = [e.MonitoringMissed(gaps=gaps, why=command.why)] if gaps else []
    return [*events, *(_checked(incident, command, made, command.first, context) if made and command.first else [])]


def _checked(
    incident: Incident, command: c.RecordMonitoring, made: tuple[Slot, ...], seen: Sight, context: RuleContext
) -> list[e.Event]:
    watches = {slot.watch for slot in made}
    # What is kept is what is judged, so that whoever judges it again has seen as much.
    if MEASURES & watches:
        seen = seen.model_copy(update={"facts": all_measured(seen.facts, context.target)})
    first, again = kept(incident, seen), kept(incident, command.again) if command.again else None
    judged = judge(incident, watches, first, again, command.looked_at - command.logs_since)
    read = first.facts.logs_known and READS_LOGS & watches
    checked = e.MonitoringChecked(
        slots=made,
        looked_at=command.looked_at,
        verdict=judged.verdict,
        saw=judged.saw,
        items=judged.items,
        suspects=judged.suspects,
        logs_until=command.looked_at if read else None,
        logs_since=command.logs_since,
        first=first,
        again=again,
    )
    return [checked, *(_recurred(incident, command, judged) if judged.verdict == "recurred" else [])]


def _recurred(incident: Incident, command: c.RecordMonitoring, judged: Judgement) -> list[e.Event]:
    """Only a recurrence keeps what was seen whole: all else would fill the log."""
    recorded = evidence_events(incident, command.evidence)
    says = "; ".join(f"{item.item}: {item.saw}" for item in judged.items if item.outcome == "fail")
    return [*recorded, e.RecurrenceDetected(says=says, evidence=tuple(item.id for item in recorded))]


GLANCED = (Phase.CLASSIFIED, Phase.DECIDED, Phase.INVESTIGATING, Phase.FIXING, Phase.VERIFYING)
"""Phases of an incident that is not over in which the server looks by itself what users see."""


def record_glance(incident: Incident, command: c.RecordGlance, _context: RuleContext) -> list[e.Event]:
    """Record a glance where users see something else than at the last look; else it would only fill the log."""
    if incident.phase not in GLANCED or not could_tell(command.facts):
        return []
    if incident.shown.at is not None and level_of(command.facts) is incident.shown.last:
        return []
    return [e.Glanced(facts=command.facts, looked_at=command.looked_at)]
