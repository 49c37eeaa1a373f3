"""Prompts for agents: small, versioned, and true about the tools that exist."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from flightrules.prompts.catalog import ARGUMENTS, NAMES, UNSAID, PromptSpec, prompts
from flightrules.prompts.skill import skill_files
from flightrules.tools.catalog import TOOLS

pytestmark = pytest.mark.requirement("PRO-prompts")

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("FLIGHTRULES_UPDATE_SNAPSHOTS") == "1"
LIMIT = 3_200
"""Bytes of one prompt, before how the incident stands: an agent reads it under pressure."""

GIVEN = {"incident": "INC-7K2QMX", "target": "shop", "release": "4" * 40}
EVERY = pytest.mark.parametrize("spec", prompts(), ids=lambda spec: spec.name)


def test_there_is_one_for_each_part_of_the_protocol() -> None:
    assert [spec.name for spec in prompts()] == list(NAMES)
    assert NAMES == ("respond", "status_update", "root_cause", "report", "review")


@EVERY
def test_a_prompt_reads_as_committed(spec: PromptSpec) -> None:
    path = SNAPSHOTS / f"{spec.name}.md"
    if UPDATE:
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(spec.text(GIVEN), encoding="utf-8")
    assert spec.text(GIVEN) == path.read_text(encoding="utf-8"), "FLIGHTRULES_UPDATE_SNAPSHOTS=1 accepts it"


@EVERY
def test_a_prompt_that_says_something_else_has_another_version(spec: PromptSpec) -> None:
    """Every version ever committed keeps its digest here; raise `version` in the template."""
    path = SNAPSHOTS / "versions.json"
    known: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    digest = hashlib.sha256(spec.body.encode()).hexdigest()[:16]
    if UPDATE:
        known.setdefault(spec.name, {}).setdefault(str(spec.version), digest)
        path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert known[spec.name][str(spec.version)] == digest
    assert spec.version == max(map(int, known[spec.name]))


@EVERY
def test_a_prompt_is_small_and_leaves_no_place_unfilled(spec: PromptSpec) -> None:
    for given in ({}, GIVEN):
        text = spec.text(given)
        assert len(text.encode()) <= LIMIT
        assert "{{" not in text
        assert "}}" not in text
    assert {*spec.required, *spec.optional} <= ARGUMENTS.keys() == UNSAID.keys()


@EVERY
def test_every_tool_a_prompt_names_is_there_with_the_argument_it_names(spec: PromptSpec) -> None:
    tools = {tool.name for tool in TOOLS}
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", spec.body))
    arguments = {name for tool in TOOLS for name in re.findall(r"\w+", " ".join(tool.handler.__annotations__))}
    results = {"tell_user"}
    assert named - tools - arguments - results == set()
    assert named & tools or spec.name == "review"


def test_what_the_analysis_is_told_to_cite_are_ids_that_can_be_cited() -> None:
    (spec,) = [spec for spec in prompts() if spec.name == "root_cause"]
    assert set(re.findall(r"`(\W?[A-Z]?\d+)`", spec.body)) == {"E3", "O1"}


@EVERY
def test_what_was_written_by_strangers_is_named_as_that_wherever_it_is_read(spec: PromptSpec) -> None:
    if "evidence/" in spec.body or spec.name in ("respond", "status_update"):
        assert re.search(r"untrusted|written by\s+strangers", spec.body)


def test_the_whole_response_names_the_protocols_calls_in_its_order_and_who_approves() -> None:
    body = prompts()[0].body
    order = ["open_incident", "assess", "classify", "decide", "rollback", "verify", "write_report", "report_to_planner"]
    places = [body.index(f"`{name}`") for name in order]
    assert places == sorted(places)
    assert "You never approve anything" in body
    assert body.index("Restoring service comes first") < places[0]


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.requirement("PRO-when")
@pytest.mark.parametrize(
    "occasion",
    [
        "production errs",
        "fails",
        "slows down",
        "loses or corrupts data",
        "users report that something is broken",
        "a breach is suspected",
    ],
)
def test_the_response_names_each_occasion_on_which_an_incident_is_opened(occasion: str) -> None:
    assert occasion in folded(prompts()[0].body).partition("Restoring service")[0]


@pytest.mark.requirement("PRO-review")
@pytest.mark.parametrize(
    "part",
    ["within a week", "with everyone concerned", "Walk through the report", "go through each by its id", "The process"],
)
def test_the_review_names_who_comes_and_what_is_gone_through(part: str) -> None:
    (review,) = (spec for spec in prompts() if spec.name == "review")
    assert part in folded(review.body)


@pytest.mark.requirement("PRO-skill")
def test_the_skill_says_what_it_is_and_when_to_use_it_and_links_every_further_prompt() -> None:
    files = skill_files()
    head = re.match(r"---\nname: ([a-z-]{1,64})\ndescription: (.{40,1024})\n---\n", files["SKILL.md"])
    assert head
    assert head[1] == "flightrules"
    assert "Use when" in head[2]
    assert not re.search(r": |#|^[\W_]", head[2]), "YAML would read it as something else"
    links = re.findall(r"\]\(([^)]+)\)", files["SKILL.md"])
    assert set(links) == files.keys() - {"SKILL.md"}
    for spec in prompts():
        assert any(f"(Prompt `{spec.name}`, version {spec.version}.)" in text for text in files.values())
