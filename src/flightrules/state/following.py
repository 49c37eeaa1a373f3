"""Detection of actors that follow a rollback: those that call `rollback` again to learn its state.

Knows: what callers were told of a rollback, as the log has it. Must not know: what a caller is told now.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.state import events as e
from flightrules.state.log import Actor, Recorded


def follows(since_start: Sequence[Recorded], actor: Actor) -> bool:
    """Return True if the actor started the rollback, or was told that it runs, and was not told of its end.

    The records begin with the start of the rollback. A call that was refused does not count.
    """
    told = {
        state_told(record) for record in since_start if record.actor == actor and record.kind == e.CallAnswered.kind
    }
    return (since_start[0].actor == actor or "rolling_back" in told) and not told & ENDS


def state_told(answered: Recorded) -> str:
    """Return the state of a rollback according to this answer; empty if the answer does not mention a rollback."""
    answer = answered.data["answer"]
    result = answer.get("result") if isinstance(answer, dict) else None
    state = result.get("state") if isinstance(result, dict) else None
    return state if isinstance(state, str) else ""


ENDS = frozenset({"succeeded", "failed", "indeterminate", "untouched"})
"""States in which a rollback has ended."""
