"""What a person does from the command line besides approving, and how an answer reads there.

Knows: how a person's words become a command, and how an answer reads in a terminal. Must not know: rules.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

from flightrules.cli.session import call_of, with_application
from flightrules.service import observing, opening, telling
from flightrules.service.answers import Answer, Status
from flightrules.service.application import Application
from flightrules.service.desk import Desk
from flightrules.service.turn import Call
from flightrules.state import commands as c
from flightrules.state.vocabulary import Path, Severity, Verdict


def told(answer: Answer[Any]) -> int:
    """Print an answer; 0 when it did what was asked."""
    print(answer.says)
    if answer.phase is not None:
        calls = ", ".join(step.call for step in answer.next) or "nothing"
        print(f"phase {answer.phase}, severity {answer.severity or 'not classified'}; the agent may call: {calls}")
    if answer.monitoring:
        print(f"monitoring: {answer.monitoring}")
    return 0 if answer.ok else 1


def status(arguments: argparse.Namespace) -> int:
    """Where an incident stands, or all of them."""
    answer = with_application(
        arguments, lambda app: telling.status(app.desk, call_of("status", arguments.incident, {}))
    )
    code = told(answer)
    if isinstance(answer.result, Status):
        for line in answer.result.incidents:
            print(f"  {line.incident}  {line.severity or '--'}  {line.phase:<13} {line.target}: {line.title}")
        for entry in answer.result.timeline:
            print(f"  {entry}")
    return code


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
    without = tuple(arguments.without)
    command = c.DecideByPerson(path=path, reason=arguments.reason, release=arguments.to, without=without)
    given = {"path": arguments.path, "reason": arguments.reason, "to": arguments.to, "without": arguments.without}
    call = call_of("decide", arguments.incident, given)
    return _do(arguments, lambda desk: opening.decide(desk, call, command))


def classify(arguments: argparse.Namespace) -> int:
    """Set a severity as a person, below the floor too."""
    command = c.Classify(severity=Severity(arguments.severity), reason=arguments.reason)
    given = {"severity": arguments.severity, "reason": arguments.reason}
    return _do(arguments, lambda desk: opening.classify(desk, call_of("classify", arguments.incident, given), command))


def accept(arguments: argparse.Namespace) -> int:
    """Vouch for a restoration that no probe can show."""
    call = call_of("accept", arguments.incident, {"reason": arguments.reason})
    return _do(arguments, lambda desk: observing.accept(desk, call, c.AcceptByPerson(reason=arguments.reason)))


def close(arguments: argparse.Namespace) -> int:
    """Close an incident."""
    call: Call = call_of("close", arguments.incident, {"reason": arguments.reason})
    return _do(arguments, lambda desk: opening.close(desk, call, c.Close(reason=arguments.reason)))


def _do(arguments: argparse.Namespace, work: Callable[[Desk], Awaitable[Answer[Any]]]) -> int:
    return told(with_application(arguments, lambda app: work(app.desk)))
