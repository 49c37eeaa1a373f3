"""Parsing of what host/look.sh prints of an operation: its state, its journal, its log.

Knows: the journal's lines (host/launch.sh writes them). Must not know: what the operation was for.
A last line that is cut off (a full disk, a crash) is passed over; anything else that is not known is unreadable.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.operation import OperationStatus, StepOutcome
from flightrules.state.untrusted import clean, lines_of

_HEADER = re.compile(r"state=(absent|claimed|running|done|lost) rc=(\d{0,3}) boot=(same|other)")
_LINE = re.compile(r"(step|step-end|undo|undo-end) (\d{1,4}) ([a-z]+|\d{1,3}) (\d{1,14})")


def look(data: bytes, *, offset: int, most: int) -> OperationStatus:
    """The operation as the host shows it."""
    first, _, rest = data.partition(b"\n")
    header = _HEADER.fullmatch(first.decode(errors="replace"))
    if header is None:
        raise Unreadable("the state of the operation was not printed")
    state, status, boot = header.groups()
    if state == "absent":
        return OperationStatus(state="absent", next_offset=offset)
    if state == "done" and not status:
        raise Unreadable("the operation is done, but its exit status is empty")
    journal, _, log = rest.partition(b"\n\n")
    if state == "running" or len(log) >= most:
        log = log[: log.rfind(b"\n") + 1] or log[:most]  # whole lines: half a secret would not be recognised
    return OperationStatus(
        state=state,
        exit_status=int(status) if state == "done" else None,
        steps=outcomes(journal.decode(errors="replace")),
        log=clean(log.decode(errors="replace"), most),
        next_offset=offset + len(log),
        same_boot=boot == "same",
    )


def outcomes(journal: str) -> tuple[StepOutcome, ...]:
    """Return what became of each step."""
    steps: dict[int, StepOutcome] = {}
    lines = lines_of(journal)
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line)
        if found is None and line and number < len(lines):
            raise Unreadable(f"line {number} of the journal is not understood")
        if found is not None:
            word, index, what, at = found.groups()
            _apply(steps, word, int(index), what, datetime.fromtimestamp(int(at) / 1000, UTC))
    return tuple(steps[index] for index in sorted(steps))


def _apply(steps: dict[int, StepOutcome], word: str, index: int, what: str, at: datetime) -> None:
    if word == "step":
        steps[index] = StepOutcome(index=index, name=what, started_at=at)
    elif index not in steps:
        raise Unreadable(f"the journal ends step {index}, which never began")
    elif word == "step-end":
        steps[index] = steps[index].model_copy(update={"ended_at": at, "exit_status": _status(what)})
    elif word == "undo-end":
        steps[index] = steps[index].model_copy(update={"undone": _status(what) == 0})


def _status(text: str) -> int:
    if not text.isdigit():
        raise Unreadable("the journal has no exit status where one should be")
    return int(text)
