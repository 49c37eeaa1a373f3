"""Proof that a rollback took effect: claims about what runs, each held against what was seen.

Knows: what must be true of a host after a rollback. Must not know: how it was read.
"The command exited 0" proves nothing, and a work tree at the release says nothing about what runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from flightrules.state.cautions import edited_in
from flightrules.state.claims import Claim, after, same
from flightrules.state.evidence import UNKNOWN, Finding, Http, ServiceState
from flightrules.state.operation import Running
from flightrules.state.plan import HostPlan, Plan, must_build
from flightrules.state.releases import names
from flightrules.state.runtimes.compose.images import unnamed
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import Target
from flightrules.state.words import counted, listed

TOLD_BY_SERVICE = "release told by the service"
TOLD_BY_HEALTH = "release told by the health answer"
HEALTH_OUTSIDE = "health from outside"


def prove_all(  # noqa: PLR0913, PLR0917 - one host of one plan, and the two looks at it
    target: Target, plan: Plan, host: str, running: Running, health: Finding, began: datetime | None
) -> tuple[Claim, ...]:
    """Everything that must be true of a host and of what is seen of it from outside."""
    host_plan = next(item for item in plan.hosts if item.host == host)
    claims = prove(host_plan, plan.to_release, running, began)
    claims = (*claims, *runtime_of(target).claims(host_plan.survey, running, began))
    asked = seen_outside_by(target, plan, host)
    if asked:
        http = health.data if health.probe == asked and isinstance(health.data, Http) else None
        claims = (*claims, *prove_outside(http, plan.to_release, why=health.why))
    return _told_by_somebody(target, claims, expected=plan.to_release, asked=asked)


def seen_outside_by(target: Target, plan: Plan, host: str) -> str:
    """The probe that shows a host from outside; empty where another host may answer for it.

    The common address speaks for the hosts that come last: behind it, no host is left on another release.
    """
    if any(item.name == host and item.health_url for item in target.hosts):
        return f"health:{host}"
    return "health" if not plan.left_out and host in plan.waves[-1] else ""


def _told_by_somebody(target: Target, claims: tuple[Claim, ...], *, expected: str, asked: str) -> tuple[Claim, ...]:
    """Without containers only the process can say what it runs: one of those who could tell must have told."""
    if runtime_of(target).containers:
        return claims
    told = [claim for claim in claims if claim.claim in (TOLD_BY_SERVICE, TOLD_BY_HEALTH)]
    if any(claim.holds for claim in told):
        return tuple(claim for claim in claims if claim not in told or claim.holds is not None)
    if asked and target.release_pointer is not None and not told:
        return (*claims, Claim(claim=TOLD_BY_HEALTH, expected=expected, got="not told", holds=None))
    return claims


def prove(plan: HostPlan, release: str, running: Running, began: datetime | None) -> tuple[Claim, ...]:
    """Hold what runs on one host against its plan. `began` is the operation's start by the host's clock."""
    claims = [same("work tree", release, running.head), *_content(plan, running)]
    if running.release is not None:
        claims.append(_told(TOLD_BY_SERVICE, release, running.release))
    planned = plan.survey.planned
    services = [s for s in running.services if not planned or s.service in planned]
    absent = sorted(planned - {s.service for s in services}) or ([] if services else ["a service"])
    claims.extend(same(f"{name} runs", "running", "absent") for name in absent)
    for service in services:
        claims.extend(_service_claims(plan, release, service, began))
    claims.extend(_made_anew(plan, running, began))
    claims.extend(_mounts(running, planned))
    claims.extend(_configured(name, running) for name, told in plan.survey.config_hashes if not told)
    return tuple(claims)


FILES = "as the release has them"
NAMED = 5


def _content(plan: HostPlan, running: Running) -> Iterable[Claim]:
    """Every tracked file. One that differed before the rollback too is written by something that runs: not known."""
    found = running.content
    if found is None:
        return
    before = set(edited_in(plan.survey))
    wrong = [path for path in found.differs if path not in before]
    again = [f"{path}, which differed before too" for path in found.differs if path in before]
    open_points = [*again, *(f"not compared: {why}" for why in found.unread)]
    holds = False if wrong else None if open_points else True
    left_out = f", without {counted(found.left_out, 'path')} of the sparse checkout" if found.left_out else ""
    differ = listed([*wrong, *open_points], NAMED)
    got = differ or f"{FILES}{left_out}"
    yield Claim(claim="tracked files", expected=FILES, got=got, holds=holds)


SEES = "what lies in the work tree"


def _mounts(running: Running, planned: Collection[str]) -> Iterable[Claim]:
    """A container goes on seeing a file that was replaced, until it is made anew.

    A service that the release does not have stays as it is, which the plan says: nothing is claimed of it.
    """
    for service in sorted({item.service for item in running.mounts if item.service in {*planned, ""} or not planned}):
        mine = [item for item in running.mounts if item.service == service]
        old = [f"an older {item.source} at {item.path}" for item in mine if item.sees == "old"]
        unknown = [f"not known at {item.path or 'any path'}: {item.why}" for item in mine if item.sees == "unknown"]
        holds = False if old else None if unknown else True
        got = listed([*old, *unknown], NAMED) or SEES
        yield Claim(claim=f"{service} mounts".strip(), expected=SEES, got=got, holds=holds)


def _made_anew(plan: HostPlan, running: Running, began: datetime | None) -> Iterable[Claim]:
    """A service that reads changed bytes sees them only in a container that was made since."""
    anew = [touch.service for touch in plan.survey.touches if touch.fate == "recreated"]
    for service in running.services:
        if service.service in anew and began is not None:
            yield after(f"{service.service} made anew", service.created_at, began)


AS_SET = "as the settings make it"


def _configured(service: str, running: Running) -> Claim:
    """Compose's own word: at the release, it would change nothing about the service."""
    if running.differs is None:
        got, holds = running.differs_why or "not known", None
    else:
        found = [item.saw for item in running.differs if item.service in {service, ""}]
        got, holds = "; ".join(found) or AS_SET, not found
    return Claim(claim=f"{service} configuration", expected=AS_SET, got=got, holds=holds)


def _service_claims(plan: HostPlan, release: str, service: ServiceState, began: datetime | None) -> Iterable[Claim]:
    if service.state == UNKNOWN:
        got = service.why or "the status command cannot tell"
        yield Claim(claim=f"{service.service} runs", expected="running", got=got, holds=None)
    else:
        yield same(f"{service.service} runs", "running", _state(service))
    if service.health != "none":
        claim = same(f"{service.service} health", "healthy", service.health)
        yield claim.model_copy(update={"holds": None}) if service.health == "starting" else claim
    image = _expected_image(plan, release, service)
    if any(item.service == service.service and unnamed(item, release) for item in plan.survey.images):
        got = f"{service.image}, which the host names for every release"
        yield Claim(claim=f"{service.service} image", expected=f"that of {release}", got=got, holds=None)
    elif image:
        yield same(f"{service.service} image", image, service.image)
        before = next((s.image for s in plan.survey.services if s.service == service.service), "")
        if before and before != image and began is not None:
            yield after(f"{service.service} started by this operation", service.started_at, began)
    wanted = dict(plan.survey.config_hashes).get(service.service, "")
    if wanted:
        yield same(f"{service.service} configuration", wanted, service.config_hash)


def _state(service: ServiceState) -> str:
    return "running" if service.state == "exited" and service.exit_code == 0 else service.state


def _expected_image(plan: HostPlan, release: str, service: ServiceState) -> str:
    """The planned image id; a rebuilt image has none that could be known before."""
    rebuilt = {image.ref for image in plan.survey.images if must_build(image, release)}
    for image in plan.survey.images:
        if image.service == service.service and image.ref not in rebuilt:
            return image.remembered or image.present
    return ""


def _told(claim: str, release: str, told: str) -> Claim:
    """A service may tell its commit abbreviated; what is no single word names no release, and is not repeated."""
    got = told if " " not in told else "several words, which name no release"
    return same(claim, release, release if names(told, release) else got)


def prove_outside(http: Http | None, release: str, *, why: str = "") -> tuple[Claim, ...]:
    """Hold the health answer, as users get it, against the release; `why` it is not known."""
    if http is None:
        got = f"not known: {why}" if why else "not known"
        return (Claim(claim=HEALTH_OUTSIDE, expected="answers as wanted", got=got, holds=None),)
    got = "answers as wanted" if http.ok else "; ".join(http.failed) or "fails"
    claims = [same(HEALTH_OUTSIDE, "answers as wanted", got)]
    if http.release is not None:
        claims.append(_told(TOLD_BY_HEALTH, release, http.release))
    return tuple(claims)


def all_hold(claims: Sequence[Claim]) -> bool:
    """Return True if every claim was seen to hold."""
    return bool(claims) and all(c.holds for c in claims)


def restarts(running: Running) -> dict[str, int]:
    """Restart counts, to see whether a service flaps while it settles."""
    return {s.service: s.restarts for s in running.services}
