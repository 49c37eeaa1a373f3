"""State of a service as the user's own status command tells it.

Knows: what exit statuses and words of such commands mean. Must not know: how the command was run.
"""

from __future__ import annotations

import re

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import ServiceState
from flightrules.state.runtimes.commands.settings import CommandsRuntime
from flightrules.state.untrusted import one_line

CANNOT_RUN = frozenset({124, 125, 126, 127})
"""A command that did not end in time or could not be started says nothing about the service."""
KILLED = 128
"""Above it stands the signal that ended a command."""
NOT_RUNNING = 3
"""The status of systemctl, supervisorctl and every LSB script for a service that does not run."""
PERHAPS_DOWN = frozenset({1, 2})
"""Dead by the LSB, but also what most programs end with when they fail themselves."""

_SAYS_DOWN = re.compile(
    r"\bno such process\b|\bnot (?:running|active|started|online)\b|\bis (?:stopped|down|dead|inactive)\b"
    r"|^(?:inactive|failed|dead|stopped)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_COMPLAINS = re.compile(
    r"failed to (?:connect|get|determine)|(?:could not|cannot|can't|unable to) (?:connect|open|find|access)"
    r"|no such file|(?:permission|access) denied|refused connection|connection refused|not permitted|no medium found"
    r"|not (?:been )?booted with|command not found|interactive authentication|password is required",
    re.IGNORECASE,
)


def commanded(runtime: CommandsRuntime, records: Records) -> ServiceState:
    """Return the state that the exit status of the status command tells.

    Raises `Unreadable` with the command's own words if it cannot tell.
    """
    frame = records.frames.get("status")
    if frame is None:
        raise Unreadable(records.missing)
    if frame.status in CANNOT_RUN or frame.status > KILLED:
        raise Unreadable(f"the status command said nothing: {_words_of(frame) or frame.why}")
    if not frame.status:
        if complaint := _complaint(frame.err):
            raise Unreadable(f"the status command cannot tell: {complaint}")
        return ServiceState(service=runtime.service, state="running")
    if not _means_down(runtime, frame):
        hint = "" if _words_of(frame) else "; if that means down, name it in `down_statuses`"
        raise Unreadable(f"the status command cannot tell: {_words_of(frame) or frame.why}{hint}")
    return ServiceState(service=runtime.service, state="exited", exit_code=frame.status)


def _means_down(runtime: CommandsRuntime, frame: Frame) -> bool:
    if runtime.down_statuses:
        return frame.status in runtime.down_statuses
    if frame.status in PERHAPS_DOWN:
        said = frame.err.decode(errors="replace") or _complaint(frame.out)
        return not said.strip() or _SAYS_DOWN.search(said) is not None
    return frame.status == NOT_RUNNING


def _complaint(printed: bytes) -> str:
    """Return what a program complains of, if these are the words of one that could not do its work."""
    said = one_line(printed.decode(errors="replace"), 300)
    return said if _COMPLAINS.search(said) else ""


def _words_of(frame: Frame) -> str:
    """A program's own words for its failure, and its exit status."""
    said = one_line((frame.err or frame.out).decode(errors="replace"), 300)
    return f"{said} (exit status {frame.status})" if said else ""
