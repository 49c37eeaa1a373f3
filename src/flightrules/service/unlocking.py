"""Breaking a target's lock on a host: a person's act, on record before and after.

Knows: what is recorded, and in which stream. Must not know: how an operation is ended on a host.
The lock is the kernel's and falls with the last process of its operation; what can be stuck is an operation that lives.
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.errors import Refused, Unavailable
from flightrules.ports import Write
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Invocation
from flightrules.service.observing import target_stream
from flightrules.state import events as e
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Operation that is to be ended, with its target, its host and the reason."""

    target: str
    host: str
    operation: str
    reason: str


def require_breakable(incidents: IncidentService, actor: Actor, stuck: Stuck) -> None:
    """Refuse what no host needs to be asked for: anybody but a person, no reason, a host that is none of the target."""
    if actor.kind is not ActorKind.PERSON:
        raise Refused("person_only", "Only a person may break a lock.", "flightrules unlock TARGET HOST OPERATION")
    if not stuck.reason.strip():
        raise Refused("reason_missing", "Breaking a lock needs a reason.", "Give one with --reason.")
    hosts = [host.name for host in incidents.managed(stuck.target).target.hosts]
    if stuck.host not in hosts:
        raise Refused("unknown_host", f"{stuck.target} has no host {stuck.host!r}.", f"Hosts: {', '.join(hosts)}.")


async def break_lock(incidents: IncidentService, invocation: Invocation, stuck: Stuck) -> str:
    """End a stuck operation; gives `killed` or `dead`, as the host says.

    Raises `Refused` as `require_breakable` does; `Unavailable` when the host does not do it.
    """
    require_breakable(incidents, invocation.call.actor, stuck)
    managed, where = incidents.managed(stuck.target), {"host": stuck.host, "operation": stuck.operation}
    await _record(incidents, invocation, stuck, e.LockBreaking(**where, reason=stuck.reason))
    try:
        outcome = await managed.production.break_lock(stuck.host, stuck.operation, who=invocation.call.actor.name)
    except Unavailable as failed:
        await _record(incidents, invocation, stuck, e.LockBroken(**where, outcome=f"failed: {failed}"))
        raise
    await _record(incidents, invocation, stuck, e.LockBroken(**where, outcome=outcome))
    return outcome


async def _record(incidents: IncidentService, invocation: Invocation, stuck: Stuck, event: e.Event) -> None:
    draft = event.draft(at=incidents.clock.now(), actor=invocation.call.actor, call=invocation.identity)
    await incidents.store.append(Write(target_stream(stuck.target), None, [draft]))
