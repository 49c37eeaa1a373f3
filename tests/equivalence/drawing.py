"""Draws projects with Hypothesis: so many from a seed, each pair of features at least once as far as they go.

Knows: the names of features and what cannot stand together. Must not know: what a feature writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, cast

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import CONSTANTS_CACHE, HypothesisProvider
from hypothesis.internal.constants_ast import Constants

from tests.equivalence.features import ALL, CARRIERS, PARTS, TREE
from tests.equivalence.host_changes import CHANGES, NEEDS
from tests.equivalence.project import Project

Pair = frozenset[str]
APART: set[Pair] = {
    frozenset(pair)
    for pair in (
        ("health_slow", "health_exec"),
        ("health_slow", "health_shell"),
        ("health_slow", "health_image"),
        ("health_slow", "health_off"),
        ("shallow", "git_worktree"),
        ("on_a_branch", "git_worktree"),
        ("health_exec", "health_shell"),
        ("health_exec", "health_off"),
        ("health_exec", "health_image"),
        ("health_shell", "health_off"),
        ("health_shell", "health_image"),
        ("health_image", "health_off"),
        ("second_file", "host_file"),
        ("second_file", "site_file"),
        ("host_file", "site_file"),
        ("container_name", "scale"),
    )
}
"""Features that say opposite things."""
MOST = 12
"""No project has more features: it must stay small."""


def pairs() -> set[Pair]:
    """Each pair of features that a project can have."""
    return {frozenset(pair) for pair in combinations(ALL, 2)} - APART


@dataclass
class Drawn:
    """The projects of one run."""

    projects: list[Project] = field(default_factory=list)
    missing: set[Pair] = field(default_factory=pairs)
    """The pairs of features that no project has."""


def drawn(count: int, number: int) -> Drawn:
    """So many projects from a seed; the first is the walk without features, and more of them begin alike."""
    run = Drawn()
    for index in range(count):
        project = _one(index, number, sorted(run.missing, key=sorted)) if index else Project()
        run.projects.append(project)
        run.missing -= {frozenset(pair) for pair in combinations(sorted(project.features), 2)}
    return run


def _one(index: int, number: int, missing: list[Pair]) -> Project:
    """One project; Hypothesis begins with the simplest, so it is not the first that it makes."""
    found: list[Project] = []

    @seed(number * 100_003 + index)
    @settings(
        max_examples=4,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        found.append(_project(data, index, missing))

    with _same_everywhere():
        draw()
    return found[-1]


@contextmanager
def _same_everywhere() -> Iterator[None]:
    """Hypothesis tries numbers out of the code under test; a seed must give the same projects for any code."""
    was = HypothesisProvider._local_constants
    try:
        HypothesisProvider._local_constants = Constants()  # type: ignore[method-assign,assignment]
        CONSTANTS_CACHE.cache.clear()
        yield
    finally:
        HypothesisProvider._local_constants = was  # type: ignore[method-assign]
        CONSTANTS_CACHE.cache.clear()


def _project(data: st.DataObject, number: int, missing: list[Pair]) -> Project:
    kind = data.draw(st.sampled_from(["compose"] * 8 + ["checkout", "releases"]))
    if kind == "compose":
        return _compose(data, number, missing)
    features = frozenset(name for name in _some(data, TREE, most=6) if name != "on_a_branch" or kind == "checkout")
    features = features - {"git_worktree"} if features & {"shallow", "on_a_branch"} else features
    return Project(
        number=number,
        kind=cast("Any", kind),
        features=features,
        changed=_some(data, features),
        breaks=data.draw(st.sampled_from(sorted({"image", *(features & CARRIERS)}))),
        host=_host(data, kind, features),
        gated=data.draw(st.booleans()),
    )


def _compose(data: st.DataObject, number: int, missing: list[Pair]) -> Project:
    features = _features(data, missing)
    free = [name for name in PARTS if _fits(name, features) and name not in features]
    added = _some(data, free, most=2)
    dropped = frozenset(name for name in _some(data, free, most=2) if name not in added)
    dropped = frozenset(name for name in dropped if _fits(name, features | dropped - {name}))
    added = frozenset(name for name in added if _fits(name, features | added - {name}))
    return Project(
        number=number,
        features=features,
        added=added,
        dropped=dropped,
        changed=_some(data, features & PARTS.keys()),
        breaks=data.draw(st.sampled_from(sorted({"image", *(features & CARRIERS)}))),
        host=_host(data, "compose", features),
        naming=data.draw(st.sampled_from(["commit", "commit", "default", "fixed", "tag"])),
        file=data.draw(st.sampled_from(["compose.yml", "compose.yaml", "docker-compose.yml"])),
        recreates=data.draw(st.booleans()),
        told=data.draw(st.sampled_from([True, True, True, False])),
        gated=data.draw(st.sampled_from([False, False, True])),
    )


def _features(data: st.DataObject, missing: list[Pair]) -> frozenset[str]:
    """A few at will, and then those that bring the most pairs that no project had yet."""
    wanted = data.draw(st.integers(min_value=2, max_value=MOST))
    features: set[str] = set(data.draw(st.sampled_from(missing))) if missing else set()
    for name in data.draw(st.lists(st.sampled_from(sorted(ALL)), max_size=wanted // 3, unique=True)):
        if _fits(name, features):
            features.add(name)
    lacking = set(missing)
    while len(features) < wanted:
        free = [name for name in ALL if name not in features and _fits(name, features)]
        features.add(max(free, key=lambda name: (sum(frozenset({name, one}) in lacking for one in features), name)))
    return frozenset(features)


def _fits(name: str, features: set[str] | frozenset[str]) -> bool:
    return all(frozenset({name, one}) not in APART for one in features)


def _some(data: st.DataObject, names: Any, most: int = 4) -> frozenset[str]:  # noqa: ANN401 - any collection of names
    ordered = sorted(names)
    if not ordered:
        return frozenset()
    return frozenset(data.draw(st.lists(st.sampled_from(ordered), max_size=most, unique=True)))


def _host(data: st.DataObject, kind: str, features: frozenset[str]) -> frozenset[str]:
    possible = [name for name in CHANGES if NEEDS[name](kind, features)]
    return _some(data, possible, most=2)


def chosen(drawn: Drawn, only: set[int]) -> Iterator[Project]:
    """The projects of a run, or some of them."""
    for project in drawn.projects:
        if not only or project.number in only:
            yield project


def varied(project: Project, values: Sequence[str]) -> Project:
    """The same project with some of its values replaced, each written KEY=VALUE: to make a difference small."""
    new: dict[str, Any] = {}
    for key, _, text in (value.partition("=") for value in values):
        was = getattr(project, key)
        words = frozenset(word for word in text.split(",") if word)
        new[key] = words if isinstance(was, frozenset) else text == "yes" if isinstance(was, bool) else text
    return replace(project, **new)
