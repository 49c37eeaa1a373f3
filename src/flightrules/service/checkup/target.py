"""Report of `flightrules doctor` on this machine and a target as a whole: its addresses, releases and approvers.

Knows: the shape of a row, and what a healthy target looks like from outside. Must not know: how anything was read
(trying.py), nor a single host (host.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from flightrules.errors import Refused, Unavailable
from flightrules.state.approvers import weak_guards
from flightrules.state.cautions import WEAK
from flightrules.state.evidence import Finding, Http
from flightrules.state.guard import Guard
from flightrules.state.metrics.measured import MeasuredQuery, one_measured
from flightrules.state.operation import Running, Survey
from flightrules.state.plan import Plan
from flightrules.state.policy import ApprovalPolicy, Policy
from flightrules.state.releases import Observation, names
from flightrules.state.target import Host, Target
from flightrules.state.value import Value
from flightrules.state.vocabulary import Severity
from flightrules.state.words import CHANNEL_PROVES, size

State = Literal["ok", "warn", "FAIL"]

LOG_NEEDS_BYTES = 64 * 2**20
"""Free space below which the log of a long incident may not fit."""


class Row(Value):
    """One part that was tried."""

    part: str
    host: str = ""
    state: State = "ok"
    saw: str
    mend: str = ""


class HostSeen(Value):
    """Everything that was read of one host."""

    host: Host
    findings: tuple[Finding, ...] = ()
    survey: Survey | None = None
    running: Running | None = None
    guard: Guard | None = None
    why: str = ""
    """Reason that survey, running and guard are not there."""
    mend: str = ""

    def finding(self, probe: str) -> Finding:
        """Return what one probe found."""
        missing = Finding(probe=probe, host=self.host.name, why=self.why or "it was not read")
        return next((finding for finding in self.findings if finding.probe == probe), missing)

    @property
    def reached(self) -> bool:
        """Return True if anything at all could be read."""
        return self.survey is not None or any(finding.readable for finding in self.findings)


def failed(part: str, trouble: Unavailable | Refused, host: str = "") -> Row:
    """A part that could not be used, in the words of what went wrong."""
    saw = f"{trouble.what}: {trouble.why}" if isinstance(trouble, Unavailable) else trouble.reason
    return Row(part=part, host=host, state="FAIL", saw=saw, mend=trouble.remedy)


def space_row(part: str, free: int | None) -> Row:
    """Free space where the server writes."""
    if free is None:
        return Row(part=part, state="warn", saw="free space could not be read", mend="Look at the disk.")
    state: State = "FAIL" if free < LOG_NEEDS_BYTES else "ok"
    mend = f"Free some space: {size(LOG_NEEDS_BYTES)} is the least for a long incident." if state == "FAIL" else ""
    return Row(part=part, state=state, saw=f"{size(free)} free", mend=mend)


def outside_rows(findings: Sequence[Finding], target: Target, heads: Sequence[str]) -> Iterable[Row]:
    """The health address and each check; a check is a failure too when it only tells of a broken feature."""
    for finding in findings:
        if finding.host is not None:
            continue
        row = http_row(finding)
        data = finding.data
        if finding.probe == "health" and row.state == "ok" and isinstance(data, Http):
            row = _with_release(row, data, target, heads)
        yield row


def metric_rows(findings: Iterable[Finding]) -> Iterable[Row]:
    """Each query of the metrics; one that gives no number now is a warning, since there may be no traffic."""
    for finding in findings:
        data = finding.data
        if isinstance(data, MeasuredQuery):
            part, said = finding.probe.replace("metric:", "metric "), one_measured(data.newest, data.unit)
            mend = f"Look at {data.asked}: docs/metrics.md." if data.why_not else ""
            yield Row(part=part, state="warn" if data.why_not else "ok", saw=said, mend=mend)


def http_row(finding: Finding) -> Row:
    """One HTTP check."""
    part, data = finding.probe.replace("check:", "check "), finding.data
    if not isinstance(data, Http):
        return Row(
            part=part,
            state="FAIL",
            saw=finding.why,
            mend="Correct `health_url`, `ca_file`, `proxy`, or the network between.",
        )
    saw = f"{data.status or 'no answer'} in {data.latency_ms} ms"
    if not data.ok:
        mend = "Restore the service, or correct the address and what it must answer."
        return Row(part=part, state="FAIL", saw=f"{saw}: {' '.join(data.failed)}", mend=mend)
    if data.slow:
        return Row(part=part, state="warn", saw=f"{saw}, slower than allowed", mend="Look why, or raise `latency_ms`.")
    return Row(part=part, saw=saw)


def _with_release(row: Row, data: Http, target: Target, heads: Sequence[str]) -> Row:
    """The release that the health answer tells, beside the checkouts'."""
    if target.release_pointer is None:
        return row
    if data.release is None:
        mend = "Correct `release_pointer`, or leave it out."
        saw = f"{row.saw}; there is no release at {target.release_pointer}"
        return row.model_copy(update={"state": "warn", "saw": saw, "mend": mend})
    saw = f"{row.saw}, release {data.release[:12]}"
    others = sorted({head[:12] for head in heads if not names(data.release, head)})
    if others:
        saw, mend = f"{saw}, but a checkout stands at {', '.join(others)}", "Deploy again: code and checkout disagree."
        return row.model_copy(update={"state": "warn", "saw": saw, "mend": mend})
    return row.model_copy(update={"saw": saw})


OBSERVE = "Run `flightrules observe {target}` while it is healthy, best after every deployment."
FROM_NOW_ON = (
    "From the next deployment on it is one that was seen healthy: `flightrules observe {target}` after every one."
)


def record_row(target: Target, release: str | None, observations: Sequence[Observation]) -> Row:
    """Return a row on whether the release that runs now could be gone back to after the next deployment."""
    row, mend = Row(part="on record", state="warn", saw=""), OBSERVE.format(target=target.name)
    if release is None:
        saw = "which release runs is not known"
        return row.model_copy(update={"saw": saw, "mend": "See the rows on git checkout and health."})
    seen = next((item for item in reversed(observations) if item.release == release), None)
    if seen is None:
        saw = f"the release that runs, {release[:12]}, was never seen healthy"
        return row.model_copy(update={"saw": saw, "mend": mend})
    if not seen.healthy:
        saw = f"the release that runs, {release[:12]}, was last seen not healthy"
        return row.model_copy(update={"saw": saw, "mend": mend})
    saw = f"the release that runs, {release[:12]}, was seen healthy at {seen.at:%Y-%m-%d %H:%M} UTC by {seen.by}"
    return row.model_copy(update={"state": "ok", "saw": saw})


def no_good_release_row(target: Target, *, deploys_read: bool) -> Row:
    """Nothing is known to be good but, perhaps, what runs now."""
    if not deploys_read:
        saw = "no release is known to be good: what was deployed could not be read"
        return Row(part="rollback", state="FAIL", saw=saw, mend="Mend the rows on ssh and git checkout first.")
    saw = "no earlier release is known to be good: an incident now could not be rolled back"
    mend = f"Deploy the next release, then it has one to go back to. {OBSERVE.format(target=target.name)}"
    return Row(part="rollback", state="FAIL", saw=saw, mend=mend)


def rehearsal_row(plan: Plan) -> Row:
    """A rollback that could run now, planned and not run."""
    points = [*(point for point in plan.warnings if plan.good.why not in point), *plan.acknowledge]
    saw = " ".join([f"could go back to {plan.to_release[:12]}: {plan.good.why}.", *points])
    if points:
        return Row(part="rollback", state="warn", saw=saw, mend="Mend it, or accept it then.")
    if plan.good.ground in WEAK:
        return Row(part="rollback", state="warn", saw=saw, mend=FROM_NOW_ON.format(target=plan.target))
    return Row(part="rollback", saw=saw)


def approval_rows(policy: Policy, *, signers_writable: bool = False) -> list[Row]:
    """Return rows on what makes approvals prove little.

    There is a row for all severities that the same channels guard, and one for scripts.
    """
    guarded: dict[tuple[str, ...], list[Severity]] = {}
    for severity in Severity:
        guarded.setdefault(policy.approval.channels.of(severity), []).append(severity)
    rows = [_approval_row(policy.approval, same, signers_writable=signers_writable) for same in guarded.values()]
    if len(guarded) > 1:
        saw = "Severities are approved through different channels, and an agent states the impact."
        mend = 'Let the same count for all: channels = ["signed"] in [policy.approval].'
        rows.append(Row(part="approval", state="warn", saw=saw, mend=mend))
    if policy.people.scripts:
        saw = "Scripts may decide, classify, accept, unlock and close, and so may an agent with a shell."
        mend = "Set policy.people.scripts to false where agents run."
        rows.append(Row(part="a person's commands", state="warn", saw=saw, mend=mend))
    return rows


def _approval_row(approval: ApprovalPolicy, severities: Sequence[Severity], *, signers_writable: bool) -> Row:
    part, channels = f"approval of {', '.join(severities)}", approval.channels.of(severities[0])
    if not [name for name in channels if name != "signed" or approval.allowed_signers]:
        mend = "Name one in policy.approval.channels, and signers for `signed`."
        return Row(part=part, state="FAIL", saw="no channel counts: nobody can approve", mend=mend)
    if weak := weak_guards(approval, severities[0], signers_writable=signers_writable):
        mend = "Give agents no terminal on this machine; docs/approvals.md says what else helps."
        return Row(part=part, state="warn", saw=" ".join(weak), mend=mend)
    return Row(part=part, saw=f"signed: {CHANNEL_PROVES['signed']}")
