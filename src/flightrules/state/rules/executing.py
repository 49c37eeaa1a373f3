"""A running rollback: launched once, observed, proven, ended (docs/incident-protocol.md#rollback).

Knows: what each look at a host means for the rollback. Must not know: how a host is looked at.
An operation of unknown outcome is looked at, never launched anew; one attempt, then a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.claims import Claim
from flightrules.state.incident import Incident
from flightrules.state.operation import OperationStatus, Running, Survey
from flightrules.state.plan import PLAIN_BRANCH, HostPlan, Plan
from flightrules.state.proof import all_hold, prove_all
from flightrules.state.rules.context import RuleContext, require_phase
from flightrules.state.untrusted import lines_of, one_line
from flightrules.state.vocabulary import Phase
from flightrules.state.words import command_line, short

MOST_WORDS = 8
"""Lines of the host's own that are repeated if a step failed."""
Outcome = Literal["succeeded", "failed", "indeterminate", "untouched"]

BUSY = 75
"""Exit status of an operation that did not get its target's lock, and did nothing."""
MOVED = 76
"""Exit status of an operation that found its host other than its plan says, and did nothing."""


def movable(incident: Incident) -> tuple[str, ...]:
    """The operations that may move now: those of the first wave that is not done.

    After a failure nothing new is begun; what was handed over already is followed to its end.
    """
    ended = {finished.operation for finished in incident.hosts_done}
    failed = any(finished.outcome != "succeeded" for finished in incident.hosts_done)
    of_host = {host: operation for operation, host in incident.operations}
    for wave in plan_of(incident).waves:
        left = [of_host[host] for host in wave if of_host[host] not in ended]
        if left:
            return tuple(operation for operation in left if not failed or operation in incident.launching)
    return ()


def next_host(incident: Incident, operation: str, context: RuleContext) -> str:
    """The host of an operation that may move now."""
    require_phase(incident, Phase.ROLLING_BACK, context, "No rollback runs")
    hosts = dict(incident.operations)
    if operation not in hosts:
        raise Refused("unknown_operation", f"{operation} is not part of this rollback.", "Call `incident_status`.")
    if operation not in movable(incident):
        raise Refused("out_of_order", f"{operation} cannot change now.", "Follow the rollback with `rollback`.")
    return hosts[operation]


def see(incident: Incident, command: c.RecordStatus, context: RuleContext) -> list[e.Event]:
    """Record what the host shows, where it is news."""
    host = next_host(incident, command.operation, context)
    known, look = incident.look_of(command.operation), command.look
    if known is not None and _gone(known, look):
        look = known.model_copy(update={"state": "lost"})
    if known is not None and _same(known, look):
        return []
    return [e.OperationSeen(operation=command.operation, host=host, look=look)]


ORDER = ("absent", "claimed", "running")
"""Of what an operation goes through before its end."""


def _gone(before: OperationStatus, now: OperationStatus) -> bool:
    """Return True if a host no longer knows an operation that it knew: it may have run, and must never run again."""
    return now.state in ("absent", "claimed") and (
        before.state not in ORDER or ORDER.index(now.state) < ORDER.index(before.state)
    )


def _same(one: OperationStatus, other: OperationStatus) -> bool:
    return (one.state, one.exit_status, one.steps) == (other.state, other.exit_status, other.steps)


TOLD_AGAIN = timedelta(seconds=10)
"""Between two records of what one host is waited for, however often it changes."""


def await_proof(incident: Incident, command: c.AwaitProof, context: RuleContext) -> list[e.Event]:
    """Record what a host is waited for, where it is news."""
    host = next_host(incident, command.operation, context)
    known = next((one for one in incident.awaited if one[1].operation == command.operation), None)
    if known is not None:
        same = _claims_of(known[1].lacks) == _claims_of(command.lacks)
        if same or context.now - known[0] < TOLD_AGAIN:
            return []
    told = command.model_dump(include={"operation", "holds", "of", "lacks"})
    return [e.ProofAwaited(host=host, **told)]


def _claims_of(lacks: Sequence[str]) -> list[str]:
    return [one.partition(": ")[0] for one in lacks]


def prove_host(incident: Incident, command: c.RecordProof, context: RuleContext) -> list[e.Event]:
    """Hold what runs against the plan, and end the host's operation with what that shows."""
    host = next_host(incident, command.operation, context)
    plan = plan_of(incident)
    look = incident.look_of(command.operation)
    if look is None or look.state not in ("done", "lost"):
        raise Refused("not_ended", f"{command.operation} has not been seen to end.", "Follow it with `rollback`.")
    began = look.steps[0].started_at if look.steps else None
    claims = prove_all(context.target, plan, host, command.running, command.health, began)
    claims = (*claims, _settled(command, claims))
    outcome, says = judge(look, claims)
    if outcome == "failed" and changed_nothing(look, host_plan(plan, host), command.running):
        outcome, says = "untouched", f"{says}; production is as it was before"
    proof = e.ProofTaken(
        host=host, running=command.running, claims=claims, health=command.health, settled=command.settled
    )
    words = _last_words(look) if look.state == "done" and look.exit_status != 0 else ""
    return [proof, *end_host(incident, command.operation, host, outcome, says, words)]


def _last_words(look: OperationStatus) -> str:
    """The last lines of what the steps printed, bounded; they were cleaned when they were read."""
    lines = [line for line in lines_of(look.log) if line.strip()][-MOST_WORDS:]
    return "\n".join(one_line(line, 300) for line in lines)


def _settled(command: c.RecordProof, claims: tuple[Claim, ...]) -> Claim:
    """Return the claim that everything lasted for the settle time.

    If the only problem is that some claims could not be seen, this claim counts as not seen either.
    """
    holds = [claim.holds for claim in claims]
    unseen = not command.settled and None in holds and False not in holds
    got = "yes" if command.settled else ("not known" if unseen else "no")
    return Claim(
        claim="stayed healthy for the settle time", expected="yes", got=got, holds=None if unseen else command.settled
    )


def judge(look: OperationStatus, claims: tuple[Claim, ...]) -> tuple[Outcome, str]:
    """Return the outcome that follows from the operation's own end and the proof together."""
    wrong = [f"{claim.claim}: {claim.got} instead of {claim.expected}" for claim in claims if claim.holds is False]
    unseen = [claim.claim for claim in claims if claim.holds is None]
    if look.state == "done" and look.exit_status == MOVED and not look.steps:
        return "untouched", f"production moved after it was approved, and nothing was done ({_moved_words(look)})"
    if look.state == "done" and look.exit_status != 0:
        return "failed", _failed_step(look)
    if all_hold(claims):
        return "succeeded", "the wanted release runs, proven on the host and from outside"
    if look.state == "lost":
        return "indeterminate", f"the operation was lost midway; {'; '.join(wrong or unseen)}"
    if wrong:
        return "failed", "; ".join(wrong[:5])
    return "indeterminate", f"could not be seen: {', '.join(unseen[:5])}"


def changed_nothing(look: OperationStatus, plan: HostPlan, running: Running) -> bool:
    """Return True if an operation that ended changed nothing that lasts.

    Either no step began, or each that began was undone before one that serves users did, and what runs says so too.
    """
    if look.state != "done" or look.exit_status in {None, 0}:
        return False
    steps = dict(enumerate(plan.steps))
    taken = [(steps.get(seen.index), seen.undone) for seen in look.steps]
    if any(step is None or step.changes or (step.undo and not undone) for step, undone in taken):
        return False
    return not taken or (running.head, images_of(running)) == (plan.survey.head, images_of(plan.survey))


def images_of(seen: Running | Survey) -> set[tuple[str, str]]:
    """Each service with the image that it runs."""
    return {(service.service, service.image) for service in seen.services}


def _moved_words(look: OperationStatus) -> str:
    told = [line.removeprefix("moved: ") for line in look.log.splitlines() if line.startswith("moved: ")]
    return "; ".join(told)[:500] or "the host does not say what"


def _failed_step(look: OperationStatus) -> str:
    failed = next((step for step in look.steps if step.exit_status not in (0, None)), None)
    if failed is None:
        if look.exit_status == BUSY:
            holder = next((line for line in lines_of(look.log) if line.startswith("busy: ")), "")
            return f"another operation holds the target's lock{holder.removeprefix('busy').rstrip(': ')}"
        return f"the operation ended with status {look.exit_status}"
    undone = [step.name for step in look.steps if step.undone]
    after = f"; undone: {', '.join(undone)}" if undone else ""
    return f"step {failed.name} ended with status {failed.exit_status}{after}"


def give_up_on(incident: Incident, command: c.Abandon, context: RuleContext) -> list[e.Event]:
    """End a host's operation that cannot be followed to a proof. What a host took is never called untouched."""
    host = next_host(incident, command.operation, context)
    look = incident.look_of(command.operation)
    if command.outcome == "untouched" and look is not None and look.state != "absent":
        raise Refused("handed_over", f"{host} has already accepted {command.operation}.", "Follow it with `rollback`.")
    return end_host(incident, command.operation, host, command.outcome, command.says)


def host_plan(plan: Plan, host: str) -> HostPlan:
    """The part of a plan that is about one host."""
    return next(item for item in plan.hosts if item.host == host)


def plan_of(incident: Incident) -> Plan:
    """The plan of the rollback that runs or ran last. Raises `Refused` where there was none."""
    if incident.rollback_plan is None:
        raise Refused("no_rollback", "No rollback has been started.", "Call `rollback` first.")
    return incident.rollback_plan


def end_host(  # noqa: PLR0913, PLR0917 - one host of one incident, and how it ended
    incident: Incident, operation: str, host: str, outcome: Outcome, says: str, words: str = ""
) -> list[e.Event]:
    """The end of one host, and of the whole rollback where nothing may move any more."""
    ended = e.HostFinished(host=host, operation=operation, outcome=outcome, says=says, words=words)
    after = incident.but(hosts_done=(*incident.hosts_done, ended))
    if movable(after):
        return [ended]
    says = "; ".join([_summary(after), *left_standing(after)])
    return [ended, e.RollbackFinished(outcome=_worst(after), says=says)]


def _worst(incident: Incident) -> Outcome:
    outcomes = {finished.outcome for finished in incident.hosts_done}
    if outcomes == {"untouched"}:
        return "untouched"
    worst: tuple[Outcome, ...] = ("failed", "indeterminate", "untouched", "succeeded")
    found = next(outcome for outcome in worst if outcome in outcomes)
    return "failed" if found == "untouched" else found  # other hosts were rolled back


def _summary(incident: Incident) -> str:
    """Both sets of hosts by name: those at the release, and those that never were touched."""
    done = [finished.host for finished in incident.hosts_done if finished.outcome == "succeeded"]
    others = [finished for finished in incident.hosts_done if finished.outcome != "succeeded"]
    if not others:
        return f"{len(done)} of {len(incident.operations)} hosts: {incident.hosts_done[-1].says}"
    ended = {finished.host for finished in incident.hosts_done}
    left = [host for _, host in incident.operations if host not in ended]
    parts = [f"{finished.host}: {finished.says}" for finished in others]
    if done:
        parts.append(f"rolled back: {', '.join(done)}")
    if left:
        parts.append(f"not touched: {', '.join(left)}")
    return "; ".join(parts)


def left_standing(incident: Incident) -> Iterable[str]:
    """Return what the checkouts are at afterwards, how to deploy again, and where to find what was put aside."""
    plan = plan_of(incident)
    of_host = {host: operation for operation, host in incident.operations}
    said = (
        (host.host, list(_left_on(host, plan, incident.look_of(of_host.get(host.host, ""))))) for host in plan.hosts
    )
    told: dict[str, list[str]] = {}
    for host, sentences in said:
        for sentence in sentences:
            told.setdefault(sentence, []).append(host)
    return (f"{', '.join(hosts)}: {sentence}" for sentence, hosts in told.items())


def back_to(branch: str, top: str) -> str:
    """Return the command that goes back to a branch.

    The branch is named so that git takes it for nothing else: an option, a commit, another name.
    """
    if PLAIN_BRANCH.fullmatch(branch) and not branch.startswith("heads/") and branch != "HEAD":
        return command_line(("git", "-C", top, "checkout", branch))
    ref = f"refs/{branch}" if branch.startswith("heads/") else f"refs/heads/{branch}"
    moved = command_line(("git", "-C", top, "checkout", "--detach", ref))
    return f"{moved} && {command_line(('git', '-C', top, 'symbolic-ref', 'HEAD', ref))}"


def _left_on(host: HostPlan, plan: Plan, look: OperationStatus | None) -> Iterable[str]:
    moved = look and any(s.name == "checkout" and s.exit_status == 0 and not s.undone for s in look.steps)
    found = host.survey.rehearsal
    if not moved or found is None:
        return
    at = f"the checkout stands detached at {short(plan.to_release)}"
    branch = host.survey.branch
    yield (
        f"{at}: `{back_to(branch, found.top)}` before the next `git pull`"
        if branch
        else f"{at}; deploy again as before"
    )
    if any(item.how != "deleted" for item in found.kept):
        kept = f"{found.base}/kept/{plan.id}/files"
        yield f"put aside in {kept}; `{command_line(('cp', '-a', f'{kept}/.', f'{found.top}/'))}` brings it back"
