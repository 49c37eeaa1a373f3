"""The fix path, for P3 and P4 only (docs/incident-protocol.md#fix).

Knows: when a fix may begin, what it is held against before it counts, how it may end, and that its time ends it.
Must not know: what the fix is, nor how a branch is made or tests are run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import left
from flightrules.state.fix import CHECKLIST, FixCheck, FixItem, commit_in
from flightrules.state.incident import Incident
from flightrules.state.rules.assessing import stated_moment
from flightrules.state.rules.context import RuleContext, legal_words, require_order
from flightrules.state.vocabulary import Phase


def begin_fix(incident: Incident, command: c.BeginFix, context: RuleContext) -> list[e.Event]:
    """Begin a fix on a branch the protocol names."""
    if incident.phase is Phase.FIXING:
        raise Refused("out_of_order", "The fix has already begun.", "Report it deployed, failed or abandoned.")
    require_order(incident, "fix", context)
    return [e.FixStarted(branch=branch_name(incident), says=command.says), *_checked(command.checks)]


def branch_name(incident: Incident) -> str:
    """`incident/incident-{id}-{slug}` (FIX-branch)."""
    slug = re.sub(r"[^a-z0-9]+", "-", incident.title.lower()).strip("-")[:40].rstrip("-")
    return f"incident/incident-{incident.id}-{slug or 'fix'}"


def begin_branch(incident: Incident, command: c.BeginBranch, context: RuleContext) -> list[e.Event]:
    """Create the branch of a fix that runs, once."""
    require_fixing(incident, context)
    if over := _too_late(incident, command.checks, context):
        return over
    if incident.fix_branched_at:
        raise Refused(
            "branch_exists",
            f"Branch {incident.fix_branch} already exists, at {incident.fix_branched_at[:12]}.",
            f"Switch to it: git switch {incident.fix_branch}",
        )
    return [e.FixBranching(branch=incident.fix_branch, start=command.start), *_checked(command.checks)]


def record_branch(incident: Incident, command: c.RecordBranch, context: RuleContext) -> list[e.Event]:
    """The branch is there, as was intended."""
    require_fixing(incident, context)
    if not incident.fix_branching:
        raise Refused("no_branch", "No branch was requested.", "Call `fix` with action branch.")
    return [e.FixBranched(branch=incident.fix_branch, commit=command.commit)]


def begin_tests(incident: Incident, command: c.BeginTests, context: RuleContext) -> list[e.Event]:
    """Run the configured tests; one run at a time."""
    require_fixing(incident, context)
    if over := _too_late(incident, command.checks, context):
        return over
    if incident.fix_testing:
        raise Refused(
            "tests_run", "The tests are already running.", "Call `fix` with action test again for their result."
        )
    if context.target.checkout is None or context.target.test is None:
        raise Refused(
            "no_test_command",
            f"No test command is configured for {context.target.name}.",
            "Run the tests yourself and give the evidence in `checks`; or a person sets `checkout` and `test`.",
        )
    limit = context.policy.fix.test_timeout_seconds
    return [e.FixTesting(run=command.run, argv=context.target.test, limit_s=limit), *_checked(command.checks)]


def record_tests(incident: Incident, command: c.RecordTests, _context: RuleContext) -> list[e.Event]:
    """Record how the tests ended; accepted in every phase, since the fix may have been ended while they ran."""
    if command.run != incident.fix_testing:
        raise Refused("no_such_run", "This test run is not open.", "Call `fix` with action test.")
    return [e.FixTested(run=command.run, result=command.result)]


def end_fix(incident: Incident, command: c.EndFix, context: RuleContext) -> list[e.Event]:
    """End the fix; after its time it is over, unless it was out in time and is only told late."""
    command = _with_seen_time(incident, command)
    if not _told_late(incident, command):
        _require_when(incident, command)
        require_fixing(incident, context)
    ended = {"reference": command.reference, "deployment": command.deployment}
    in_time = command.outcome == "deployed" and _in_time(incident, command, context)
    if not in_time and (too_late := _too_late(incident, command.checks, context, **ended)):
        return too_late
    if command.outcome == "deployed" and not command.reference.strip():
        raise Refused("reference_missing", "A deployed fix needs its commit or PR.", "Give it as `reference`.")
    open_items = unchecked(incident, command.checks)
    if command.outcome == "deployed" and open_items and context.policy.fix.unchecked == "refuse":
        raise _not_checked(incident, open_items, command.checks)
    missing = open_items if command.outcome == "deployed" else ()
    says = e.FixEnded(outcome=command.outcome, says=command.says, unchecked=missing, deployed_at=command.deployed_at)
    return [*_checked(command.checks), says.model_copy(update=ended)]


def _with_seen_time(incident: Incident, command: c.EndFix) -> c.EndFix:
    """A fix that is told late without a time has that of its deployment, as production's own record was read."""
    commit = commit_in(command.reference)
    if command.outcome != "deployed" or command.deployed_at is not None or not incident.fix_over or commit is None:
        return command
    began = incident.fix_started_at
    seen = [one.at for one in incident.history.deploys if one.sha.startswith(commit) and (not began or one.at >= began)]
    return command.model_copy(update={"deployed_at": min(seen)}) if seen else command


def _told_late(incident: Incident, command: c.EndFix) -> bool:
    """Return True if the clock ended this fix before somebody reported that it was deployed."""
    return command.outcome == "deployed" and command.deployed_at is not None and incident.fix_over


def _require_when(incident: Incident, command: c.EndFix) -> None:
    """Ask when a fix was out that is told after the clock ended it: in time it counts."""
    if command.outcome == "deployed" and incident.fix_over:
        reason = "The time of the fix ran out before a deployment was reported."
        way = "If it was out in time, call again with `at`: when it was out; or call `assess` first, which reads when."
        raise Refused("out_of_time", reason, way)


def _in_time(incident: Incident, command: c.EndFix, context: RuleContext) -> bool:
    """Return True if a fix was reported as deployed before its time ended.

    Verification compares what runs with the commit of the fix.
    """
    began, at = incident.fix_started_at, command.deployed_at
    if began is None or at is None:
        return False
    at = stated_moment("deployed_at", at, context.now, default=context.now)
    limit = timedelta(minutes=incident.pace_fix or context.policy.budgets.fix_limit)
    if not began <= at <= began + limit:
        said = f"The fix had its time from {began:%H:%M:%S} to {began + limit:%H:%M:%S} UTC."
        raise Refused(
            "out_of_time", f"The fix was not deployed in time. {said}", "Call `rollback`, or have a person decide."
        )
    if commit_in(command.reference) is None:
        reason = "Only a commit can be compared with what runs, and the fix is reported late."
        raise Refused("reference_missing", reason, "Give the commit that was deployed as `reference`.")
    return True


def unchecked(incident: Incident, more: Sequence[FixCheck] = ()) -> tuple[FixItem, ...]:
    """The points of the checklist that nothing shows; tests that the server itself saw fail are not passing tests."""
    said = {check.item: check.evidence for check in (*incident.fix_checks, *more)}
    shown = {item for item, evidence in said.items() if evidence.strip()}
    ran = incident.fix_tested
    if ran is not None and ran.outcome != "lost":
        shown = shown | {"tests_passing"} if ran.outcome == "passed" else shown - {"tests_passing"}
    return tuple(item for item in CHECKLIST if item not in shown)


def _not_checked(incident: Incident, items: Sequence[FixItem], given: Sequence[FixCheck]) -> Refused:
    names = "; ".join(f"{item} ({CHECKLIST[item]})" for item in items)
    ran = incident.fix_tested
    failed = f" The tests as run by the server: {ran.says}." if ran and "tests_passing" in items else ""
    again = ", with those of this call once more" if given else ""
    remedy = f"Give each in `checks` with your evidence{again}, or report the fix failed."
    return Refused("not_checked", f"The fix lacks evidence for: {names}.{failed}", remedy)


def _checked(checks: Sequence[FixCheck]) -> list[e.Event]:
    return [e.FixChecked(checks=tuple(checks))] if checks else []


def require_fixing(incident: Incident, context: RuleContext) -> None:
    """Refuse what only a running fix allows."""
    if incident.phase is not Phase.FIXING:
        raise Refused("out_of_order", f"No fix is running in phase {incident.phase}.", legal_words(incident, context))


def _too_late(incident: Incident, checks: Sequence[FixCheck], context: RuleContext, **ended: str) -> list[e.Event]:
    """The end of a fix whose time is over, with what was still said of it; nothing while there is time."""
    return [event for end in over(incident, context) for event in (*_checked(checks), end.model_copy(update=ended))]


def over(incident: Incident, context: RuleContext) -> list[e.FixEnded]:
    """A fix whose time is spent is over, whoever notices it first: rollback, or a person, is asked next."""
    if incident.phase is not Phase.FIXING or left(incident, context.policy, context.now, "fix") > 0:
        return []
    return [e.FixEnded(outcome="over", says="the fix budget ran out")]
