"""The demo with real containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.process import living_in, run
from tests.sandbox.test_demo import demo


@pytest.mark.usefixtures("prodhost")
def test_a_whole_incident_is_played_in_containers_and_leaves_none_behind(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        said, _ = process.communicate(timeout=110)
    assert process.returncode == 0, said
    assert "runtime compose: Docker engine" in said
    assert "FAIL" not in said
    assert list(tmp_path.iterdir()) == []
    assert list(living_in(tmp_path)) == []
    label = '{{.Label "com.docker.compose.project.working_dir"}}'
    assert str(tmp_path) not in run("docker", "ps", "--all", "--format", label)
