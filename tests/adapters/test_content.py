"""The work tree held against a release (host/content.sh): bytes, links and modes, whatever the index says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flightrules.adapters.frames import parse
from flightrules.adapters.programs import answer, command
from flightrules.adapters.reading.content import content
from flightrules.adapters.reading.findings import Records
from flightrules.state.operation import Content
from tests.adapters.test_tree import Checkout


@pytest.fixture
def tree(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    made.put("a.txt", "one\n")
    made.put("deep/b.sh", "#!/bin/sh\n", mode=0o755)
    made.put("odd\nname", "two")
    made.put('"quoted" name', "three")
    (made.origin / "link").symlink_to("a.txt")
    made.good = made.bad = made.commit()
    made.deploy()
    return made


def held(tree: Checkout, release: str = "", *, side: tuple[str, ...] = ()) -> Content:
    words = (*side, "commands", str(tree.app), "20", release or tree.good, "app", "1", "true", "0")
    status, out, complaint = tree.here.run("running", *words)
    assert status == 0, complaint
    return content(Records(parse(out), complaint))


def test_a_work_tree_as_the_release_has_it_differs_in_nothing(tree: Checkout) -> None:
    assert held(tree) == Content(compared=5)


def rewrite_unseen(tree: Checkout) -> None:
    """Other bytes of the same size, with the times of the file and of the index as they were."""
    place = tree.app / "a.txt"
    before = place.stat()
    place.write_text("eno\n")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    tree.git("config", "core.trustctime", "false", cwd=tree.app)
    tree.git("config", "core.checkStat", "minimal", cwd=tree.app)


def marked(word: str) -> Callable[[Checkout], None]:
    def change(tree: Checkout) -> None:
        tree.git("update-index", word, "a.txt", cwd=tree.app)
        (tree.app / "a.txt").write_text("hidden\n")

    return change


def marked_and_gone(tree: Checkout) -> None:
    marked("--skip-worktree")(tree)
    (tree.app / "a.txt").unlink()


def linked_away(tree: Checkout) -> None:
    (tree.app / "deep").rename(tree.folder / "elsewhere")
    (tree.app / "deep").symlink_to(tree.folder / "elsewhere")


def file_for_link(tree: Checkout) -> None:
    (tree.app / "link").unlink()
    (tree.app / "link").write_text("a.txt")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (rewrite_unseen, "a.txt"),
        (marked("--assume-unchanged"), "a.txt"),
        (marked("--skip-worktree"), "a.txt"),
        (marked_and_gone, "a.txt"),
        (lambda tree: (tree.app / "deep/b.sh").chmod(0o644), "deep/b.sh"),
        (lambda tree: (tree.app / "a.txt").chmod(0o755), "a.txt"),
        (lambda tree: (tree.app / "a.txt").unlink(), "a.txt"),
        (lambda tree: (tree.app / "odd\nname").write_text("2"), "odd name"),
        (lambda tree: (tree.app / '"quoted" name').write_text("3"), '"quoted" name'),
        (linked_away, "deep/b.sh"),
        (file_for_link, "link"),
    ],
)
def test_what_differs_is_found_though_the_index_hides_it(
    tree: Checkout, change: Callable[[Checkout], None], path: str
) -> None:
    change(tree)
    found = held(tree)
    assert found.differs == (path,)
    assert found.unread == ()


def test_nothing_under_the_work_tree_changes(tree: Checkout) -> None:
    (tree.app / "a.txt").write_text("by hand\n")
    index = (tree.app / ".git/index").read_bytes()
    before = sorted(str(path) for path in tree.app.rglob("*"))
    held(tree)
    assert (tree.app / ".git/index").read_bytes() == index
    assert sorted(str(path) for path in tree.app.rglob("*")) == before


def test_modes_that_git_is_told_to_leave_are_not_known(tree: Checkout) -> None:
    tree.git("config", "core.fileMode", "false", cwd=tree.app)
    assert held(tree) == Content(compared=5)
    (tree.app / "deep/b.sh").chmod(0o644)
    assert held(tree).unread == ("mode of deep/b.sh: core.fileMode is off",)


def test_paths_that_a_sparse_checkout_leaves_out_are_counted(tree: Checkout) -> None:
    tree.git("sparse-checkout", "set", "--no-cone", "/a.txt", "/link", cwd=tree.app)
    assert held(tree) == Content(compared=2, left_out=3)
    (tree.app / "a.txt").write_text("other\n")
    assert held(tree).differs == ("a.txt",)


def test_line_ends_and_filters_are_those_that_git_writes(tree: Checkout) -> None:
    tree.put(".gitattributes", "*.dos text eol=crlf\n*.up filter=up\n*.id ident\n")
    for name in ("a.dos", "b.up", "c.id"):
        tree.put(name, "text $Id$\n")
    tree.good = tree.commit()
    for place in (tree.origin, tree.app):
        tree.git("config", "filter.up.smudge", "tr a-z A-Z", cwd=place)
        tree.git("config", "filter.up.clean", "tr A-Z a-z", cwd=place)
    tree.git("pull", "-q", cwd=tree.app)
    assert (tree.app / "a.dos").read_bytes() == b"text $Id$\r\n"
    assert held(tree) == Content(compared=9)
    (tree.app / "a.dos").write_bytes(b"text $Id$\n")
    (tree.app / "b.up").write_bytes(b"text\n")
    assert held(tree).differs == ("a.dos", "b.up")


def test_a_filter_that_fails_leaves_what_it_makes_unknown(tree: Checkout) -> None:
    tree.put(".gitattributes", "*.up filter=up\n")
    tree.put("b.up", "text\n")
    tree.good = tree.commit()
    tree.git("config", "filter.up.smudge", "tr a-z A-Z", cwd=tree.app)
    tree.git("pull", "-q", cwd=tree.app)
    tree.git("config", "filter.up.smudge", "false", cwd=tree.app)
    tree.git("config", "filter.up.required", "true", cwd=tree.app)
    found = held(tree)
    assert found.differs == ()
    assert found.unread == ("b.up: git could not write it out to compare",)


def test_submodules_are_compared_at_every_depth(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    tree = Checkout(tmp_path)
    for place, name in ((inner, "core.txt"), (outer, "lib.txt")):
        place.mkdir()
        tree.git("init", "-q", "-b", "main", cwd=place)
        (place / name).write_text("good")
        if place == outer:
            tree.git("submodule", "--quiet", "add", f"file://{inner}", "inner", cwd=place)
        tree.git("add", "-A", cwd=place)
        tree.git("commit", "-qm", "one", cwd=place)
    tree.git("submodule", "--quiet", "add", f"file://{outer}", "vendor/outer")
    tree.good = tree.bad = tree.commit()
    tree.deploy()
    assert held(tree) == Content(compared=6)
    nested = tree.app / "vendor/outer/inner"
    tree.git("update-index", "--assume-unchanged", "core.txt", cwd=nested)
    (nested / "core.txt").write_text("evil")
    assert held(tree).differs == ("vendor/outer/inner/core.txt",)


def test_what_is_not_compared_in_time_is_not_known(tree: Checkout) -> None:
    for number in range(100):
        tree.put(f"many/{number}", "text\n")
    tree.good = tree.commit()
    tree.git("pull", "-q", cwd=tree.app)
    text = command("running")[2]
    late = text.replace("in_time() { seconds_left; }", "in_time() { longest=0; seconds_left; }")
    assert late != text
    words = ("commands", str(tree.app), "20", tree.good, "app", "1", "true", "0")
    ended = subprocess.run(
        ["sh", "-c", late, "running", *words], env=tree.here.env, capture_output=True, check=True, timeout=60
    )
    found = content(Records(parse(answer(ended.stdout)), ""))
    assert found == Content(unread=(f"the files of {tree.app}: 0 s were not enough",))


def test_a_tree_of_another_account_is_not_compared(tree: Checkout) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(tree.app / ".git", 12345, 12345)
    found = held(tree)
    assert found.compared == 0
    assert "nothing of it was compared" in found.unread[0]
