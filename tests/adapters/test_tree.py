"""The move of a work tree (host/tree.sh, host/rehearsal.sh): what it takes away is kept, a failure leaves no trace."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from flightrules.adapters.frames import parse
from flightrules.adapters.reading.findings import Records
from flightrules.adapters.reading.survey import survey
from flightrules.errors import Refused
from flightrules.state.operation import Operation, OperationStatus, Step, Survey
from flightrules.state.plan import make_plan
from flightrules.state.rehearsal import Rehearsal
from flightrules.state.releases import GoodRelease
from sandbox.process import run, stop_all_in
from tests.adapters.host_programs import Here, target

_numbers = count(1)
GOOD = GoodRelease(release="0" * 40, ground="served", why="it served", at=datetime(2026, 1, 5, tzinfo=UTC))
Bytes = dict[str, tuple[int, bytes]]


class Checkout:
    """A checkout on this host at a bad release, which can be brought to the good one before it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.origin, self.app = folder, folder / "origin", folder / "app"
        self.scratch = folder / "scratch"
        self.here = Here(self.app, {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(self.scratch)})
        self.scratch.mkdir()
        self.origin.mkdir()
        self.git("init", "-q", "-b", "main")
        self.good = self.bad = ""

    def git(self, *words: str, cwd: Path | None = None) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "protocol.file.allow=always")
        return run("git", "-C", cwd or self.origin, *who, *words).strip()

    def put(self, path: str, text: str | bytes, *, mode: int = 0o644) -> None:
        place = self.origin / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        place.chmod(mode)

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a release")
        return self.git("rev-parse", "HEAD")

    def deploy(self) -> None:
        """Clone, and stand at the bad release."""
        self.git("clone", "-q", "--recurse-submodules", f"file://{self.origin}", str(self.app), cwd=self.folder)

    def surveyed(self, app: Path | None = None, *, trial: bool = True, owner: str = "") -> Survey:
        words = (*(("owner", owner) if owner else ()), "commands", str(app or self.app), "10", self.good)
        status, out, complaint = self.here.run("survey", *words, "trial" if trial else "", "app", "1", "true")
        assert status == 0, complaint
        records = Records(parse(out), complaint)
        return survey(target(self.here), "shop-1", self.good, records, sent_at=datetime.now(UTC))

    def rehearsed(self, app: Path | None = None) -> Rehearsal:
        found = self.surveyed(app).rehearsal
        assert found is not None
        return found

    def refused(self, app: Path | None = None, *, owner: str = "") -> str:
        """Return the reason that no plan can be made."""
        with pytest.raises(Refused) as no:
            self.plan(self.surveyed(app, owner=owner))
        return no.value.reason

    def plan(self, seen: Survey) -> tuple[Step, ...]:
        good = GOOD.model_copy(update={"release": self.good})
        plan = make_plan(
            plan_id=f"PLAN-{next(_numbers)}", incident="INC-7", target=target(self.here), surveys=[seen], good=good
        )
        return plan.hosts[0].steps

    def rolled_back(self, *more: Step, seen: Survey | None = None, app: Path | None = None) -> OperationStatus:
        """Roll back and return what became of the move, with more steps after it."""
        seen = seen or self.surveyed(app)
        steps = (*(step for step in self.plan(seen) if step.name in {"save", "checkout"}), *more)
        ident = f"OP-{next(_numbers)}"
        one = Operation(
            id=ident, incident="INC-7", target="shop", host="shop-1", from_release=self.bad, to_release=self.good,
            steps=steps, who="Ada", why="down",
        )  # fmt: skip
        here = Here(app, self.here.env) if app else self.here
        assert here.launch(one) == (0, "")
        return here.ended(ident)

    def kept(self, path: str) -> Path:
        (place,) = (self.app / ".git" / "flightrules" / "kept").iterdir()
        return place / "files" / path

    def fresh(self) -> Bytes:
        """The tracked bytes and modes of a fresh clone at the good release."""
        clone = self.folder / f"fresh-{next(_numbers)}"
        self.git("clone", "-q", "--recurse-submodules", f"file://{self.origin}", str(clone), cwd=self.folder)
        self.git("checkout", "-q", "--detach", self.good, cwd=clone)
        self.git("submodule", "-q", "update", "--init", "--recursive", cwd=clone)
        return contents(clone)


FAILS = Step(name="build", argv=("false",), says="fail")


def contents(folder: Path) -> Bytes:
    """Every file below a folder but git's own, with its mode."""
    found: Bytes = {}
    for place in folder.rglob("*"):
        name = str(place.relative_to(folder))
        if ".git" in place.relative_to(folder).parts:
            continue
        info = place.lstat()
        if place.is_symlink():
            found[name] = (stat.S_IFMT(info.st_mode), str(place.readlink()).encode())
        elif place.is_file():
            found[name] = (stat.S_IFMT(info.st_mode) | info.st_mode & 0o111, place.read_bytes())
        else:
            found[name] = (stat.S_IFMT(info.st_mode), b"")
    return found


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Bytes, mode and time of every file below a folder, git's own among them."""
    return {
        str(place.relative_to(folder)): (
            place.lstat().st_mode,
            place.lstat().st_mtime_ns,
            place.read_bytes() if place.is_file() and not place.is_symlink() else b"",
        )
        for place in [folder, *folder.rglob("*")]
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A repository whose good release has a file more, one other and one less than the bad one."""
    made = Checkout(tmp_path)
    made.put("a.txt", "good a")
    made.put("gone/soon.txt", "only in the good release")
    made.put("same.txt", "the same")
    made.good = made.commit()
    made.git("rm", "-q", "-r", "gone")
    made.put("a.txt", "bad a")
    made.put("new/later.txt", "only in the bad release")
    made.bad = made.commit()
    yield made
    stop_all_in(tmp_path)


def test_a_move_gives_what_a_fresh_clone_has(checkout: Checkout) -> None:
    checkout.deploy()
    look = checkout.rolled_back()
    assert look.exit_status == 0, look.log
    assert contents(checkout.app) == checkout.fresh()
    assert checkout.git("status", "--porcelain", cwd=checkout.app) == ""


def test_a_commit_that_stands_for_another_is_not_taken_for_it(checkout: Checkout) -> None:
    checkout.deploy()
    checkout.git("replace", checkout.good, checkout.bad, cwd=checkout.app)
    look = checkout.rolled_back()
    assert look.exit_status == 0, look.log
    assert contents(checkout.app) == checkout.fresh()


def test_a_rehearsal_changes_nothing_under_the_live_tree(checkout: Checkout) -> None:
    checkout.deploy()
    (checkout.app / "gone").mkdir()
    (checkout.app / "gone" / "soon.txt").write_text("kept on the host alone")
    (checkout.app / "a.txt").write_text("changed by hand")
    before = everything(checkout.app)
    found = checkout.rehearsed()
    assert everything(checkout.app) == before
    assert [(item.how, item.path) for item in found.kept] == [("edited", "a.txt"), ("untracked", "gone/soon.txt")]
    assert list(checkout.scratch.iterdir()) == []


def test_a_later_step_that_fails_brings_everything_back(checkout: Checkout) -> None:
    checkout.deploy()
    (checkout.app / "gone").mkdir()
    (checkout.app / "gone" / "soon.txt").write_text("kept on the host alone")
    (checkout.app / "a.txt").write_text("changed by hand")
    checkout.git("mv", "same.txt", "moved.txt", cwd=checkout.app)
    before = contents(checkout.app), checkout.git("status", "--porcelain", "--branch", cwd=checkout.app)
    look = checkout.rolled_back(FAILS)
    assert look.exit_status == 1
    assert (contents(checkout.app), checkout.git("status", "--porcelain", "--branch", cwd=checkout.app)) == before
    assert checkout.git("rev-parse", "HEAD", cwd=checkout.app) == checkout.bad
    assert list((checkout.app / ".git" / "flightrules").glob("*.patch")) == []


def put(path: str, text: str = "of this host alone") -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        place = checkout.app / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    return change


def folder_in_place(checkout: Checkout) -> None:
    put("gone/soon.txt/deep/file")(checkout)
    put("gone/soon.txt/other")(checkout)


def file_in_place(checkout: Checkout) -> None:
    put("gone")(checkout)


def link_in_place(checkout: Checkout) -> None:
    shared = checkout.folder / "shared"
    shared.mkdir()
    (shared / "soon.txt").write_text("of all releases")
    (checkout.app / "gone").symlink_to(shared)


def ignored(checkout: Checkout) -> None:
    (checkout.app / ".git" / "info" / "exclude").write_text("gone/\n")
    put("gone/soon.txt")(checkout)
    put("gone/not in the way")(checkout)


def hidden(bit: str) -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        checkout.git("update-index", bit, "a.txt", cwd=checkout.app)
        put("a.txt", "changed by hand, and hidden from git")(checkout)

    return change


WAYS = {
    "a file": (put("gone/soon.txt"), ["gone/soon.txt"]),
    "an ignored file": (ignored, ["gone/soon.txt"]),
    "a folder where a file comes": (folder_in_place, ["gone/soon.txt"]),
    "a file where a folder comes": (file_in_place, ["gone"]),
    "a link where a folder comes": (link_in_place, ["gone"]),
    "assume-unchanged": (hidden("--assume-unchanged"), ["a.txt"]),
    "skip-worktree": (hidden("--skip-worktree"), ["a.txt"]),
    "an edit that the release does not touch": (put("same.txt", "by hand"), ["same.txt"]),
    "an edit that the release takes away": (put("new/later.txt", "by hand"), ["new/later.txt"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_no_commit_has_is_named_kept_and_brought_back(checkout: Checkout, way: str) -> None:
    checkout.deploy()
    change, named = WAYS[way]
    change(checkout)
    before = contents(checkout.app)
    assert [item.path for item in checkout.rehearsed().kept] == named
    failed = checkout.rolled_back(FAILS)
    assert (failed.exit_status, contents(checkout.app)) == (1, before), failed.log
    look = checkout.rolled_back()
    assert look.exit_status == 0, look.log
    after = contents(checkout.app)
    assert {path: after.get(path) for path in checkout.fresh()} == checkout.fresh()
    for path in named:
        kept = checkout.kept(path)
        assert {name: found for name, found in before.items() if name == path or name.startswith(f"{path}/")} == {
            path: contents(kept.parent)[kept.name],
            **(
                {f"{path}/{name}": found for name, found in contents(kept).items()}
                if kept.is_dir() and not kept.is_symlink()
                else {}
            ),
        }


STRANGE = (
    "with space",
    "with\nnewline",
    "'quoted'",
    '"double"',
    "-dash",
    "ünïcode",
    "tab\there",
    "back\\slash",
    "*",
    "a" * 200,
)


@pytest.mark.parametrize("name", STRANGE)
def test_a_name_of_any_kind_is_moved_kept_and_brought_back(checkout: Checkout, name: str) -> None:
    checkout.git("checkout", "-q", checkout.good)
    checkout.put(f"odd/{name}/{name}", "good")
    checkout.put(f"{name}.changed", "good")
    checkout.good = checkout.commit()
    checkout.git("rm", "-q", "-r", "odd")
    checkout.put(f"{name}.changed", "bad")
    checkout.bad = checkout.commit()
    checkout.git("branch", "-f", "main")
    checkout.git("checkout", "-q", "main")
    checkout.deploy()
    put(f"odd/{name}/{name}")(checkout)
    put(f"{name}.changed", "by hand")(checkout)
    before = contents(checkout.app)
    failed = checkout.rolled_back(FAILS)
    assert (failed.exit_status, contents(checkout.app)) == (1, before), failed.log
    look = checkout.rolled_back()
    assert look.exit_status == 0, look.log
    assert contents(checkout.app) == checkout.fresh()
    assert checkout.kept(f"odd/{name}/{name}").read_text() == "of this host alone"
    assert checkout.kept(f"{name}.changed").read_text() == "by hand"


def test_what_came_into_the_way_after_the_plan_ends_it_untouched(checkout: Checkout) -> None:
    checkout.deploy()
    seen = checkout.surveyed()
    put("gone/soon.txt")(checkout)
    before = contents(checkout.app)
    look = checkout.rolled_back(seen=seen)
    assert look.exit_status != 0
    assert "gone/soon.txt" in look.log
    assert contents(checkout.app) == before


def test_git_itself_refuses_to_overwrite_what_comes_later_still(checkout: Checkout) -> None:
    checkout.deploy()
    save, move = checkout.plan(checkout.surveyed())[:2]
    late = Step(name="build", argv=("sh", "-c", "mkdir gone && echo late >gone/soon.txt"), says="be late")
    seen = checkout.surveyed()
    before = contents(checkout.app)
    ident = f"OP-{next(_numbers)}"
    one = Operation(
        id=ident, incident="INC-7", target="shop", host="shop-1", from_release=checkout.bad, to_release=checkout.good,
        steps=(save, late, move), who="Ada", why="down",
    )  # fmt: skip
    assert seen.rehearsal
    checkout.here.launch(one)
    look = checkout.here.ended(ident)
    assert look.exit_status != 0
    assert "gone/soon.txt" in look.log
    after = contents(checkout.app)
    assert after.pop("gone/soon.txt")[1] == b"late\n"
    after.pop("gone")
    assert after == before
