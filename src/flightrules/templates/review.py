"""A plan in words, for the person who approves it: what will run, and what was checked before.

Knows: how to read a plan aloud without leaving out a word of any command. Must not know: anything beside the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from flightrules.state.cautions import edited_in
from flightrules.state.evidence import ServiceState
from flightrules.state.host_files import stay
from flightrules.state.operation import ReleaseTold, Step, Survey
from flightrules.state.plan import HostPlan, Plan, must_build
from flightrules.state.untrusted import one_line
from flightrules.state.words import command_line, counted, listed, moment, short, size

PATCH_LINES = 60
"""Number of lines of a patch that are repeated."""
NAMES = 5
"""Number of names of files or services that a line repeats; the digest covers all of them."""


def blocks(plan: Plan) -> list[tuple[str, str]]:
    """Hosts and the steps that run on them, as shell lines with the words for each step above it."""
    return _together(plan.hosts, lambda host: _script(host.steps))


def releases(plan: Plan) -> str:
    """Both releases as their commits tell them: text from whoever may push."""
    told = {one.release: one for host in reversed(plan.hosts) for one in host.survey.told}
    both = (("from", plan.from_release), ("to", plan.to_release))
    return "\n".join(f"{word:<4} {_release(told[sha])}" for word, sha in both if sha in told)


def _release(told: ReleaseTold) -> str:
    tags = f" ({', '.join(told.tags)})" if told.tags else ""
    return f"{short(told.release)}{tags} {moment(told.at)}, {told.author}: {told.subject}"


def edits(plan: Plan) -> list[tuple[str, str]]:
    """Hosts and the changes made by hand there, the beginning of a long one."""
    edited = [host for host in plan.hosts if host.survey.dirty_patch and not host.survey.current_folder]
    return _together(edited, lambda host: _beginning(host.survey.dirty_patch))


def _beginning(patch: str) -> str:
    lines = patch.splitlines()
    shown = "\n".join(line[:200] for line in lines[:PATCH_LINES])
    left = len(lines) - PATCH_LINES
    return shown if left <= 0 else f"{shown}\n... and {counted(left, 'line')} more, kept whole on the host"


def checks(plan: Plan) -> list[tuple[str, str]]:
    """Hosts and what was read of them before."""
    return _together(plan.hosts, lambda host: "; ".join(_facts(host.survey, plan.to_release)))


def _together(hosts: Iterable[HostPlan], says: Callable[[HostPlan], str]) -> list[tuple[str, str]]:
    """Neighbouring hosts of which the same is said, so that it is read once and their order stays."""
    return [(", ".join(host.host for host in same), text) for text, same in groupby(hosts, key=says)]


def _script(steps: Iterable[Step]) -> str:
    return "\n".join(part for number, step in enumerate(steps, start=1) for part in _step(number, step))


def _step(number: int, step: Step) -> Iterable[str]:
    changes = " (changes what serves users)" if step.changes else ""
    yield f"# {number}. {step.name}: {one_line(step.says, 500)}{changes}"
    yield command_line(step.argv, step.env)
    if step.undo:
        yield f"#    undone by: {command_line(step.undo)}"


FATES = {
    "recreated": "is recreated",
    "compose": "is recreated by compose if it finds a difference",
    "made": "is made",
    "left": "is left alone",
}
"""Words for what a rollback does to a service."""


def _facts(survey: Survey, release: str) -> Iterable[str]:
    if survey.current_folder:
        yield f"current is {one_line(survey.current_folder, 100)}, which holds {short(survey.head)}"
    else:
        yield f"work tree at {short(survey.head)} on {survey.branch or 'no branch'}"
    if survey.release is not None:
        yield f"the process tells {short(survey.release) if survey.release else 'no release'}"
    edited = edited_in(survey)
    yield f"{counted(len(edited), 'uncommitted file')}: {listed(edited, NAMES)}" if edited else "no uncommitted files"
    yield f"release {'fetched for this' if survey.fetched else 'in the checkout'}"
    changed = survey.changed_paths
    yield f"it changes {counted(len(changed), 'file')}" + (f" ({listed(changed, NAMES)})" if changed else "")
    yield from _images(survey, release)
    yield from (f"{touch.service} {FATES[touch.fate]}: {one_line(touch.why, 300)}" for touch in survey.touches)
    env = survey.env_files_changed
    yield f"environment files differ: {listed(env, NAMES)}" if env else "environment files the same"
    yield from stay(survey.host_files)
    yield "free disk not known" if survey.free_bytes is None else f"{size(survey.free_bytes)} of disk free"
    yield f"lock held by {survey.lock_holder}" if survey.lock_holder else "lock free"
    yield f"now: {_services(survey)}"


def _images(survey: Survey, release: str) -> Iterable[str]:
    """Give lines that say what happens to each service's image."""
    rebuilt = [image.service for image in survey.images if must_build(image, release)]
    there = [i.service for i in survey.images if i.service not in rebuilt and (i.remembered or i.present)]
    pulled = [i.service for i in survey.images if i.service not in (*rebuilt, *there)]
    for fate, names in (("images at hand", there), ("images REBUILT", rebuilt), ("images pulled", pulled)):
        if names:
            yield f"{fate}: {listed(names, NAMES)}"


def _services(survey: Survey) -> str:
    states = [_service(service) for service in survey.services]
    return listed(states, NAMES) if states else "no service seen"


def _service(seen: ServiceState) -> str:
    health = "" if seen.health == "none" else f" {seen.health}"
    often = f" ({counted(seen.restarts, 'restart')})" if seen.restarts else ""
    return f"{seen.service} {seen.state}{health}{often}"
