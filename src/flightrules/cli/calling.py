"""`flightrules open`, `assess`, `fix`, `verify`, `rollback`, `analyze`, `report` and `brief`, as they are typed.

Knows: how words on the command line become what a call takes. Must not know: rules.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from flightrules.cli import acting, people
from flightrules.cli.session import with_application
from flightrules.cli.showing import show
from flightrules.errors import Refused
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.state.analysis import Analysis, Cited, Observed
from flightrules.state.events import ActionItem, PlannerBrief, ReportInput
from flightrules.state.fix import CHECKLIST, FixCheck
from flightrules.state.untrusted import clean, one_line

LONGEST = 64_000
ACTION = "WHAT; WHO; 2026-01-31[; prevent|mitigate|detect|process[; LINK]]"
_CITED = re.compile(r"(?P<says>.*?)\s*(?:\[(?P<evidence>[EO0-9, -]+)\])?\s*", re.DOTALL)


def line(text: str) -> str:
    """Somebody's words on one line: people paste from logs."""
    return one_line(text, LONGEST)


def prose(text: str) -> str:
    """The same with its lines."""
    return clean(text, LONGEST)


def lines(texts: Iterable[str]) -> tuple[str, ...]:
    """Several."""
    return tuple(text for text in map(line, texts) if text)


def moment(text: str) -> datetime | None:
    """A time as it is typed; without a zone it is the time of this machine."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except ValueError as wrong:
        raise Refused(
            "bad_time", f"{text!r} is not a time.", "Write it like 2026-01-31T09:00 or 2026-01-31T09:00Z."
        ) from wrong


def cited(text: str) -> Cited:
    """A statement with the evidence that is cited behind it: `the pool was cut [E3, E4]`."""
    found = _CITED.fullmatch(line(text))
    named = re.split(r"[ ,]+", found["evidence"].strip()) if found and found["evidence"] else ()
    return Cited(says=found["says"] if found else text, evidence=tuple(one for one in named if one))


def action(text: str) -> ActionItem:
    """An action item: what, who, by when, which kind, where it is tracked."""
    parts = [part.strip() for part in line(text).split(";")]
    if len(parts) not in range(3, 6):
        raise Refused("bad_action", f"{text!r} is not an action item.", f"Write it like: {ACTION}")
    names = ("action", "assignee", "due", "type", "link")
    return ActionItem.model_validate(dict(zip(names, parts, strict=False)))


def check(text: str) -> FixCheck:
    """A point of the checklist of a fix with what shows it: `tests_passing=CI run 7`."""
    item, _, evidence = text.partition("=")
    if item not in CHECKLIST or not evidence.strip():
        raise Refused(
            "bad_check", f"{text!r} is not a check.", f"Write POINT=WHAT SHOWS IT; points: {', '.join(CHECKLIST)}."
        )
    return FixCheck.model_validate({"item": item, "evidence": line(evidence)})


def observed(text: str) -> Observed:
    """Something that happened elsewhere: `2026-01-31T09:00Z; the DNS entry changed; kim`."""
    at, says, source = ([part.strip() for part in line(text).split(";")] + ["", "", ""])[:3]
    if not (at and says and source):
        raise Refused(
            "bad_observation", f"{text!r} is not an observation.", "Write it like: TIME; WHAT; WHO OR WHAT SAW IT"
        )
    return Observed.model_validate({"at": moment(at), "says": says, "source": source})


Act = Callable[[Application], Awaitable[Answer[Any]]]


def _done(arguments: argparse.Namespace, act: Act) -> int:
    return with_application(arguments, _showing(act))


def _showing(act: Act) -> Callable[[Application], Awaitable[int]]:
    async def shown(app: Application) -> int:
        return show(await act(app))

    return shown


def open_(arguments: argparse.Namespace) -> int:
    """Open an incident."""
    given = {
        "description": prose(arguments.description),
        "detected_at": moment(arguments.detected_at),
        "onset_at": moment(arguments.onset_at),
        "detected_via": line(arguments.via),
    }
    title, same = _title(arguments), arguments.duplicate_of
    return _done(arguments, lambda app: acting.open_incident(app, arguments.target, title, duplicate_of=same, **given))


def _title(arguments: argparse.Namespace) -> str:
    if title := line(arguments.title):
        return title
    example = shlex.join(["flightrules", "open", arguments.target, "The shop answers 500"])
    raise Refused("bad_arguments", "The title has no visible characters.", f"Say what users see: {example}")


def assess(arguments: argparse.Namespace) -> int:
    """Read production."""
    return _done(arguments, lambda app: acting.assess(app, arguments.incident))


def verify(arguments: argparse.Namespace) -> int:
    """Look whether production is restored."""
    return _done(arguments, lambda app: acting.verify(app, arguments.incident, arguments.user_reports))


def rollback(arguments: argparse.Namespace) -> int:
    """Plan a rollback, have it approved, follow it."""
    return _done(arguments, lambda app: acting.rollback(app, arguments))


def classify(arguments: argparse.Namespace) -> int:
    """Find the severity by the rules; where one is named, a person sets it."""
    if arguments.severity:
        return people.classify(arguments)
    given = {
        "impacts": tuple(arguments.impact),
        "reported_by": line(arguments.reported_by),
        "users_affected": line(arguments.users_affected),
        "business_impact": prose(arguments.business_impact),
    }
    return _done(arguments, lambda app: acting.classify(app, arguments.incident, **given))


RULES = "rules"
STATEMENTS = ("isolated", "fix_safe", "fix_minutes", "rollback_more_disruptive", "outside_release")


def decide(arguments: argparse.Namespace) -> int:
    """Walk the decision tree; where a path is named, a person decides."""
    if arguments.path != RULES:
        return people.decide(arguments)
    given = {name: getattr(arguments, name) for name in STATEMENTS}
    given |= {"root_cause": prose(arguments.root_cause), "reason": line(arguments.reason)}
    return _done(arguments, lambda app: acting.decide(app, arguments.incident, **given))


def fix(arguments: argparse.Namespace) -> int:
    """Take a fix from its beginning to its end."""
    checks = tuple(map(check, arguments.check))
    given = {name: line(getattr(arguments, name)) for name in ("says", "reference", "deployment")}
    return _done(arguments, lambda app: acting.fix(app, arguments.incident, arguments.action, checks=checks, **given))


def analyze(arguments: argparse.Namespace) -> int:
    """Add to the analysis."""
    given = Analysis(
        whys=tuple(map(cited, arguments.why)),
        observed=tuple(map(observed, arguments.observed)),
        compare=arguments.compare,
        reproduced=arguments.reproduced,
        steps=prose(arguments.steps),
        root_cause=cited(arguments.root_cause) if arguments.root_cause else None,
        nothing_to_add=prose(arguments.nothing_to_add),
    )
    return _done(arguments, lambda app: acting.analyze(app, arguments.incident, given))


def report(arguments: argparse.Namespace) -> int:
    """Write the incident report."""
    given = ReportInput(
        summary=prose(arguments.summary),
        went_well=lines(arguments.went_well),
        improve=lines(arguments.improve),
        actions=tuple(map(action, arguments.action)),
        prevention=lines(arguments.prevention),
        related=lines(arguments.related),
        users_affected=line(arguments.users_affected),
        business_impact=prose(arguments.business_impact),
        trigger=prose(arguments.trigger),
        contributing=lines(arguments.contributing),
        lucky=lines(arguments.lucky),
        authors=lines(arguments.author),
        review=lines(arguments.review),
    )
    cause = prose(arguments.root_cause)
    return _done(arguments, lambda app: acting.report(app, arguments.incident, given, cause))


def brief(arguments: argparse.Namespace) -> int:
    """Brief the planner."""
    given = PlannerBrief(
        quality_issues=lines(arguments.quality_issue),
        process_improvements=lines(arguments.process_improvement),
        spec_updates=lines(arguments.spec_update),
        technical_debt=lines(arguments.technical_debt),
    )
    return _done(arguments, lambda app: acting.brief(app, arguments.incident, given))
