"""All tools as data: name, title, what it is for, and what it may do to the world. The order is the protocol's.

Knows: the face of each tool. Must not know: what its handler does. Hints are written out, never left to a default.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp_types import ToolAnnotations

from flightrules.tools import analysing, fixing, reporting, responding, rolling_back


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """One tool."""

    title: str
    description: str
    handler: Callable[..., Awaitable[Any]]
    example: str
    """The smallest valid arguments, as JSON: a refusal of arguments repeats them."""
    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool

    @property
    def name(self) -> str:
        """The handler's name is the tool's name."""
        return str(self.handler.__name__)

    @property
    def annotations(self) -> ToolAnnotations:
        """The hints, written out."""
        return ToolAnnotations(
            title=self.title,
            read_only_hint=self.read_only,
            destructive_hint=self.destructive,
            idempotent_hint=self.idempotent,
            open_world_hint=self.open_world,
        )


def _spec(
    handler: Callable[..., Awaitable[Any]],
    title: str,
    description: str,
    *,
    example: str = '{"incident": "INC-7K2QMX"}',
    read_only: bool = False,
    destructive: bool = False,
    idempotent: bool = False,
    open_world: bool = False,
) -> ToolSpec:
    return ToolSpec(
        handler=handler,
        example=example,
        title=title,
        description=description,
        read_only=read_only,
        destructive=destructive,
        idempotent=idempotent,
        open_world=open_world,
    )


TOOLS: tuple[ToolSpec, ...] = (
    _spec(
        responding.open_incident,
        "Open an incident",
        "Open an incident when production errors, degradation, data loss or a breach is noticed. Starts the clocks. "
        "Then call assess at once.",
        example='{"target": "shop", "title": "The shop answers 500"}',
    ),
    _spec(
        responding.assess,
        "Assess production",
        "Read production without changing it: services, logs, resources, deployments, health and critical checks. "
        "Full evidence is at resource incident://{incident}/evidence/{id}.",
        open_world=True,
    ),
    _spec(
        responding.classify,
        "Classify severity",
        "Set severity P1 to P4 by rules over the evidence and the impacts you state. You may raise it with a reason; "
        "only a person may go below the floor.",
    ),
    _spec(
        responding.decide,
        "Decide: rollback or fix",
        "Walk the protocol's decision tree: rollback, fix, investigate, or a person decides. State only what you know.",
    ),
    _spec(
        rolling_back.rollback,
        "Roll back",
        "Plan the rollback to the last known good release, have a person approve it, run it on the hosts and prove it. "
        "Call again to follow it; calling again never runs it twice. You cannot approve it yourself.",
        destructive=True,
        idempotent=True,
        open_world=True,
    ),
    _spec(
        fixing.fix,
        "Fix",
        "Use after decide chose fix. branch: create its branch. test: run the configured tests; call again for the "
        "result. deployed: give commit or PR and evidence for every check. After 30 min rollback is the decision. "
        "by_hand, none: repaired by hand, or over by itself; a person confirms.",
        example='{"incident": "INC-7K2QMX", "action": "test"}',
        open_world=True,
    ),
    _spec(
        responding.verify,
        "Verify",
        "Read health, critical checks and logs again and compare: restored, not_restored or inconclusive.",
        open_world=True,
    ),
    _spec(
        responding.post_update,
        "Post a status update",
        "Send the team an update, at least every 15 min for P1 and P2. With external it goes to the public, after a "
        "person approves the text.",
        example='{"incident": "INC-7K2QMX", "text": "We are rolling back."}',
    ),
    _spec(
        analysing.analyze,
        "Analyse the root cause",
        "Use after restoration. Each answer in whys cites evidence ids or is a hypothesis; root_cause must cite. "
        "compare reads what changed between the good and the bad release.",
        open_world=True,
    ),
    _spec(
        reporting.write_report,
        "Write the incident report",
        "Write the report from the log plus what you add. Returns the completion summary for your user.",
    ),
    _spec(
        reporting.report_to_planner,
        "Report to the planner",
        "Send quality issues, process improvements, spec updates and technical debt to the planner.",
    ),
    _spec(
        responding.incident_status,
        "Incident status",
        "Return the state of an incident and the calls legal now; without an id, all targets and incidents.",
        example="{}",
        read_only=True,
        idempotent=True,
    ),
)
"""Every tool there is; an agent should be able to hold the list in its head."""
