"""The steps of the `commands` runtime in both of its layouts, and what a plan says of them."""

from __future__ import annotations

from typing import Any

import pytest

from flightrules.errors import Refused
from flightrules.state.evidence import ServiceState
from flightrules.state.operation import Survey
from flightrules.state.plan import Plan, make_plan
from flightrules.state.releases import GoodRelease
from flightrules.state.runtimes.releases import SWITCH
from flightrules.state.target import CommandsRuntime, SideBySide, Target
from tests.state.core import BAD, GOOD, NOON, PLAIN, TWO, survey

OFF = "-c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 -c maintenance.auto=false"
GIT = f"git -C /srv/shop -c safe.directory=/srv/shop {OFF}"
FOLDER = "20260105090000"
NOW = "20260106100000"
OBSERVED = GoodRelease(release=GOOD, ground="observed_healthy", why="seen healthy", at=NOON)
RUNS = (ServiceState(service="shop", state="running"),)


def layout(**changes: object) -> Target:
    """A target whose releases lie side by side."""
    runtime = PLAIN.runtime.model_copy(update={"layout": "releases", **changes})
    return PLAIN.model_copy(update={"runtime": runtime})


SIDE = layout()


def read(**changes: object) -> Survey:
    fields = {"branch": None, "services": RUNS, "images": (), "config_hashes": (), "current_folder": NOW}
    return survey().model_copy(update=fields | changes)


def plan(target: Target = SIDE, *surveys: Survey) -> Plan:
    return make_plan(plan_id="PLAN-1", incident="INC-1", target=target, surveys=surveys or [read()], good=OBSERVED)


def made(folder: str) -> tuple[str, str, str]:
    words = f"{GIT} -c safe.directory={folder} worktree"
    return ("release", f"{words} add --force --detach {folder} {GOOD}", f"{words} remove --force {folder}")


def switched(name: str, *, before: str = NOW, side: SideBySide | None = None) -> tuple[str, str, str]:
    there = side or SideBySide(folder="/srv/releases", link="/srv/current")
    to, back = (f"sh -c {SWITCH} switch {there.folder}/{folder} {there.link}" for folder in (name, before))
    return ("switch", to, back)


RESTART = ("restart", "run restart", "")
ELSEWHERE = layout(releases_dir="/data/r", current_link="/srv/www/live")

TABLE: list[tuple[str, Target, dict[str, Any], list[tuple[str, str, str]]]] = [
    ("the folder must be made", SIDE, {}, [made(f"/srv/releases/{GOOD}"), switched(GOOD), RESTART]),
    ("a folder holds the release", SIDE, {"release_folder": FOLDER}, [switched(FOLDER), RESTART]),
    (
        "its folder was changed by hand",
        SIDE,
        {"release_folder_taken": True},
        [made(f"/srv/releases/{GOOD}-PLAN-1"), switched(f"{GOOD}-PLAN-1"), RESTART],
    ),
    ("the link leads there already", SIDE, {"head": GOOD, "current_folder": GOOD, "release_folder": GOOD}, [RESTART]),
    (
        "other places",
        ELSEWHERE,
        {},
        [
            made(f"/data/r/{GOOD}"),
            switched(GOOD, side=SideBySide(folder="/data/r", link="/srv/www/live")),
            RESTART,
        ],
    ),
    (
        "changes in the folder that is left are not saved",
        SIDE,
        {"dirty": ("a",), "release_folder": FOLDER},
        [switched(FOLDER), RESTART],
    ),
]


@pytest.mark.requirement("PLAN-exact-steps", "RB-restart")
@pytest.mark.parametrize(("target", "changes", "steps"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_side_by_side_the_steps_are_exactly_these_words(
    target: Target, changes: dict[str, Any], steps: list[tuple[str, str, str]]
) -> None:
    (host,) = plan(target, read(**changes)).hosts
    assert [(s.name, " ".join(s.argv), " ".join(s.undo or ())) for s in host.steps] == steps
    assert [s.changes for s in host.steps] == [False] * (len(steps) - 1) + [True]
    assert all(step.says for step in host.steps)


@pytest.mark.requirement("PLAN-refusals", "PLAN-no-words-from-agents")
@pytest.mark.parametrize("name", ["", "..", ".", "a/b", "/etc", "-f", "a b", "$(reboot)", "a\nb", "x" * 200])
def test_a_folder_that_is_none_never_becomes_a_word_of_a_step(name: str) -> None:
    with pytest.raises(Refused) as no:
        plan(SIDE, read(current_folder=name))
    assert no.value.code == "no_current"
    assert "/srv/current" in no.value.reason
    with pytest.raises(Refused):
        plan(SIDE, read(release_folder=name)) if name else plan(SIDE, read(head=""))


@pytest.mark.requirement("PLAN-warnings", "PLAN-acknowledge")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "what a deployment adds to it"),
        ({"free_bytes": 2**20}, "only 1 MiB are free for it"),
        ({"free_inodes": 900}, "only 900 inodes are free for it"),
        ({"release_folder_taken": True}, "It is left alone, and a new one is made under another name"),
        ({"dirty": ("a.py",), "release_folder": FOLDER}, f"stay behind in {NOW}: a.py"),
    ],
)
def test_what_differs_side_by_side_is_shown_and_needs_no_acknowledgement(changes: dict[str, Any], words: str) -> None:
    shown = plan(SIDE, read(**changes))
    assert any(words in warning for warning in shown.warnings)
    assert shown.acknowledge == ()


def test_a_folder_at_hand_is_nothing_to_warn_of() -> None:
    assert plan(SIDE, read(release_folder=FOLDER)).warnings == ()


@pytest.mark.requirement("PLAN-warnings", "RB-proof")
def test_where_nothing_tells_which_release_runs_the_plan_says_what_no_proof_will_show() -> None:
    silent = PLAIN.model_copy(update={"release_pointer": None})
    (warning,) = plan(silent).warnings
    assert "only the work tree and the health can be proven" in warning
    assert isinstance(silent.runtime, CommandsRuntime)
    telling = silent.runtime.model_copy(update={"release": ("ctl", "release")})
    assert plan(silent.model_copy(update={"runtime": telling})).warnings == ()


@pytest.mark.requirement("PLAN-warnings")
def test_hosts_that_no_address_shows_alone_are_named() -> None:
    first, second = TWO.hosts
    surveys = [survey(host=host.name) for host in TWO.hosts]
    (warning,) = plan(TWO, *surveys).warnings
    assert "web-1, web-2 cannot be seen from outside alone" in warning
    known = [host.model_copy(update={"health_url": "http://192.0.2.1/health"}) for host in (first, second)]
    assert plan(TWO.model_copy(update={"hosts": tuple(known)}), *surveys).warnings == ()


@pytest.mark.requirement("PLAN-only-needed-hosts")
@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"release": GOOD}, False),
        ({"release": GOOD[:10]}, False),
        ({"release": BAD}, True),
        ({"release": ""}, True),
        ({"release": None}, True),
        ({"release": GOOD, "head": BAD}, True),
        ({"release": GOOD, "services": (ServiceState(service="shop", state="exited", exit_code=1),)}, True),
        ({"release": GOOD, "services": (ServiceState(service="shop", state="unknown"),)}, True),
        ({"release": GOOD, "services": ()}, True),
    ],
)
def test_without_containers_a_host_is_done_only_when_its_process_says_so(
    changes: dict[str, Any],
    needed: bool,  # noqa: FBT001
) -> None:
    two = PLAIN.model_copy(update={"hosts": TWO.hosts})
    there = read(head=GOOD).model_copy(update=changes)
    hosts = plan(two, there, read(host="web-2", head=BAD)).hosts
    assert [host.host for host in hosts] == (["web-1", "web-2"] if needed else ["web-2"])
