"""`flightrules mitigated`, `pace`, `correct` and `ack`: what a person records while an incident runs.

Knows: how a person's words become a command. Must not know: rules.
"""

from __future__ import annotations

import argparse
from datetime import datetime

from pydantic import JsonValue

from flightrules.cli.people import Act, do
from flightrules.cli.session import said
from flightrules.cli.spans import minutes_of
from flightrules.errors import Refused
from flightrules.service import otherwise
from flightrules.state import commands as c


def mitigated(arguments: argparse.Namespace) -> int:
    """Record that it was repaired by hand, or was over by itself."""
    given: dict[str, JsonValue] = {
        "how": arguments.how.replace("-", "_"),
        "says": said(arguments.reason),
        "who": said(arguments.who),
        "at": arguments.at or None,
        "evidence": [said(one) for one in arguments.evidence],
    }
    command = c.Mitigate.model_validate({**given, "at": moment_of("--at", arguments.at)})
    return do(arguments, Act("mitigated", given, f"record: {arguments.how}"), command, otherwise.mitigate)


def pace(arguments: argparse.Namespace) -> int:
    """Set how long the fix may take, and how often people are told."""
    given: dict[str, JsonValue] = {
        "fix_minutes": minutes_of("--fix", arguments.fix),
        "update_minutes": minutes_of("--updates", arguments.updates),
    }
    command = c.SetPace.model_validate({**given, "reason": said(arguments.reason)})
    return do(arguments, Act("pace", given, "set the pace"), command, otherwise.pace)


def correct(arguments: argparse.Namespace) -> int:
    """Put onset, detection or the end of the impact right."""
    stated = {"onset_at": arguments.onset, "detected_at": arguments.detected, "ended_at": arguments.end}
    times = {name: moment_of(name, text) for name, text in stated.items()}
    command = c.CorrectTimes.model_validate({**times, "reason": said(arguments.reason)})
    given: dict[str, JsonValue] = {name: text or None for name, text in stated.items()}
    return do(arguments, Act("correct", given, "put the times right"), command, otherwise.correct)


def ack(arguments: argparse.Namespace) -> int:
    """Take what was paged: it silences, so it takes a yes like everything that only a person may do."""
    given: dict[str, JsonValue] = {"says": said(arguments.reason)}
    command = c.Acknowledge(says=said(arguments.reason))
    return do(arguments, Act("ack", given, "take what was paged"), command, otherwise.acknowledge)


def moment_of(name: str, text: str) -> datetime | None:
    """A moment as people type it; None where nothing was given."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Refused("bad_time", f"{name} {text!r} is not a time.", "Write it like 2026-01-31T14:05:00Z.") from wrong
