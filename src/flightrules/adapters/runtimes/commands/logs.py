"""The log that a command of the user's own prints.

Knows: what such commands say if they may not read the log. Must not know: how the command was run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.logs import cut as cut_by
from flightrules.adapters.reading.logs import may_not_read
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import Logs
from flightrules.state.logs import read_log, timed_lines
from flightrules.state.runtimes.commands.settings import CommandsRuntime
from flightrules.state.untrusted import lines_of, one_line
from flightrules.state.value import changed

_LINES_ASKED = re.compile(r"(?:^| )(?:-n ?|--lines[= ]|--tail[= ]|-)(\d+)\b")
_NO_LINE = re.compile(r"^-- .* --$")
"""Pattern of what journalctl prints between the lines of a log, and in place of them."""


def own_log(service: str, frame: Frame, runtime: CommandsRuntime, since: datetime | None) -> Logs:
    """The log of a command of the user's own. Raises `Unreadable` if it printed only what keeps it from reading."""
    lines = [line for line in lines_of(frame.text) if not _NO_LINE.match(line)]
    said = one_line(frame.err.decode(errors="replace"), 300)
    if said and (not any(map(str.strip, lines)) or may_not_read(said)):
        raise Unreadable(f"the logs command says: {said}")
    log = read_log(service, "\n".join(lines), since=since)
    cut = cut_by([frame]) or (f"the logs command also wrote to its standard error: {said}" if said else "")
    return changed(log, cut=cut or _too_short(lines, runtime, since))


def _too_short(lines: Sequence[str], runtime: CommandsRuntime, since: datetime | None) -> str:
    """Return a complaint if the printed lines may not reach back to the time that is asked for.

    That is so if the command printed as many lines as it was told to, and none of them is older than that time.
    """
    told = _LINES_ASKED.findall(" ".join(runtime.logs))
    if since is None or str(len(lines)) not in told:
        return ""
    first = next((at for at, _ in timed_lines("\n".join(lines))), None)
    if first is None or first <= since:
        return ""
    return f"the logs command printed {len(lines)} lines, and the first is younger than what is asked for"
