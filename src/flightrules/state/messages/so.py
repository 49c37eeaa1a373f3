"""Current state of an incident for the public, in words of the policy alone.

It is computed from what was seen, done and confirmed.

Knows: which sentence the facts of an incident allow. Must not know: who reads it, or when it is told.
Phase and severity say little of what users see: nothing is claimed here that the log does not show.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from flightrules.state.incident import Incident
from flightrules.state.phases import RESTORED
from flightrules.state.policy import Policy
from flightrules.state.vocabulary import Impact, Phase, Severity, StatusWord, Verdict


class So(NamedTuple):
    """Statement that the public may be given now."""

    status: StatusWord
    text: str
    impact: str
    well: bool = False
    """True if the component works, as far as the server saw or a person said."""

    @property
    def whole(self) -> str:
        """All of it, to hold one moment against another."""
        return f"{self.status}: {self.text} {self.impact}"


SOLVED = "The problem is solved."
WORKS = "The service works again."
WATCHED = "The service works again. We are watching whether it stays so."
CHECKED = "A remedy is in place. We are checking whether it helped."
OVER = "The problem seems to be over. We are checking whether it is."
WORKED_ON = "We are working on a remedy."
BACK = "The problem is back. We are looking into it."
ANEW = "We are looking into the problem again."
NO_HELP = "What we did has not helped so far. We are looking into it."
NOTICED = "We have noticed a problem and are looking into it."
STILL_WORKED_ON = "We are still working on a remedy."
NOTHING_NEW = "There is nothing new to tell yet."
WORSE = "We have found out since that it was worse than we first knew."
POSSIBLE = "We are looking into a possible problem."

INVISIBLE = frozenset({Impact.DATA_LOSS, Impact.DATA_CORRUPTION, Impact.SECURITY_BREACH})
"""Impacts that no probe can see: that the service works does not solve them."""

NOT_KNOWN = "It is not yet known what is affected."
WAS_NOT_KNOWN = "It is not known what was affected."

DUPLICATE = "This turned out to be the same problem as another incident of ours."
HANDED_OVER = "We have handed this over to the provider of the service behind it."
FALSE_ALARM = "This was a false alarm."
ENDED_WELL = "We have ended our work on this. When we last looked, everything worked."
ENDED = "We have ended our work on this without having seen the service recover."


def so(incident: Incident, policy: Policy) -> So:
    """Return the current statement."""
    if incident.phase is Phase.CLOSED:
        return _closed(incident, policy)
    impact = _impact(incident, policy)
    if incident.restored_at is not None and incident.phase in RESTORED:
        also = f" {WORSE}" if worse_later(incident) and incident.peak is not incident.shown.worst else ""
        if also and incident.impacts & INVISIBLE and incident.severity is Severity.P1:
            return So("Monitoring", f"{WORKS}{also}", impact, well=True)
        solved = watch_passed(incident, policy)
        return So("Resolved" if solved else "Monitoring", (SOLVED if solved else WATCHED) + also, impact, well=True)
    if incident.phase is Phase.VERIFYING:
        return So("Monitoring", OVER if incident.mitigation == "none" else CHECKED, impact)
    if incident.phase in (Phase.ROLLING_BACK, Phase.FIXING):
        return So("Identified", WORKED_ON, impact)
    return So("Investigating", _looking(incident), impact)


def _looking(incident: Incident) -> str:
    """Return the reason for the investigation, as far as the log shows it."""
    if incident.relapse:
        return BACK if incident.relapse == "back" else ANEW
    if incident.mitigation and _did_not_help(incident):
        return NO_HELP
    return NOTICED if incident.confirmed or incident.shown.worst is not None else POSSIBLE


def _did_not_help(incident: Incident) -> bool:
    failed = incident.rollback_outcome in ("failed", "indeterminate") and incident.mitigation == "rollback"
    return incident.verdict is Verdict.NOT_RESTORED or incident.fix_failed or failed


def _impact(incident: Incident, policy: Policy) -> str:
    """Return the impact on users as the server saw it; a severity that somebody stated says nothing about it."""
    words, shown = policy.communication.impact, incident.shown
    over = incident.restored_at is not None or incident.phase in (Phase.VERIFYING, Phase.CLOSED)
    if shown.worst is None:
        return WAS_NOT_KNOWN if over else NOT_KNOWN
    if over:
        remedy = "Before" if incident.mitigation in ("", "none") else "Before the remedy"
        return f"{remedy}: {words.of(shown.worst)}"
    if shown.well and incident.relapse == "back":
        return NOT_KNOWN
    if shown.well:
        return f"At the moment we see no problem. Before: {words.of(shown.worst)}"
    return words.of(shown.last or shown.worst)


def _closed(incident: Incident, policy: Policy) -> So:
    """Return the statement for a closed incident; it counts as solved only if the watch had passed."""
    impact, shown = _impact(incident, policy), incident.shown
    if incident.restored_at is not None and watch_passed(incident, policy):
        return So("Resolved", SOLVED, impact, well=True)
    if incident.closed_as == "duplicate":
        return So("Closed", DUPLICATE, impact, well=True)
    if incident.closed_as == "handed_over":
        return So("Closed", HANDED_OVER, impact)
    if incident.closed_as == "false_alarm" and shown.worst is None:
        return So("Closed", FALSE_ALARM, "Nothing was affected.", well=True)
    well = shown.well or incident.restored_at is not None
    return So("Closed", ENDED_WELL if well else ENDED, impact, well=well)


def watch_passed(incident: Incident, policy: Policy) -> bool:
    """Return True if the continuous watch is over and the last look, made after its end, saw everything well.

    The last look must have included the logs.
    """
    if incident.restored_at is None:
        return False
    end = incident.restored_at + timedelta(minutes=policy.budgets.monitoring_continuous)
    watched = incident.watched
    looked = watched.last == "ok" and watched.last_at is not None and watched.last_at >= end
    return looked and watched.logs_until is not None and watched.logs_until >= end


def still(incident: Incident) -> str:
    """Return the text that is sent if there was no news for a long time."""
    return STILL_WORKED_ON if incident.phase in (Phase.ROLLING_BACK, Phase.FIXING) else NOTHING_NEW


def worse_later(incident: Incident) -> bool:
    """Return True if the severity was raised after the service was restored."""
    return incident.raised_at is not None and incident.restored_at is not None
