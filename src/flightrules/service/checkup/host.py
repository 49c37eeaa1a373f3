"""Report of `flightrules doctor` on one host: ok, a warning or a failure, what was seen and how to mend it.

Knows: how findings and surveys of a healthy host look. Must not know: how they were read (trying.py).
A part that could not be read is a failure: an incident is the wrong time to find that out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping

from flightrules.service.checkup.target import HostSeen, Row, State
from flightrules.state.cautions import scarce, unexplained
from flightrules.state.evidence import Deploys, Disk, Logs, Memory, Services, ServiceState
from flightrules.state.facts import UP_STATES, few_bytes, few_inodes
from flightrules.state.operation import Survey
from flightrules.state.plan import HostPlan
from flightrules.state.policy import VerificationPolicy
from flightrules.state.proof import prove
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.steps import steps_for
from flightrules.state.target import Target
from flightrules.state.words import counted, size

LOW_MEMORY_SHARE = 0.05
SKEW_WARN_S = 2.0
"""Log lines and starts of services are compared with our clock; more than this and they are told apart wrongly."""
SKEW_FAIL_S = 60.0

_TIMED = re.compile(r"^\d{4}-\d\d-\d\dT", re.MULTILINE)


def host_rows(seen: HostSeen, target: Target) -> list[Row]:
    """Everything that can be said of one host; of one that cannot be reached only that."""
    connection = connection_row(seen)
    if connection.state == "FAIL":
        return [connection]
    runs = (*runtime_rows(seen, target), *migration_rows(seen)) if seen.host.role == "services" else ()
    return [
        connection,
        *key_rows(seen, target),
        checkout_row(seen, target),
        *runs,
        disk_row(seen),
        memory_row(seen),
        clock_row(seen),
    ]


def connection_row(seen: HostSeen) -> Row:
    """Return a row on whether the host is reached over SSH, and proves to be the pinned one."""
    host = seen.host
    if not seen.reached:
        return Row(part="ssh", host=host.name, state="FAIL", saw=seen.why, mend=seen.mend)
    saw = f"{host.user}@{host.address} port {host.port}, host key {fingerprint(host.host_key)} as pinned"
    return Row(part="ssh", host=host.name, saw=saw)


def key_rows(seen: HostSeen, target: Target) -> Iterable[Row]:
    """Yield rows on what the server's key may do on the host, beside what the protocol needs."""
    guard, row = seen.guard, Row(part="key", host=seen.host.name, state="warn", saw="")
    if guard is None:
        return
    if guard.key_open:
        saw = f"others on this machine can read {seen.host.key}, and so log in as the server does"
        yield row.model_copy(update={"saw": saw, "mend": f"chmod 600 {seen.host.key}, and make a new key."})
    if guard.commands:
        saw = "the server's key may run any command: whoever steals it has all rights of the account"
        mend = f"Put it behind a gate: flightrules host-setup {target.name} {seen.host.name}"
        yield row.model_copy(update={"saw": saw, "mend": mend})
    elif guard.forwarding:
        saw = "the key may open connections through the host to whatever it reaches"
        yield row.model_copy(update={"saw": saw, "mend": "Put `restrict` into its line of authorized_keys."})
    else:
        gate = "the gate is in place" if guard.gate else "a command of your own is in place"
        yield row.model_copy(update={"state": "ok", "saw": f"{gate} before it: a command of any other kind is refused"})


def fingerprint(public_key: str) -> str:
    """The fingerprint of a public key, as OpenSSH writes it."""
    blob = base64.b64decode(public_key.split()[1] + "==")
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def checkout_row(seen: HostSeen, target: Target) -> Row:
    """The git checkout that rollbacks move."""
    found = seen.finding("deploys")
    data = found.data
    row = Row(part="git checkout", host=seen.host.name, saw="")
    if not isinstance(data, Deploys):
        mend = f"Is app_dir {target.app_dir} the git checkout, and may {seen.host.user} read and write it?"
        return row.model_copy(update={"state": "FAIL", "saw": found.why, "mend": mend})
    place = f"branch {data.branch}" if data.branch else "no branch (detached)"
    saw = f"{data.head[:12]} on {place}, " + (f"{counted(len(data.dirty), 'file')} changed" if data.dirty else "clean")
    mend = _checkout_mend(data, target)
    return row.model_copy(update={"state": "warn" if mend else "ok", "saw": saw, "mend": mend})


def _checkout_mend(data: Deploys, target: Target) -> str:
    if data.dirty:
        return f"Commit or discard {', '.join(data.dirty[:3])}: a rollback saves them aside and must be acknowledged."
    if data.branch and data.branch != target.branch:
        return f"Deploy from {target.branch}, or set the target's `branch`."
    return ""


def runtime_rows(seen: HostSeen, target: Target) -> Iterable[Row]:
    """Yield rows on what runs the services, and on whether they run."""
    runtime = runtime_of(target)
    if runtime.containers:
        yield compose_row(seen)
    yield services_row(seen, runtime.services_row)
    yield logs_row(seen, timed=runtime.own_logs)
    if runtime.tells_release:
        yield release_row(seen)
    yield from restart_rows(seen, runtime.sudo_rule(seen.host.user))
    if seen.survey is not None and seen.survey.lock_alive:
        saw = f"held by {seen.survey.lock_holder}"
        yield Row(part="lock", host=seen.host.name, state="warn", saw=saw, mend="Wait for it to end.")


def compose_row(seen: HostSeen) -> Row:
    """The engine, and whether compose accepts the files of the release that is deployed."""
    survey, row = seen.survey, Row(part="compose", host=seen.host.name, state="FAIL", saw=seen.why, mend=seen.mend)
    if survey is None:
        return row
    if not survey.engine_ok:
        mend = f"Start the engine, and let {seen.host.user} use it (group docker)."
        return row.model_copy(update={"saw": f"the engine does not answer: {survey.engine_why}", "mend": mend})
    if not survey.config_ok:
        mend = "Correct the compose files, or the target's `files` and `project`."
        return row.model_copy(update={"saw": f"the configuration is not valid: {survey.config_why}", "mend": mend})
    if survey.shadowed:
        saw = f"{', '.join(survey.shadowed)} would override what a rollback sets"
        return row.model_copy(update={"saw": saw, "mend": "Remove it from the login shell or the .env file."})
    if points := tuple(unexplained(survey)):
        mend = "Let [targets.runtime] say how it is deployed; `flightrules init --from` reads it off the host."
        return row.model_copy(update={"saw": " ".join(points), "mend": mend})
    planned = ", ".join(name for name, _ in survey.config_hashes)
    return Row(part="compose", host=seen.host.name, saw=f"the engine answers; the configuration is valid: {planned}")


def services_row(seen: HostSeen, part: str) -> Row:
    """Return a row on whether every service runs and is healthy."""
    found = seen.finding("services")
    row = Row(part=part, host=seen.host.name, state="FAIL", saw=found.why, mend="Look at the runtime's settings.")
    if not isinstance(found.data, Services):
        return row
    services = found.data.services
    if not services:
        return row.model_copy(update={"saw": "no service runs", "mend": "Start them; is `project` the right one?"})
    states = {service.service: _state_of(service) for service in services}
    saw = ", ".join(f"{name} {word}" for name, (word, _) in sorted(states.items()))
    worst = _worst(state for _, state in states.values())
    mend = {"ok": "", "warn": "Run doctor again in a moment.", "FAIL": "See why: it is not healthy now."}[worst]
    return row.model_copy(update={"state": worst, "saw": saw, "mend": mend})


def _state_of(service: ServiceState) -> tuple[str, State]:
    if service.state == "exited" and service.exit_code == 0:
        return "finished", "ok"
    if service.state not in UP_STATES:
        code = "" if service.exit_code is None else f" with {service.exit_code}"
        return f"{service.state}{code}", "FAIL"
    states: Mapping[str, State] = {"unhealthy": "FAIL", "starting": "warn"}
    word = service.state if service.health == "none" else f"{service.state} {service.health}"
    return word, states.get(service.health, "ok")


def _worst(states: Iterable[State]) -> State:
    order: tuple[State, ...] = ("ok", "warn", "FAIL")
    return max(states, key=order.index, default="ok")


def proof_rows(seen: HostSeen, target: Target, policy: VerificationPolicy) -> Iterable[Row]:
    """Every claim of a proof, held against the release that runs now: what fails on a quiet day fails at night too."""
    row = Row(part="proof", host=seen.host.name, saw="")
    if seen.survey is None or seen.running is None or seen.host.role != "services" or not seen.survey.head:
        return
    yield from (
        row.model_copy(update={"state": "warn", "saw": saw, "mend": mend})
        for saw, mend in _slow_health(seen.survey, policy)
    )
    head = seen.survey.head
    plan = HostPlan(host=seen.host.name, steps=steps_for(target, seen.survey, head, "PLAN-DOCTOR"), survey=seen.survey)
    claims = prove(plan, head, seen.running, None)
    if open_claims := [claim for claim in claims if not claim.holds]:
        saw = "; ".join(f"{c.claim}: {c.got or 'not known'} instead of {c.expected}" for c in open_claims[:5])
        mend = "A rollback could not be proven until this or the settings are corrected."
        yield row.model_copy(
            update={"state": "warn", "saw": f"would not hold on the release that runs: {saw}", "mend": mend}
        )
    else:
        yield row.model_copy(update={"saw": f"all {len(claims)} claims hold on the release that runs"})


def _slow_health(survey: Survey, policy: VerificationPolicy) -> Iterable[tuple[str, str]]:
    for service, seconds in survey.health_after_s:
        if seconds >= policy.health_timeout_seconds:
            saw = f"{service} is asked for its health every {seconds:g} s, and a rollback waits for "
            mend = f"Raise policy.verification.health_timeout_seconds above {seconds:g}, or ask more often."
            yield f"{saw}{policy.health_timeout_seconds} s", mend


def logs_row(seen: HostSeen, *, timed: bool) -> Row:
    """Return a row on whether the logs can be read.

    With `timed`, also on whether their lines tell when they were written.
    """
    found = [finding for finding in seen.findings if finding.probe.partition(":")[0] == "logs"]
    row = Row(part="logs", host=seen.host.name, saw="")
    unread = [finding for finding in found if not finding.readable]
    if unread or not found:
        why = unread[0].why if unread else seen.why or "no log was read"
        mend = "Without logs no verification says restored: correct the `logs` command, or the engine's log driver."
        return row.model_copy(update={"state": "FAIL", "saw": why, "mend": mend})
    logs = [finding.data for finding in found if isinstance(finding.data, Logs)]
    saw = ", ".join(f"{log.service} {counted(log.lines, 'line')}, {counted(log.errors, 'error')}" for log in logs)
    if cut := [f"{log.service}: {log.cut}" for log in logs if log.cut]:
        mend = "Let less be logged, or `logs` print its log on its standard output and nothing else."
        return row.model_copy(update={"state": "warn", "saw": f"{saw}; not whole: {'; '.join(cut)}", "mend": mend})
    if timed and any(log.lines and not _TIMED.search(log.text) for log in logs):
        mend = "Let `logs` print an ISO time and zone before each line: without, old errors look new after a rollback."
        return row.model_copy(update={"state": "warn", "saw": f"{saw}; no line tells its time", "mend": mend})
    return row.model_copy(update={"saw": saw})


def migration_rows(seen: HostSeen) -> Iterable[Row]:
    """Yield rows on which paths of the repository count as migrations."""
    places = seen.survey.migrations if seen.survey else None
    if places is None:
        return
    row = Row(part="migrations", host=seen.host.name, saw=", ".join(places.there) or "none in the usual places")
    if places.missing:
        saw = f"`migrations` names {', '.join(places.missing)}, which is not in the repository"
        mend = "Correct `migrations`: paths are relative to the repository's root."
        row = row.model_copy(update={"state": "warn", "saw": saw, "mend": mend})
    yield row


def restart_rows(seen: HostSeen, rule: str) -> Iterable[Row]:
    """Yield a row on whether a restart would be allowed, if anything is known against it; `rule` would allow it."""
    if seen.survey is None or seen.survey.restart.right == "yes":
        return
    state: State = "FAIL" if seen.survey.restart.right == "no" else "warn"
    mend = f"Give {seen.host.user} a NOPASSWD rule in sudoers for exactly the `restart` command" + (
        f": {rule}" if rule else "."
    )
    yield Row(part="restart", host=seen.host.name, state=state, saw=seen.survey.restart.why, mend=mend)


def release_row(seen: HostSeen) -> Row:
    """Return a row on whether the service tells its release, by the command of the settings."""
    told = seen.running.release if seen.running else None
    mend = "" if told else "It must print the commit of the running process."
    state: State = "ok" if told else "warn"
    return Row(part="release command", host=seen.host.name, state=state, saw=told or "it printed nothing", mend=mend)


def disk_row(seen: HostSeen) -> Row:
    """Disk space, above all where a rollback would build."""
    found, survey = seen.finding("disk"), seen.survey
    row = Row(part="disk", host=seen.host.name, saw="")
    if survey is not None and (few := tuple(scarce(survey))):
        saw, mend = f"only {' and '.join(few)} where a rollback builds", "Free some space there."
        return row.model_copy(update={"state": "FAIL", "saw": saw, "mend": mend})
    if not isinstance(found.data, Disk):
        return row.model_copy(update={"state": "warn", "saw": found.why, "mend": "Look at the host's disks."})
    systems = found.data.filesystems
    found_low = [
        f"{size(item.available_bytes)} of {size(item.size_bytes)} free at {item.mount}"
        for item in systems
        if few_bytes(item)
    ]
    found_low += [
        f"{item.free_inodes} of {item.inodes} inodes free at {item.mount}" for item in systems if few_inodes(item)
    ]
    if found_low:
        saw = ", ".join(found_low)
        return row.model_copy(update={"state": "warn", "saw": saw, "mend": "Free some space there."})
    least = min(systems, key=lambda item: item.available_bytes / max(item.size_bytes, 1))
    return row.model_copy(
        update={"saw": f"at least {least.available_bytes * 100 // least.size_bytes} % free everywhere"}
    )


def memory_row(seen: HostSeen) -> Row:
    """Memory of the host."""
    found = seen.finding("memory")
    row = Row(part="memory", host=seen.host.name, state="warn", saw=found.why, mend="Look at the host.")
    if not isinstance(found.data, Memory):
        return row
    data = found.data
    low = data.available_bytes < data.total_bytes * LOW_MEMORY_SHARE
    saw = f"{size(data.available_bytes)} of {size(data.total_bytes)} available"
    return row.model_copy(update={"saw": saw, "state": "warn" if low else "ok", "mend": row.mend if low else ""})


def clock_row(seen: HostSeen) -> Row:
    """The host's clock beside ours."""
    if seen.survey is None:
        return Row(part="clock", host=seen.host.name, state="FAIL", saw=seen.why, mend=seen.mend)
    skew = seen.survey.clock_skew_s
    state: State = "FAIL" if abs(skew) > SKEW_FAIL_S else "warn" if abs(skew) > SKEW_WARN_S else "ok"
    saw = f"{abs(skew):.1f} s {'ahead of' if skew >= 0 else 'behind'} this machine"
    return Row(
        part="clock", host=seen.host.name, state=state, saw=saw, mend="" if state == "ok" else "Run NTP on both."
    )
