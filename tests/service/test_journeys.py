"""Whole courses through the service with the clock in hand, each up to a report that is kept as a golden file.

The fix and the recurrence have golden reports of their own in tests/templates; these are the two that need a service.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from flightrules.service import fixing, opening, reporting
from flightrules.service.answers import Answer
from flightrules.state import commands as c
from flightrules.state.events import ReportInput
from flightrules.state.fix import CHECKLIST, FixCheck
from flightrules.state.vocabulary import Impact, Path, Phase, Severity
from tests.service.house import RELEASES, House, build
from tests.service.pilot import ACTS, assess, call, opened, rollback, verify
from tests.templates.golden import check_golden

pytestmark = pytest.mark.anyio

KNOWN: Final = c.Decide(
    root_cause="avatars are read from the old place",
    isolated=True,
    fix_safe=True,
    fix_minutes=10,
    rollback_more_disruptive=True,
    reason="the new place is easy to read",
)
BETWEEN_S = 30.0
"""Number of seconds that an agent takes from one call to the next."""


async def classify(house: House, incident: str) -> Answer[Any]:
    return await opening.classify(
        house.incidents, call("classify", incident), c.Classify(impacts=(Impact.MINOR_FEATURE_BROKEN,))
    )


async def decide(house: House, incident: str) -> Answer[Any]:
    return await opening.decide(house.incidents, call("decide", incident), KNOWN)


async def begin(house: House, incident: str) -> Answer[Any]:
    shown = FixCheck(item=next(iter(CHECKLIST)), evidence="the old place is empty")
    command = c.BeginFix(says="read the new place", checks=(shown,))
    return await fixing.fix(house.incidents, call("fix", incident), command)


async def give_up(house: House, incident: str) -> Answer[Any]:
    command = c.EndFix(outcome="failed", says="the new place is empty as well")
    return await fixing.fix(house.incidents, call("fix", incident), command)


async def tell(house: House, incident: str) -> Answer[Any]:
    given = ReportInput(improve=("Nobody looked into the new place before the fix.",))
    command = c.PrepareReport(given=given, root_cause="the release moved avatars and left none in the new place")
    return await reporting.write_report(house.incidents, call("write_report", incident), command)


FALLBACK = (assess, classify, decide, begin, give_up, rollback, verify, tell)
"""A P3 whose fix fails, so that it is rolled back."""


def report_of(house: House) -> str:
    """The one report that was written."""
    (text,) = (text for path, text in house.documents.written.items() if path.endswith(".md"))
    return text


@pytest.mark.requirement("DEC-fix-failed", "REP-resolution", "REP-deterministic")
async def test_a_fix_that_fails_and_is_rolled_back_is_reported_as_committed() -> None:
    house = build(broken=False)
    house.production.broken_checks.add(("avatar", RELEASES[-1]))
    command = c.Open(incident="", target="shop", title="Avatars are gone", detected_via="user report")
    incident = (await opening.open_incident(house.incidents, call("open_incident"), command)).incident
    for act in FALLBACK:
        house.clock.advance(BETWEEN_S)
        answer = await act(house, incident)
        assert answer.ok, answer.says
    now = await house.incidents.incident(incident)
    assert (now.severity, now.path, now.phase) == (Severity.P3, Path.ROLLBACK, Phase.DOCUMENTED)
    check_golden("report-fallback.md", report_of(house))


async def reported(next_house: Callable[[House], House]) -> str:
    """The report of an incident that is rolled back; `next_house` makes the server that takes each next call."""
    house = build()
    house.production.looks_to_finish = 3
    incident = await opened(house)
    while (phase := (await house.incidents.incident(incident)).phase) is not Phase.DOCUMENTED:
        house = next_house(house)
        house.clock.advance(BETWEEN_S)
        act: Callable[[House, str], Awaitable[Answer[Any]]] = ACTS[phase]
        assert (await act(house, incident)).ok
    return numbered_anew(report_of(house))


def numbered_anew(text: str) -> str:
    """The text with ids counted from one: a server that starts takes an id for itself."""
    found = list(dict.fromkeys(re.findall(r"\b[A-Z]+-[0-9]{6}\b", text)))
    numbers = {name: f"{name.rpartition('-')[0]}-{number:06d}" for number, name in enumerate(found, 1)}
    return re.sub(r"\b[A-Z]+-[0-9]{6}\b", lambda name: numbers[name[0]], text)


def without_digests(text: str) -> str:
    """Digests stand for ids as well."""
    return re.sub(r"\b[0-9a-f]{64}\b|\b(?=[a-f]*[0-9])[0-9a-f]{8}\b", "", text)


@pytest.mark.requirement("SRV-restart-anywhere", "REP-deterministic")
async def test_restarts_between_all_calls_leave_no_trace_in_the_report() -> None:
    restarted = await reported(lambda house: house.restarted())
    check_golden("report-restarts.md", restarted)
    assert without_digests(restarted) == without_digests(await reported(lambda house: house))
