"""A rollback plan as a value: what will run, what was checked before, and the two digests an approval names.

Knows: how a survey of the hosts becomes exact steps, and what forbids a plan.
Must not know: how a host is read or a step is run. Nothing an agent says becomes a word of a step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, JsonValue

from flightrules.errors import Refused
from flightrules.state.canonical import digest
from flightrules.state.cautions import acknowledgements, warnings
from flightrules.state.composing import compose_command
from flightrules.state.operation import Expected, Operation, Release, Step, Survey
from flightrules.state.rehearsal import Rehearsal
from flightrules.state.releases import GoodRelease
from flightrules.state.runtimes.compose.images import must_build
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.steps import steps_for
from flightrules.state.target import Target
from flightrules.state.value import Value, changed, keep
from flightrules.state.words import size

__all__ = ["HostPlan", "Plan", "compose_command", "make_plan", "moved_release", "must_build", "same_world"]

_FULL_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class HostPlan(Value):
    """The steps for one host, and what its survey showed."""

    host: str
    steps: tuple[Step, ...]
    survey: Survey


class Plan(Value):
    """One rollback of one target, exactly."""

    id: str
    incident: str
    target: str
    from_release: str
    to_release: Release
    good: GoodRelease
    hosts: tuple[HostPlan, ...]
    waves: tuple[tuple[str, ...], ...]
    """Hosts that go together, in order: the canary first; a failure stops all waves after it."""
    left_out: tuple[str, ...] = ()
    """Hosts that a person left out by name."""
    warnings: tuple[str, ...] = ()
    acknowledge: tuple[str, ...] = ()
    """Statements that the approver must acknowledge, in words."""
    seen: Annotated[tuple[str, ...], Field(exclude_if=lambda seen: not seen)] = ()
    """State of production when the plan was made, in its own words."""
    healthy: Annotated[bool, Field(exclude_if=lambda healthy: not healthy)] = False
    """True if production was healthy when the plan was made.

    It is left out if it was not, as it was in earlier versions, because digests cover it.
    """

    def operations(self, *, who: str) -> tuple[Operation, ...]:
        """One operation a host, in order; ids are the plan's own, so launching one twice runs it once."""
        return tuple(
            Operation(
                id=f"{self.id}-{number}",
                incident=self.incident,
                target=self.target,
                host=host.host,
                from_release=host.survey.head,
                to_release=self.to_release,
                steps=host.steps,
                expected=expected(host.survey),
                who=who,
                why=f"incident {self.incident}",
            )
            for number, host in enumerate(self.hosts, start=1)
        )

    @property
    def intent(self) -> str:
        """Digest over what will run."""
        return keep(self, "intent", Plan._intent)

    def _intent(self) -> str:
        steps: JsonValue = [
            [h.host, *(s.model_dump(mode="json", exclude={"says"}) for s in h.steps)] for h in self.hosts
        ]
        waves: JsonValue = [list(wave) for wave in self.waves]
        return digest(
            {"target": self.target, "from": self.from_release, "to": self.to_release, "steps": steps, "waves": waves}
        )

    @property
    def review(self) -> str:
        """Digest over what the person is shown: the whole plan."""
        return keep(self, "review", _digest)

    @property
    def short(self) -> str:
        """Return the text that a person types to approve: the first eight characters of the review digest."""
        return self.review[:8]


def _digest(plan: Plan) -> str:
    return digest(plan.model_dump(mode="json"))


def make_plan(  # noqa: PLR0913 - a plan is made from just these, by name
    *,
    plan_id: str,
    incident: str,
    target: Target,
    surveys: Sequence[Survey],
    good: GoodRelease,
    left_out: tuple[str, ...] = (),
    healthy: bool = False,
    doubts: tuple[str, ...] = (),
    seen: tuple[str, ...] = (),
) -> Plan:
    """Make the plan that brings a target back to a good release, but for the hosts that a person left out.

    `doubts` are those of the decision: why the rollback may not help, an agent's statement of the cause included.

    Raises `Refused` where a survey shows that the plan could not work.
    """
    _require_every_host(target, surveys, left_out)
    for survey in surveys:
        _refuse_what_cannot_work(target, survey, good.release)
    needed = [s for s in surveys if not _is_there(s, target, good.release)]
    idle, needed = not needed, needed or list(surveys)
    hosts = tuple(HostPlan(host=s.host, steps=steps_for(target, s, good.release, plan_id), survey=s) for s in needed)
    return Plan(
        id=plan_id,
        incident=incident,
        target=target.name,
        from_release=needed[0].head,
        to_release=good.release,
        good=good,
        hosts=hosts,
        waves=waves_of([host.host for host in hosts], target),
        left_out=left_out,
        warnings=(*doubts, *warnings(target, surveys, good, left_out=left_out, idle=idle)),
        acknowledge=tuple(acknowledgements(target, surveys, good.release, healthy=healthy)),
        seen=seen,
        healthy=healthy,
    )


PLAIN_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")


def expected(survey: Survey) -> Expected:
    """Return the state that a host must still have when its first step begins."""
    exact = survey.branch is None or PLAIN_BRANCH.fullmatch(survey.branch)
    return Expected(
        head=survey.head,
        branch=(survey.branch or "") if exact else None,
        clean=not survey.dirty,
        folder=survey.current_folder,
        images=tuple(sorted({(service.service, service.image) for service in survey.services if service.image})),
    )


WATCHED = (
    "head",
    "branch",
    "dirty",
    "dirty_patch",
    "release_present",
    "changed_paths",
    "config_ok",
    "config_hashes",
    "differs",
    "touches",
    "images",
    "engine_ok",
    "lock_holder",
    "lock_alive",
    "shadowed",
    "env_files_changed",
    "env_files_written",
    "restart",
    "submodules",
    "rehearsal",
    "nothing_arrives",
    "current_folder",
    "release_folder",
    "release_folder_taken",
)
"""Fields of a survey that void an approval when they move; free space and the clock move by themselves."""


RELEASE_FIELDS = ("head", "branch", "dirty", "dirty_patch", "current_folder")
"""Those of them that say which release a host stands at."""


def same_world(before: Survey, now: Survey) -> tuple[str, ...]:
    """Return the differences between the survey a person was shown and now, in words; () if none of them matters."""
    return _moved(before, now, WATCHED)


def moved_release(before: Survey, now: Survey) -> tuple[str, ...]:
    """The same, of nothing but the release that stands and runs on the host."""
    return _moved(before, now, RELEASE_FIELDS)


def _moved(before: Survey, now: Survey, fields: Sequence[str]) -> tuple[str, ...]:
    moved = [f"{name} on {now.host}" for name in fields if _fact(before, name) != _fact(now, name)]
    if {(s.service, s.image) for s in before.services} != {(s.service, s.image) for s in now.services}:
        moved.append(f"running images on {now.host}")
    if before.release and now.release and before.release != now.release:  # a service that is down tells none
        moved.append(f"running release on {now.host}")
    return tuple(moved)


def _fact(survey: Survey, name: str) -> object:
    """Return the value of a field that is compared.

    Of a rehearsal, values that change by themselves, such as sizes, are left out. Values that are read only for a plan
    are left out too, since they follow from the commits and from what else is compared: the variable that names an
    image, and where migrations lie.
    """
    if name == "rehearsal":
        return survey.in_the_way
    if name == "images":
        return tuple(changed(image, named_by="") for image in survey.images)
    return getattr(survey, name)


def _is_there(survey: Survey, target: Target, release: str) -> bool:
    """Return True if a host needs no change: it stands at the release, and each service was seen to run it."""
    if survey.head != release:
        return False
    return runtime_of(target).is_there(survey, release)


def waves_of(hosts: Sequence[str], target: Target) -> tuple[tuple[str, ...], ...]:
    """The canary, then the others in batches."""
    canary, batch = target.rollout.canary, target.rollout.batch
    rest = range(canary, len(hosts), batch)
    return (tuple(hosts[:canary]), *(tuple(hosts[start : start + batch]) for start in rest))


def _require_every_host(target: Target, surveys: Sequence[Survey], left_out: tuple[str, ...]) -> None:
    wanted = [name for name in target.service_hosts if name not in left_out]
    read = [survey.host for survey in surveys]
    if sorted(wanted) != sorted(read) or not wanted:
        raise Refused(
            "hosts_missing",
            f"A plan needs each host of {target.name} once: {', '.join(wanted)}; read: {', '.join(read) or 'none'}.",
            "Call `rollback` again once every host can be read.",
        )


def _refuse_what_cannot_work(target: Target, survey: Survey, release: str) -> None:
    host, side = survey.host, target.side_by_side
    folders = (survey.current_folder, survey.release_folder or "made")
    if side is not None and not all(_FOLDER.fullmatch(name) for name in folders):
        raise Refused(
            "no_current",
            f"{side.link} on {host} does not point to a folder in {side.folder}.",
            "Point it to the running release, or set `current_link` and `releases_dir`.",
        )
    if not _FULL_ID.fullmatch(survey.head):
        raise Refused("no_head", f"The release on {host} could not be read.", "Look at its git checkout.")
    if not survey.engine_ok:
        raise Refused("engine_down", f"The engine on {host} does not answer: {survey.engine_why}.", "Start it first.")
    if survey.nothing_arrives:
        raise Refused(
            "login_shell",
            f"A start-up file of the login shell on {host} reads standard input, so a plan would not arrive.",
            "Make it read only in interactive shells (`case $- in *i*) ... esac`), then plan again.",
        )
    if survey.restart.right == "no":
        raise Refused(
            "restart_refused",
            f"{host} would refuse the restart: {survey.restart.why}.",
            "Give the login user a NOPASSWD rule for exactly this command, then plan again.",
        )
    if not survey.release_present:
        raise Refused(
            "release_missing",
            f"Release {release[:12]} is not in the checkout on {host} and could not be fetched.",
            "Push it to the remote, or have a person choose another release.",
        )
    if survey.lock_holder and survey.lock_alive:
        raise Refused(
            "locked", f"Another operation holds {host}: {survey.lock_holder}.", "Wait for it, then plan again."
        )
    if not survey.config_ok:
        raise Refused(
            "bad_config",
            f"The runtime configuration at {release[:12]} is not valid on {host}: {survey.config_why}.",
            "Have a person choose another release.",
        )
    _refuse_what_git_cannot_do(survey)
    if survey.shadowed:
        raise Refused(
            "shadowed",
            f"{host} sets {', '.join(survey.shadowed)}, which would override what the plan sets.",
            "Remove it from the host's environment or .env file, then plan again.",
        )


def _refuse_what_git_cannot_do(survey: Survey) -> None:
    host, found = survey.host, survey.rehearsal
    if found is None:
        return
    if found.stranger:
        raise Refused(
            "foreign_owner",
            f"The checkout on {host} belongs to {found.stranger}, whose filters git would run as the login user.",
            "Log in as that account, or name it as the target's `owner` if you trust it.",
        )
    what, done = ("folder of that release", "made") if survey.current_folder else ("checkout", "moved")
    if found.blocked:
        raise Refused(
            "checkout_blocked",
            f"The {what} on {host} cannot be {done}: {'; '.join(found.blocked[:5])}.",
            "Correct that on the host, then plan again.",
        )
    if lacking := lacks_room(found):
        raise Refused("no_room", f"The {what} on {host} {lacking}.", "Free some space there, then plan again.")


def lacks_room(found: Rehearsal) -> str:
    """The space that the files of the release need, twice, and do not find; empty when there is enough."""
    if found.needed_kib is None or found.free_kib is None or 2 * found.needed_kib <= found.free_kib:
        return ""
    needed, free = size(2 * found.needed_kib * 1024), size(found.free_kib * 1024)
    return f"needs {needed} for the files of the release, and {free} are free"
