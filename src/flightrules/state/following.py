"""Who follows a rollback: calls `rollback` again to hear how it stands.

Knows: what callers were told of a rollback, as the log has it. Must not know: what a caller is told now.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.state import events as e
from flightrules.state.log import Actor, Recorded


def follows(since_start: Sequence[Recorded], actor: Actor) -> bool:
    """Whether somebody had a part in a rollback and was not told its end; the records begin with its start."""
    mine = [record for record in since_start if record.actor == actor]
    calls = {record.call for record in mine if _asked(record)}
    told = any(record.kind == e.CallAnswered.kind and record.call in calls and _ended(record) for record in mine)
    return bool(mine) and (since_start[0].actor == actor or bool(calls)) and not told


def _asked(record: Recorded) -> bool:
    return record.kind == e.CallReceived.kind and record.data["tool"] == "rollback"


def _ended(record: Recorded) -> bool:
    answer = record.data["answer"]
    result = answer.get("result") if isinstance(answer, dict) else None
    return isinstance(result, dict) and result.get("state") in ENDS


ENDS = frozenset({"succeeded", "failed", "indeterminate"})
"""How a rollback ends."""
