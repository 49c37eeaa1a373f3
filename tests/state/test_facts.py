from __future__ import annotations

import pytest

from flightrules.state.evidence import Deploys, Disk, Filesystem, Finding, Http, Services, ServiceState
from flightrules.state.facts import Facts, facts_of
from flightrules.state.logs import read_log
from tests.state.core import BAD, DEPLOYS, GOOD, SHOP, TWO, Core, blind, seen, states


def of(*findings: Finding) -> Facts:
    return facts_of(findings, SHOP)


def services(*found: ServiceState, host: str = "web-1") -> Finding:
    return Finding(probe="services", host=host, data=Services(services=found))


def deploys(head: str, host: str = "web-1") -> Finding:
    return Finding(probe="deploys", host=host, data=Deploys(head=head, deploys=DEPLOYS))


@pytest.mark.requirement("EVI-unknown-is-neither")
def test_what_could_not_be_read_is_unknown_and_named() -> None:
    facts = facts_of(blind(seen(hosts=2)), TWO)
    unread = Facts(
        checks_unknown=("cart", "avatar"),
        unreadable=(
            "health",
            "check:cart",
            "check:avatar",
            *(f"{probe}@{host}" for host in ("web-1", "web-2") for probe in ("services", "logs:web", "deploys")),
        ),
    )
    assert facts.model_copy(update={"reasons": ()}) == unread
    assert dict(facts.reasons).keys() == set(unread.unreadable)
    assert facts.why_not("logs") == "no answer"


@pytest.mark.requirement("EVI-unknown-is-neither")
def test_a_log_that_was_cut_shows_its_errors_and_clears_nothing() -> None:
    cut = read_log("web", "2026-01-05T09:00:00Z ERROR gone").model_copy(update={"cut": "only the end was read"})
    facts = facts_of([Finding(probe="logs:web", host="web-1", data=cut)], TWO)
    assert (facts.logs_known, facts.error_lines, facts.unreadable) == (False, 1, ())
    assert facts.reasons == (("logs:web@web-1", "only the end was read"),)


@pytest.mark.requirement("EVI-unknown-is-neither")
@pytest.mark.parametrize("probe", ["services", "logs:web", "deploys"])
def test_one_host_that_could_not_be_read_leaves_the_whole_unknown(probe: str) -> None:
    findings = [
        f.model_copy(update={"data": None, "why": "no answer"}) if f.probe == probe and f.host == "web-2" else f
        for f in seen(hosts=2)
    ]
    facts = facts_of(findings, TWO)
    known = {"services": facts.services_known, "logs:web": facts.logs_known, "deploys": facts.deploys_known}
    assert known == {name: name != probe for name in known}


def test_a_host_for_migrations_says_nothing_about_what_serves_users() -> None:
    spared = TWO.hosts[1].model_copy(update={"role": "migrations"})
    target = TWO.model_copy(update={"hosts": (TWO.hosts[0], spared)})
    findings = [
        services(*states(GOOD)),
        deploys(GOOD),
        services(ServiceState(service="web", state="absent"), host="web-2"),
        Finding(probe="logs:web", host="web-2", why="no such file"),
        deploys(BAD, host="web-2"),
    ]
    facts = facts_of(findings, target)
    assert (facts.services_known, facts.services_down, facts.release) == (True, (), GOOD)
    assert facts.unreadable == ("logs:web@web-2",)
    assert facts_of(findings, TWO).services_down == ("web@web-2",)


@pytest.mark.requirement("EVI-scope")
def test_checks_are_sorted_into_passed_major_and_minor() -> None:
    facts = of(*seen())
    assert (facts.health, facts.major_failed, facts.minor_failed) == ("down", ("cart",), ("avatar",))
    assert of(*seen(well=True)).checks_passed == ("cart", "avatar")


@pytest.mark.parametrize(
    ("changes", "down", "unhealthy", "starting"),
    [
        ({}, (), (), ()),
        ({"state": "exited", "exit_code": 1}, ("web",), (), ()),
        ({"state": "exited", "exit_code": 0}, (), (), ()),
        ({"state": "restarting"}, ("web",), (), ()),
        ({"state": "absent"}, ("web",), (), ()),
        ({"health": "unhealthy"}, (), ("web",), ()),
        ({"health": "starting"}, (), (), ("web",)),
    ],
)
def test_a_service_is_down_unhealthy_or_still_starting(
    changes: dict[str, object], down: tuple[str, ...], unhealthy: tuple[str, ...], starting: tuple[str, ...]
) -> None:
    facts = of(services(states(GOOD)[0].model_copy(update=changes)))
    assert (facts.services_down, facts.services_unhealthy, facts.services_starting) == (down, unhealthy, starting)


def test_a_service_is_named_with_its_host_where_there_are_several() -> None:
    assert facts_of(seen(hosts=2), TWO).services == ("web@web-1", "worker@web-1", "web@web-2", "worker@web-2")


@pytest.mark.parametrize(
    ("told", "heads", "release"),
    [
        (GOOD, (BAD,), GOOD),
        (GOOD[:7], (BAD,), GOOD),
        (None, (BAD,), BAD),
        ("v1.2.3", (BAD,), BAD),
        ("f" * 12, (BAD,), None),
        (None, (BAD, GOOD), None),
        (None, (), None),
    ],
)
def test_the_running_release_is_what_the_service_says_in_full_else_where_the_work_trees_agree(
    told: str | None, heads: tuple[str, ...], release: str | None
) -> None:
    health = Finding(probe="health", data=Http(check="health", ok=True, release=told))
    assert of(health, *(deploys(head, f"web-{n}") for n, head in enumerate(heads))).release == release


def test_errors_are_counted_over_all_logs_most_frequent_first() -> None:
    facts = facts_of(seen(hosts=2), TWO)
    assert facts.errors == (("ERROR boom", 18),)
    assert facts.error_lines == 18


@pytest.mark.parametrize(("available", "low"), [(4, ("/@web-1",)), (5, ())])
def test_a_disk_is_low_under_a_twentieth(available: int, low: tuple[str, ...]) -> None:
    filesystem = Filesystem(mount="/", size_bytes=100, available_bytes=available)
    assert of(Finding(probe="disk", host="web-1", data=Disk(filesystems=(filesystem,)))).low_disk == low


@pytest.mark.parametrize(("free", "low"), [(4, ("/@web-1 (inodes)",)), (5, ()), (None, ())])
def test_a_disk_is_low_too_where_it_can_hold_few_more_files(free: int | None, low: tuple[str, ...]) -> None:
    filesystem = Filesystem(mount="/", size_bytes=100, available_bytes=90, inodes=free and 100, free_inodes=free)
    assert of(Finding(probe="disk", host="web-1", data=Disk(filesystems=(filesystem,)))).low_disk == low


@pytest.mark.requirement("EVI-numbered")
def test_evidence_is_numbered_on_over_assessments() -> None:
    core = Core().assess()
    first = core.incident.evidence
    core.assess()
    assert first == tuple(f"E{n}" for n in range(1, len(first) + 1))
    assert core.incident.evidence == tuple(f"E{n}" for n in range(1, 2 * len(first) + 1))
