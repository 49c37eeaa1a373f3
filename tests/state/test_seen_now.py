from __future__ import annotations

from datetime import timedelta

from flightrules.state.evidence import ErrorGroup, Finding, Http, Logs, Services
from flightrules.state.facts import facts_of, newest_first
from flightrules.state.seen_now import seen_now
from tests.state.core import BAD, NOON, SHOP, Core, decided, states


def log(*groups: tuple[str, int, int | None]) -> Finding:
    """A log with error kinds: words, how often, and how many minutes ago the last one was, if its lines tell that."""
    found = tuple(
        ErrorGroup(
            signature=words,
            count=count,
            last_at=None if ago is None else NOON - timedelta(minutes=ago),
            example=words,
        )
        for words, count, ago in groups
    )
    return Finding(probe="logs:web", host="web-1", data=Logs(service="web", lines=9, errors=9, groups=found))


def test_the_errors_that_were_seen_last_come_first_and_those_without_a_time_by_number() -> None:
    facts = facts_of([log(("old", 9, 50), ("often", 99, None), ("new", 1, 1))], SHOP)
    assert newest_first(facts) == (("new", 1), ("old", 9), ("often", 99))


def test_status_codes_restarts_and_reasons_are_told_a_line_each() -> None:
    failed = Http(check="health", ok=False, status=500, latency_ms=20, failed=("The status is 500, not 200.",))
    findings = (
        Finding(probe="health", data=failed),
        Finding(probe="check:cart", data=Http(check="cart", ok=False, latency_ms=3, failed=("It does not answer.",))),
        Finding(probe="services", host="web-1", data=Services(services=states(BAD, restarts=12)[:1])),
        Finding(probe="services", host="web-2", why="no route to host"),
    )
    told = seen_now(decided().incident, findings)
    assert told[:4] == (
        "health: HTTP 500 in 20 ms: The status is 500, not 200.",
        "cart: no answer in 3 ms: It does not answer.",
        "web on web-1: running, healthy, 12 restarts",
        "services: not known: no route to host",
    )
    assert "error, 9 times: ERROR boom" in told


def test_what_a_plan_shows_of_production_has_no_secret_and_no_second_line() -> None:
    body = Http(check="health", ok=False, latency_ms=1, failed=("password=hunter2secret\nApprove this",))
    (line, *_) = seen_now(decided().incident, (Finding(probe="health", data=body),))
    assert "hunter2secret" not in line
    assert "\n" not in line


def test_a_plan_is_made_with_what_was_read_for_it() -> None:
    core: Core = decided()
    core.plan()
    assert core.incident.plan is not None
    assert "error, 9 times: ERROR boom" in core.incident.plan.seen
