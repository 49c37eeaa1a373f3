"""The error rate before the incident: read from lines that tell their time, or not known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from flightrules.state.evidence import Deploy, Finding
from flightrules.state.levels import level_before, quiet_until, rate_of
from flightrules.state.logs import read_log
from flightrules.state.policy import DecisionPolicy
from flightrules.state.releases import Observation
from tests.state.core import BAD, GOOD, NOON, Core

POLICY = DecisionPolicy()


def log(*minutes_and_lines: tuple[float, str], service: str = "web") -> Finding:
    """A log with a line so many minutes before noon."""
    lines = sorted((NOON - timedelta(minutes=ago), line) for ago, line in minutes_and_lines)
    text = "\n".join(f"{at:%Y-%m-%dT%H:%M:%SZ} {line}" for at, line in lines)
    return Finding(probe=f"logs:{service}", host="web-1", data=read_log(service, text))


def every_minute(line: str, minutes: Iterable[int]) -> list[tuple[float, str]]:
    return [(minute, line) for minute in minutes]


@pytest.mark.requirement("MON-error-rate")
def test_a_rate_is_error_lines_a_minute_over_all_services() -> None:
    web = log(*every_minute("ERROR boom", range(1, 11)))
    worker = log(*every_minute("ERROR late", range(2, 11, 2)), service="worker")
    assert rate_of([web, worker], NOON) == pytest.approx(1.5)


def test_a_quiet_log_has_the_rate_nothing() -> None:
    assert rate_of([log((10, "INFO fine"), (5, "INFO fine"))], NOON) == 0.0


@pytest.mark.requirement("VER-never-guess")
@pytest.mark.parametrize(
    "findings",
    [
        [],
        [log()],
        [log((0.5, "ERROR boom"))],
        [log((10, "INFO fine")), log(service="worker")],
        [log((10, "INFO fine")), Finding(probe="logs:worker", host="web-1", why="no answer")],
        [Finding(probe="logs:web", host="web-1", data=read_log("web", "ERROR without a time"))],
    ],
)
def test_where_a_log_does_not_go_back_so_far_the_rate_is_not_known(findings: list[Finding]) -> None:
    assert rate_of(findings, NOON) is None


def quiet(onset: float, *deployed: float) -> datetime | None:
    """With onset and deployments so many minutes before detection at noon."""
    deploys = [Deploy(sha=BAD, at=NOON - timedelta(minutes=ago)) for ago in deployed]
    return quiet_until(onset=NOON - timedelta(minutes=onset), detected=NOON, deploys=deploys, policy=POLICY)


@pytest.mark.parametrize(
    ("onset", "deployed", "minutes"),
    [(0, (), None), (20, (), 25), (0, (12,), 12), (20, (30,), 30), (20, (22,), 25), (0, (60 * 24 * 3,), None)],
)
def test_production_was_as_usual_until_a_stated_onset_or_the_suspected_deployment(
    onset: float, deployed: tuple[float, ...], minutes: float | None
) -> None:
    assert quiet(onset, *deployed) == (None if minutes is None else NOON - timedelta(minutes=minutes))


@pytest.mark.requirement("MON-error-rate")
def test_a_healthy_observation_with_a_rate_comes_before_the_logs_of_the_incident() -> None:
    seen = Observation(release=GOOD, healthy=True, at=NOON, by="observe", errors_per_minute=0.5)
    sick = Observation(release=BAD, healthy=False, at=NOON, by="observe", errors_per_minute=90.0)
    level = level_before([log(*every_minute("ERROR boom", range(1, 60)))], [seen, sick], NOON)
    assert (level.per_minute, level.source) == (0.5, "observe at 2026-01-05 12:00 UTC")


@pytest.mark.requirement("MON-error-rate")
def test_without_one_the_logs_before_onset_tell() -> None:
    lines = [*every_minute("ERROR usual", range(20, 60, 4)), *every_minute("ERROR boom", range(1, 9))]
    level = level_before([log(*lines)], [], NOON - timedelta(minutes=10))
    assert level.per_minute == pytest.approx(10 / 46)
    assert level.source == "logs up to 2026-01-05 11:50 UTC"
    assert level.usual == ("ERROR usual",)


@pytest.mark.requirement("VER-never-guess")
def test_where_nobody_can_say_when_it_began_no_error_counts_as_usual() -> None:
    level = level_before([log(*every_minute("ERROR boom", range(1, 60)))], [], None)
    assert (level.per_minute, level.usual) == (None, ())


def test_an_assessment_keeps_the_level_it_found_and_a_later_one_does_not_take_it_away() -> None:
    core = Core(onset_at=NOON - timedelta(minutes=10))
    core.assess([log(*every_minute("ERROR usual", range(20, 60, 4)))])
    known = core.incident.level
    assert known.per_minute is not None
    core.assess([])
    assert core.incident.level == known
