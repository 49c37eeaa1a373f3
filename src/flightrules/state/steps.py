"""The exact steps of a rollback on one host.

Knows: that each runtime has its own. Must not know: whether a plan may be made.
Nothing an agent says becomes a word of a step; every step before the one that changes what serves users can be undone.
"""

from __future__ import annotations

from flightrules.state.operation import Step, Survey
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import Target


def steps_for(target: Target, survey: Survey, release: str, plan_id: str) -> tuple[Step, ...]:
    """The steps that bring one host to a release."""
    return tuple(runtime_of(target).steps(survey, release, plan_id))
