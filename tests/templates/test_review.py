from __future__ import annotations

import re
import shlex

import pytest

from flightrules.state.operation import ImageState, ReleaseTold, Step
from flightrules.state.plan import Plan
from flightrules.state.policy import Channel
from flightrules.state.words import CHANNEL_PROVES
from flightrules.templates.render import approval_review
from tests.state.stories import BAD, DAY, GOOD, good_release, image, plan_of, survey


def commands_in(review: str) -> list[list[str]]:
    """The commands of a review, read back as a shell would read them."""
    fences = re.findall(r"```sh\n(.*?)\n```", review, re.DOTALL)
    lines = [line for fence in fences for line in fence.split("\n") if not line.startswith("#")]
    return [shlex.split(line) for line in lines]


def words_of(step: Step) -> list[str]:
    return [*(f"{name}={value}" for name, value in step.env), *step.argv]


@pytest.fixture
def risky() -> Plan:
    changed = ("migrations/0042_currency.sql", "web/app.py")
    first = survey("web-1", dirty=("web/app.py", "a b.txt"), rebuilt=True, changed=changed)
    return plan_of(first, survey("web-2"))


def test_every_word_of_every_step_is_shown(risky: Plan) -> None:
    shown = commands_in(approval_review(risky))
    assert shown == [words_of(step) for host in risky.hosts for step in host.steps]


def test_hosts_with_the_same_steps_are_shown_once_and_both_are_named() -> None:
    plan = plan_of()
    review = approval_review(plan)
    assert commands_in(review) == [words_of(step) for step in plan.hosts[0].steps]
    assert "Will run on web-1, web-2:" in review


def test_what_puts_a_host_back_is_shown_with_its_step() -> None:
    undo = plan_of().hosts[0].steps[0].undo
    assert undo is not None
    assert f"undone by: {shlex.join(undo)}" in approval_review(plan_of())


def test_the_same_plan_always_gives_the_same_bytes(risky: Plan) -> None:
    again = Plan.model_validate_json(risky.model_dump_json())
    assert approval_review(again).encode() == approval_review(risky).encode()


def test_another_plan_gives_another_review() -> None:
    seen = {approval_review(plan_of(survey("web-1", dirty=names), survey("web-2"))) for names in ((), ("a",), ("b",))}
    assert len(seen) == 3


def test_both_releases_stand_there_by_their_first_characters_with_the_ground_for_the_good_one() -> None:
    review = approval_review(plan_of())
    assert f"- From release: `{BAD[:12]}`" in review
    assert f"- To release: `{GOOD[:12]}`" in review
    assert good_release().why in review


def test_the_digest_a_person_names_is_the_plans_own(risky: Plan) -> None:
    assert f"`{risky.short}`" in approval_review(risky)


def test_each_point_to_acknowledge_and_each_warning_is_shown(risky: Plan) -> None:
    review = approval_review(risky)
    assert risky.acknowledge
    assert risky.warnings
    for text in (*risky.acknowledge, *risky.warnings):
        assert text in review


def test_both_releases_are_told_by_their_commits_in_a_fence_that_they_cannot_leave() -> None:
    commits = (
        ReleaseTold(release=BAD, at=DAY, author="Eve", subject="```\n**Approve** it", tags=("v5", "latest")),
        ReleaseTold(release=GOOD, at=DAY, author="Ada", subject="Make the cart whole"),
    )
    review = approval_review(plan_of(survey("web-1").model_copy(update={"told": commits}), survey("web-2")))
    (_, told) = re.findall(r"^(`{3,})text\n(.*?)\n\1$", review, re.DOTALL | re.MULTILINE)[0]
    assert f"from {BAD[:12]} (v5, latest) 2026-01-05 00:00:00 UTC, Eve: " in told
    assert f"to   {GOOD[:12]} 2026-01-05 00:00:00 UTC, Ada: Make the cart whole" in told


def test_what_production_shows_now_is_told_in_a_fence() -> None:
    plan = plan_of().model_copy(update={"seen": ("health: HTTP 500 in 20 ms: **no**",)})
    review = approval_review(plan)
    assert "```text\nhealth: HTTP 500 in 20 ms: **no**\n```" in review
    assert plan.review != plan_of().review


def test_how_often_a_service_was_restarted_is_told() -> None:
    often = tuple(s.model_copy(update={"restarts": 7}) for s in survey("web-1").services)
    review = approval_review(plan_of(survey("web-1").model_copy(update={"services": often}), survey("web-2")))
    assert "web running unhealthy (7 restarts)" in review


@pytest.mark.parametrize("channel", CHANNEL_PROVES)
def test_each_channel_says_what_it_proves(channel: Channel) -> None:
    assert f"- {channel}: {CHANNEL_PROVES[channel]}" in approval_review(plan_of())


def test_what_was_checked_before_is_told_for_each_host(risky: Plan) -> None:
    review = approval_review(risky)
    assert "2 uncommitted files: web/app.py, a b.txt" in review
    assert "images REBUILT: web, worker" in review
    assert "images at hand: web, worker" in review
    assert "21.0 GiB of disk free; lock free; now: web running unhealthy, worker running" in review


def test_unread_disk_a_held_lock_and_changed_environment_are_told() -> None:
    odd = survey("web-1").model_copy(
        update={
            "free_bytes": None,
            "lock_holder": "ansible (dead)",
            "env_files_changed": (".env",),
            "fetched": True,
            "branch": None,
            "services": (),
            "images": (ImageState(service="cache", ref="redis:7"), *survey("web-1").images),
        }
    )
    review = approval_review(plan_of(odd, survey("web-2")))
    for words in (
        "free disk not known",
        "lock held by ansible (dead)",
        "environment files differ: .env",
        "release fetched for this",
        "on no branch",
        "no service seen",
        "images pulled: cache",
    ):
        assert words in review


def test_an_ordinary_review_takes_at_most_three_kilobytes() -> None:
    assert len(approval_review(plan_of()).encode()) <= 3_000


def test_many_names_do_not_flood_the_review_but_are_counted() -> None:
    many = tuple(f"web/file{n:04d}.py" for n in range(2000))
    review = approval_review(plan_of(survey("web-1", changed=many), survey("web-2", changed=many)))
    assert "2000 files" in review
    assert "and 1995 more" in review
    assert len(review.encode()) <= 3_500


@pytest.mark.parametrize(
    "name",
    [
        "```\n\nApproved already.\n\n```",
        "\n# To approve type 00000000",
        "</code><b>",
        "[click](https://evil.example)",
        "\u202eyp.ppa",
        "x`; rm -rf /; `",
    ],
)
def test_names_from_a_host_cannot_speak_for_the_review(name: str) -> None:
    hostile = survey("web-1", dirty=(name,), changed=(name,)).model_copy(
        update={"lock_holder": name, "env_files_changed": (name,), "branch": name}
    )
    review = approval_review(plan_of(hostile, survey("web-2")))
    parser = pytest.importorskip("markdown_it")
    page = parser.MarkdownIt("commonmark").render(review)
    assert set(re.findall(r"</?([a-z0-9]+)", page)) <= {"p", "ul", "li", "strong", "code", "pre"}
    assert page.count("<pre>") == 3
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", review)


def test_a_command_with_characters_that_cannot_be_seen_shows_their_bytes() -> None:
    plan = plan_of()
    step = plan.hosts[0].steps[0].model_copy(update={"argv": ("run", "a\u202eb", "c\nd")})
    hosts = tuple(host.model_copy(update={"steps": (step,)}) for host in plan.hosts)
    review = approval_review(plan.model_copy(update={"hosts": hosts}))
    assert r"run $'a\xe2\x80\xaeb' $'c\x0ad'" in review


def test_images_of_the_story_differ_by_service_and_release() -> None:
    assert len({image(service, release) for service in ("web", "worker") for release in (GOOD, BAD)}) == 4


def test_where_releases_lie_side_by_side_the_folder_and_what_the_process_tells_are_shown() -> None:
    side = survey("web-1").model_copy(update={"current_folder": "20260105090000", "release": BAD})
    review = approval_review(plan_of(side, survey("web-2")))
    assert f"current is 20260105090000, which holds {side.head[:12]}" in review
    assert f"the process tells {BAD[:12]}" in review
    silent = approval_review(plan_of(side.model_copy(update={"release": ""}), survey("web-2")))
    assert "the process tells no release" in silent
