from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.stage import Stage, stage


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A person's folder, with the person in it."""
    monkeypatch.chdir(tmp_path)
    return stage(tmp_path)
