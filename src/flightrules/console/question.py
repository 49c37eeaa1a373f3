"""The question on the approval page: a plan as a person reads it before they sign, word for word.

Knows: how a plan is laid out on the page. Must not know: what makes an approval count; the service says that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flightrules.state.operation import ReleaseTold, Step, Touch
from flightrules.state.plan import HostPlan, Plan
from flightrules.state.words import counted, listed
from flightrules.templates.review import checks, edits


@dataclass(frozen=True, slots=True)
class Together:
    """Hosts on which the same is done, so that it is read once."""

    hosts: str
    steps: tuple[Step, ...]
    touches: tuple[Touch, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A plan, laid out."""

    plan: Plan
    runs: ReleaseTold | None
    """The release that runs now, as its commit tells it."""
    will: ReleaseTold | None
    where: str
    lost: tuple[str, ...]
    """Files that differ between the two releases."""
    groups: tuple[Together, ...]
    edits: Sequence[tuple[str, str]]
    checks: Sequence[tuple[str, tuple[str, ...]]]

    @property
    def data(self) -> str:
        """Return what is known of data that changed, in a sentence."""
        return next((point for point in self.plan.acknowledge if point.startswith("data:")), "")


def question(plan: Plan) -> Question:
    """Return a plan as the page shows it."""
    told = {one.release: one for host in reversed(plan.hosts) for one in host.survey.told}
    paths = dict.fromkeys(path for host in plan.hosts for path in host.survey.changed_paths)
    return Question(
        plan=plan,
        runs=told.get(plan.from_release),
        will=told.get(plan.to_release),
        where=_where(plan.waves),
        lost=tuple(paths),
        groups=tuple(_groups(plan.hosts)),
        edits=edits(plan),
        checks=[(hosts, tuple(facts.split("; "))) for hosts, facts in checks(plan)],
    )


def _where(waves: Sequence[Sequence[str]]) -> str:
    """Return the order of the hosts in words."""
    first, *rest = [wave for wave in waves if wave]
    if not rest:
        return f"On {listed(first)}." if len(first) == 1 else f"On {listed(first)}, all at once."
    then = "; then ".join(listed(wave) for wave in rest)
    return f"{listed(first)} first. When {counted(len(first), 'host')} of it is proven healthy: {then}."


def _groups(hosts: Iterable[HostPlan]) -> Iterable[Together]:
    for (steps, touches), same in groupby(hosts, key=lambda host: (host.steps, host.survey.touches)):
        yield Together(listed([host.host for host in same]), steps, touches)
