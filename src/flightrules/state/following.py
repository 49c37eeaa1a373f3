"""Who follows a rollback: calls `rollback` again to hear how it stands.

Knows: what callers were told of a rollback, as the log has it. Must not know: what a caller is told now.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.state import events as e
from flightrules.state.log import Actor, Recorded


def follows(since_start: Sequence[Recorded], actor: Actor) -> bool:
    """Whether somebody started a rollback, or was told that it runs, and not its end; the records begin with its start.

    A call that was refused has no part in it.
    """
    told = {
        state_told(record) for record in since_start if record.actor == actor and record.kind == e.CallAnswered.kind
    }
    return (since_start[0].actor == actor or "rolling_back" in told) and not told & ENDS


def state_told(answered: Recorded) -> str:
    """How a rollback stood by this answer; empty where it says nothing of one."""
    answer = answered.data["answer"]
    result = answer.get("result") if isinstance(answer, dict) else None
    state = result.get("state") if isinstance(result, dict) else None
    return state if isinstance(state, str) else ""


ENDS = frozenset({"succeeded", "failed", "indeterminate", "untouched"})
"""How a rollback ends."""
