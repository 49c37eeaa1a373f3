"""Tries every part for real, for `flightrules doctor`: writes into the log, asks the hosts, rehearses a rollback.

Knows: in which order parts are tried, and that one that fails keeps no other from being tried.
Must not know: what is ok and what is not (target.py, host.py). Production is read and never changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from flightrules.errors import Refused, Unavailable
from flightrules.ports import Files, Sender, Wanted, Witness, Write
from flightrules.service.checkup.host import compose_row, host_rows, proof_rows
from flightrules.service.checkup.target import (
    HostSeen,
    Row,
    approval_rows,
    failed,
    metric_rows,
    no_good_release_row,
    outside_rows,
    record_row,
    rehearsal_row,
)
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, ManagedTarget
from flightrules.service.messages.delivering import entries
from flightrules.service.observing import observations_of
from flightrules.service.witnessing import WitnessedStore
from flightrules.state.archive.witness import Witnessed, head_of
from flightrules.state.events import CallReceived
from flightrules.state.evidence import Deploys, Finding
from flightrules.state.facts import facts_of
from flightrules.state.messages.outbox import troubles
from flightrules.state.plan import make_plan
from flightrules.state.releases import GoodRelease, History, good_releases
from flightrules.state.rules.assessing import deploys_in
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import Host
from flightrules.state.words import command_line, counted

STREAM = "doctor"
TRIAL = "flightrules-doctor.txt"
"""The document that is written on trial."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Functions that the check-up needs of the machine it runs on, beside the ports."""

    remove: Callable[[str], Awaitable[None]]
    """Takes a document that was written on trial away again."""
    writable: Callable[[str], bool]
    """Function that tells whether the server's own account may write a file."""


async def log_row(incidents: IncidentService, call: Call) -> Row:
    """Append an event, and read it back."""
    draft = CallReceived(tool=call.tool, arguments={}).draft(at=incidents.clock.now(), actor=call.actor, call=call.key)
    try:
        (written,) = await incidents.store.append(Write(STREAM, None, [draft]))
        read = await incidents.store.load(STREAM, after=written.version - 1)
    except Unavailable as trouble:
        return failed("log", trouble)
    if read[:1] != [written]:
        return Row(part="log", state="FAIL", saw="an event was read otherwise than written", mend="Move the log away.")
    return Row(part="log", saw=f"event {written.version} of stream {STREAM} was written and read")


async def witness_rows(incidents: IncidentService, near: Callable[[str], bool]) -> list[Row]:
    """Tell each witness of the log how far the doctor's own stream goes. `near`: whether it shares the log's disk."""
    if not isinstance(incidents.store, WitnessedStore):
        return []
    try:
        heads = [head_of(record) for record in (await incidents.store.load(STREAM))[-1:]]
    except Unavailable as trouble:
        return [failed("witness", trouble)]
    return [await _witness_row(witness, heads, near) for witness in incidents.store.witnesses]


async def _witness_row(witness: Witness, heads: Sequence[Witnessed], near: Callable[[str], bool]) -> Row:
    try:
        await witness.tell(heads)
    except Unavailable as trouble:
        return failed("witness", trouble)
    row = Row(part="witness", saw=f"{witness.name} was told the newest event")
    if near(witness.name):
        mend = "Put it on another disk: a loss or change of one disk then spares the other."
        return row.model_copy(
            update={"state": "warn", "saw": f"{row.saw}; it lies on the log's own disk", "mend": mend}
        )
    return row


async def documents_row(part: str, files: Files, folder: str, machine: Machine) -> Row:
    """Write a document where the real ones go."""
    try:
        path = await files.write(f"{folder}/{TRIAL}".lstrip("/"), "flightrules doctor wrote this to see that it can.\n")
        await machine.remove(path)
    except (Refused, Unavailable) as trouble:
        return failed(part, trouble)
    return Row(part=part, saw=f"{path.removesuffix(TRIAL)} can be written")


async def sender_rows(incidents: IncidentService) -> list[Row]:
    """Every destination of messages, and what waits in vain."""
    rows = [await _sender_row(to, sender) for to, sender in incidents.senders.items()]
    lost: list[str] = []
    try:
        for incident in await incidents.store.streams("INC-"):
            lost += troubles(await entries(incidents, incident))
    except Unavailable as trouble:
        return [*rows, failed("messages", trouble)]
    if lost:
        mend = (
            "Mend the destination (`flightrules status INCIDENT` names each message); then flightrules deliver --again."
        )
        rows.append(
            Row(part="messages", state="warn", saw=f"{counted(len(lost), 'message')} not out: {lost[-1]}", mend=mend)
        )
    return rows


async def _sender_row(to: str, sender: Sender) -> Row:
    try:
        return Row(part=f"to {to}", saw=await sender.check())
    except (Refused, Unavailable) as trouble:
        return failed(f"to {to}", trouble)


async def target_rows(incidents: IncidentService, name: str, machine: Machine) -> list[Row]:
    """Everything about one target, each host at the same time as the others."""
    managed = incidents.managed(name)
    findings = await managed.production.collect()
    own = [f"health:{host.name}" for host in managed.target.hosts if host.health_url]
    alone = await managed.production.collect(own) if own else ()
    measured = await asyncio.gather(*(source.collect(Wanted()) for source in managed.sources))
    seen = await asyncio.gather(*(_look(managed, host, findings) for host in managed.target.hosts))
    rows = [row for one in seen for row in host_rows(one, managed.target)]
    rows += [row for one in seen for row in proof_rows(one, managed.target, managed.policy.verification)]
    heads = [finding.data.head for finding in findings if isinstance(finding.data, Deploys)]
    folder, approval = managed.policy.report.folder.strip("/"), managed.policy.approval
    signers_writable = bool(approval.allowed_signers) and machine.writable(approval.allowed_signers)
    return [
        *rows,
        *outside_rows((*findings, *alone), managed.target, heads),
        *(row for group in measured for row in metric_rows(group)),
        *await _release_rows(incidents, managed, findings),
        await documents_row("documents", managed.documents, folder, machine),
        *approval_rows(managed.policy, signers_writable=signers_writable),
        *await _checkout_rows(managed),
    ]


async def _checkout_rows(managed: ManagedTarget) -> list[Row]:
    """Look into the checkout in which fixes are made, where there is one; no test runs."""
    if managed.checkout is None:
        return []
    try:
        head = await managed.checkout.commit("HEAD")
    except (Refused, Unavailable) as trouble:
        return [failed("checkout", trouble)]
    if not head:
        return [Row(part="checkout", state="FAIL", saw="no commit is checked out", mend="Check one out.")]
    tests = command_line(managed.target.test) if managed.target.test else "none configured, so the agent's word counts"
    return [Row(part="checkout", saw=f"{managed.target.checkout} at {head[:12]}; tests: {tests}")]


async def _look(managed: ManagedTarget, host: Host, findings: Sequence[Finding]) -> HostSeen:
    """Read a host beyond its probes; one that could not be probed at all is asked why."""
    mine = tuple(finding for finding in findings if finding.host == host.name)
    head = next((finding.data.head for finding in mine if isinstance(finding.data, Deploys)), None)
    try:
        running = await managed.production.running(host.name, release=head or "")
        survey = await managed.production.survey(host.name, head or running.head, trial=True)
        guard = await managed.production.guard(host.name)
    except Unavailable as trouble:
        return HostSeen(host=host, findings=mine, why=trouble.why, mend=trouble.remedy)
    return HostSeen(host=host, findings=mine, survey=survey, running=running, guard=guard)


async def _release_rows(incidents: IncidentService, managed: ManagedTarget, findings: Sequence[Finding]) -> list[Row]:
    target, policy = managed.target, managed.policy.decision
    facts = facts_of(findings, target)
    try:
        observations = await observations_of(incidents, target.name)
    except Unavailable as trouble:
        return [failed("on record", trouble)]
    history = History(deploys=deploys_in(tuple(findings)), observations=observations)
    good = next(iter(good_releases(history, current=facts.release, policy=policy)), None)
    missing = no_good_release_row(target, deploys_read=facts.deploys_known)
    return [record_row(target, facts.release, observations), await _rehearse(managed, good) if good else missing]


async def _rehearse(managed: ManagedTarget, good: GoodRelease) -> Row:
    """Plan a rollback as an incident would, and leave it at that."""
    target = managed.target
    try:
        surveys = [await managed.production.survey(host, good.release, trial=True) for host in target.service_hosts]
        plan = make_plan(plan_id="PLAN-DOCTOR", incident=STREAM, target=target, surveys=surveys, good=good)
    except (Refused, Unavailable) as trouble:
        return failed("rollback", trouble)
    return rehearsal_row(plan)


async def rehearse(incidents: IncidentService, name: str) -> list[Row]:
    """Return rows on whether the settings explain what runs, and a proof would hold on the release that runs now."""
    managed = incidents.managed(name)
    seen = await asyncio.gather(*(_standing(managed, host) for host in managed.target.hosts if host.role == "services"))
    compose = [compose_row(one) for one in seen if runtime_of(managed.target).containers]
    proofs = [row for one in seen for row in proof_rows(one, managed.target, managed.policy.verification)]
    return [row for row in (*compose, *proofs) if row.state != "ok"]


async def _standing(managed: ManagedTarget, host: Host) -> HostSeen:
    try:
        head = (await managed.production.running(host.name)).head
        running, survey = await asyncio.gather(
            managed.production.running(host.name, release=head), managed.production.survey(host.name, head, trial=True)
        )
    except Unavailable as trouble:
        return HostSeen(host=host, why=trouble.why, mend=trouble.remedy)
    return HostSeen(host=host, survey=survey, running=running)
