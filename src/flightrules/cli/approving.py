"""`flightrules approve` and `reject`: a person at a terminal answers for exactly one plan.

Knows: that a terminal is needed and the digest must be typed. Must not know: what makes an approval count.
What this proves is little: somebody with a terminal on this machine typed eight characters (docs/safety.md).
"""

from __future__ import annotations

import argparse
import sys

from flightrules.account import account
from flightrules.cli.people import told
from flightrules.cli.session import call_of, with_application
from flightrules.errors import Refused
from flightrules.service import rolling_back
from flightrules.service.application import Application
from flightrules.state.plan import Plan
from flightrules.templates.render import approval_review


def approve(arguments: argparse.Namespace) -> int:
    """Show the plan, and take the typed digest as the approval."""
    require_terminal()

    async def run(app: Application) -> int:
        incident = await app.desk.incident(arguments.incident)
        if incident.plan is not None:
            print(approval_review(incident.plan))
        digest, acknowledged = _asked(incident.plan)
        call = call_of("approve", arguments.incident, {"digest": digest, "acknowledged": acknowledged})
        answer = await rolling_back.approve_on_terminal(
            app.desk, call, approver=account(), digest=digest, acknowledged=acknowledged
        )
        return told(answer)

    return with_application(arguments, run)


def require_terminal() -> None:
    """Refuse where no person sits at a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("no_terminal", "Approving needs a person at a terminal.", "Run it in a terminal, without a pipe.")


def _asked(plan: Plan | None) -> tuple[str, bool]:
    """Ask for acknowledgement where the plan needs it, then for the digest."""
    if plan is None:
        return "", False
    acknowledged = False
    if plan.acknowledge:
        acknowledged = input("Type yes to acknowledge these points: ").strip().lower() == "yes"
    return input(f"Type {plan.short} to approve, anything else to stop: "), acknowledged


def reject(arguments: argparse.Namespace) -> int:
    """Withdraw the plan; the agent is told why."""
    if not arguments.reason.strip():
        raise Refused("reason_missing", "A rejection needs a reason.", "The agent is told it: give one with --reason.")
    call = call_of("reject", arguments.incident, {"reason": arguments.reason})
    return told(
        with_application(
            arguments,
            lambda app: rolling_back.reject_on_terminal(app.desk, call, approver=account(), reason=arguments.reason),
        )
    )
