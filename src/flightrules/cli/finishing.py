"""The second half of `flightrules respond`: analysis, report, brief and the end.

Knows: what each of them asks a person. Must not know: rules.
"""

from __future__ import annotations

import argparse
from typing import Any

from flightrules.cli import acting
from flightrules.cli.besides import besides
from flightrules.cli.calling import ACTION, action, cited
from flightrules.cli.interview import Left, one_of, several, words, yes
from flightrules.errors import Refused
from flightrules.service import opening
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.state import commands as c
from flightrules.state.analysis import Analysis, Cited
from flightrules.state.events import ActionItem, PlannerBrief, ReportInput
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import ClosedAs


async def analyze(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any] | None:
    """Ask for the whys and the root cause, with what shows them."""
    what = [
        ("analyze", "analyse it now"),
        ("verify", "look again whether production is restored"),
        ("quit", "later"),
        ("else", "something else: tell people, put times right"),
    ]
    chosen = one_of("Production is restored and watched for 24 hours. What now?", what)
    if chosen == "quit":
        raise Left
    if chosen == "verify":
        return await acting.verify(app, incident.id, "unknown")
    if chosen == "else":
        return await besides(app, incident)
    compare = yes("Read from production what changed between the good and the bad release?", default=True)
    if compare:
        compared = await acting.analyze(app, incident.id, Analysis(compare=True))
        print(compared.says)
        for line in getattr(compared.result, "untrusted_comparison", ()):
            print(f"  from production: {line}")
    whys = several("Why did it happen, and why that? Evidence in brackets behind it: the pool was cut [E3]")
    cause = words("The root cause, with its evidence in brackets")
    if not (whys or cause):
        reason = words("Why do you have no finding", default="nobody knows yet")
        return await acting.analyze(app, incident.id, Analysis(nothing_to_add=reason))
    given = Analysis(whys=tuple(map(cited, whys)), root_cause=_cause(cause))
    answer = await acting.analyze(app, incident.id, given)
    if answer.ok and not cause:
        reason = words("Why is there no root cause", default="not known yet")
        return await acting.analyze(app, incident.id, Analysis(nothing_to_add=reason))
    return answer


def _cause(cause: str) -> Cited | None:
    return cited(cause) if cause else None


async def report(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any]:
    """Ask for what the log cannot know."""
    given = ReportInput(
        summary=words("What happened, in a sentence or two"),
        users_affected=words("How many users were affected", default=incident.users_affected),
        business_impact=words("What did it cost the business", default=incident.business_impact),
        trigger=words("What set it off"),
        contributing=several("What contributed to it?"),
        went_well=several("What went well?"),
        lucky=several("Where did we get lucky?"),
        improve=several("What could be improved?"),
        actions=_actions(),
        prevention=several("What would prevent it?"),
        related=several("Feature specs, ADRs, follow-up issues?"),
    )
    return await acting.report(app, incident.id, given, "")


def _actions() -> tuple[ActionItem, ...]:
    found: list[ActionItem] = []
    print(f"What is to be done, by whom, until when? Like: {ACTION}")
    while text := words("  >"):
        try:
            found.append(action(text))
        except (Refused, ValueError) as wrong:
            print(wrong.remedy if isinstance(wrong, Refused) else f"Write it like: {ACTION}")
    return tuple(found)


async def brief(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any]:
    """Ask what the planner should know."""
    given = PlannerBrief(
        quality_issues=several("For the planner: which quality issues were found?"),
        process_improvements=several("Improvements of the process?"),
        spec_updates=several("Feature specs to update?"),
        technical_debt=several("Technical debt?"),
    )
    return await acting.brief(app, incident.id, given)


async def end(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any] | None:
    """Close, now or later."""
    what = [
        ("close", "close it"),
        ("review", "add what the review came to"),
        ("verify", "look again whether production is restored"),
        ("quit", "later"),
        ("else", "something else: tell people, put times right"),
    ]
    chosen = one_of("The planner has its brief. What now?", what)
    if chosen == "quit":
        raise Left
    if chosen == "verify":
        return await acting.verify(app, incident.id, "unknown")
    if chosen == "else":
        return await besides(app, incident)
    if chosen == "review":
        return await acting.report(app, incident.id, ReportInput(review=several("What did the review come to?")), "")
    return await close(app, incident.id, "")


async def close(
    app: Application, incident: str, reason: str, *, closed_as: ClosedAs = "", duplicate_of: str = ""
) -> Answer[Any]:
    """Close it, as the person at this terminal said."""
    given = {"reason": reason, "closed_as": closed_as, "duplicate_of": duplicate_of}
    call = acting.called("close", incident, {**given, "given": "terminal"})
    return await opening.close(app.incidents, call, c.Close.model_validate(given))
