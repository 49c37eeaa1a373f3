from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.errors import Refused
from flightrules.state.evidence import ServiceState
from flightrules.state.host_files import HostFile
from flightrules.state.migrations import MigrationPlaces
from flightrules.state.operation import Difference, ImageState, ReleaseTold, Step, Survey, Touch
from flightrules.state.plan import WATCHED, HostPlan, Plan, make_plan, same_world
from flightrules.state.rehearsal import NOTHING, Kept, Rehearsal
from flightrules.state.releases import GoodRelease
from flightrules.state.restarting import RestartRight
from flightrules.state.target import ComposeRuntime, Target
from tests.state.core import BAD, GOOD, NOON, OLD, PLAIN, SHOP, TWO, image, states, survey

COMPOSE = "docker compose -p shop --project-directory /srv/shop"
RESTORE = "flightrules-tree restore PLAN-1"
OBSERVED = GoodRelease(release=GOOD, ground="observed_healthy", why="seen healthy", at=NOON)
SERVED = OBSERVED.model_copy(update={"ground": "served", "why": "served for 2 d 0 h"})


def plan(*surveys: Survey, target: Target = SHOP, good: GoodRelease = OBSERVED) -> Plan:
    read = surveys or tuple(survey(host=host.name) for host in target.hosts)
    return make_plan(plan_id="PLAN-1", incident="INC-1", target=target, surveys=read, good=good)


def words(steps: tuple[Step, ...]) -> list[tuple[str, str, str, str]]:
    """Name, command, environment and undo of each step."""
    return [(s.name, " ".join(s.argv), " ".join(f"{k}={v}" for k, v in s.env), " ".join(s.undo or ())) for s in steps]


def images(**changes: object) -> tuple[ImageState, ...]:
    return (ImageState.model_validate({"service": "web", "ref": "shop-web", "buildable": True} | changes),)


SAVE = ("save", f"flightrules-tree save PLAN-1 {BAD} {GOOD} {NOTHING}", "", RESTORE)
CHECKOUT = ("checkout", f"flightrules-tree checkout PLAN-1 {GOOD}", "", RESTORE)
IN_THE_WAY = Rehearsal(digest="d" * 64, kept=(Kept(how="edited", path="web/app.py"),))
UP = ("up", f"{COMPOSE} up -d --no-build", f"GIT_SHA={GOOD}", "")
TAG_BACK = "docker tag sha256:now shop-web"

TABLE: list[tuple[str, Target, dict[str, Any], list[tuple[str, str, str, str]]]] = [
    ("images of the release are at hand", SHOP, {}, [SAVE, CHECKOUT, UP]),
    (
        "nothing to build from and nothing at hand",
        SHOP,
        {"images": images(buildable=False)},
        [SAVE, CHECKOUT, UP],
    ),
    (
        "the image must be built",
        SHOP,
        {"images": images(ref=f"shop-web:{GOOD}")},
        [SAVE, CHECKOUT, ("build", f"{COMPOSE} build web", f"GIT_SHA={GOOD}", ""), UP],
    ),
    (
        "a build takes a fixed name from the image that runs",
        SHOP,
        {"images": images(present="sha256:now")},
        [
            SAVE,
            CHECKOUT,
            ("save", TAG_BACK, "", TAG_BACK),
            ("build", f"{COMPOSE} build web", f"GIT_SHA={GOOD}", ""),
            UP,
        ],
    ),
    (
        "the image was remembered",
        SHOP,
        {"images": images(remembered="sha256:then", present="sha256:now")},
        [SAVE, CHECKOUT, ("retag", "docker tag sha256:then shop-web", "", TAG_BACK), UP],
    ),
    *(
        (
            "an image that is named by its content is never named anew",
            SHOP,
            {"images": images(ref=ref, buildable=False, remembered="sha256:then")},
            [SAVE, CHECKOUT, UP],
        )
        for ref in ("sha256:then", "registry.example/shop@sha256:then")
    ),
    (
        "the remembered image has its name already",
        SHOP,
        {"images": images(remembered="sha256:then", present="sha256:then")},
        [SAVE, CHECKOUT, UP],
    ),
    (
        "work tree with changes",
        SHOP,
        {"dirty": ("web/app.py",), "rehearsal": IN_THE_WAY},
        [("save", SAVE[1].replace(NOTHING, "d" * 64), "", RESTORE), CHECKOUT, UP],
    ),
    ("detached head", SHOP, {"branch": None}, [SAVE, CHECKOUT, UP]),
    (
        "no release variable, two files",
        SHOP.model_copy(
            update={"runtime": ComposeRuntime(project="shop", files=("a.yml", "b.yml"), release_variable=None)}
        ),
        {},
        [SAVE, CHECKOUT, ("up", f"{COMPOSE} -f /srv/shop/a.yml -f /srv/shop/b.yml up -d --no-build", "", "")],
    ),
    (
        "all words that a deployment may have",
        SHOP.model_copy(
            update={
                "runtime": ComposeRuntime(
                    project="shop",
                    folder="deploy",
                    files=("../base.yml", "/etc/shop.yml"),
                    env_files=(".env.prod",),
                    profiles=("jobs",),
                    scale={"worker": 3},
                    variables={"TAG": "v-{short}"},
                )
            }
        ),
        {},
        [
            SAVE,
            CHECKOUT,
            (
                "up",
                (
                    "docker compose -p shop --project-directory /srv/shop/deploy -f /srv/base.yml -f /etc/shop.yml "
                    "--env-file /srv/shop/.env.prod --profile jobs up -d --no-build --scale worker=3"
                ),
                f"TAG=v-{GOOD[:7]} GIT_SHA={GOOD}",
                "",
            ),
        ],
    ),
    (
        "a paused worker, and a service that compose does not reach",
        SHOP,
        {
            "services": states(GOOD, state="paused"),
            "touches": (
                Touch(service="web", fate="recreated", why="changed: mount /srv/shop/conf"),
                Touch(service="worker", fate="left", why="nothing differs"),
            ),
        },
        [
            SAVE,
            CHECKOUT,
            ("unpause", f"{COMPOSE} unpause web worker", f"GIT_SHA={GOOD}", f"{COMPOSE} pause web worker"),
            ("recreate", f"{COMPOSE} up -d --no-build --force-recreate web", f"GIT_SHA={GOOD}", ""),
            UP,
        ],
    ),
    (
        "numbers of services, of which one is made anew",
        SHOP.model_copy(update={"runtime": ComposeRuntime(project="shop", scale={"web": 2, "worker": 3})}),
        {"touches": (Touch(service="web", fate="recreated", why="changed: mount /srv/shop/conf"),)},
        [
            SAVE,
            CHECKOUT,
            ("recreate", f"{COMPOSE} up -d --no-build --force-recreate --scale web=2 web", f"GIT_SHA={GOOD}", ""),
            ("up", f"{COMPOSE} up -d --no-build --scale web=2 --scale worker=3", f"GIT_SHA={GOOD}", ""),
        ],
    ),
    ("own commands", PLAIN, {}, [SAVE, CHECKOUT, ("restart", "run restart", "", "")]),
]


@pytest.mark.requirement("PLAN-exact-steps", "RB-checkout", "RB-restart")
@pytest.mark.parametrize(("target", "changes", "steps"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_steps_are_exactly_these_words(
    target: Target, changes: dict[str, Any], steps: list[tuple[str, str, str, str]]
) -> None:
    (host,) = plan(survey(**changes), target=target).hosts
    assert words(host.steps) == steps


@pytest.mark.requirement("PLAN-undo-before-change")
@pytest.mark.parametrize(("target", "changes"), [row[1:3] for row in TABLE], ids=[row[0] for row in TABLE])
def test_only_the_last_steps_change_what_serves_users(target: Target, changes: dict[str, Any]) -> None:
    (host,) = plan(survey(**changes), target=target).hosts
    changes_what_serves = [step.changes for step in host.steps]
    assert changes_what_serves == sorted(changes_what_serves)
    assert changes_what_serves[-1]
    assert all(step.undo for step in host.steps if not step.changes and step.name != "build")
    assert all(step.says for step in host.steps)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("engine_down", {"engine_ok": False, "engine_why": "no socket"}, "no socket"),
    ("release_missing", {"release_present": False}, "could not be fetched"),
    ("locked", {"lock_holder": "PLAN-0-1 of INC-0", "lock_alive": True}, "PLAN-0-1 of INC-0"),
    ("bad_config", {"config_ok": False, "config_why": "no such file"}, "no such file"),
    ("shadowed", {"shadowed": ("GIT_SHA",)}, "GIT_SHA"),
    ("no_head", {"head": ""}, "web-1"),
    ("no_head", {"head": BAD[:12]}, "web-1"),
    ("foreign_owner", {"rehearsal": Rehearsal(stranger="deploy")}, "belongs to deploy"),
    ("checkout_blocked", {"rehearsal": Rehearsal(blocked=("index.lock exists",))}, "index.lock exists"),
    ("no_room", {"rehearsal": Rehearsal(needed_kib=1024, free_kib=2000)}, "needs 2.0 MiB"),
]


@pytest.mark.requirement("PLAN-refusals")
@pytest.mark.parametrize(("code", "changes", "says"), REFUSED)
def test_a_plan_that_could_not_work_is_refused_with_the_reason(code: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused) as no:
        plan(survey(**changes))
    assert no.value.code == code
    assert says in no.value.reason
    assert no.value.remedy


def test_a_lock_that_nobody_holds_any_more_does_not_stop_a_plan() -> None:
    assert plan(survey(lock_holder="PLAN-0-1", lock_alive=False)).hosts


@pytest.mark.requirement("PLAN-every-host")
@pytest.mark.parametrize("hosts", [(), ("web-1",), ("web-1", "web-1"), ("web-1", "web-2", "web-3")])
def test_a_plan_is_made_of_each_host_once_or_not_at_all(hosts: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as no:
        make_plan(
            plan_id="PLAN-1",
            incident="INC-1",
            target=TWO,
            surveys=[survey(host=host) for host in hosts],
            good=OBSERVED,
        )
    assert no.value.code == "hosts_missing"


def there(host: str, **changes: object) -> Survey:
    return survey(host=host, head=GOOD, services=states(GOOD)).model_copy(update=changes)


@pytest.mark.requirement("PLAN-only-needed-hosts")
def test_a_host_that_runs_the_release_already_is_left_alone() -> None:
    made = plan(there("web-1"), survey(host="web-2"), target=TWO)
    assert [host.host for host in made.hosts] == ["web-2"]
    assert made.from_release == BAD


@pytest.mark.requirement("PLAN-only-needed-hosts")
@pytest.mark.parametrize(
    "changes",
    [
        {"head": BAD},
        {"services": states(BAD)},
        {"services": states(GOOD)[:1]},
        {"services": ()},
        {"services": states(GOOD, state="exited", exit_code=1)},
        {"images": ()},
    ],
)
def test_a_host_is_not_taken_for_done_unless_every_service_was_seen_to_run_its_image(changes: dict[str, Any]) -> None:
    made = plan(there("web-1", **changes), survey(host="web-2"), target=TWO)
    assert [host.host for host in made.hosts] == ["web-1", "web-2"]


@pytest.mark.requirement("PLAN-only-needed-hosts")
@pytest.mark.parametrize(("exit_code", "done"), [(0, True), (1, False), (None, False)])
def test_a_one_shot_service_that_ended_cleanly_needs_nothing(exit_code: int | None, done: bool) -> None:  # noqa: FBT001
    web, worker = states(GOOD)
    once = worker.model_copy(update={"state": "exited", "exit_code": exit_code})
    made = plan(there("web-1", services=(web, once)), survey(host="web-2"), target=TWO)
    assert ("web-1" not in [host.host for host in made.hosts]) is done


def test_where_every_host_is_there_already_the_plan_says_so_and_still_covers_all_of_them() -> None:
    made = plan(there("web-1"), there("web-2"), target=TWO)
    assert [host.host for host in made.hosts] == ["web-1", "web-2"]
    assert any("runs that release already" in warning for warning in made.warnings)


@pytest.mark.requirement("PLAN-migrations", "PLAN-acknowledge")
@pytest.mark.parametrize(
    ("paths", "asked"),
    [
        (("migrations/0007.sql",), True),
        (("migrations",), True),
        (("web/migrations.py", "migrations_old/1.sql"), False),
        (("web/app.py",), False),
        ((), False),
    ],
)
def test_migrations_between_the_releases_must_be_acknowledged(paths: tuple[str, ...], asked: bool) -> None:  # noqa: FBT001
    made = plan(survey(changed_paths=paths))
    assert bool(made.acknowledge) is asked
    assert not asked or paths[0] in made.acknowledge[0]


@pytest.mark.requirement("PLAN-acknowledge")
def test_uncommitted_changes_must_be_acknowledged_by_name() -> None:
    (asked,) = plan(survey(dirty=("web/app.py",))).acknowledge
    assert "web-1" in asked
    assert "web/app.py" in asked


@pytest.mark.requirement("PLAN-warnings")
@pytest.mark.parametrize(
    ("changes", "good", "words_of"),
    [
        ({}, SERVED, "never observed healthy; it is chosen because it served for 2 d"),
        (
            {},
            OBSERVED.model_copy(update={"ground": "named_by_person", "why": "named by Ada; not known to be good"}),
            "because it was named by Ada",
        ),
        ({"services": (*states(BAD), ServiceState(service="cache", state="running"))}, OBSERVED, "cache is not part"),
        ({"images": images()}, OBSERVED, "must be rebuilt"),
        ({"images": images(), "free_bytes": 1000}, OBSERVED, "are free"),
        ({"env_files_changed": (".env",)}, OBSERVED, ".env"),
        ({"env_files_written": (".env",)}, OBSERVED, "written since services that read them started"),
        ({"restart": RestartRight(right="unknown", why="not NOPASSWD")}, OBSERVED, "may be refused: not NOPASSWD"),
        (
            {"rehearsal": Rehearsal(kept=(Kept(how="untracked", path="data/shop.db"),))},
            OBSERVED,
            "this host alone has data/shop.db",
        ),
        ({"rehearsal": Rehearsal(filters=("lfs: git-lfs smudge",))}, OBSERVED, "git-lfs smudge"),
        ({"rehearsal": Rehearsal(unfiltered=("lfs",))}, OBSERVED, "not configured"),
        ({"rehearsal": Rehearsal(absent=("vendor/lib",))}, OBSERVED, "vendor/lib"),
        ({"rehearsal": Rehearsal(unreached=("the time was over",))}, OBSERVED, "the time was over"),
        ({"branch": "hotfix"}, OBSERVED, "branch hotfix, not main"),
    ],
)
def test_what_may_go_otherwise_is_shown_before_the_approval(
    changes: dict[str, Any], good: GoodRelease, words_of: str
) -> None:
    assert any(words_of in warning for warning in plan(survey(**changes), good=good).warnings)


def test_an_ordinary_plan_has_nothing_to_warn_of_or_to_acknowledge() -> None:
    assert (plan().warnings, plan().acknowledge) == ((), ())


# -- digests -------------------------------------------------------------------------------------------------------

CHANGED_STEPS: list[dict[str, Any]] = [
    {"name": "restart"},
    {"argv": ("rm", "-rf", "/")},
    {"env": (("GIT_SHA", OLD),)},
    {"undo": ("true",)},
    {"changes": True},
]


def with_step(made: Plan, changes: dict[str, Any], host: int = 0) -> Plan:
    first, *rest = made.hosts[host].steps
    steps = (first.model_copy(update=changes), *rest)
    hosts = list(made.hosts)
    hosts[host] = HostPlan(host=hosts[host].host, steps=steps, survey=hosts[host].survey)
    return made.model_copy(update={"hosts": tuple(hosts)})


@pytest.mark.requirement("PLAN-digests")
@pytest.mark.parametrize("changes", CHANGED_STEPS, ids=lambda changes: next(iter(changes)))
@pytest.mark.parametrize("host", [0, 1])
def test_any_change_to_what_runs_changes_the_intent(changes: dict[str, Any], host: int) -> None:
    made = plan(target=TWO)
    assert with_step(made, changes, host).intent != made.intent
    assert with_step(made, changes, host).review != made.review


@pytest.mark.requirement("PLAN-digests")
@pytest.mark.parametrize(
    "changes", [{"target": "other"}, {"from_release": OLD}, {"to_release": OLD}, {"hosts": ()}], ids=str
)
def test_another_target_release_or_host_is_another_intent(changes: dict[str, Any]) -> None:
    made = plan(target=TWO)
    assert made.model_copy(update=changes).intent != made.intent
    swapped = made.model_copy(update={"hosts": made.hosts[::-1]})
    assert swapped.intent != made.intent


@pytest.mark.requirement("PLAN-digests")
@pytest.mark.parametrize(
    "changes",
    [{"warnings": ("new",)}, {"acknowledge": ("new",)}, {"good": SERVED}, {"id": "PLAN-2"}, {"incident": "INC-2"}],
    ids=lambda changes: next(iter(changes)),
)
def test_any_change_to_what_is_shown_changes_the_review_but_not_the_intent(changes: dict[str, Any]) -> None:
    made = plan()
    assert made.model_copy(update=changes).review != made.review
    assert made.model_copy(update=changes).intent == made.intent


@pytest.mark.requirement("PLAN-digests")
def test_words_about_a_step_are_shown_but_are_not_what_runs() -> None:
    made = plan()
    assert with_step(made, {"says": "something else"}).intent == made.intent
    assert with_step(made, {"says": "something else"}).review != made.review


@pytest.mark.requirement("PLAN-digests")
def test_digests_survive_the_log() -> None:
    made = plan(survey(dirty=("a",), clock_skew_s=0.1))
    again = Plan.model_validate_json(made.model_dump_json())
    assert (again.intent, again.review, again.short) == (made.intent, made.review, made.review[:8])


@pytest.mark.requirement("PLAN-no-words-from-agents")
@given(text=st.text(min_size=3, max_size=30).filter(lambda t: t.strip() and t not in str(plan())))
def test_nothing_production_or_an_agent_says_becomes_a_word_of_a_step(text: str) -> None:
    """Free text of a survey or of a ground stands in what is shown, never in what runs."""
    loud = survey(dirty=(text,), dirty_patch=text, changed_paths=(text,), lock_holder=text, env_files_changed=(text,))
    calm = survey(dirty=("a",), changed_paths=("a",))
    good = OBSERVED.model_copy(update={"why": text})
    argvs = [(step.argv, step.env, step.undo) for step in plan(loud, good=good).hosts[0].steps]
    assert argvs == [(step.argv, step.env, step.undo) for step in plan(calm).hosts[0].steps]


def test_operations_name_their_host_plan_and_approver() -> None:
    first, second = plan(target=TWO).operations(who="Ada")
    assert (first.id, first.host, second.id, second.host) == ("PLAN-1-1", "web-1", "PLAN-1-2", "web-2")
    assert (first.who, first.from_release, first.to_release) == ("Ada", BAD, GOOD)


# -- the world moves ----------------------------------------------------------------------------------------------

MOVED: dict[str, Any] = {
    "head": OLD,
    "branch": "hotfix",
    "dirty": ("new",),
    "dirty_patch": "other lines",
    "release_present": False,
    "changed_paths": ("migrations/1.sql",),
    "config_ok": False,
    "config_hashes": (("web", "other"),),
    "touches": (Touch(service="web", fate="recreated", why="changed"),),
    "differs": (Difference(service="web", saw="has no container"),),
    "images": images(present="sha256:other"),
    "engine_ok": False,
    "lock_holder": "somebody",
    "lock_alive": True,
    "shadowed": ("GIT_SHA",),
    "env_files_changed": (".env",),
    "env_files_written": (".env",),
    "restart": RestartRight(right="unknown", why="not NOPASSWD"),
    "submodules": True,
    "rehearsal": IN_THE_WAY,
    "nothing_arrives": True,
    "current_folder": "20260105090000",
    "release_folder": GOOD,
    "release_folder_taken": True,
}
STILL: dict[str, Any] = {
    "read_at": datetime(2026, 1, 5, 12, 1, tzinfo=UTC),
    "fetched": True,
    "told": (ReleaseTold(release=GOOD, at=NOON, author="Ada", subject="Better words"),),
    "free_bytes": 1,
    "free_inodes": 1,
    "clock_skew_s": 3.5,
    "config_why": "a warning",
    "engine_why": "slow",
    "health_after_s": (("web", 40.0),),
    "differs_why": "it did not answer in time",
    "migrations": MigrationPlaces(there=("db/migrate",)),
    "kept_volumes": ("data",),
    "host_files": (HostFile(path="/etc/shop.conf", written="since"),),
}


@pytest.mark.requirement("APP-world-moved")
@pytest.mark.parametrize("name", MOVED)
def test_what_moves_the_world_is_named(name: str) -> None:
    assert same_world(survey(), survey(**{name: MOVED[name]})) == (f"{name} on web-1",)


@pytest.mark.requirement("APP-world-moved")
@pytest.mark.parametrize("name", STILL)
def test_what_moves_by_itself_is_not_a_moved_world(name: str) -> None:
    assert same_world(survey(), survey(**{name: STILL[name]})) == ()


@pytest.mark.requirement("APP-world-moved")
@pytest.mark.parametrize(
    ("services", "moved"),
    [
        (states(BAD, restarts=9, container="new", started_at=NOON, health="unhealthy"), ()),
        (states(GOOD), ("running images on web-1",)),
        (states(BAD)[:1], ("running images on web-1",)),
    ],
)
def test_a_service_that_restarts_is_the_same_world_and_one_with_another_image_is_not(
    services: tuple[ServiceState, ...], moved: tuple[str, ...]
) -> None:
    assert same_world(survey(), survey(services=services)) == moved


@pytest.mark.requirement("APP-world-moved")
@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [(BAD, OLD, True), (BAD, BAD, False), (BAD, "", False), ("", BAD, False), (None, None, False)],
)
def test_another_release_that_runs_moves_the_world_and_a_service_that_is_down_does_not(
    before: str | None,
    now: str | None,
    moved: bool,  # noqa: FBT001
) -> None:
    words_of = ("running release on web-1",) if moved else ()
    told = [survey().model_copy(update={"release": release}) for release in (before, now)]
    assert same_world(*told) == words_of


def test_every_field_of_a_survey_is_known_to_matter_or_not() -> None:
    assert set(Survey.model_fields) == {*WATCHED, *STILL, "services", "release", "host"}
    assert set(MOVED) == set(WATCHED)


def test_the_image_helper_names_service_and_release() -> None:
    assert image("web", GOOD) != image("web", BAD)


@pytest.mark.requirement("PLAN-digests")
def test_a_plan_that_is_a_changed_copy_has_digests_of_its_own() -> None:
    first = plan()
    digests = (first.intent, first.review)
    other = first.model_copy(update={"to_release": OLD})
    assert other.intent != digests[0]
    assert other.review != digests[1]
    assert (first.intent, first.review) == digests
