"""`flightrules status`: where incidents stand, and what waits for a person, as it reads in a terminal.

Knows: how an answer reads in a terminal. Must not know: rules.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue

from flightrules.cli.people import told
from flightrules.cli.session import call_of, with_application
from flightrules.service import telling
from flightrules.service.answers import Answer, Status
from flightrules.service.application import Application
from flightrules.service.rollback.rolling_back import how_to_approve
from flightrules.state.evidence import Http
from flightrules.state.vocabulary import Phase


def status(arguments: argparse.Namespace) -> int:
    """Show where an incident stands, or all of them, or those that words find."""
    given: dict[str, JsonValue] = {"search": arguments.search} if arguments.search else {}
    call = call_of("status", arguments.incident, given)

    async def look(app: Application) -> tuple[Answer[Any], str]:
        answer = await telling.status(app.incidents, call, arguments.search)
        if answer.phase is Phase.ROLLING_BACK:
            return answer, f"the rollback to end; {await _answers_now(app, answer.incident)}"
        waits = await how_to_approve(app.incidents, answer.incident) if answer.ok and answer.phase else ""
        return answer, waits and f"a person: {waits}; or flightrules reject {answer.incident} --reason TEXT"

    answer, waits = with_application(arguments, look, reads=True)
    code = told(answer)
    if isinstance(answer.result, Status):
        for line in (*_stands(answer, answer.result, waits), *_listed(answer.result), *_open(answer.result)):
            print(line)
    return code


async def _answers_now(app: Application, incident_id: str) -> str:
    """Return what the health address answers at this moment."""
    incident = await app.incidents.incident(incident_id)
    (health,) = await app.incidents.managed(incident.target).production.collect(("health",))
    if not isinstance(health.data, Http):
        now = f"cannot be asked from here ({health.why})"
    elif health.data.ok:
        now = f"answers {health.data.status}"
    else:
        now = " ".join(health.data.failed)
    return f"the health address now: {now}"


def _stands(answer: Answer[Any], seen: Status, waits: str) -> Iterable[str]:
    """One incident: what it is, how much time is left, and what a person can do."""
    if seen.title:
        yield f"title: {seen.title}"
    if answer.budgets:
        yield f"time: {', '.join(f'{budget.name} {budget.left}' for budget in answer.budgets)}"
    if waits:
        yield f"waits for {waits}"
    for entry in seen.timeline:
        yield f"  {entry}"


def _listed(seen: Status) -> Iterable[str]:
    """Many incidents, or those that words found."""
    for line in seen.incidents:
        yield f"  {line.incident}  {line.severity or '--'}  {line.phase:<13} {line.target}: {line.title}"
    for like in seen.found:
        yield f"  {like.incident}  {like.severity or '--'}  {like.phase:<13} {like.title}"
        for name, text in (("cause", like.root_cause), ("resolved", like.resolution), ("report", like.report)):
            yield f"    {name + ':':<9} {text or 'none'}"


def _open(seen: Status) -> Iterable[str]:
    """Yield what is not done yet."""
    for held in seen.waiting:
        yield f"  waits for approval: {held}"
    for trouble in seen.undelivered:
        yield f"  not delivered: {trouble}"
