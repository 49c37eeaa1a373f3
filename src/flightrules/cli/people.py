"""Commands that a person gives besides approving, and how an answer to them reads.

Knows: how a person's words become a command, and how an answer reads in a terminal. Must not know: rules.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import JsonValue

from flightrules.cli.confirming import UNASKED, Given, confirmed_by_person
from flightrules.cli.session import call_of, said, with_application
from flightrules.cli.spans import minutes_of
from flightrules.errors import Refused
from flightrules.service import observing, opening
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.asking import refused_unasked
from flightrules.service.checkup.trying import rehearse
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call
from flightrules.state import commands as c
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Impact, Path, Severity, Verdict

COMMIT = "[0-9a-f]{7,64}"


def told(answer: Answer[Any]) -> int:
    """Print an answer; 0 when it did what was asked."""
    print(answer.says)
    if answer.phase is not None:
        calls = ", ".join(step.call for step in answer.next) or "nothing"
        print(f"phase {answer.phase}, severity {answer.severity or 'not classified'}; the agent may call: {calls}")
    if answer.monitoring:
        print(f"monitoring: {answer.monitoring}")
    return 0 if answer.ok else 1


def observe(arguments: argparse.Namespace) -> int:
    """Look at targets now; a healthy one's release is remembered as good, with its images."""

    async def look(app: Application) -> int:
        worst = 0
        for name in arguments.target or sorted(app.incidents.managed_targets):
            judged, release = await observing.observe(app.incidents, name, call_of("observe", "", {}))
            word = {Verdict.RESTORED: "healthy", Verdict.NOT_RESTORED: "not healthy"}.get(judged.verdict, "not clear")
            print(f"{name}: {word}, release {release or 'not known'}")
            for item in judged.items:
                print(f"  {item.outcome:<8} {item.item}: {item.saw}")
            for row in await rehearse(app.incidents, name):
                print(f"  {row.state:<8} {row.part}: {row.saw}{f' ({row.mend})' if row.mend else ''}")
            worst = max(worst, int(judged.verdict is not Verdict.RESTORED))
        return worst

    return with_application(arguments, look)


def decide(arguments: argparse.Namespace) -> int:
    """Decide as a person."""
    path = Path(arguments.path)
    if arguments.to and not re.fullmatch(COMMIT, arguments.to):
        # A tag or a branch may be another commit on the next host.
        raise Refused("bad_release", f"{arguments.to!r} is not a commit id.", "Give --to 7 to 64 hex digits of it.")

    minutes = minutes_of("--time", arguments.time)
    time = {"fix_minutes": minutes} if minutes else {}
    given = {"path": arguments.path, "to": arguments.to, "without": arguments.without, **time}
    command = c.DecideByPerson(
        path=path,
        reason=said(arguments.reason),
        release=arguments.to,
        without=tuple(arguments.without),
        fix_minutes=minutes,
    )
    return do(arguments, Act("decide", given, f"decide for {arguments.path}"), command, opening.decide)


def classify(arguments: argparse.Namespace) -> int:
    """Set a severity as a person, below the floor too: that takes a yes."""
    severity = Severity(arguments.severity)
    act = Act("classify", {"severity": arguments.severity}, f"lower the severity to {severity}", severity)
    command = c.Classify(
        severity=severity,
        reason=said(arguments.reason),
        impacts=tuple(map(Impact, arguments.impact)),
        reported_by=said(arguments.reported_by),
        users_affected=said(arguments.users_affected),
        business_impact=said(arguments.business_impact),
    )
    return do(arguments, act, command, opening.classify)


def accept(arguments: argparse.Namespace) -> int:
    """Vouch for a restoration that no probe can show."""
    act = Act("accept", {}, "vouch that production is restored")
    return do(arguments, act, c.AcceptByPerson(reason=said(arguments.reason)), observing.accept)


def close(arguments: argparse.Namespace) -> int:
    """Close an incident."""
    given = {"closed_as": arguments.closed_as.replace("-", "_"), "duplicate_of": arguments.duplicate_of}
    act = Act("close", {name: value for name, value in given.items() if value}, "close the incident")
    command = c.Close.model_validate({"reason": said(arguments.reason), **given})
    return do(arguments, act, command, opening.close)


@dataclass(frozen=True, slots=True)
class Act:
    """A person's command, and what they are asked before it is given."""

    tool: str
    given: Mapping[str, JsonValue]
    what: str
    severity: Severity | None = None
    """Asked only where it is milder than an agent could give."""

    def asks(self, incident: Incident) -> bool:
        """Return True if the command takes a yes."""
        return self.severity is None or self.severity.rank > (incident.bar or Severity.P1).rank


AnyCommand = TypeVar("AnyCommand", bound=c.Command)

Work = Callable[[IncidentService, Call, AnyCommand], Awaitable[Answer[Any]]]
"""Carries it out on the incident service, as this call."""


def do(arguments: argparse.Namespace, act: Act, command: AnyCommand, work: Work[AnyCommand]) -> int:
    """Have a person say yes where it takes one, and do it; what is refused anyway is said before anything is asked."""

    def call(how: Given) -> Call:
        given = {**act.given, "reason": said(arguments.reason), "given": how}
        return call_of(act.tool, arguments.incident, given)

    async def done(app: Application) -> Answer[Any]:
        incidents, how = app.incidents, UNASKED
        incident = await incidents.incident(arguments.incident)
        if act.asks(incident):
            if refused := await refused_unasked(incidents, call(how), command):
                return refused
            policy = incidents.managed(incident.target).policy.people
            how = confirmed_by_person(arguments, f"{act.what} ({incident.id})", policy)
        return await work(incidents, call(how), command)

    return told(with_application(arguments, done))
