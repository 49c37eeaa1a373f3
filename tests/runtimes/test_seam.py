"""The seam itself: both lists hold the same kinds, and nothing outside the packages knows a runtime by its class."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import flightrules
from flightrules.adapters.runtimes.known import HOST_RUNTIMES, on_host
from flightrules.errors import Defect
from flightrules.state.runtimes.known import RUNTIMES, runtime_of
from flightrules.state.target import CommandsRuntime, Runtime, Target

SOURCE = Path(flightrules.__file__).parent
PACKAGES = (SOURCE / "state" / "runtimes", SOURCE / "adapters" / "runtimes")
KINDS = {settings.model_fields["kind"].default for settings in get_args(get_args(Runtime)[0])}
BY_CLASS = re.compile(r"isinstance\([^)]*Runtime\b|runtime\.kind *[!=]=")


def test_each_kind_of_the_settings_is_in_both_lists_once() -> None:
    assert sorted(runtime.kind for runtime in RUNTIMES) == sorted(KINDS)
    assert sorted(runtime.kind for runtime in HOST_RUNTIMES) == sorted(KINDS)


def test_nothing_outside_the_packages_asks_for_the_class_of_a_runtime() -> None:
    modules = [path for path in SOURCE.rglob("*.py") if not any(package in path.parents for package in PACKAGES)]
    assert len(modules) > 100
    assert [str(path) for path in modules if BY_CLASS.search(path.read_text("utf-8"))] == []


def test_a_runtime_that_is_not_known_is_refused_and_none_stands_in_for_it() -> None:
    settings = CommandsRuntime(status=("true",), logs=("true",), restart=("true",))
    unheard = settings.model_copy(update={"kind": "unheard"})
    target = Target.model_construct(name="shop", hosts=(), app_dir="/srv", runtime=unheard, health_url="http://shop/")
    with pytest.raises(Defect, match="no runtime is known for kind 'unheard' of target shop"):
        runtime_of(target)
    with pytest.raises(Defect, match="no host can be read for a runtime of kind 'unheard'"):
        on_host(unheard)
