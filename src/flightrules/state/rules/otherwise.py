"""Records of what was repaired by hand or ended by itself, of how long a fix may take, and of corrected times.

Knows: what a person may record of an incident. Must not know: how an agent's word reaches a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.phases import MITIGABLE, RESTORED
from flightrules.state.rules.assessing import stated_moment
from flightrules.state.rules.context import RuleContext, legal_words, require_person
from flightrules.state.vocabulary import Phase

HOW = {"by_hand": "by-hand", "none": "none"}


def claim(incident: Incident, command: c.ClaimMitigation, context: RuleContext) -> list[e.Event]:
    """Keep what an agent says was done; it counts once a person confirms it."""
    _require_phase(incident, command.how, context)
    _require_words(command.says)
    at = stated_moment("at", command.at, context.now, default=context.now)
    return [
        e.MitigationClaimed(
            how=command.how, says=command.says.strip(), who=command.who, at=at, evidence=command.evidence
        )
    ]


def mitigate(incident: Incident, command: c.Mitigate, context: RuleContext) -> list[e.Event]:
    """Record what was done, or that nobody did anything; verification follows as after any mitigation."""
    require_person(context, "record that", f"flightrules mitigated {incident.id} {HOW[command.how]} --reason TEXT")
    _require_phase(incident, command.how, context)
    claimed = incident.claimed if incident.claimed and incident.claimed.how == command.how else None
    says = command.says.strip() or (claimed.says if claimed else "")
    _require_words(says)
    at = stated_moment("at", command.at or (claimed.at if claimed else None), context.now, default=context.now)
    done = e.MitigatedOtherwise(
        how=command.how,
        says=says,
        who=command.who or (claimed.who if claimed else ""),
        at=at,
        evidence=command.evidence or (claimed.evidence if claimed else ()),
        confirmed_by=context.actor.name,
    )
    left: list[e.Event] = []
    if incident.phase is Phase.FIXING:
        left.append(e.FixEnded(outcome="abandoned", says=f"a person recorded otherwise: {says}"))
    return [*left, done]


def _require_words(says: str) -> None:
    if not says.strip():
        raise Refused("reason_missing", "What was done is missing.", "Describe what was done, by whom and when.")


def _require_phase(incident: Incident, how: str, context: RuleContext) -> None:
    allowed = (*MITIGABLE, *((Phase.VERIFYING, *RESTORED) if how == "by_hand" else ()))
    if incident.phase not in allowed:
        said = f"Nothing of that kind can be recorded in phase {incident.phase}."
        raise Refused("out_of_order", said, legal_words(incident, context))


LONGEST_PACE = timedelta(days=14)


def set_pace(incident: Incident, command: c.SetPace, context: RuleContext) -> list[e.Event]:
    """A person says how long the fix may take and how often people are told, with a reason; it ends by itself."""
    require_person(context, "set the pace of an incident", f"flightrules pace {incident.id} --fix SPAN --reason TEXT")
    if incident.phase in (Phase.CLOSED, *RESTORED):
        raise Refused("out_of_order", f"No pace applies in phase {incident.phase}.", legal_words(incident, context))
    if not command.reason.strip():
        raise Refused("reason_missing", "Another pace needs a reason.", "Give one with --reason.")
    if command.fix_minutes is None and command.update_minutes is None:
        raise Refused(
            "pace_missing", "Neither a time nor a cadence is given.", "Give --fix or --updates, for example 18h."
        )
    until = _until(incident, command, context.now)
    return [
        e.PaceSet(
            fix_minutes=command.fix_minutes,
            update_minutes=command.update_minutes,
            until=until,
            reason=command.reason.strip(),
            by=context.actor.name,
        )
    ]


def _until(incident: Incident, command: c.SetPace, now: datetime) -> datetime:
    """The end of the time that was set for the fix; where none was, a day."""
    if command.fix_minutes is None:
        return incident.pace_until or now + timedelta(days=1)
    began = incident.fix_started_at if incident.phase is Phase.FIXING else None
    return (began or now) + min(timedelta(minutes=command.fix_minutes), LONGEST_PACE)


def correct_times(incident: Incident, command: c.CorrectTimes, context: RuleContext) -> list[e.Event]:
    """Put onset, detection or the end of the impact right; what was stated first stays in the log."""
    require_person(context, "correct times", f"flightrules correct {incident.id} --onset TIME --reason TEXT")
    if not command.reason.strip():
        raise Refused("reason_missing", "A correction needs a reason.", "Give one with --reason.")
    given = (command.onset_at, command.detected_at, command.ended_at)
    if not any(given):
        raise Refused("time_missing", "No time is given.", "Give --onset, --detected or --end.")
    onset, detected, end = (
        stated_moment(name, at, context.now, default=context.now) if at else None
        for name, at in zip(("onset", "detected", "end"), given, strict=True)
    )
    began, ended = onset or incident.began_at, end or incident.ended_at
    if ended is not None and began > ended:
        raise Refused("bad_time", "The onset is after the end.", "Check both: onset comes first.")
    if began > (detected or incident.noticed_at):
        raise Refused("bad_time", "The onset is after the detection.", "Give --detected too, or an earlier onset.")
    return [
        e.TimesCorrected(
            onset_at=onset, detected_at=detected, ended_at=end, reason=command.reason.strip(), by=context.actor.name
        )
    ]
