"""Verdicts: what a person could read before approving decides between told and silent."""

from __future__ import annotations

import pytest

from tests.equivalence.comparing import Difference
from tests.equivalence.judging import Course, judged, telling

PORT = Difference("container", "web", "ports.8080/tcp", "(nothing)", "[127.0.0.1:80]")
APPROVAL = """**Approve this rollback?**

- Target: svc on h1

```sh
# 2. up: bring web up; ports are not touched
docker compose up -d web
```

Checked before:
- h1: now: web running, not worker; web has no port; worker running
"""


def course(state: str = "succeeded", warning: str = "", **more: str) -> Course:
    return Course(approval=APPROVAL.replace("on h1\n", f"on h1\n{warning}\n"), state=state, says="what it says", **more)


def test_nothing_different_and_a_success_is_equal() -> None:
    assert judged([], course()).word == "equal"


def test_a_difference_that_nobody_was_told_of_is_silent_whatever_the_product_says() -> None:
    assert judged([PORT], course()).word == "DIFFERENT"
    assert judged([PORT], course("failed")).word == "FAILED"


def test_a_difference_that_a_line_of_the_approval_tells_of_is_told() -> None:
    verdict = judged([PORT], course(warning="- web will run without its port 127.0.0.1:80"))
    assert verdict.word == "told"
    assert list(verdict.told.values()) == ["- web will run without its port 127.0.0.1:80"]


@pytest.mark.parametrize(
    "line",
    [
        "- worker will run without its port",
        "- web is recreated",
        "```sh\n# web runs not with this port\n```",
        "- the port of web-2 differs",
    ],
)
def test_a_line_about_something_else_or_a_step_tells_nothing(line: str) -> None:
    assert not telling(PORT, line)


def test_what_must_be_acknowledged_tells_as_it_stands() -> None:
    pool = Difference("replicas", "pool", "", "1", "2")
    words = "\nBy approving you acknowledge:\n- settings: pool runs 2 times, and the settings make 1\n"
    assert telling(pool, APPROVAL + words) == "- settings: pool runs 2 times, and the settings make 1"


def test_other_words_tell_of_the_configuration_and_not_of_bytes() -> None:
    words = "- settings: on h1, web was not made by these settings: it runs image web:1, the settings name web:2"
    assert telling(Difference("container", "web", "config.Env.MODE", "a", "b"), words)
    assert not telling(Difference("image", "web", "files.app/text", "a", "b"), words)
    assert not telling(Difference("container", "web", "written.seen/app/text", "a", "b"), words)


def test_the_answer_follows_from_what_was_told() -> None:
    answer = Difference("answer", "", "/health", "0", "200")
    warning = "- web will run without its port"
    assert judged([PORT, answer], course(warning=warning)).word == "told"
    assert judged([answer], course(warning=warning)).word == "DIFFERENT"


def test_a_healthy_rollback_that_is_called_failed_is_a_false_alarm() -> None:
    assert judged([], course("failed")).word == "FALSE ALARM"
    assert judged([], course("indeterminate")).word == "UNPROVEN"


def test_a_refusal_before_the_approval_is_fine_where_nothing_changed() -> None:
    refused = Course(refusal="config: the words differ")
    assert judged([], refused).word == "refused"
    assert judged([PORT], refused).word == "DIFFERENT"
    assert judged([], Course(approval=APPROVAL, refusal="stale")).word == "FAILED"


def test_another_folder_of_a_release_is_told_by_the_line_that_names_it() -> None:
    tree = Difference("container", "web", "tree", "releases/a-PLAN-1", "releases/a")
    says = "the folder of that release was changed. It is left alone, and a new one is made under another name."
    assert judged([tree], course()).word == "DIFFERENT"
    assert judged([tree], course(warning=f"- Warning: h1: {says}")).word == "told"
