"""The command that an answer names goes back to the branch itself, by git's own word."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flightrules.adapters.reading import git as reading
from flightrules.state.rules.executing import back_to


def git(folder: Path, *words: str) -> str:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", "-C", folder, *who, *words], env=env, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "one")
    return tmp_path


@pytest.mark.parametrize("name", ["main", "fix/a-1", "-f", "--detach", "HEAD", "a'b", "v1", "$(id)"])
def test_it_goes_back_to_a_branch_of_any_name_and_keeps_what_was_changed(name: str, repository: Path) -> None:
    ref = f"refs/heads/{name}"
    git(repository, "update-ref", ref, "HEAD")
    git(repository, "tag", "v1")
    git(repository, "symbolic-ref", "HEAD", ref)
    printed = git(repository, "rev-parse", "HEAD").strip() + "\n" + git(repository, "symbolic-ref", "--short", "HEAD")
    _, branch = reading.head(printed)
    assert branch
    git(repository, "update-ref", "--no-deref", "HEAD", git(repository, "rev-parse", ref).strip())
    (repository / "kept").write_text("changed")
    subprocess.run(["sh", "-c", back_to(branch, str(repository))], check=True, capture_output=True, timeout=20)
    assert git(repository, "symbolic-ref", "HEAD").strip() == ref
    assert (repository / "kept").read_text() == "changed"


def test_a_name_with_characters_that_cannot_be_seen_is_never_that_of_another_branch() -> None:
    _, branch = reading.head("1" * 40 + "\nmain\u202e\n")
    assert branch == r"main\u202e"
    assert "refs/heads/main" in back_to(branch, "/srv/shop")
    assert r"\u202e" in back_to(branch, "/srv/shop")
