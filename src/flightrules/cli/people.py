"""What a person does from the command line besides approving, and how an answer reads there.

Knows: how a person's words become a command, and how an answer reads in a terminal. Must not know: rules.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from flightrules.cli.confirming import Given, confirmed_by_person
from flightrules.cli.session import call_of, said, with_application
from flightrules.errors import Refused
from flightrules.service import observing, opening
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.desk import Desk
from flightrules.service.turn import Call
from flightrules.state import commands as c
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Path, Severity, Verdict

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
        for name in arguments.target or sorted(app.desk.sites):
            judged, release = await observing.observe(app.desk, name, call_of("observe", "", {}))
            word = {Verdict.RESTORED: "healthy", Verdict.NOT_RESTORED: "not healthy"}.get(judged.verdict, "not clear")
            print(f"{name}: {word}, release {release or 'not known'}")
            for item in judged.items:
                print(f"  {item.outcome:<8} {item.item}: {item.saw}")
            worst = max(worst, int(judged.verdict is not Verdict.RESTORED))
        return worst

    return with_application(arguments, look)


def decide(arguments: argparse.Namespace) -> int:
    """Decide as a person."""
    path = Path(arguments.path)
    if path is Path.PERSON:
        return 2
    if arguments.to and not re.fullmatch(COMMIT, arguments.to):
        # A tag or a branch may be another commit on the next host.
        raise Refused("bad_release", f"{arguments.to!r} is no commit.", "Give --to 7 to 64 hex digits of it.")

    def command(reason: str) -> c.DecideByPerson:
        return c.DecideByPerson(path=path, reason=reason, release=arguments.to, without=tuple(arguments.without))

    given = {"path": arguments.path, "to": arguments.to, "without": arguments.without}
    what = f"decide for {arguments.path}"
    return _do(arguments, Act("decide", given, what), lambda desk, call, why: opening.decide(desk, call, command(why)))


def classify(arguments: argparse.Namespace) -> int:
    """Set a severity as a person, below the floor too: that takes a yes."""
    severity = Severity(arguments.severity)
    act = Act("classify", {"severity": arguments.severity}, f"lower the severity to {severity}", severity)
    return _do(
        arguments,
        act,
        lambda desk, call, why: opening.classify(desk, call, c.Classify(severity=severity, reason=why)),
    )


def accept(arguments: argparse.Namespace) -> int:
    """Vouch for a restoration that no probe can show."""
    act = Act("accept", {}, "vouch that production is restored")
    return _do(arguments, act, lambda desk, call, why: observing.accept(desk, call, c.AcceptByPerson(reason=why)))


def close(arguments: argparse.Namespace) -> int:
    """Close an incident."""
    act = Act("close", {}, "close the incident")
    return _do(arguments, act, lambda desk, call, why: opening.close(desk, call, c.Close(reason=why)))


@dataclass(frozen=True, slots=True)
class Act:
    """A person's command, and what they are asked before it is given."""

    tool: str
    given: Mapping[str, JsonValue]
    what: str
    severity: Severity | None = None
    """Asked only where it is milder than an agent could give."""

    def asks(self, incident: Incident) -> bool:
        """Whether it takes a yes."""
        return self.severity is None or self.severity.rank > (incident.bar or Severity.P1).rank


Work = Callable[[Desk, Call, str], Awaitable[Answer[Any]]]
"""Does it at the desk, as this call, for this reason."""


def _do(arguments: argparse.Namespace, act: Act, work: Work) -> int:
    async def done(app: Application) -> Answer[Any]:
        desk = app.desk
        incident = await desk.incident(arguments.incident)
        how: Given = "unasked"
        if act.asks(incident):
            policy = desk.site(incident.target).policy.people
            how = confirmed_by_person(arguments, f"{act.what} ({incident.id})", policy)
        reason = said(arguments.reason)
        call = call_of(act.tool, incident.id, {**act.given, "reason": reason, "given": how})
        return await work(desk, call, reason)

    return told(with_application(arguments, done))
