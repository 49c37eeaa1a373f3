"""The comparison program (host/compare.sh) on real repositories: what it tells, and what must never leave the host."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.adapters.frames import parse
from flightrules.adapters.reading.comparison import MOST_FILES, comparison
from flightrules.adapters.reading.findings import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import Comparison, FileChange
from sandbox.process import run, stop_all_in
from sandbox.shop.repository import git
from tests.adapters.host_programs import Here, target

pytestmark = pytest.mark.requirement("RCA-compare")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    app = tmp_path / "app"
    app.mkdir()
    git(app, "init", "--quiet", "--initial-branch=main")
    yield Here(app, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    stop_all_in(tmp_path)


def commit(here: Here, message: str, **files: str | bytes | None) -> str:
    """Commit these files (None takes one away, `__` stands for a slash, `_dot_` for a leading point)."""
    for name, content in files.items():
        path = here.app / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(here.app, "add", "--all")
    git(here.app, "commit", "--quiet", "--allow-empty", "--message", message)
    return run("git", "-C", here.app, "rev-parse", "HEAD").strip()


def compare(here: Here, good: str, bad: str) -> tuple[Comparison, bytes]:
    """Return the comparison that is read, and everything that the program printed."""
    status, out, complaint = here.run("compare", "commands", str(here.app), "10", good, bad)
    assert status == 0, complaint
    return comparison(target(here), good, bad, Records(parse(out), complaint)), out


def test_files_are_counted_by_lines_and_told_apart_by_what_they_are_for(here: Here) -> None:
    good = commit(here, "one", app="1\n2\n3\n", requirements="", gone="x\n")
    bad = commit(
        here,
        "two",
        app="1\n3\n4\n5\n",
        gone=None,
        logo=bytes(range(256)),
        migrations__7="create table carts ();\n",
        web__Dockerfile="FROM base\n",
        **{"package.json": "{}\n"},
    )
    seen, _ = compare(here, good, bad)
    changes = {change.path: change for change in seen.files}
    assert changes["app"] == FileChange(path="app", added=2, removed=1)
    assert changes["logo"] == FileChange(path="logo", added=None, removed=None)
    assert (changes["gone"].added, changes["gone"].removed) == (0, 1)
    assert (seen.files_changed, seen.added, seen.removed) == (6, 5, 2)
    assert (seen.migrations, seen.configuration) == (("migrations/7",), ("web/Dockerfile",))
    assert seen.dependencies == ("package.json",)
    assert [commit.subject for commit in seen.commits] == ["two"]


def test_names_of_settings_are_told_and_what_they_are_set_to_never_leaves_the_host(here: Here) -> None:
    good = commit(
        here,
        "one",
        _dot_env="DATABASE_URL=postgres://shop:oldpassword@db/shop\nOLD_FLAG=zanzibar\nSAME=same\n",
        **{"compose.yml": "services:\n  web:\n    environment:\n      - LOG_LEVEL=info\n"},
    )
    bad = commit(
        here,
        "two",
        _dot_env="DATABASE_URL=postgres://shop:newpassword@db/shop\nSAME=same\nexport API_TOKEN='tangerine'\n"
        'MULTI="-----BEGIN KEY-----\nMIIEvQIBADANBg==\nAB==\n"\n',
        **{
            "compose.yml": "services:\n  web:\n    environment:\n      - LOG_LEVEL=debug\n      POOL_SIZE: '40'\n",
            "web/Dockerfile": "FROM base\nENV MODE=marmalade\n",
            "app.py": "SECRET = 'not a setting file'\n",
        },
    )
    seen, out = compare(here, good, bad)
    assert seen.settings == (
        ("added", ("API_TOKEN", "MODE", "MULTI", "POOL_SIZE")),
        ("removed", ("OLD_FLAG",)),
        ("changed", ("DATABASE_URL", "LOG_LEVEL")),
    )
    for value in (b"password", b"zanzibar", b"tangerine", b"marmalade", b"debug", b"BEGIN", b"MIIE", b"AB=="):
        assert value not in out


def test_text_of_strangers_is_cleaned_and_commands_of_the_repository_do_not_run(here: Here, tmp_path: Path) -> None:
    good = commit(here, "one", app="1\n")
    mark = tmp_path / "ran"
    git(here.app, "config", "diff.external", f"touch {mark}")
    git(here.app, "config", "diff.noisy.textconv", f"touch {mark}; cat")
    bad = commit(here, "password=hunter2hunter2 \x1b[31mred", app="2\n", **{".gitattributes": "* diff=noisy\n"})
    seen, _ = compare(here, good, bad)
    assert not mark.exists()
    assert [commit.subject for commit in seen.commits] == ["password=[redacted]"]


def test_odd_names_are_read_as_they_are_and_many_are_counted_and_cut(here: Here) -> None:
    good = commit(here, "one", app="1\n")
    odd = {f"many/{n}.txt": "x\n" for n in range(MOST_FILES + 20)}
    bad = commit(here, "two", **{"a b\tc.txt": "x\n", "ümläut": "x\n"}, **odd)
    seen, _ = compare(here, good, bad)
    assert (seen.files_changed, len(seen.files)) == (MOST_FILES + 22, MOST_FILES)
    assert "a b c.txt" in {change.path for change in seen.files}


def test_commits_are_those_that_the_bad_release_has_beyond_the_good_one(here: Here) -> None:
    first = commit(here, "base", app="1\n")
    good = commit(here, "good", app="2\n")
    git(here.app, "checkout", "--quiet", "-b", "other", first)
    bad = [commit(here, f"bad {number}", app=f"{number}x\n") for number in range(60)][-1]
    seen, _ = compare(here, good, bad)
    assert (seen.commits_count, len(seen.commits), seen.commits[0].subject) == (60, 50, "bad 59")
    assert "good" not in {commit.subject for commit in seen.commits}


@pytest.mark.parametrize("release", ["f" * 40, "HEAD", "--help", "0" * 39])
def test_what_is_no_commit_there_is_refused(here: Here, release: str) -> None:
    good = commit(here, "one", app="1\n")
    status, out, complaint = here.run("compare", "commands", str(here.app), "10", good, release)
    if status == 0:
        frame = parse(out)["both"]
        assert f"lacks commit {release}" in frame.why
    else:
        assert "not a full commit id" in complaint


def test_a_comparison_that_is_cut_short_is_unreadable(here: Here) -> None:
    good = commit(here, "one", app="1\n")
    with pytest.raises(Unreadable):
        comparison(target(here), good, good, Records({}, "the connection broke"))
