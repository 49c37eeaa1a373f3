"""Reading a running project off its host (host/deployed.sh), while other projects come and go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flightrules.adapters.frames import Frame, parse
from flightrules.adapters.programs import answer, part
from sandbox.process import run

ENGINE = """\
case "$1" in
  ps) printf '%s\\n' one two ;;
  inspect) echo '{"service":"web"}'; echo "Error response from daemon: $COMPLAINT" >&2; exit 1 ;;
esac
"""


def containers(folder: Path, complaint: str) -> Frame:
    app, programs = folder / "app", folder / "bin"
    run("git", "init", "--quiet", "--initial-branch=main", str(app))
    programs.mkdir()
    (programs / "docker").write_text(f"#!/bin/sh\n{ENGINE}")
    (programs / "docker").chmod(0o755)
    env = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "COMPLAINT": complaint}
    out = run("sh", "-c", "".join(map(part, ("frames", "deployed"))), "deployed", app, "10", env=env)
    return parse(answer(out.encode()))["all"]


def test_a_container_that_is_gone_before_it_is_described_is_left_out(tmp_path: Path) -> None:
    found = containers(tmp_path, "No such container: two")
    assert (found.status, found.text.strip()) == (0, '{"service":"web"}')


@pytest.mark.parametrize("complaint", ["No such container: two\nError: it is broken", "it is broken"])
def test_any_other_complaint_of_the_engine_is_told(tmp_path: Path, complaint: str) -> None:
    found = containers(tmp_path, complaint)
    assert found.status == 1
    assert "it is broken" in found.why
